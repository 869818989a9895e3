"""Whose numbers a person may see, and where small counts are hidden.

Who may look at indicators sees the own organisation and its centre, every member of the own consortium, the consortium
and the county: members are compared openly (desks: fairly, with denominators). Who watches a county (health commission,
insurance bureau) sees every unit of it and of no other; who watches a city or a province, of all counties in it.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.registry.consortia.models import Membership
from yigongti.registry.organizations.models import Organization

from .models import Restatement, Result, Unit

M = TypeVar("M", bound=Model)
MAY = Permission.INDICATOR_READ
SMALL = Decimal(7)
"""Counts from 1 to this are hidden from readers outside the care and the management of a unit (issue: ≤ 7)."""
WATCHING = frozenset({"commission", "insurance-bureau"})


def units(actor: Actor) -> QuerySet[Unit]:
    """The units whose numbers the actor may see."""
    if actor.everything:
        return Unit.objects.all()
    own = actor.organizations(MAY)
    centres = Organization.objects.filter(pk__in=own).values("part_of_id")
    near = Q(organization_id__in=own) | Q(organization_id__in=centres)
    today = clock.today()
    memberships = Membership.objects.on(today).filter(Q(organization_id__in=own) | Q(organization_id__in=centres))
    consortia = memberships.values("consortium_id")
    fellows = Membership.objects.on(today).filter(consortium_id__in=consortia).values("organization_id")
    counties = Organization.objects.filter(pk__in=own).exclude(area_code="").values_list("area_code", flat=True)
    codes = {code[:6] for code in counties}
    seen = (
        near
        | Q(consortium_id__in=consortia)
        | Q(organization_id__in=fellows)
        | Q(organization__part_of_id__in=fellows)
        | Q(level="county", key__in=codes)
    )
    if watches(actor):
        for code in codes:
            seen |= Q(county__startswith=_area(code))
    return Unit.objects.filter(seen)


def _area(code: str) -> str:
    """What all county codes in an area begin with: 431127 → 431127, 431100 (a city) → 4311, 430000 → 43."""
    return re.sub("(00){1,2}$", "", code)


def watches(actor: Actor) -> bool:
    """Whether the actor watches a whole county."""
    return any(grant.role in WATCHING for grant in actor.grants)


@dataclass(frozen=True)
class Duty:
    """For whose people an actor cares or answers: organisations (with the centre of a station) and consortia.

    Who reviews indicators manages the members of the own consortium; who watches a county answers for the county as a
    whole, not for the people of a single member.
    """

    organizations: frozenset[int]
    consortia: frozenset[int]
    everything: bool = False
    whole: bool = False

    def covers(self, unit: Unit) -> bool:
        """Whether small counts of the unit are shown."""
        if self.everything:
            return True
        if unit.organization_id:
            return unit.organization_id in self.organizations
        return unit.consortium_id in self.consortia if unit.consortium_id else self.whole


PUBLIC = Duty(frozenset(), frozenset())
"""What is for everybody: no small count in it."""
ALL = Duty(frozenset(), frozenset(), everything=True)


def duty(actor: Actor) -> Duty:
    """The duty of an actor, in at most three statements."""
    if actor.everything:
        return ALL
    own = actor.organizations(MAY)
    centres = Organization.objects.filter(pk__in=own).exclude(part_of=None).values_list("part_of_id", flat=True)
    cared = {*own, *centres}
    if not actor.may(Permission.INDICATOR_REVIEW):
        return Duty(frozenset(cared), frozenset())
    held = Membership.objects.on(clock.today())
    consortia = set(held.filter(organization_id__in=own).values_list("consortium_id", flat=True))
    if watches(actor):
        return Duty(frozenset(cared), frozenset(consortia), whole=True)
    cared |= set(held.filter(consortium_id__in=consortia).values_list("organization_id", flat=True))
    return Duty(frozenset(cared), frozenset(consortia))


def answers_for(actor: Actor, unit: Unit) -> bool:
    """Whether the actor cares for the people of the unit or manages it: small counts are not hidden then."""
    return duty(actor).covers(unit)


def hidden(count: Decimal | None) -> bool:
    """Whether a count is so small that it could tell who is meant."""
    return count is not None and 0 < count <= SMALL


def hides(held: Duty, result: Result) -> bool:
    """Whether a stored number is not for a reader with this duty: all of it then, numerator, denominator and value."""
    told = result.guarded or hidden(result.numerator) or hidden(result.denominator)
    return told and not held.covers(result.unit)


def closed(held: Duty, one: Restatement) -> bool:
    """Whether a number that moved is not for a reader: what it is now or what it was; see :func:`watched`."""
    counts = (one.numerator, one.denominator, one.numerator_before, one.denominator_before)
    told = given_away(one) or any(hidden(count) for count in counts)
    return told and not held.covers(one.unit)


def given_away(one: Any) -> bool:
    """Whether the number as it stands is guarded, for rows of :func:`watched`."""
    return bool(getattr(one, "guarded", False))


def watched(rows: QuerySet[M]) -> QuerySet[M]:
    """Rows about a number (``measure``, ``unit``, ``period``) that know whether it is ``guarded`` as it stands."""
    standing = Result.objects.filter(
        measure=OuterRef("measure"), unit=OuterRef("unit"), period=OuterRef("period"), stratum="", guarded=True
    )
    return rows.annotate(guarded=Exists(standing))  # type: ignore[return-value]  # one more attribute, the same model
