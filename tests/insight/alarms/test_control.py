"""Control limits by the values of a textbook: Montgomery, Introduction to Statistical Quality Control."""

import pytest

from yigongti.insight.alarms.control import Limits, Point, limits

#: example 7.1 (6th ed.): nonconforming cans of 50, 30 samples
CANS = [12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22, 8, 10, 5, 13, 11, 20, 18, 24, 15, 9, 12, 7, 13, 9, 6]
#: example 6.5: mortgage loan processing costs, 20 weeks
COSTS = [310, 288, 297, 298, 307, 303, 294, 297, 308, 306, 294, 299, 297, 299, 314, 295, 293, 306, 301, 304]
#: example 7.5: defects of dyed cloth on rolls of different size (inspection units)
CLOTH = list(zip([14, 12, 20, 11, 7, 10, 21, 16, 19, 23], [10, 8, 13, 10, 9.5, 10, 12, 10.5, 12, 12.5], strict=True))


def portions(values: list[int], of: int) -> list[Point]:
    return [Point(str(n), 100 * value / of, value, of) for n, value in enumerate(values)]


def test_p_chart_of_the_textbook() -> None:
    found = limits("p", portions(CANS, 50), 100)
    assert found.centre == pytest.approx(23.13, abs=0.005)
    assert found.upper(50) == pytest.approx(41.02, abs=0.005)
    assert found.lower(50) == pytest.approx(5.24, abs=0.005)
    outside = [point.numerator for point in portions(CANS, 50) if point.value > (found.upper(50) or 0)]
    assert outside == [22, 24]


def test_p_chart_without_the_two_samples_that_were_outside() -> None:
    kept = [value for number, value in enumerate(CANS, 1) if number not in (15, 23)]
    found = limits("p", portions(kept, 50), 100)
    assert found.centre == pytest.approx(21.50, abs=0.005)
    assert found.upper(50) == pytest.approx(38.93, abs=0.005)
    assert found.lower(50) == pytest.approx(4.07, abs=0.005)


def test_individuals_chart_of_the_textbook() -> None:
    found = limits("xmr", [Point(str(n), cost) for n, cost in enumerate(COSTS)])
    assert found.centre == pytest.approx(300.5)
    assert found.spread * 1.128 == pytest.approx(7.79, abs=0.005)
    assert found.upper(None) == pytest.approx(321.22, abs=0.01)
    assert found.lower(None) == pytest.approx(279.78, abs=0.01)


def test_u_chart_of_the_textbook_has_limits_for_each_size() -> None:
    found = limits("u", [Point(str(n), defects / size, defects, size) for n, (defects, size) in enumerate(CLOTH)])
    assert found.centre == pytest.approx(1.42, abs=0.005)
    assert (found.upper(10), found.lower(10)) == (pytest.approx(2.55, abs=0.01), pytest.approx(0.29, abs=0.01))
    assert (found.upper(8), found.lower(8)) == (pytest.approx(2.68, abs=0.01), pytest.approx(0.16, abs=0.01))
    assert (found.upper(13), found.lower(13)) == (pytest.approx(2.41, abs=0.01), pytest.approx(0.43, abs=0.01))


def test_a_portion_stays_between_nothing_and_all() -> None:
    assert Limits("p", 98.0, 100).upper(5) == 100
    assert Limits("p", 2.0, 100).lower(5) == 0
    assert Limits("u", 0.1).lower(1) == 0
    assert Limits("xmr", 1.0, spread=5).lower(None) == -14


def test_without_a_denominator_there_are_no_limits() -> None:
    assert Limits("p", 50.0, 100).upper(None) is None
    assert Limits("u", 50.0).lower(0) is None
