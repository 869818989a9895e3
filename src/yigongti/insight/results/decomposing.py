"""What moved a ratio: better or worse within each member or group, and more or less of each in the mix.

Source: Kitagawa EM. Components of a difference between two rates. J Am Stat Assoc 1955;50:1168–94. With shares
``w = d ÷ D`` and rates ``r = n ÷ d`` before (0) and now (1), the change of the whole is the sum over the groups of
``(r1 − r0)·(w0 + w1)/2`` (within) and ``(w1 − w0)·(r0 + r1)/2`` (mix). What the groups do not sum up to (people counted
in two groups) is left as a remainder. A count without a denominator changes by what each group adds.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

Numbers = tuple[Decimal | None, Decimal | None]
"""Numerator and denominator."""


@dataclass(frozen=True)
class Effect:
    """What one group contributed to the change, in the unit of the indicator."""

    key: str
    within: Decimal
    mix: Decimal

    @property
    def total(self) -> Decimal:
        """Both together."""
        return self.within + self.mix


@dataclass(frozen=True)
class Decomposition:
    """The change of the whole, the effect of each group (the largest first), and what is left."""

    change: Decimal
    effects: tuple[Effect, ...]

    @property
    def within(self) -> Decimal:
        """What all groups contributed by their own rates."""
        return sum((one.within for one in self.effects), Decimal(0))

    @property
    def mix(self) -> Decimal:
        """What the mix contributed."""
        return sum((one.mix for one in self.effects), Decimal(0))

    @property
    def remainder(self) -> Decimal:
        """What the groups do not explain: overlaps and rounding."""
        return self.change - self.within - self.mix


def decompose(
    before: Mapping[str, Numbers], now: Mapping[str, Numbers], whole: tuple[Numbers, Numbers], factor: Fraction
) -> Decomposition | None:
    """The change between two periods by group; ``whole`` are the numbers of everything before and now.

    None where one of the two periods has no value.
    """
    first, last = _rate(whole[0], factor), _rate(whole[1], factor)
    if first is None or last is None:
        return None
    keys = [*dict.fromkeys([*before, *now])]
    ratios = whole[0][1] is not None
    effects = _of_ratios(keys, before, now, factor) if ratios else _of_counts(keys, before, now, factor)
    ordered = tuple(sorted(effects, key=lambda one: (-abs(one.total), one.key)))
    return Decomposition(_plain(last - first), ordered)


def _of_counts(
    keys: Iterable[str], before: Mapping[str, Numbers], now: Mapping[str, Numbers], factor: Fraction
) -> Iterator[Effect]:
    for key in keys:
        yield Effect(key, _plain((_count(now.get(key)) - _count(before.get(key))) * factor), Decimal(0))


def _of_ratios(
    keys: Iterable[str], before: Mapping[str, Numbers], now: Mapping[str, Numbers], factor: Fraction
) -> Iterator[Effect]:
    listed = list(keys)
    all_before = sum((_size(before.get(key)) for key in listed), Fraction(0))
    all_now = sum((_size(now.get(key)) for key in listed), Fraction(0))
    if not all_before or not all_now:
        return
    for key in listed:
        w0, w1 = _size(before.get(key)) / all_before, _size(now.get(key)) / all_now
        r0, r1 = _rate(before.get(key), factor), _rate(now.get(key), factor)
        r0, r1 = (r1 if r0 is None else r0), (r0 if r1 is None else r1)
        if r0 is None or r1 is None:
            continue
        yield Effect(key, _plain((r1 - r0) * (w0 + w1) / 2), _plain((w1 - w0) * (r0 + r1) / 2))


def _count(numbers: Numbers | None) -> Fraction:
    return Fraction(numbers[0] or 0) if numbers else Fraction(0)


def _size(numbers: Numbers | None) -> Fraction:
    return Fraction(numbers[1] or 0) if numbers else Fraction(0)


def _rate(numbers: Numbers | None, factor: Fraction) -> Fraction | None:
    if numbers is None or numbers[0] is None:
        return None
    if numbers[1] is None:
        return Fraction(numbers[0]) * factor
    return Fraction(numbers[0]) * factor / Fraction(numbers[1]) if numbers[1] else None


def _plain(number: Fraction) -> Decimal:
    """Six decimals."""
    return (Decimal(number.numerator) / Decimal(number.denominator)).quantize(Decimal("0.000001"))
