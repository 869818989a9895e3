"""Months, quarters and years as a screen speaks of them."""

import re
from datetime import date

from yigongti.insight.results.queries import before, period_of
from yigongti.kernel.errors import Invalid

TREND = {"month": 25, "quarter": 12, "year": 5}
SPARK = {"month": 13, "quarter": 9, "year": 4}
STEP = {"month": "上月", "quarter": "上季", "year": "上年"}
MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
PERIOD = re.compile(r"\d{4}(Q[1-4]|-(0[1-9]|1[0-2]))?")


def last_month(today: date) -> str:
    """The last complete month: a screen tells of it unless another is asked for."""
    return before(period_of("month", today))


def chosen(asked: str, today: date) -> str:
    """The month that a page is asked for (``2026-10``), the last complete one without. Raises Invalid."""
    if not asked:
        return last_month(today)
    if not MONTH.fullmatch(asked) or asked > period_of("month", today):
        raise Invalid(f"没有月份 {asked}", hint="写成 2026-10，不晚于本月", field="at")
    return asked


def of(kind: str, month: str) -> str:
    """The period of a type that a month stands for: itself, the last quarter over at its end, the year it is in."""
    if kind == "month":
        return month
    year, number = int(month[:4]), int(month[5:])
    if kind == "year":
        return str(year)
    quarter = number // 3
    return f"{year}Q{quarter}" if quarter else f"{year - 1}Q4"


def type_of(period: str) -> str:
    """``2026`` is a year, ``2026Q3`` a quarter, ``2026-10`` a month."""
    return {4: "year", 6: "quarter", 7: "month"}.get(len(period), "")


def runs(period: str, today: date) -> bool:
    """Whether a period is not over yet."""
    return period >= period_of(type_of(period), today)


def span(period: str, count: int) -> list[str]:
    """So many periods up to this one, the oldest first."""
    return [before(period, steps) for steps in range(count - 1, -1, -1)]


def title(period: str) -> str:
    """``2026 年 10 月``, ``2026 年第 3 季度``, ``2026 年``."""
    if len(period) == 4:
        return f"{period} 年"
    if "Q" in period:
        return f"{period[:4]} 年第 {period[5]} 季度"
    return f"{period[:4]} 年 {int(period[5:])} 月"


def short(period: str) -> str:
    """On an axis: ``25-10``, ``25Q3``, ``2025``."""
    return period if len(period) == 4 else period[2:]


def after(month: str) -> str:
    """The month that follows."""
    year, number = int(month[:4]), int(month[5:])
    return f"{year + number // 12:04}-{number % 12 + 1:02}"


def valid(period: str) -> bool:
    """Whether it is written like a period."""
    return PERIOD.fullmatch(period) is not None


def of_day(kind: str, day: date) -> str:
    """The period of a type in which a day lies."""
    return period_of(kind, day)


def next_of(period: str) -> str:
    """The period that follows."""
    if len(period) == 4:
        return f"{int(period) + 1:04}"
    if "Q" not in period:
        return after(period)
    year, number = int(period[:4]), int(period[5])
    return f"{year + number // 4:04}Q{number % 4 + 1}"


def last_month_of(period: str) -> str:
    """The last month of a period."""
    if len(period) == 4:
        return f"{period}-12"
    return f"{period[:4]}-{int(period[5]) * 3:02}" if "Q" in period else period
