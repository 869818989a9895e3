"""How far a member may lie from the average by chance: limits for a funnel plot, and the interval of one member.

Spiegelhalter DJ, Funnel plots for comparing institutional performance, Statistics in Medicine 2005;24:1185-1202:
exact binomial or Poisson limits, interpolated between whole counts (appendix A.1), and the spread beyond chance
(section 3.2). One member: Wilson's score interval for a share (Newcombe, Statistics in Medicine 1998;17:857-872,
method 3) and Byar's approximation for a count (Breslow and Day, 1987).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist
from typing import Literal

Kind = Literal["proportion", "rate"]
"""``proportion``: so many of ``n`` (binomial). ``rate``: so many events for ``n`` units of exposure (Poisson)."""
NEAR, FAR = 0.95, 0.998
MANY = 4_000.0
"""From this variance of the count on, the normal approximation differs by less than a thousandth of the limit."""
REACH = 9
WINSOR = 0.1


@dataclass(frozen=True)
class Limits:
    """Lower and upper limit of the ratio (not multiplied by any factor)."""

    low: float
    high: float


@dataclass(frozen=True)
class Point:
    """A member: so many events among or for ``n``."""

    count: float
    n: float


def limits(average: float, n: float, level: float, kind: Kind, spread: float = 1.0) -> Limits:
    """Between what a ratio over ``n`` lies with probability ``level`` if it is ``average`` in truth.

    ``spread`` is the factor by which members vary more than by chance (:func:`dispersion`); the limits widen by its
    root. Shares stay within 0 and 1, rates do not fall below 0.
    """
    low, high = (_quantile(average, n, p, kind) / n for p in ((1 - level) / 2, (1 + level) / 2))
    wide = math.sqrt(spread)
    low, high = average - (average - low) * wide, average + (high - average) * wide
    return Limits(max(low, 0.0), min(high, 1.0) if kind == "proportion" else high)


def _quantile(average: float, n: float, p: float, kind: Kind) -> float:
    """The count that is not exceeded with probability ``p``, interpolated as in the appendix: r - alpha."""
    mean = average * n
    variance = mean * (1 - average) if kind == "proportion" else mean
    if variance <= 0:
        return mean
    if variance > MANY:
        return mean + NormalDist().inv_cdf(p) * math.sqrt(variance)
    first, chances = _chances(average, n, kind)
    below = 0.0
    for place, chance in enumerate(chances):
        if below + chance >= p:
            return max(0.0, first + place - (below + chance - p) / chance)
        below += chance
    return first + len(chances) - 1.0


@lru_cache(maxsize=2048)
def _chances(average: float, n: float, kind: Kind) -> tuple[int, tuple[float, ...]]:
    """The probabilities of counts around the mean, by recurrence from the mode, and the first of these counts."""
    mean = average * n
    deviation = math.sqrt(mean * (1 - average) if kind == "proportion" else mean)
    mode = int(mean)
    top = math.floor(n) if kind == "proportion" else math.inf
    first = max(0, int(mean - REACH * deviation - REACH))
    last = int(min(top, mean + REACH * deviation + REACH + 4))
    odds = average / (1 - average) if kind == "proportion" and average < 1 else 0.0

    def step(count: int) -> float:
        """Probability of ``count + 1`` over that of ``count``."""
        return (n - count) / (count + 1) * odds if kind == "proportion" else mean / (count + 1)

    mode = min(mode, last)
    found = {mode: 1.0}
    for count in range(mode, last):
        found[count + 1] = found[count] * step(count)
    for count in range(mode - 1, first - 1, -1):
        above = step(count)
        found[count] = found[count + 1] / above if above else 0.0
    whole = math.fsum(found.values())
    return first, tuple(found[count] / whole for count in range(first, last + 1))


def position(point: Point, average: float, kind: Kind, spread: float = 1.0) -> int:
    """Where a member lies: 0 within 95 %, ±1 beyond 95 %, ±2 beyond 99.8 % (above or below)."""
    if point.n <= 0:
        return 0
    value = point.count / point.n
    for step, level in ((2, FAR), (1, NEAR)):
        found = limits(average, point.n, level, kind, spread)
        if value > found.high:
            return step
        if value < found.low:
            return -step
    return 0


def dispersion(points: Sequence[Point], average: float, kind: Kind) -> float:
    """By what factor members vary more than by chance: the mean of squared z-values, the outermost tenth pulled in.

    1 where it is not more than chance would give (below 1 + 2·√(2 ÷ members)), or with fewer than five members.
    """
    scores = sorted(_score(point, average, kind) for point in points if point.n > 0)
    if len(scores) < 5 or average <= 0 or (kind == "proportion" and average >= 1):
        return 1.0
    cut = math.ceil(len(scores) * WINSOR) if len(scores) >= 10 else 0
    low, high = scores[cut], scores[-1 - cut]
    found = math.fsum(min(max(score, low), high) ** 2 for score in scores) / len(scores)
    return found if found > 1 + 2 * math.sqrt(2 / len(scores)) else 1.0


def _score(point: Point, average: float, kind: Kind) -> float:
    variance = average * (1 - average) if kind == "proportion" else average
    return (point.count / point.n - average) / math.sqrt(variance / point.n) if variance > 0 else 0.0


def interval(point: Point, kind: Kind, level: float = NEAR) -> Limits:
    """The interval of one member's own ratio: Wilson for a share, Byar for a rate."""
    z = NormalDist().inv_cdf((1 + level) / 2)
    return _wilson(point, z) if kind == "proportion" else _byar(point, z)


def _wilson(point: Point, z: float) -> Limits:
    n, share = point.n, point.count / point.n
    middle = share + z * z / (2 * n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    below = 1 + z * z / n
    return Limits(max((middle - half) / below, 0.0), min((middle + half) / below, 1.0))


def _byar(point: Point, z: float) -> Limits:
    count, more = point.count, point.count + 1
    low = count * (1 - 1 / (9 * count) - z / (3 * math.sqrt(count))) ** 3 if count else 0.0
    high = more * (1 - 1 / (9 * more) + z / (3 * math.sqrt(more))) ** 3
    return Limits(max(low, 0.0) / point.n, high / point.n)


def average_of(points: Sequence[Point]) -> float:
    """All members together."""
    whole = math.fsum(point.n for point in points)
    return math.fsum(point.count for point in points) / whole if whole else 0.0
