"""Who is there already that the person at the desk may be: looked for before a second record is made."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.errors import Invalid
from yigongti.records.linkage.waterfall import svg

from ..access import access_resident, residents_of
from ..documents import DocumentKind
from ..models import Resident
from ..normal_forms import identity_digits
from .matching import Candidate, match

#: how long somebody whom nobody knows may be brought a second time, and how far two guesses of an age are apart (years)
RECENT, GUESS = timedelta(days=30), 10


@dataclass(frozen=True)
class Lookalike:
    """A resident within reach who may be the person: how likely, and the evidence as a drawing (empty: no weights)."""

    resident: Resident
    likely: str = ""
    drawn: str = ""


@dataclass(frozen=True)
class Lookalikes:
    """Those within reach, and how many others there are; of the others nothing is told."""

    found: tuple[Lookalike, ...] = ()
    elsewhere: int = 0

    def besides(self, id_number: str) -> frozenset[UUID]:
        """Those with another number: a second record of them needs a second look (of the same number none is made)."""
        typed = identity_digits(id_number)
        return frozenset(
            one.resident.pk for one in self.found if identity_digits(str(one.resident.id_number or "")) != typed
        )


def lookalikes(actor: Actor, given: Mapping[str, Any]) -> Lookalikes:
    """Who may be the person described (name, birth_date, sex, id_number, phone, address), the likeliest first.

    Asked over the whole index, so that nobody is registered twice; shown is who is within the actor's reach.
    Raises Forbidden.
    """
    actor.require(Permission.RESIDENT_REGISTER)
    asked = {name: value for name, value in given.items() if value not in (None, "")}
    if not (asked.get("name") and (asked.get("birth_date") or asked.get("id_number") or asked.get("phone"))):
        return Lookalikes()
    try:
        judged = match(actor, asked, everywhere=True)
    except (Invalid, ValueError):
        return Lookalikes()
    return _within(actor, judged)


def _within(actor: Actor, judged: list[Candidate]) -> Lookalikes:
    with acting(actor):
        mine = residents_of(actor, Permission.RESIDENT_REGISTER).select_related("area")
        rows = mine.in_bulk([one.resident_id for one in judged])
    found = tuple(
        Lookalike(rows[one.resident_id], f"{one.probability * 100:.0f}%", svg(one.match))
        for one in judged
        if one.resident_id in rows
    )
    return Lookalikes(found, len(judged) - len(found))


def unknown_lookalikes(actor: Actor, *, sex: str, estimated_age: int | None) -> Lookalikes:
    """People whom nobody knows, found lately, of that sex and about that age: the same person may be brought twice."""
    actor.require(Permission.RESIDENT_REGISTER)
    if estimated_age is None:
        return Lookalikes()
    year = clock.today().year - estimated_age
    with acting(SYSTEM):
        lately = Resident.objects.filter(
            identity_kind=DocumentKind.UNKNOWN,
            merged_into=None,
            registered_at__gte=clock.now() - RECENT,
            birth_date__range=(date(year - GUESS, 1, 1), date(year + GUESS, 12, 31)),
        )
        if sex in ("1", "2"):
            lately = lately.exclude(sex={"1": "2", "2": "1"}[sex])
        keys = list(lately.order_by("-registered_at").values_list("pk", flat=True)[:12])
    with acting(actor):
        rows = residents_of(actor, Permission.RESIDENT_REGISTER).select_related("area").in_bulk(keys)
    return Lookalikes(tuple(Lookalike(rows[key]) for key in keys if key in rows), len(keys) - len(rows))


def newborn_lookalikes(actor: Actor, *, mother_id: UUID, birth_date: date | None) -> Lookalikes:
    """Children of the mother who were born about that day and have a record already: twins, or the same child again."""
    with acting(actor):
        mother = access_resident(actor, mother_id, Permission.RESIDENT_REGISTER)
        born = birth_date or clock.today()
        about = (born - timedelta(days=3), born + timedelta(days=3))
        children = residents_of(actor, Permission.RESIDENT_REGISTER).filter(mother=mother, birth_date__range=about)
        return Lookalikes(tuple(Lookalike(child) for child in children.select_related("area").order_by("birth_date")))
