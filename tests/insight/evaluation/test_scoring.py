"""Values to points: the policy that ships, worked examples by hand, and properties of the one statement."""

import itertools
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yigongti.insight.evaluation.curves import Curve
from yigongti.insight.evaluation.definitions import EvaluationPolicy
from yigongti.insight.evaluation.scoring import Change, Given, Outcome, score, sheet

pytestmark = pytest.mark.django_db
D = Decimal
LIMITS = {
    name: {"limit": "5d", "warn": "3d"}
    for name in ("prepare", "report", "judge", "comment", "appeal", "answer", "decide", "publish")
}
LINE = {"kind": "interval", "points": [{"at": 0, "gives": 0}, {"at": 100, "gives": 100}]}


def policy(*items: dict[str, Any], **more: Any) -> EvaluationPolicy:
    """A small evaluation; items weigh 100 together."""
    return EvaluationPolicy.model_validate(
        {
            "policy": "evaluation/small",
            "kind": "evaluation",
            "version": "2026.1",
            "effective": {"from": "2026-01-01"},
            "title": "小考核",
            "source": {"document": "测试", "mark": "D"},
            "level": "centre",
            "period": "quarter",
            "steps": LIMITS,
            "items": [{"name": one["item"], "criteria": ["有"], "curve": LINE, **one} for one in items],
            "grades": [
                {"grade": "good", "name": "良好", "from": 80},
                {"grade": "fair", "name": "合格", "from": 60},
                {"grade": "poor", "name": "不合格", "from": 0},
            ],
            **more,
        }
    )


def outcome(made: EvaluationPolicy, values: dict[str, dict[str, Any]], *changes: Change) -> Outcome:
    """The scores of ``unit → item → value`` (or value, denominator, target)."""
    rows = [
        Given(unit, item, *(value if isinstance(value, tuple) else (value,)))
        for unit, told in values.items()
        for item, value in told.items()
    ]
    return score(sheet(made, values, rows, changes))


def test_a_straight_line_gives_between_its_points_and_stays_beyond_them() -> None:
    curve = {"kind": "interval", "points": [{"at": 40, "gives": 0}, {"at": 60, "gives": 60}, {"at": 80, "gives": 100}]}
    made = policy({"item": "a", "weight": 100, "curve": curve})
    found = outcome(made, {u: {"a": D(v)} for u, v in (("1", 30), ("2", 40), ("3", 50), ("4", "73.3"), ("5", 99))})
    assert [one.points for one in found.scores] == [D(0), D(0), D(30), D("86.60"), D(100)]
    assert [total.rank for total in found.totals] == [4, 4, 3, 2, 1]
    assert [total.grade for total in found.totals] == ["poor", "poor", "poor", "good", "good"]


def test_a_threshold_is_reached_exactly_at_its_point() -> None:
    curve = {"kind": "threshold", "points": [{"at": 60, "gives": 60}, {"at": 85, "gives": 100}]}
    made = policy({"item": "a", "weight": 100, "curve": curve})
    found = outcome(made, {u: {"a": D(v)} for u, v in (("1", "59.999999"), ("2", 60), ("3", "84.999999"), ("4", 85))})
    assert [one.percent for one in found.scores] == [D(0), D(60), D(60), D(100)]


def test_the_ratio_to_a_target_of_ones_own() -> None:
    curve = {
        "kind": "target",
        "target": {"plan": "evaluation/service-targets", "item": "x"},
        "points": [{"at": 0, "gives": 0}, {"at": 80, "gives": 70}, {"at": 100, "gives": 100}],
    }
    made = policy({"item": "a", "weight": 100, "curve": curve, "missing": "zero"})
    found = outcome(made, {"1": {"a": (D(90), None, D(120))}, "2": {"a": (D(300), None, D(150))}, "3": {"a": D(5)}})
    first, second, third = found.scores
    assert (first.x, first.points) == (D("75.000000"), D("65.63"))  # 70 × 75/80 = 65.625
    assert (second.x, second.points) == (D(200), D(100))
    assert (third.status, third.points) == ("untargeted", D(0))


def test_ranks_are_by_value_and_ties_share_the_better_one() -> None:
    curve = {"kind": "rank", "points": [{"at": 25, "gives": 100}, {"at": 50, "gives": 80}, {"at": 100, "gives": 60}]}
    made = policy({"item": "a", "weight": 100, "curve": curve})
    found = outcome(made, {"1": {"a": D(9)}, "2": {"a": D(7)}, "3": {"a": D(7)}, "4": {"a": D(1)}})
    assert [(one.rank, one.peers, one.points) for one in found.scores] == [
        (1, 4, D(100)),
        (2, 4, D(80)),
        (2, 4, D(80)),
        (4, 4, D(60)),
    ]


@pytest.mark.parametrize(("small", "points", "total"), [("spread", 0, 50), ("full", 40, 70), ("zero", 0, 30)])
def test_too_small_a_denominator_is_not_scored_by_its_value(small: str, points: int, total: int) -> None:
    made = policy({"item": "a", "weight": 40, "least": 30, "small": small}, {"item": "b", "weight": 60})
    found = outcome(made, {"1": {"a": (D(99), D(29)), "b": (D(50), D(500))}})
    assert (found.scores[0].status, found.scores[0].points) == ("small", D(points))
    assert found.totals[0].total == D(total)


def test_what_cannot_be_scored_spreads_its_weight_and_the_sum_stays_whole() -> None:
    items = [{"item": name, "weight": w, "missing": "spread"} for name, w in (("a", 40), ("b", 40), ("c", 20))]
    found = outcome(policy(*items), {"1": {"b": D(100), "c": D(100)}, "2": {}})
    assert [one.weight for one in found.scores[:3]] == [D(0), D("66.6667"), D("33.3333")]
    assert [total.total for total in found.totals] == [D(100), D(0)]


def test_deductions_bonus_and_veto_change_the_sum() -> None:
    made = policy({"item": "a", "weight": 100})
    values = {name: {"a": D(95)} for name in ("plain", "less", "more", "veto", "under")}
    changes = [Change("less", D(-3)), Change("more", D(2)), Change("veto", D(2), D(59)), Change("under", D(-200))]
    found = {one.unit: one for one in outcome(made, values, *changes).totals}
    assert {unit: one.total for unit, one in found.items()} == {
        "plain": D(95),
        "less": D(92),
        "more": D(97),
        "veto": D(59),
        "under": D(0),
    }
    assert found["veto"].grade == "poor"


def test_a_half_is_rounded_away_from_zero_and_only_once() -> None:
    made = policy({"item": "a", "weight": 50}, {"item": "b", "weight": 50})
    found = outcome(made, {"1": {"a": D("0.01"), "b": D("0.009999")}})
    assert [one.points for one in found.scores] == [D("0.01"), D("0.00")]  # 0.005 and 0.0049995


POINTS = st.lists(
    st.tuples(st.integers(-50, 150), st.integers(0, 100)), min_size=2, max_size=6, unique_by=lambda p: p[0]
).map(sorted)
VALUES = st.decimals(-100, 200, places=6)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(points=POINTS, values=st.lists(VALUES, min_size=1, max_size=6), places=st.integers(0, 4))
def test_the_statement_agrees_with_fractions(points: Any, values: list[Decimal], places: int) -> None:
    curve = {"kind": "interval", "points": [{"at": at, "gives": gives} for at, gives in points]}
    made = policy({"item": "a", "weight": 100, "curve": curve}, rounding={"item": places, "total": places})
    found = outcome(made, {f"{n}": {"a": value} for n, value in enumerate(values)})
    scale = 10**places
    for one in found.scores:
        exact = _exact(points, Fraction(values[int(one.unit)]))
        assert Fraction(one.points) == Fraction(int(exact * scale + Fraction(1, 2)), scale)


def _exact(points: list[tuple[int, int]], x: Fraction) -> Fraction:
    if x < points[0][0]:
        return Fraction(points[0][1])
    for (a, y), (b, z) in itertools.pairwise(points):
        if a <= x < b:
            return y + Fraction(z - y) * (x - a) / (b - a)
    return Fraction(points[-1][1])


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.dictionaries(st.sampled_from("abcdef"), VALUES, min_size=2), data=st.data())
def test_order_of_input_does_not_matter_and_more_is_never_less(values: dict[str, Decimal], data: Any) -> None:
    made = policy({"item": "a", "weight": 60}, {"item": "b", "weight": 40, "missing": "spread"})
    rows = [Given(unit, "a", value) for unit, value in values.items()]
    first = score(sheet(made, values, rows))
    again = score(sheet(made, list(reversed(values)), data.draw(st.permutations(rows))))
    assert first == again
    best = sorted(first.totals, key=lambda one: values[one.unit])
    assert all(low.total <= high.total for low, high in itertools.pairwise(best))


def test_drawing_a_curve_and_scoring_by_it_agree() -> None:
    curve = Curve.model_validate(
        {"kind": "interval", "points": [{"at": 5, "gives": 100}, {"at": 15, "gives": 60}, {"at": 30, "gives": 0}]}
    )
    assert [curve.percent(D(x)) for x in (0, 5, 10, 15, 30, 99)] == [100, 100, 80, 60, 0, 0]
    assert curve.fits("lower")
    assert not curve.fits("higher")
