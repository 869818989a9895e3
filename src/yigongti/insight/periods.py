"""Months, quarters and years by name, as indicators know them: ``2026-05``, ``2026Q2``, ``2026``.

Names of one type sort by time.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from yigongti.kernel.errors import Invalid

NAME = re.compile(r"(?P<year>(19|20)[0-9]{2})(Q(?P<quarter>[1-4])|-(?P<month>0[1-9]|1[0-2]))?")
MONTHS = {"month": 1, "quarter": 3, "year": 12}


def valid(name: str) -> bool:
    """Whether it is written like a period."""
    return NAME.fullmatch(name) is not None


def type_of(name: str) -> str:
    """``month``, ``quarter`` or ``year``. Raises Invalid."""
    found = NAME.fullmatch(name)
    if found is None:
        raise Invalid(f"没有时期 {name}", hint="写成 2026-05、2026Q2 或 2026", field="period")
    return "month" if found["month"] else "quarter" if found["quarter"] else "year"


def containing(kind: str, day: date) -> str:
    """The period of a type in which a day lies."""
    part = {"year": "", "month": f"-{day.month:02}", "quarter": f"Q{(day.month + 2) // 3}"}[kind]
    return f"{day.year:04}{part}"


def around(day: date) -> dict[str, str]:
    """The month, quarter and year in which a day lies, by type."""
    return {kind: containing(kind, day) for kind in MONTHS}


def first_day(name: str) -> date:
    """The day on which a period begins. Raises Invalid."""
    kind = type_of(name)
    return date(int(name[:4]), 1 if kind == "year" else (int(name[5:]) - 1) * MONTHS[kind] + 1, 1)


def last_day(name: str) -> date:
    """The day on which a period ends. Raises Invalid."""
    return later(first_day(name), MONTHS[type_of(name)]) - timedelta(days=1)


def span(name: str) -> tuple[date, date]:
    """First and last day. Raises Invalid."""
    return first_day(name), last_day(name)


def last_month_of(name: str) -> str:
    """The last month of a period."""
    return containing("month", last_day(name))


def before(name: str, steps: int = 1) -> str:
    """The period so many steps earlier: ``2026-01`` → ``2025-12``, ``2026Q1`` → ``2025Q4``, ``2026`` → ``2025``."""
    kind = type_of(name)
    return containing(kind, later(first_day(name), -steps * MONTHS[kind]))


def after(name: str) -> str:
    """The period that follows."""
    return before(name, -1)


def up_to(name: str, count: int) -> list[str]:
    """So many periods up to this one, the oldest first."""
    return [before(name, steps) for steps in range(count - 1, -1, -1)]


def ended(kind: str, today: date, most: int = 8) -> Iterator[str]:
    """The periods of a type that are over, the latest first."""
    running = containing(kind, today)
    return (before(running, steps) for steps in range(1, most + 1))


def running(name: str, today: date) -> bool:
    """Whether a period is not over yet."""
    return name >= containing(type_of(name), today)


def title(name: str) -> str:
    """``2026 年 10 月``, ``2026 年第 3 季度``, ``2026 年``. Raises Invalid."""
    kind, year = type_of(name), f"{name[:4]} 年"
    return year if kind == "year" else f"{year}第 {name[5]} 季度" if kind == "quarter" else f"{year} {int(name[5:])} 月"


def short(name: str) -> str:
    """On an axis: ``25-10``, ``25Q3``, ``2025``."""
    return name if len(name) == 4 else name[2:]


def later(first: date, months: int) -> date:
    """The first day of the month so many months later."""
    number = first.year * 12 + first.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)
