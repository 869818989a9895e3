"""What a person sees of a run: the totals of one level and period, and why an indicator is not among them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from yigongti.insight.periods import type_of

from .definitions import LEVELS, PERIODS, Indicator
from .engines.sources import FactSource
from .planning import Sought

LONGEST = ("year", "quarter", "month")
WAYS = {"reported": "由责任单位填报，不由事实计算", "judged": "按材料评判，不由事实计算"}


@dataclass
class View:
    """The totals of one level in one period.

    Without a level the widest that has results; without a period the latest of the longest kind at that level.
    """

    results: pa.Table
    level: str = ""
    period: str = ""
    rows: list[dict[str, Any]] = field(init=False)

    def __post_init__(self) -> None:
        totals = self.results.filter(pc.field("stratum") == "")
        self.levels = [one for one in LEVELS if one in totals["level"].unique().to_pylist()]
        self.level = self.level or next(reversed(self.levels), "all")
        totals = totals.filter(pc.field("level") == self.level)
        known = totals["period"].unique().to_pylist()
        self.periods = {kind: sorted(one for one in known if type_of(one) == kind) for kind in LONGEST}
        self.period = self.period or next((of[-1] for of in self.periods.values() if of), "")
        self.rows = totals.filter(pc.field("period") == self.period).to_pylist()

    def elsewhere(self) -> str:
        """Where there are results, for who asked where there are none."""
        if not self.levels:
            return "没有任何结果"
        if self.level not in self.levels:
            return f"没有{LEVELS[self.level]}的结果，有：{'、'.join(LEVELS[one] for one in self.levels)}"
        told = [of[0] if len(of) == 1 else f"{of[0]} 至 {of[-1]}" for of in self.periods.values() if of]
        return f"{LEVELS[self.level]}没有 {self.period} 的结果，有：{'、'.join(told)}"

    def without(self, wanted: Iterable[Sought], sources: Mapping[str, FactSource]) -> Iterator[tuple[Sought, str]]:
        """The indicators that have no total here, and why."""
        shown = {row["indicator"] for row in self.rows}
        for one in wanted:
            if one.code not in shown:
                yield one, _why(one.item, sources, self.level, self.period)


def _why(item: Indicator, sources: Mapping[str, FactSource], level: str, period: str) -> str:
    if item.kind != "computed":
        return WAYS[item.kind]
    if level not in (*item.told_levels, "all"):
        return f"不按{LEVELS[level]}计算，只按{'、'.join(LEVELS[one] for one in item.levels)}"
    if period and type_of(period) not in item.periods:
        return f"不按{PERIODS[type_of(period)]}计算，只按{'、'.join(PERIODS[one] for one in item.periods)}"
    empty = sorted({side.fact for _, side in item.sides() if not _rows(sources.get(side.fact))})
    return f"事实 {'、'.join(empty)} 没有行" if empty else "没有可计的行"


def _rows(source: FactSource | None) -> int:
    """How many rows a fact has, as its files say."""
    return sum(pq.read_metadata(path).num_rows for path in source.paths) if source else 0
