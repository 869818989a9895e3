"""The rules in force as rows, and what the stored results say to them."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from yigongti.insight.indicators.definitions import Indicator, Target
from yigongti.insight.indicators.sets import Edition, in_force
from yigongti.insight.periods import before, containing
from yigongti.insight.results.models import Measure, Unit
from yigongti.kernel import clock
from yigongti.kernel.errors import NotFound
from yigongti.kernel.policy.store import resolve

from .definitions import POLICY, Alarms, Rule
from .statements import JUDGE, RECOVERED


@dataclass(frozen=True)
class Standard:
    """The policy of a county, and the hash of its text."""

    county: str
    body: Alarms
    hash: str


@dataclass(frozen=True)
class Finding:
    """What should be opened: an indicator of a unit, why, its value and the limits; ``sigma`` is that of the point."""

    rule: str
    measure_id: int
    unit_id: int
    cause: str
    period: str
    value: Decimal
    numerator: Decimal | None
    denominator: Decimal | None
    centre: float | None
    spread: float | None
    sigma: float | None
    points: int
    limit: Decimal | None


@dataclass(frozen=True)
class Back:
    """An open suggestion whose number is back inside: until which period, or because it was corrected."""

    id: UUID
    corrected: bool
    period: str | None


def standards() -> list[Standard]:
    """The policy of every county that has units."""
    counties = Unit.objects.exclude(county="").order_by("county").values_list("county", flat=True).distinct()
    found = []
    for county in counties:
        try:
            edition = resolve(POLICY, county)
        except NotFound:
            continue
        assert isinstance(edition.body, Alarms)
        found.append(Standard(county, edition.body, edition.hash))
    return found


def newest(kind: str, wait_days: int, today: date | None = None) -> str:
    """The newest period of a type that has been over for so many days."""
    day = (today or clock.today()) - timedelta(days=wait_days)
    return before(containing(kind, day))


def rows(standards: Iterable[Standard]) -> list[dict[str, Any]]:
    """Every rule for every indicator and county, as the statement reads it."""
    measures = dict(Measure.objects.filter(retired_on=None).values_list("code", "pk"))
    sets = in_force()
    return [
        row
        for one in standards
        for rule in one.body.rules
        for code in rule.indicators
        if code in measures
        for row in _row(one, rule, measures[code], item(sets, code))
    ]


def item(sets: Mapping[str, Edition], code: str) -> Indicator | None:
    """The definition of an indicator; None where it is not in force."""
    name, _, number = code.partition("/")
    edition = sets.get(name)
    return next((one for one in edition.body.indicators if one.indicator == number), None) if edition else None


def _row(one: Standard, rule: Rule, measure: int, told: Indicator | None) -> Iterator[dict[str, Any]]:
    if told is None:
        return
    period = newest(rule.period, one.body.wait_days)
    floor, ceiling = bounds(rule, told, one.county, int(period[:4]))
    both = rule.sides == "both" or told.better in ("range", "none")
    yield {
        "rule": rule.rule,
        "measure": measure,
        "levels": rule.levels,
        "county": one.county,
        "type": rule.period,
        "period": period,
        "since": before(period, rule.span + rule.run + 1),
        "chart": rule.chart,
        "factor": float(told.times),
        "span": rule.span,
        "points": rule.points,
        "least": str(rule.least),
        "complete": str(told.completeness),
        "low": both or told.better == "higher",
        "high": both or told.better == "lower",
        "run": rule.run if rule.chart != "none" else 0,
        "floor": None if floor is None else str(floor),
        "ceiling": None if ceiling is None else str(ceiling),
        "during": rule.threshold.during if rule.threshold else 1,
    }


def bounds(rule: Rule, told: Indicator, county: str, year: int) -> tuple[Decimal | None, Decimal | None]:
    """What must not be undershot and overshot: given, or from the indicator's target or lowest band."""
    asked = rule.threshold
    if asked is None:
        return None, None
    if asked.at == "given":
        return asked.floor, asked.ceiling
    target = target_of(told, county, year)
    if target is None or (asked.at == "band" and not target.bands):
        return None, None
    limit = target.value if asked.at == "target" else target.bands[-1]
    return (None, limit) if told.better == "lower" else (limit, None)


def target_of(told: Indicator, county: str, year: int) -> Target | None:
    """The target of a place and year: the nearest place, then the year itself, then the last year before it."""
    fitting = [
        one for one in told.targets if county.startswith(one.place[:6]) and (one.year is None or one.year <= year)
    ]
    return max(fitting, key=lambda one: (len(one.place), one.year or 0), default=None)


def findings(rules: list[dict[str, Any]]) -> list[Finding]:
    """What should be opened, the most serious of a unit first."""
    with connection.cursor() as cursor:
        cursor.execute(JUDGE, [json.dumps(rules)])
        return [Finding(*row) for row in cursor.fetchall()]


def recovered(month: str, quarter: str) -> list[Back]:
    """Open suggestions that are back inside."""
    with connection.cursor() as cursor:
        cursor.execute(RECOVERED, [month, quarter])
        return [Back(*row) for row in cursor.fetchall()]
