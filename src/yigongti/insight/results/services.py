"""Numbers that people report, and asking for a new computation."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.jobs.models import Job
from yigongti.kernel.jobs.services import start

from . import units
from .guarding import guard_stored
from .jobs import REFRESH
from .models import Measure, Result, Unit


@dataclass(frozen=True)
class Entry:
    """One reported number: of an indicator (code, name) for a unit and period; exact."""

    code: str
    title: str
    level: str
    unit: str
    type: str
    period: str
    numerator: Decimal | None
    denominator: Decimal | None
    value: Decimal | None


def put_reported(actor: Actor, entries: Iterable[Entry]) -> int:
    """Store accepted reports as results beside the computed ones: how many numbers moved.

    The caller has checked the permission and owns the history of what was reported. Two reports of one number at once
    leave the later one standing.
    """
    listed = list(entries)
    with acting(actor):
        units.name((one.level, one.unit) for one in listed)
        moved = [result for one in listed if (result := _moved(one)) is not None]
        Result.objects.bulk_create(
            sorted(moved, key=lambda one: (one.measure_id, one.unit_id, one.period)),
            update_conflicts=True,
            update_fields=["numerator", "denominator", "value"],
            unique_fields=["measure", "unit", "period", "stratum", "part"],
        )
        guard_stored(sorted({one.measure_id for one in moved}), {one.period[:4] for one in moved})
        return len(moved)


def _moved(one: Entry) -> Result | None:
    """The result that an entry becomes; None where it stands already."""
    told = {"set": one.code.split("/", 1)[0], "title": one.title, "edition": "", "definition": "reported"}
    measure, _ = Measure.objects.get_or_create(code=one.code, defaults=told)
    unit = Unit.objects.get(level=one.level, key=one.unit)
    numbers = {"numerator": one.numerator, "denominator": one.denominator, "value": one.value}
    place = {"measure": measure, "unit": unit, "period": one.period, "stratum": "", "part": ""}
    if Result.objects.filter(**place, **numbers).exists():
        return None
    return Result(**place, **numbers, type=one.type, reported=1, expected=1)


def withdraw_reported(actor: Actor, places: Iterable[tuple[str, str, str, str]]) -> int:
    """Take back reported numbers: (code, level, unit, period); how many there were."""
    wanted = Q()
    for code, level, unit, period in places:
        wanted |= Q(measure__code=code, unit__level=level, unit__key=unit, period=period)
    if not wanted:
        return 0
    with acting(actor):
        return Result.objects.filter(wanted, run=None).delete()[0]


def computing() -> Job | None:
    """The newest computation that was asked for, by whomever: how far it is, or what it ended with."""
    with acting(SYSTEM):
        return Job.objects.filter(kind=REFRESH).defer("file", "arguments", "result").order_by("-asked_at").first()


def ask_refresh(actor: Actor) -> Job:
    """Begin a computation now; one that waits or runs is the answer. Raises Forbidden."""
    with acting(actor):
        actor.require(Permission.SYSTEM_OPERATE)
        return start(actor, REFRESH, subject="refresh", link="/indicators/")
