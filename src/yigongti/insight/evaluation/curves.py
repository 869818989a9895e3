"""Scoring curves: from a value to the percent of the weight that it earns, as declared tables.

A curve becomes *bands*: half-open pieces ``low ≤ x < high`` in which the percent goes in a straight line from
``first`` to ``last``. A threshold is a flat band; before the first and after the last point the percent stays.
"""

import itertools
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from yigongti.kernel.policy.kinds import Strict

Percent = Annotated[Decimal, Field(ge=0, le=100)]
Kind = Literal["threshold", "interval", "target", "rank"]
KINDS: dict[str, str] = {
    "threshold": "按档得分",
    "interval": "区间内按比例得分",
    "target": "按完成目标的比例得分",
    "rank": "按同类名次得分",
}
#: what stands on the axis of a curve
AXES: dict[str, str] = {"threshold": "指标值", "interval": "指标值", "target": "完成目标的%", "rank": "名次居前的%"}


class Band(NamedTuple):
    """``low ≤ x < high`` (None: unbounded) gives ``first`` at ``low`` and nearly ``last`` at ``high``, in percent."""

    low: Decimal | None
    high: Decimal | None
    first: Decimal
    last: Decimal


class Point(Strict):
    """At ``at`` the curve gives ``gives`` percent of the weight."""

    at: Decimal
    gives: Percent


class Aim(Strict):
    """The target: a value for everyone, or what a plan decided for each participant (``plan`` and its ``item``)."""

    value: Annotated[Decimal | None, Field(gt=0)] = None
    plan: Annotated[str, Field(description="a targets policy")] = ""
    item: str = ""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.value is None) == (not self.plan) or bool(self.plan) != bool(self.item):
            raise ValueError("target 写 value，或写 plan 和 item")
        return self


class Curve(Strict):
    """A curve: ``points`` from left to right. ``rank`` counts from the best: at 20 means among the first 20 percent."""

    kind: Kind
    points: Annotated[list[Point], Field(min_length=1)]
    target: Aim | None = None

    @model_validator(mode="after")
    def _readable(self) -> Self:
        places = [point.at for point in self.points]
        if any(left >= right for left, right in itertools.pairwise(places)):
            raise ValueError("points 的 at 应逐个增大")
        if (self.kind == "target") != (self.target is not None):
            raise ValueError("kind 为 target 时写 target，其余不写")
        if self.kind in ("interval", "target") and len(self.points) < 2:
            raise ValueError("按比例得分至少要两个点")
        if self.kind == "rank" and self.points[-1].at != 100:
            raise ValueError("按名次得分的最后一个点应是 at: 100")
        return self

    def bands(self) -> list[Band]:
        """The pieces of the curve, from left to right, without a gap."""
        return list(_BANDS[self.kind](self.points))

    def direction(self) -> str:
        """Which way the percent goes: ``higher``, ``lower``, ``range`` (up, then down), ``""`` (neither)."""
        gives = [point.gives for point in self.points]
        rising = all(a <= b for a, b in itertools.pairwise(gives))
        falling = all(a >= b for a, b in itertools.pairwise(gives))
        if rising or falling:
            return "higher" if rising else "lower"
        top = gives.index(max(gives))
        one_top = sorted(gives[: top + 1]) == gives[: top + 1] and sorted(gives[top:], reverse=True) == gives[top:]
        return "range" if one_top else ""

    def fits(self, better: str) -> bool:
        """Whether the curve goes the way in which the indicator is better."""
        if self.kind == "rank":
            return self.direction() == "lower" or len(self.points) == 1
        wanted = {"higher": ("higher",), "lower": ("lower",), "range": ("range", "higher", "lower")}
        return self.direction() in wanted.get(better, ("higher", "lower", "range"))

    def percent(self, x: Decimal) -> Decimal:
        """What the curve gives at ``x``: for drawing. Scores are computed by :mod:`.scoring`."""
        for band in self.bands():
            if (band.low is None or band.low <= x) and (band.high is None or x < band.high):
                if band.low is None or band.high is None or band.first == band.last:
                    return band.first
                return band.first + (band.last - band.first) * (x - band.low) / (band.high - band.low)
        raise AssertionError("bands leave no gap")


def _threshold(points: Sequence[Point]) -> Iterator[Band]:
    """From each point on what it gives; before the first nothing at all, or everything where less is better."""
    falling = points[0].gives > points[-1].gives
    yield Band(None, points[0].at, *[points[0].gives if falling else Decimal(0)] * 2)
    for point, after in zip(points, [*points[1:], None], strict=True):
        yield Band(point.at, after.at if after else None, point.gives, point.gives)


def _straight(points: Sequence[Point]) -> Iterator[Band]:
    yield Band(None, points[0].at, points[0].gives, points[0].gives)
    for left, right in itertools.pairwise(points):
        yield Band(left.at, right.at, left.gives, right.gives)
    yield Band(points[-1].at, None, points[-1].gives, points[-1].gives)


def _rank(points: Sequence[Point]) -> Iterator[Band]:
    """Up to and including each point: a rank exactly at 20 percent is among the first 20 percent."""
    low: Decimal | None = None
    for point in points[:-1]:
        yield Band(low, point.at + AFTER, point.gives, point.gives)
        low = point.at + AFTER
    yield Band(low, None, points[-1].gives, points[-1].gives)


AFTER = Decimal("0.000001")
"""Just behind a rank in percent: no two ranks among fewer than ten thousand lie nearer."""
_BANDS = {"threshold": _threshold, "interval": _straight, "target": _straight, "rank": _rank}
