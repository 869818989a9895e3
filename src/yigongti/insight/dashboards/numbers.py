"""Stored results as a reader may see them: small counts are gone before anything is drawn or exported."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from django.db.models import Q

from yigongti.insight.results import scope
from yigongti.insight.results.models import Result
from yigongti.insight.results.telling import HIDDEN, plain
from yigongti.kernel.access.actor import Actor

from .reach import Place, Reach, answers_for


@dataclass(frozen=True)
class Number:
    """One stored number. ``hidden``: it is too small for this reader or gives a small one away; none of it is here."""

    code: str
    place: Place
    period: str
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    value: Decimal | None = None
    reported: int = 0
    expected: int = 0
    stratum: str = ""
    part: str = ""
    hidden: bool = False

    @property
    def fraction(self) -> str:
        """``351 / 364``; empty without a denominator."""
        return "" if self.denominator is None else f"{plain(self.numerator)} / {plain(self.denominator)}"

    @property
    def completeness(self) -> Decimal | None:
        """The share of months with rows among those that organisations should have had."""
        return Decimal(self.reported) / self.expected if self.expected else None

    def text(self, decimals: int) -> str:
        """The value, 不显示, or a dash."""
        return HIDDEN if self.hidden else plain(self.value, decimals)


class Numbers:
    """The numbers of a page, found by code, unit and period."""

    def __init__(self, found: Iterable[Number]) -> None:
        self.all = list(found)
        self._whole = {(one.code, one.place.id, one.period): one for one in self.all if not one.stratum}

    def get(self, code: str, place: Place, period: str) -> Number | None:
        """The whole number, if one is stored."""
        return self._whole.get((code, place.id, period))

    def of(self, code: str, places: Iterable[Place], period: str) -> list[Number]:
        """The numbers of several units that have one."""
        return [one for place in places if (one := self.get(code, place, period)) is not None]

    @cached_property
    def parts(self) -> dict[str, list[Number]]:
        """Stratum → the numbers of its groups."""
        found: dict[str, list[Number]] = {}
        for one in self.all:
            if one.stratum:
                found.setdefault(one.stratum, []).append(one)
        return found


@dataclass(frozen=True)
class Wanted:
    """Whole numbers of units in periods; ``parts``: those of groups too."""

    places: Sequence[Place]
    periods: Sequence[str]
    parts: bool = False

    @property
    def condition(self) -> Q:
        """As rows of results."""
        found = Q(unit__in=[place.id for place in self.places], period__in=sorted(set(self.periods)))
        return found if self.parts else found & Q(stratum="")


COLUMNS = (
    *("measure__code", "unit_id", "period", "numerator", "denominator", "value", "reported", "expected"),
    *("stratum", "part", "guarded"),
)


def read(
    actor: Actor, reach: Reach, codes: Iterable[str], wanted: Sequence[Wanted], *, public: bool = False
) -> Numbers:
    """The stored numbers of indicators for units of the reach. One statement.

    ``public``: whoever passes by can read it (a wall), so small counts are hidden whoever asks.
    """
    condition = Q()
    for one in wanted:
        condition |= one.condition
    rows = Result.objects.filter(condition, measure__code__in=list(codes)).values_list(*COLUMNS)
    places = {place.id: place for one in wanted for place in one.places}
    open_to = frozenset() if public else answers_for(actor, reach, places.values())
    return Numbers(_number(row, places, open_to) for row in rows)


def _number(row: tuple, places: dict[int, Place], open_to: frozenset[int]) -> Number:
    code, unit, period, numerator, denominator, value, reported, expected, stratum, part, guarded = row
    place = places[unit]
    if unit not in open_to and (guarded or small(numerator, denominator)):
        return Number(code, place, period, None, None, None, reported, expected, stratum, part, hidden=True)
    return Number(code, place, period, numerator, denominator, value, reported, expected, stratum, part)


def small(*counts: Decimal | None) -> bool:
    """Whether one of the counts could tell who is meant."""
    return any(scope.hidden(count) for count in counts)
