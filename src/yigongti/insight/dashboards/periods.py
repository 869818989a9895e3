"""Months, quarters and years as a screen speaks of them, beside what a period is (:mod:`yigongti.insight.periods`)."""

from datetime import date

from yigongti.insight.periods import (
    after,
    before,
    containing,
    first_day,
    last_month_of,
    later,
    running,
    short,
    title,
    type_of,
    up_to,
    valid,
)
from yigongti.kernel.errors import Invalid

__all__ = [
    "after",
    "before",
    "chosen",
    "containing",
    "last_month",
    "last_month_of",
    "of",
    "running",
    "short",
    "title",
    "type_of",
    "up_to",
    "valid",
]
TREND = {"month": 25, "quarter": 12, "year": 5}
SPARK = {"month": 13, "quarter": 9, "year": 4}
STEP = {"month": "上月", "quarter": "上季", "year": "上年"}


def last_month(today: date) -> str:
    """The last complete month: a screen tells of it unless another is asked for."""
    return before(containing("month", today))


def chosen(asked: str, today: date) -> str:
    """The month that a page is asked for (``2026-10``), the last complete one without. Raises Invalid."""
    if not asked:
        return last_month(today)
    if not valid(asked) or type_of(asked) != "month" or asked > containing("month", today):
        raise Invalid(f"没有月份 {asked}", hint="写成 2026-10，不晚于本月", field="period")
    return asked


def of(kind: str, month: str) -> str:
    """The period of a type that a month stands for: itself, the last quarter over at its end, the year it is in."""
    if kind == "quarter":
        return before(containing("quarter", later(first_day(month), 1)))
    return containing(kind, first_day(month))
