"""Limits and intervals against published values."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yigongti.insight.dashboards.funnel import (
    FAR,
    MANY,
    NEAR,
    Limits,
    Point,
    average_of,
    dispersion,
    interval,
    limits,
    position,
)


@pytest.mark.parametrize(
    ("count", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_shares_have_the_intervals_of_newcombe_1998(count: int, n: int, low: float, high: float) -> None:
    found = interval(Point(count, n), "proportion")
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@pytest.mark.parametrize(
    ("count", "low", "high"), [(10, 4.79, 18.39), (1, 0.01, 5.57), (0, 0.0, 3.69), (100, 81.36, 121.63)]
)
def test_counts_have_the_intervals_of_exact_tables_within_a_hundredth(count: int, low: float, high: float) -> None:
    """Exact: 4.80–18.39, 0.03–5.57, 0–3.69, 81.36–121.63 (Ulm 1990)."""
    found = interval(Point(count, 1), "rate")
    assert found.low == pytest.approx(low, abs=0.02)
    assert found.high == pytest.approx(high, abs=0.03)


@pytest.mark.parametrize(
    ("average", "n", "level", "kind", "low", "high"),
    [
        # the whole counts that R's qbinom and qpois give; the limit lies within the count below
        (0.5, 10, NEAR, "proportion", 2, 8),
        (0.1, 50, NEAR, "proportion", 1, 9),
        (0.3, 200, FAR, "proportion", 41, 81),
        (10.0, 1, NEAR, "rate", 4, 17),
        (10.0, 1, FAR, "rate", 2, 21),
    ],
)
def test_limits_interpolate_below_the_whole_count(
    average: float, n: float, level: float, kind: str, low: int, high: int
) -> None:
    found = limits(average, n, level, kind)  # type: ignore[arg-type]
    assert low - 1 < found.low * n <= low
    assert high - 1 < found.high * n <= high


def test_limits_at_the_edge_of_the_approximation_agree() -> None:
    n = MANY / 0.25
    exact, near = limits(0.5, n, FAR, "proportion"), limits(0.5, n + 1, FAR, "proportion")
    assert exact.high == pytest.approx(near.high, rel=2e-3)
    assert exact.low == pytest.approx(near.low, rel=2e-3)


@given(
    st.floats(0.01, 0.99), st.integers(1, 3000), st.sampled_from(["proportion", "rate"]), st.sampled_from([NEAR, FAR])
)
def test_limits_hold_the_average_and_narrow_with_n(average: float, n: int, kind: str, level: float) -> None:
    found = limits(average, n, level, kind)  # type: ignore[arg-type]
    assert 0 <= found.low <= average + 1 / n
    assert average - 1 / n <= found.high + 1e-9
    assert found.high <= (1 if kind == "proportion" else math.inf)
    wider = limits(average, n, level, kind, spread=4.0)  # type: ignore[arg-type]
    if found.high >= average:
        assert wider.high >= found.high - 1e-9


def test_nobody_and_everybody_leave_no_room() -> None:
    assert limits(0.0, 50, FAR, "proportion") == Limits(0.0, 0.0)
    assert limits(1.0, 50, FAR, "proportion") == Limits(1.0, 1.0)


def test_a_position_is_told_by_side_and_limit() -> None:
    assert position(Point(50, 100), 0.5, "proportion") == 0
    assert position(Point(62, 100), 0.5, "proportion") == 1
    assert position(Point(30, 100), 0.5, "proportion") == -2
    assert position(Point(30, 100), 0.5, "proportion", spread=9.0) == 0
    assert position(Point(0, 0), 0.5, "proportion") == 0


def test_members_who_vary_by_chance_are_not_spread() -> None:
    by_chance = [Point(count, 100) for count in (45, 52, 49, 55, 50, 47, 53, 48)]
    assert dispersion(by_chance, average_of(by_chance), "proportion") == 1.0
    apart = [Point(count, 100) for count in (20, 80, 35, 65, 25, 75, 50, 50)]
    assert dispersion(apart, average_of(apart), "proportion") > 10
