"""Periods by name, as the indicators know them: ``2026-05``, ``2026Q2``, ``2026``."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from yigongti.kernel.errors import Invalid

NAMES = {
    "month": re.compile(r"^(\d{4})-(0[1-9]|1[0-2])$"),
    "quarter": re.compile(r"^(\d{4})Q([1-4])$"),
    "year": re.compile(r"^(\d{4})$"),
}
MONTHS = {"month": 1, "quarter": 3, "year": 12}
QUARTERS = "一二三四"


def type_of(period: str) -> str:
    """``month``, ``quarter`` or ``year``. Raises Invalid."""
    for kind, name in NAMES.items():
        if name.match(period):
            return kind
    raise Invalid(f"没有时期 {period}", hint="写成 2026-05、2026Q2 或 2026", field="period")


def span(period: str) -> tuple[date, date]:
    """First and last day. Raises Invalid."""
    kind = type_of(period)
    year, *rest = map(int, NAMES[kind].match(period).groups())  # type: ignore[union-attr]
    first = date(year, (rest[0] - 1) * MONTHS[kind] + 1 if rest else 1, 1)
    return first, _later(first, MONTHS[kind]) - timedelta(days=1)


def containing(kind: str, day: date) -> str:
    """The period of a type in which a day lies."""
    return {
        "month": f"{day:%Y-%m}",
        "quarter": f"{day.year}Q{(day.month + 2) // 3}",
        "year": str(day.year),
    }[kind]


def before(period: str) -> str:
    """The period before."""
    return containing(type_of(period), span(period)[0] - timedelta(days=1))


def ended(kind: str, today: date, most: int = 8) -> Iterator[str]:
    """The periods of a type that are over, the latest first."""
    period = before(containing(kind, today))
    for _ in range(most):
        yield period
        period = before(period)


def title(period: str) -> str:
    """``2026 年第三季度``."""
    kind = type_of(period)
    year, *rest = map(int, NAMES[kind].match(period).groups())  # type: ignore[union-attr]
    return {
        "month": lambda: f"{year} 年 {rest[0]} 月",
        "quarter": lambda: f"{year} 年第{QUARTERS[rest[0] - 1]}季度",
        "year": lambda: f"{year} 年",
    }[kind]()


def _later(first: date, months: int) -> date:
    number = first.year * 12 + first.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)
