"""The units that a reader may see, as a tree: counties, consortia, centres with their stations, organisations.

Read once a minute for each reach: who belongs where changes by the day, numbers are read anew for every page.
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Substr

from yigongti.insight.results import scope
from yigongti.insight.results.models import Run
from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.errors import NotFound
from yigongti.kernel.ui.sharing import shared
from yigongti.registry.consortia.models import Membership
from yigongti.registry.organizations.models import Organization

TOWN = 9
COUNTY = 6
HOUSES = (Organization.Tier.TOWNSHIP, Organization.Tier.COUNTY, Organization.Tier.CITY)
"""Who is compared as a member: houses, not village clinics, support and authorities."""


@dataclass(frozen=True)
class Place:
    """A unit with what its organisation is and where it stands.

    ``member_of`` are its consortia today, ``code`` is a consortium's, by which policies of its own are found.
    """

    id: int
    level: str
    key: str
    title: str
    county: str
    organization_id: int | None = None
    consortium_id: int | None = None
    part_of: int | None = None
    tier: str = ""
    town: str = ""
    longitude: float | None = None
    latitude: float | None = None
    member_of: tuple[int, ...] = ()
    code: str = ""

    @property
    def address(self) -> tuple[str, str]:
        """How URLs name it."""
        return self.level, self.key


@dataclass(frozen=True)
class Computed:
    """The newest computation: when, from which snapshot."""

    at: datetime
    snapshot: str


@dataclass(frozen=True)
class Reach:
    """Everything that a reader may see. ``computed`` is empty before the first run."""

    places: tuple[Place, ...]
    computed: Computed | None

    @cached_property
    def by_address(self) -> dict[tuple[str, str], Place]:
        """Level and key → unit."""
        return {place.address: place for place in self.places}

    @cached_property
    def by_id(self) -> dict[int, Place]:
        """Number → unit."""
        return {place.id: place for place in self.places}

    @cached_property
    def _centre_of(self) -> dict[int, Place]:
        centres = (place for place in self.places if place.level == "centre")
        return {place.organization_id: place for place in centres if place.organization_id}

    def place(self, level: str, key: str) -> Place:
        """The unit. Raises NotFound for what does not exist or is not the reader's to see."""
        found = self.by_address.get((level, key))
        if found is None:
            raise NotFound("没有这个统计单位，或不在您的查看范围内", hint="从运行监测首页打开")
        return found

    def above(self, place: Place) -> Place | None:
        """The next unit up: organisation → centre → consortium → county."""
        if place.level == "organization":
            own = self._centre_of.get(place.organization_id or 0)
            village = place.tier == Organization.Tier.VILLAGE
            centre = self._centre_of.get(place.part_of or 0, own) if village else own
            return centre or self.by_address.get(("county", place.county))
        if place.level == "centre":
            held = (self.by_address.get(("consortium", str(one))) for one in place.member_of)
            return next((one for one in held if one), self.by_address.get(("county", place.county)))
        return self.by_address.get(("county", place.county)) if place.level == "consortium" else None

    def path(self, place: Place) -> list[Place]:
        """From the county down to the unit."""
        found = [place]
        while above := self.above(found[0]):
            found.insert(0, above)
        return found

    def codes(self, place: Place) -> list[str]:
        """Where a policy of its own may be in force for the unit, the nearest first: its consortium, its county."""
        path = reversed(self.path(place))
        return [code for one in path if (code := one.code or (one.key if one.level == "county" else ""))]

    def inside(self, place: Place) -> list[Place]:
        """The units one step down: county → consortia, consortium → members, centre → itself and its stations."""
        if place.level in ("county", "all"):
            everywhere = place.level == "all"
            return [one for one in self.places if one.level == "consortium" and (everywhere or one.county == place.key)]
        if place.level == "consortium":
            return [one for one in self.houses if place.consortium_id in one.member_of]
        if place.level == "centre":
            centre = place.organization_id
            return [
                one
                for one in self.places
                if one.level == "organization"
                and (one.organization_id == centre or (one.part_of == centre and one.tier == Organization.Tier.VILLAGE))
            ]
        return []

    @cached_property
    def houses(self) -> tuple[Place, ...]:
        """Every centre that is compared as a member."""
        return tuple(one for one in self.places if one.level == "centre" and one.tier in HOUSES)

    def peers(self, place: Place) -> list[Place]:
        """Whom a unit is held against: a county's or consortium's members; a centre's fellows; a centre's stations."""
        if place.level in ("county", "all"):
            return [one for one in self.houses if place.level == "all" or one.county == place.key]
        if place.level == "consortium":
            return self.inside(place)
        above = self.above(place)
        found = self.peers(above) if above and place.level == "centre" else self.inside(above) if above else []
        return found if place in found else [*found, place]


def reach_of(actor: Actor) -> Reach:
    """What the actor may see, at most a minute old once there are numbers. One statement besides those of the scope."""
    own = actor.organizations(scope.MAY)
    key: Hashable = ("dashboards.reach", actor.everything, scope.watches(actor), own, clock.today())
    found = shared(key, lambda: _read(actor)).value
    return found if found.computed else _read(actor)


FIELDS = (
    *("pk", "level", "key", "title", "county", "organization_id", "consortium_id", "organization__part_of_id"),
    *(
        "organization__tier",
        "town",
        "organization__longitude",
        "organization__latitude",
        "member_of",
        "consortium__code",
    ),
)


def _read(actor: Actor) -> Reach:
    today = clock.today()
    held = Membership.objects.on(today).filter(organization=OuterRef("organization_id")).order_by("consortium_id")
    newest = Run.objects.order_by("-at", "-pk")
    rows = list(
        scope.units(actor)
        .annotate(
            town=Substr("organization__area_code", 1, TOWN),
            member_of=ArraySubquery(held.values("consortium_id")),
            run_at=Subquery(newest.values("at")[:1]),
            run_snapshot=Subquery(newest.values("snapshot")[:1]),
        )
        .order_by("title", "pk")
        .values_list(*FIELDS, "run_at", "run_snapshot")
    )
    computed = Computed(*rows[0][-2:]) if rows and rows[0][-2] else None
    return Reach(tuple(_place(row) for row in rows), computed)


def _place(row: tuple) -> Place:
    pk, level, key, title, county, organization, consortium, part_of, tier, town, x, y, member_of, code = row[:-2]
    return Place(
        *(pk, level, key, title, county, organization, consortium, part_of, tier or "", town or ""),
        longitude=None if x is None else float(x),
        latitude=None if y is None else float(y),
        member_of=tuple(member_of),
        code=code or "",
    )


def answers_for(actor: Actor, reach: Reach, places: Iterable[Place]) -> frozenset[int]:
    """For which of the units the actor cares or answers, as :func:`scope.answers_for` says: no small count is hidden.

    Worked out from the reach, without asking the database for each unit.
    """
    if actor.everything:
        return frozenset(place.id for place in places)
    own = actor.organizations(scope.MAY)
    mine = [place for place in reach.places if place.organization_id in own]
    cared: set[int | None] = {*own, *(place.part_of for place in mine if place.part_of)}
    reviews = actor.may(Permission.INDICATOR_REVIEW)
    consortia = {one for place in mine for one in place.member_of} if reviews else set()
    watches = scope.watches(actor)
    if not watches:
        cared |= {place.organization_id for place in reach.places if consortia & set(place.member_of)}

    def holds(place: Place) -> bool:
        if place.organization_id:
            return place.organization_id in cared
        return place.consortium_id in consortia if place.consortium_id else reviews and watches

    return frozenset(place.id for place in places if holds(place))
