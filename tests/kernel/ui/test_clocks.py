"""What clocks say."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yigongti.kernel.clock import travelling
from yigongti.kernel.ui.clocks import Clock, spell

NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=20), "不到 1 分"),
        (timedelta(minutes=35), "35 分"),
        (timedelta(hours=1, minutes=20), "1 小时 20 分"),
        (timedelta(hours=2), "2 小时"),
        (timedelta(days=2, hours=3, minutes=50), "2 天 3 小时"),
        (timedelta(days=3, minutes=59), "3 天"),
    ],
)
def test_durations_are_spelt_in_their_two_largest_units(span: timedelta, words: str) -> None:
    assert spell(span) == words


@pytest.mark.parametrize(
    ("clock", "text", "tone"),
    [
        (Clock(NOON + timedelta(minutes=80)), "还剩 1 小时 20 分", "calm"),
        (Clock(NOON + timedelta(minutes=12)), "还剩 12 分", "warn"),
        (Clock(NOON - timedelta(minutes=35)), "超时 35 分", "danger"),
        (Clock(NOON + timedelta(hours=1), paused_since=NOON - timedelta(hours=1)), "已暂停 · 还剩 2 小时", "calm"),
        (Clock(NOON, stopped=NOON - timedelta(minutes=1)), "按时完成", "calm"),
        (Clock(NOON, stopped=NOON + timedelta(minutes=5)), "超时 5 分完成", "danger"),
        (Clock(None), "无时限", "calm"),
    ],
)
def test_a_clock_says_what_is_left(clock: Clock, text: str, tone: str) -> None:
    with travelling(NOON):
        assert (clock.text, clock.tone) == (text, tone)


@given(st.timedeltas(min_value=timedelta(days=-400), max_value=timedelta(days=400)))
def test_red_is_for_overdue_and_nothing_else(left: timedelta) -> None:
    with travelling(NOON):
        clock = Clock(NOON + left)
        assert (clock.tone == "danger") == (left < timedelta(0)) == clock.text.startswith("超时")
