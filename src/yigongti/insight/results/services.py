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

    The caller has checked the permission and owns the history of what was reported.
    """
    listed = list(entries)
    with acting(actor):
        units.name((one.level, one.unit) for one in listed)
        moved, touched, years = 0, set[int](), set[str]()
        for one in listed:
            measure, _ = Measure.objects.get_or_create(
                code=one.code,
                defaults={
                    "set": one.code.split("/", 1)[0],
                    "title": one.title,
                    "edition": "",
                    "definition": "reported",
                },
            )
            unit = Unit.objects.get(level=one.level, key=one.unit)
            numbers = {"numerator": one.numerator, "denominator": one.denominator, "value": one.value}
            place = {"measure": measure, "unit": unit, "period": one.period, "stratum": "", "part": ""}
            found = Result.objects.filter(**place)
            if found.filter(**numbers).exists():
                continue
            moved += 1
            if not found.update(**numbers):
                Result.objects.create(**place, **numbers, type=one.type, reported=1, expected=1)
            touched.add(measure.pk)
            years.add(one.period[:4])
        guard_stored(sorted(touched), years)
        return moved


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
