"""Control charts (Shewhart): centre line and 3-sigma limits from a baseline, exactly as textbooks have them.

Formulas: D. C. Montgomery, Introduction to Statistical Quality Control, chapters 6 and 7.

* ``p``: p̄ = Σ numerator ÷ Σ denominator; σ at a point = √(p̄(1 − p̄) ÷ its denominator).
* ``u``: ū = Σ numerator ÷ Σ denominator; σ at a point = √(ū ÷ its denominator).
* ``xmr``: x̄ = mean; σ = mean moving range ÷ 1.128 (d₂ of two observations), so that 3σ = 2.66 moving ranges.

Values are ``factor`` × numerator ÷ denominator (percent: 100). The same formulas stand as SQL in :mod:`.judging`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from typing import Literal

Kind = Literal["p", "u", "xmr"]
KINDS: dict[str, str] = {"p": "p 控制图（率）", "u": "u 控制图（每单位次数）", "xmr": "XmR 控制图（单值）"}
D2 = 1.128
"""Mean range of two observations of a normal distribution, in sigmas."""
SIGMAS = 3


@dataclass(frozen=True)
class Point:
    """A value in a period; numerator and denominator where it is a ratio."""

    period: str
    value: float
    numerator: float | None = None
    denominator: float | None = None


@dataclass(frozen=True)
class Limits:
    """The centre line, and how far values scatter; ``spread`` is one sigma of an XmR chart."""

    kind: Kind
    centre: float
    factor: float = 1.0
    spread: float = 0.0

    def sigma(self, denominator: float | None) -> float | None:
        """One sigma of a point with this denominator; None where it cannot be told."""
        if self.kind == "xmr":
            return self.spread
        if not denominator:
            return None
        rate = self.centre / self.factor
        variance = rate * (1 - rate) if self.kind == "p" else rate
        return self.factor * sqrt(max(variance, 0.0) / denominator)

    def lower(self, denominator: float | None) -> float | None:
        """The lower limit; of a ratio or a count never under zero."""
        sigma = self.sigma(denominator)
        if sigma is None:
            return None
        low = self.centre - SIGMAS * sigma
        return low if self.kind == "xmr" else max(low, 0.0)

    def upper(self, denominator: float | None) -> float | None:
        """The upper limit; of a portion never over the whole."""
        sigma = self.sigma(denominator)
        if sigma is None:
            return None
        high = self.centre + SIGMAS * sigma
        return min(high, self.factor) if self.kind == "p" else high


def limits(kind: Kind, baseline: Sequence[Point], factor: float = 1.0) -> Limits:
    """The limits that a baseline of at least two points gives."""
    if kind == "xmr":
        values = [point.value for point in baseline]
        ranges = [abs(after - before) for before, after in pairwise(values)]
        return Limits(kind, sum(values) / len(values), factor, sum(ranges) / len(ranges) / D2)
    numerators = sum(point.numerator or 0.0 for point in baseline)
    denominators = sum(point.denominator or 0.0 for point in baseline)
    return Limits(kind, factor * numerators / denominators, factor)
