"""The indicators of one unit and period beside those of the period before."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.urls import reverse
from django.utils.timezone import localtime

from yigongti.insight import periods
from yigongti.insight.indicators import sets
from yigongti.insight.indicators.definitions import LEVELS, Indicator
from yigongti.insight.indicators.sets import Edition
from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.errors import NotFound

from . import queries, scope
from .models import Result, Unit
from .telling import HIDDEN, plain
from .told import explained_url

KINDS = {"computed": "由事实计算", "reported": "填报", "judged": "评判"}
MONTHS, QUARTERS, YEARS = 12, 8, 5


@dataclass(frozen=True)
class Line:
    """One indicator of the unit: as it is shown."""

    indicator: str
    title: str
    unit: str
    kind: str
    value: str
    fraction: str
    former: str
    change: str
    url: str


@dataclass(frozen=True)
class Section:
    """One set."""

    title: str
    url: str
    rows: list[Line]


def units(actor: Actor) -> list[Unit]:
    """The units to choose from: wider ones first; single organisations only where they are not a centre themselves."""
    order = list(LEVELS)
    found = [one for one in scope.units(actor).exclude(level="all") if one.level != "organization"]
    return sorted(found, key=lambda one: (-order.index(one.level), one.title))


def grouped(listed: list[Unit]) -> list[tuple[str, list[Unit]]]:
    """By level, for a choice."""
    return [(LEVELS[level], list(members)) for level, members in groupby(listed, key=lambda one: one.level)]


def chosen(actor: Actor, listed: list[Unit], asked: str) -> Unit | None:
    """The unit of ``level-key``, else where the actor works: a county's watcher sees the county. Raises NotFound."""
    if asked:
        named = {f"{one.level}-{one.key}": one for one in listed}
        if asked not in named:
            raise NotFound("没有这个统计单位，或者它不在您的范围内", hint="从列表中选择")
        return named[asked]
    own = [one for one in listed if one.organization_id in actor.organizations(scope.MAY)]
    wide = [one for one in listed if one.level == ("county" if scope.watches(actor) else "consortium")]
    leads = scope.watches(actor) or any(grant.role == "council" for grant in actor.grants)
    return next(iter([*wide, *own] if leads else [*own, *wide]), listed[0] if listed else None)


def offered() -> list[tuple[str, list[tuple[str, str]]]]:
    """The periods to choose from, the newest first."""
    today = clock.today()
    spans = (("年", "year", YEARS), ("季", "quarter", QUARTERS), ("月", "month", MONTHS))
    return [
        (
            title,
            [
                (value, _titled(value))
                for value in (periods.before(periods.containing(kind, today), back) for back in range(count))
            ],
        )
        for title, kind, count in spans
    ]


def _titled(period: str) -> str:
    running = {periods.containing(kind, clock.today()) for kind in ("year", "quarter", "month")}
    return f"{periods.title(period)}{'（至今）' if period in running else ''}"


def sections(actor: Actor, unit: Unit, period: str) -> list[Section]:
    """Every set with the indicators that are told for units of this level."""
    former = periods.before(period)
    found = {
        (one.measure.code, one.period): one
        for one in Result.objects.filter(unit=unit, period__in=[period, former], stratum="").select_related(
            "measure", "unit"
        )
    }
    held = scope.duty(actor)
    made = []
    for name, edition in sets.in_force().items():
        rows = [
            _line(
                edition,
                item,
                unit,
                period,
                found.get((f"{name}/{item.indicator}", period)),
                found.get((f"{name}/{item.indicator}", former)),
                held,
            )
            for item in edition.body.indicators
            if unit.level in item.levels
        ]
        if rows:
            made.append(
                Section(edition.body.title, reverse("policy:policy", args=edition.body.policy.split("/", 1)), rows)
            )
    return made


def _line(
    edition: Edition,
    item: Indicator,
    unit: Unit,
    period: str,
    now: Result | None,
    former: Result | None,
    held: scope.Duty,
) -> Line:
    def shown(one: Result | None) -> str:
        if one is None:
            return "—"
        return HIDDEN if scope.hides(held, one) else plain(one.value, item.decimals)

    change = "—"
    both = [one for one in (now, former) if one is not None and not scope.hides(held, one)]
    if len(both) == 2 and both[0].value is not None and both[1].value is not None:
        change = f"{both[0].value - both[1].value:+,.{item.decimals}f}"
    return Line(
        item.indicator,
        item.name,
        item.unit,
        KINDS[item.kind],
        shown(now),
        _fraction(now, held),
        shown(former),
        change,
        explained_url(edition.body.code(item), unit.level, unit.key, period) if now is not None else "",
    )


def _fraction(one: Result | None, held: scope.Duty) -> str:
    if one is None or scope.hides(held, one):
        return ""
    return plain(one.numerator) if one.denominator is None else f"{plain(one.numerator)} / {plain(one.denominator)}"


def context(actor: Actor, given: Any) -> dict[str, Any]:
    """What the page of the indicators shows; ``given`` are the parameters of its address."""
    run = queries.latest_run()
    if run is None:
        return {"run": None}
    listed = units(actor)
    unit = chosen(actor, listed, given.get("unit", ""))
    choices = offered()
    period = given.get("period", "") or choices[0][1][0][0]
    if period not in {value for _, options in choices for value, _ in options}:
        raise NotFound(f"没有时期 {period}", hint="从列表中选择")
    return {
        "run": run,
        "unit": unit,
        "period": period,
        "periods": choices,
        "choices": grouped(listed),
        "sets": sections(actor, unit, period) if unit else [],
        "lead": f"{localtime(run.at):%Y-%m-%d %H:%M} 计算，快照 {run.snapshot}",
    }
