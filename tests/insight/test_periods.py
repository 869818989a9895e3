"""Reckoning with months, quarters and years by name."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yigongti.insight import periods
from yigongti.kernel.errors import Invalid

KINDS = st.sampled_from(["month", "quarter", "year"])
DAYS = st.dates(date(1901, 1, 1), date(2098, 12, 31))


@given(KINDS, DAYS)
def test_a_period_is_the_days_between_its_first_and_last(kind: str, day: date):
    name = periods.containing(kind, day)
    first, last = periods.span(name)
    assert periods.type_of(name) == kind
    assert first <= day <= last
    assert periods.containing(kind, first) == periods.containing(kind, last) == name
    assert periods.containing(kind, first - timedelta(1)) == periods.before(name)
    assert periods.containing(kind, last + timedelta(1)) == periods.after(name)
    assert periods.last_month_of(name) == periods.containing("month", last)


@given(KINDS, DAYS, st.integers(-30, 30))
def test_so_many_steps_back_and_forth_lead_to_the_same_period(kind: str, day: date, steps: int):
    name = periods.containing(kind, date(2000, day.month, 1))
    assert periods.before(periods.before(name, steps), -steps) == name
    assert (periods.before(name, steps) < name) is (steps > 0)


def test_names_are_said_in_words():
    told = [periods.title(name) for name in ("2026-10", "2026Q3", "2026")]
    assert told == ["2026 年 10 月", "2026 年第 3 季度", "2026 年"]
    assert [periods.short(name) for name in ("2026-10", "2026Q3", "2026")] == ["26-10", "26Q3", "2026"]


def test_the_periods_that_are_over_come_latest_first():
    assert list(periods.ended("quarter", date(2026, 5, 31), 3)) == ["2026Q1", "2025Q4", "2025Q3"]
    assert periods.up_to("2026-01", 3) == ["2025-11", "2025-12", "2026-01"]
    assert [periods.running(name, date(2026, 6, 30)) for name in ("2026Q2", "2026Q1", "2026")] == [True, False, True]


@pytest.mark.parametrize("name", ["", "2026Q5", "2026-13", "0000", "2026Q1 ", "9999-12", "２０２６"])
def test_what_is_no_period_is_refused(name: str):
    assert not periods.valid(name)
    with pytest.raises(Invalid):
        periods.type_of(name)


def test_years_have_four_digits():
    assert periods.around(date(1, 4, 30)) == {"month": "0001-04", "quarter": "0001Q2", "year": "0001"}
