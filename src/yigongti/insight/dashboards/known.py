"""Indicators as a screen needs them: name, unit, direction, target, and how chance acts on them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from yigongti.insight.indicators import sets
from yigongti.insight.indicators.definitions import Indicator, Stratum, Target
from yigongti.insight.indicators.terms import COUNTS
from yigongti.kernel.errors import NotFound
from yigongti.kernel.policy.kinds import Source
from yigongti.kernel.policy.problems import allowed_words

from .funnel import Kind
from .reach import Place


@dataclass(frozen=True)
class Known:
    """An indicator with its set's name, source and strata."""

    code: str
    item: Indicator
    source: Source
    strata: Mapping[str, Stratum]
    set_title: str

    @property
    def kind(self) -> Kind | None:
        """How chance acts: on a share of people or events, on events over an exposure; None on anything else.

        Sums (minutes, days, money), largest values, functions and reported numbers have no limits of this kind.
        """
        item = self.item
        if item.kind != "computed" or item.function:
            return None
        sides = dict(item.sides())
        if "denominator" not in sides or sides["numerator"].parsed.kind not in COUNTS:
            return None
        top, bottom = sides["numerator"], sides["denominator"]
        same = (top.fact, top.at, top.organization) == (bottom.fact, bottom.at, bottom.organization)
        whole = same and item.unit == "%" and bottom.parsed.kind in COUNTS
        return "proportion" if whole else "rate"

    @property
    def wording(self) -> str:
        """The unit of a difference."""
        return "个百分点" if self.item.unit == "%" else self.item.unit

    def target(self, place: Place, year: int) -> Target | None:
        """What is to be reached at a place in a year: the most specific that the definition gives."""
        fitting = [
            one
            for one in self.item.targets
            if one.year in (None, year)
            and (not one.place or place.county.startswith(one.place) or place.key == one.place)
        ]
        return max(fitting, key=lambda one: (len(one.place), one.year or 0), default=None)


def known(codes: Iterable[str]) -> dict[str, Known]:
    """Indicators by code, in this order; those that are not defined any more are left out."""
    found = _all()
    return {code: found[code] for code in codes if code in found}


def one(code: str) -> Known:
    """The indicator of a code. Raises NotFound with the nearest."""
    found = _all()
    if code not in found:
        raise NotFound(f"没有指标 {code}", hint=allowed_words(code, found))
    return found[code]


def _all() -> dict[str, Known]:
    found = {}
    for edition in sets.in_force().values():
        body = edition.body
        for item in body.indicators:
            code = body.code(item)
            found[code] = Known(code, item, body.source_of(item), body.strata, body.title)
    return found


def missed(value: Decimal, target: Decimal, better: str) -> bool:
    """Whether a value has not reached its target."""
    return value > target if better == "lower" else value < target


def band(value: Decimal, bands: list[Decimal], better: str) -> int:
    """In which grade a value lies: 0 is the best."""
    return sum(missed(value, limit, better) for limit in bands)
