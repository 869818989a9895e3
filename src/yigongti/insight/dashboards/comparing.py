"""Members held against each other fairly: against the average of all, with the limits of chance."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from yigongti.insight.indicators.definitions import Indicator

from .funnel import FAR, NEAR, Kind, Limits, Point, average_of, dispersion, interval, limits, position
from .known import Known
from .numbers import Number

ENOUGH = 3
"""Fewer members than this are no comparison."""
WORDS = {-2: "低于 99.8% 界限", -1: "低于 95% 界限", 0: "界限内", 1: "高于 95% 界限", 2: "高于 99.8% 界限"}


@dataclass(frozen=True)
class Member:
    """A member's number and where it lies; ``side`` is -1 on the bad side, 1 on the good one, 0 where none is."""

    number: Number
    position: int = 0
    side: int = 0
    interval: Limits | None = None

    @property
    def words(self) -> str:
        """Where it lies."""
        return WORDS[self.position]

    @property
    def bad(self) -> bool:
        """Beyond a limit on the bad side."""
        return self.position != 0 and self.side < 0

    @property
    def tone(self) -> str:
        """``danger`` beyond the outer limit on the bad side, ``warn`` beyond the inner one."""
        return ("danger" if abs(self.position) == 2 else "warn") if self.bad else ""


@dataclass(frozen=True)
class Comparison:
    """Members of a group by one indicator in one period. ``kind`` None: chance has no limits for this indicator."""

    known: Known
    kind: Kind | None
    numbers: tuple[Number, ...]
    widened: bool = False

    @property
    def factor(self) -> float:
        """By what a ratio is multiplied to be the value."""
        return float(self.known.item.times)

    @cached_property
    def points(self) -> dict[int, Point]:
        """Unit → its counts, of those that may be shown and have a denominator."""
        return {
            one.place.id: Point(float(one.numerator), float(one.denominator))
            for one in self.numbers
            if one.numerator is not None and one.denominator
        }

    @cached_property
    def average(self) -> float:
        """All members together, as a ratio."""
        return average_of(list(self.points.values()))

    @cached_property
    def spread(self) -> float:
        """By what factor members vary more than by chance; 1: not more."""
        return dispersion(list(self.points.values()), self.average, self.kind) if self.kind else 1.0

    @property
    def fair(self) -> bool:
        """Whether there is something to compare by limits."""
        return self.kind is not None and len(self.points) >= ENOUGH and self.average > 0

    @cached_property
    def members(self) -> list[Member]:
        """Every member, the best first where one way is better, else the largest first; hidden ones last."""
        ways = -1 if self.known.item.better != "lower" else 1
        known = sorted((n for n in self.numbers if n.value is not None), key=lambda n: ways * (n.value or Decimal(0)))
        rest = [one for one in self.numbers if one.value is None]
        return [self._member(one) for one in (*known, *rest)]

    def _member(self, number: Number) -> Member:
        point = self.points.get(number.place.id)
        if point is None or self.kind is None:
            return Member(number)
        place = position(point, self.average, self.kind, self.spread if self.widened else 1.0) if self.fair else 0
        return Member(number, place, side(place, self.known.item), interval(point, self.kind))

    def curves(self, until: float, steps: int = 48) -> list[tuple[float, dict[float, Limits]]]:
        """Limits along the denominators up to ``until``, closer together where they bend."""
        if self.kind is None:
            return []
        wide = self.spread if self.widened else 1.0
        least = max(1.0, until / 2000)
        ns = sorted({max(1, round(least * (until / least) ** (step / (steps - 1)))) for step in range(steps)})
        return [(n, {level: limits(self.average, n, level, self.kind, wide) for level in (NEAR, FAR)}) for n in ns]


def side(place: int, item: Indicator) -> int:
    """-1 where a position is on the bad side, 1 on the good one, 0 within the limits or where neither is better."""
    if not place or item.better not in ("higher", "lower"):
        return 0
    return 1 if (place > 0) == (item.better == "higher") else -1


def compare(known: Known, numbers: Iterable[Number], *, widened: bool = False) -> Comparison:
    """The comparison; a share whose numerators exceed their denominators is a rate."""
    found = tuple(numbers)
    kind = known.kind
    if kind == "proportion" and any((one.numerator or 0) > (one.denominator or 0) for one in found):
        kind = "rate"
    return Comparison(known, kind, found, widened)


def z_of_change(now: Number, before: Number, kind: Kind | None) -> float:
    """How far a change is beyond chance: the difference of two shares or rates over its standard error; 0 unknown."""
    if kind is None or not now.denominator or not before.denominator or now.hidden or before.hidden:
        return 0.0
    one, other = (
        Point(float(now.numerator or 0), float(now.denominator)),
        Point(float(before.numerator or 0), float(before.denominator)),
    )
    both = average_of([one, other])
    variance = (both * (1 - both) if kind == "proportion" else both) * (1 / one.n + 1 / other.n)
    return float((one.count / one.n - other.count / other.n) / variance**0.5) if variance > 0 else 0.0
