"""What must be computed again: which indicators for which years, because of which months and definitions."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from yigongti.insight.indicators.dictionary import Dictionary, table
from yigongti.insight.indicators.planning import Sought
from yigongti.insight.warehouse.shelf import WHOLE

DECIDING = (
    "kind",
    "fact",
    "where",
    "numerator",
    "denominator",
    "at",
    "organization",
    "stock",
    "function",
    "by",
    "factor",
    "divisor",
    "periods",
    "levels",
)
"""The parts of a definition that decide its numbers; the rest is words."""
HIERARCHY = "hierarchy"
Reach = Callable[[str, str, set[str]], set[int]]
"""The years of another time (fact, column) of the rows in these months: where rows do not count for their file."""


@dataclass(frozen=True)
class Portion:
    """Indicators that are computed together for the same years."""

    sought: tuple[Sought, ...]
    years: tuple[int, ...]

    @property
    def read(self) -> tuple[int, ...]:
        """The years that must be read: growth looks back."""
        back = max((s.item.function.growth.years for s in self.sought if _grows(s)), default=0)  # type: ignore[union-attr]
        return tuple(range(self.years[0] - back, self.years[-1] + 1)) if back else self.years


def definition(one: Sought) -> str:
    """The hash of what decides the indicator's numbers."""
    told = one.item.model_dump(mode="json", include=set(DECIDING))
    strata = {name: one.strata[name].model_dump(mode="json") for name in one.item.by}
    return hashlib.sha256(json.dumps([told, strata], sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def portions(
    sought: Iterable[Sought],
    changed_definitions: set[str],
    changes: Mapping[str, Iterable[str]],
    dictionary: Dictionary,
    years: tuple[int, ...],
    reach: Reach,
) -> Iterator[Portion]:
    """Group what is due: a changed definition for all years, others for the years whose months changed."""
    together: dict[tuple[int, ...], list[Sought]] = defaultdict(list)
    for one in sought:
        due = years if one.code in changed_definitions else _years(one, changes, dictionary, years, reach)
        if due:
            together[due].append(one)
    for due, members in together.items():
        yield Portion(tuple(members), due)


def _years(
    one: Sought, changes: Mapping[str, Iterable[str]], dictionary: Dictionary, years: tuple[int, ...], reach: Reach
) -> tuple[int, ...]:
    """The years that an indicator's changed months touch; with growth the years that look back at them too."""
    found = {int(month[:4]) for month in changes.get(HIERARCHY, ())}
    for _, side in one.item.sides():
        months, own = set(changes.get(side.fact, ())), table(dictionary, side.fact).time
        if WHOLE in months:
            return years
        found |= {int(month[:4]) for month in months} if side.at in ("", own) else reach(side.fact, side.at, months)
    if _grows(one) and found:
        back = one.item.function.growth.years  # type: ignore[union-attr]
        found |= {year + back for year in found}
    return tuple(sorted(found & set(years)))


def _grows(one: Sought) -> bool:
    return bool(one.item.function and one.item.function.growth)
