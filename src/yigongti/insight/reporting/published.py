"""The way of accepted values into the store of results, and what is computed beside them."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from yigongti.insight.indicators.definitions import Indicator
from yigongti.insight.results import queries
from yigongti.insight.results import services as results
from yigongti.insight.results.models import Unit
from yigongti.kernel.access.actor import SYSTEM

from . import duties
from .models import Item, Report


def put(report: Report) -> tuple[int, int]:
    """Make the accepted edition the one whose values stand; returns how many moved and how many were withdrawn."""
    titles = {item.indicator: item.name for item in duties.asked(report)}
    rows = list(Item.objects.filter(report=report, edition=report.accepted_edition))
    entries = [
        results.Entry(
            code=code_of(report, row.item),
            title=titles.get(row.item, row.item),
            level=report.level,
            unit=report.unit,
            type=report.period_type,
            period=report.period,
            numerator=row.numerator,
            denominator=row.denominator,
            value=row.value,
        )
        for row in rows
        if row.value is not None
    ]
    gone = [(code_of(report, row.item), report.level, report.unit, report.period) for row in rows if row.value is None]
    return results.put_reported(SYSTEM, entries), results.withdraw_reported(SYSTEM, gone)


def code_of(report: Report, item: str) -> str:
    """``member-returns/staff-income``."""
    return f"{report.set}/{item}"


@dataclass(frozen=True)
class Neighbour:
    """What the platform computes for the same unit and period."""

    code: str
    title: str
    value: Decimal | None


def beside(report: Report, asked: Iterable[Indicator]) -> dict[str, Neighbour]:
    """Code of a computed indicator → its stored result for the unit and period of the report."""
    codes = {code for item in asked for code in item.beside}
    if not codes:
        return {}
    unit = Unit.objects.filter(level=report.level, key=report.unit)
    rows = queries.totals(codes, unit, of_type=report.period_type, periods=[report.period])
    return {row.measure.code: Neighbour(row.measure.code, row.measure.title, row.value) for row in rows}
