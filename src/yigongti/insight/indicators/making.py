"""What the three ways of a pass have in common, and the first of them: counts, sums and largest values."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from .conditions import Bits, quoted
from .planning import Pass, Slot

MONTH = "_month"
"""The column that every fact has when it is read: the first day of the row's month in Beijing time."""
HIERARCHY = "_hierarchy"
"""``month, organization, place``: to which units, by number, an organisation belonged in a month."""
CALENDAR = "_calendar"
"""``month, moment, last``: to which periods, by number, a month belongs, and whether it is the last one there is."""
SPOTS = "_spots"
"""``month, organization, place, moment, last``: hierarchy and calendar together."""
TOGETHER = (
    f"SELECT h.month, h.organization, h.place, c.moment, c.last FROM {HIERARCHY} AS h "
    f"JOIN {CALENDAR} AS c ON c.month = h.month"
)
EXACT = "DECIMAL(38, 6)"


Apart = Literal["never", "whole", "rows", "bits"]
"""How a month is taken out of a state: not at all, only with all others, by its rows, or by its bits in numbers."""


@dataclass(frozen=True)
class Step:
    """A table of a pass, from the fact (it ``reads`` all files of a year at once) or from tables before it.

    ``known`` is the query of a small table ``<table>_known`` from the same files, with which the statement begins.
    Some states can be kept: ``apart`` says how a month of the fact's files is taken out of it again, ``by`` in which
    columns (the one of the month, or the numbers). Of a table that ``merges`` a kept state by ``year`` and ``member``,
    and rests on other tables (``rests``), only the members who changed are merged again.
    """

    table: str
    sql: str
    reads: bool = False
    apart: Apart = "never"
    by: tuple[str, ...] = ()
    known: str = ""
    merges: str = ""
    rests: tuple[str, ...] = ()

    @property
    def begins(self) -> Mapping[str, str]:
        """The table with which the statement begins, if there is one: its name and query."""
        return {f"{self.table}_known": self.known} if self.known else {}


@dataclass(frozen=True)
class Roll:
    """A statement that gives a column for each slot, by place, moment and the strata."""

    sql: str
    slots: tuple[str, ...]
    strata: tuple[str, ...]


class Maker(ABC):
    """A way to answer the slots of a pass: states of the fact, and rolls over them."""

    def __init__(self, one: Pass) -> None:
        self.one = one
        self.strata = {name: f"x_{name}" for name in one.strata()}
        self.flat = False
        """Whether every place is one organisation or all of them, and every state was made in one piece."""
        self.spans: tuple[int, ...] = ()
        self.ends: tuple[int, ...] = ()
        """The months of each period in its year, as bits; the last of each."""

    @abstractmethod
    def states(self) -> Iterable[Step]:
        """The tables that hold what the pass must know of the fact."""

    def merged(self) -> Iterable[Step]:
        """The tables from which the rolls start, where that is not the states."""
        return ()

    @property
    def seen(self) -> Step:
        """Which organisations had rows in which month (``month, organization``)."""
        return Step(
            f"{self.one.name}_seen",
            f"SELECT DISTINCT {', '.join(self.heads[:2])} FROM {self.one.source.fact} WHERE {self.where()}",
            reads=True,
            apart="whole" if self.one.source.at else "rows",
            by=("month",),
        )

    @property
    def month(self) -> str:
        """The month of a row, as SQL."""
        at = self.one.source.at
        return first_of_month(quoted(at)) if at else MONTH

    @property
    def unit(self) -> str:
        """The organisation of a row, as SQL."""
        return self.one.source.organization or "0"

    @property
    def heads(self) -> list[str]:
        """Month, organisation and strata of a row, with their names."""
        groups = [f"{known(text)} AS {self.strata[name]}" for name, text in self.one.strata().items()]
        return [f"{self.month} AS month", f"{self.unit} AS organization", *groups]

    def where(self, *more: str) -> str:
        """Rows without a month, an organisation or a member count for nobody."""
        wanted = (quoted(self.one.source.at) if self.one.source.at else MONTH, self.one.source.organization, *more)
        return " AND ".join(f"{name} IS NOT NULL" for name in wanted if name)

    def rolls(self) -> Iterable[Roll]:
        """A roll for all slots that are over the period, or at its end, and by the same strata."""
        for (stock, strata), slots in self.one.rolls().items():
            names = tuple(name for name, _ in strata)
            yield Roll(self.roll(slots, names, stock), tuple(slot.name for slot in slots), names)

    @abstractmethod
    def roll(self, slots: Sequence[Slot], strata: Sequence[str], stock: bool) -> str:
        """The query that merges the states of these slots."""


def first_of_month(moment: str) -> str:
    """The first day of a moment's month, as SQL: to the day first, for only that asks about the time zone."""
    return f"CAST(date_trunc('month', CAST({moment} AS DATE)) AS DATE)"


def known(text: str) -> str:
    """A stratum as text; what is unknown is the empty text, since DuckDB's arg_max passes over NULL."""
    return f"coalesce(CAST({text} AS VARCHAR), '')"


class Rows(Maker):
    """Counts, sums and largest values: rows are grouped by the profile of what is asked of them.

    The states hold every slot's number by month, organisation and its own strata; ``kind`` tells which those are.
    """

    def __init__(self, one: Pass) -> None:
        super().__init__(one)
        self.bits = Bits("f")
        for slot in one.slots:
            self.bits.learn(slot.condition)
        terms = (slot.side.parsed for slot in one.slots)
        sought = dict.fromkeys((term.kind, term.of) for term in terms if term.of)
        self.values = {each: f"v{index}" for index, each in enumerate(sought)}
        kinds: dict[tuple[str, ...], list[Slot]] = {}
        for slot in one.slots:
            kinds.setdefault(tuple(name for name, _ in slot.strata), []).append(slot)
        self.kinds = list(kinds.items())

    def states(self) -> Iterable[Step]:
        filed = ["filed"] if self.one.source.at else []
        profiles, kinds = self._profiles(filed), range(len(self.kinds))
        sums = " UNION ALL ".join(self._sums(kind, filed, "profiles") for kind in kinds)
        yield Step(
            self.one.name,
            f"WITH profiles AS ({profiles}) {sums}" if len(kinds) > 1 else self._sums(0, filed, f"({profiles}) AS p"),
            reads=True,
            apart="rows",
            by=tuple(filed or ["month"]),
        )

    @property
    def seen(self) -> Step:
        return Step(f"{self.one.name}_seen", f"SELECT DISTINCT month, organization FROM {self.one.name}")

    def _profiles(self, filed: Sequence[str]) -> str:
        """Rows with the same answers to all questions, counted together."""
        packed = [f"{sql} AS {name}" for sql, name in self.bits.packed()]
        keys = [*self.heads, *(f"{MONTH} AS {name}" for name in filed), *packed]
        values = [f"{kind}({of}) AS {name}" for (kind, of), name in self.values.items()]
        ordinals = ", ".join(str(1 + index) for index in range(len(keys)))
        return (
            f"SELECT {', '.join([*keys, 'count(*) AS n', *values])} FROM {self.one.source.fact} "
            f"WHERE {self.where()} GROUP BY {ordinals}"
        )

    def _sums(self, number: int, filed: Sequence[str], profiles: str) -> str:
        """The slots of one combination of strata; the others are unknown."""
        named, slots = self.kinds[number]
        groups = [self.strata[name] for name in named]
        shown = [name if name in groups else f"CAST(NULL AS VARCHAR) AS {name}" for name in self.strata.values()]
        mine = {slot.name: self.slot(slot) for slot in slots}
        counts = [mine.get(slot.name, f"NULL AS {slot.name}") for slot in self.one.slots]
        keys = ["month", "organization", *filed]
        return (
            f"SELECT {number} AS kind, {', '.join([*keys, *shown, *counts])} FROM {profiles} "
            f"GROUP BY {', '.join([*keys, *groups])}"
        )

    def roll(self, slots: Sequence[Slot], strata: Sequence[str], stock: bool) -> str:
        groups = [self.strata[name] for name in strata]
        merges = {slot.name: "max" if slot.side.parsed.kind == "max" else "sum" for slot in slots}
        types = {slot.name: "BIGINT" if slot.side.parsed.kind == "count" else EXACT for slot in slots}
        merged = [f"CAST({merge}(s.{name}) AS {types[name]}) AS {name}" for name, merge in merges.items()]
        kind = [named for named, _ in self.kinds].index(tuple(strata))
        heads = ["month", "organization", *groups, *merges]
        return rolled(f"(SELECT {', '.join(heads)} FROM {self.one.name} WHERE kind = {kind})", groups, merged, stock)

    def slot(self, slot: Slot) -> str:
        """The slot's number over the profiles, with its name."""
        term, holds = slot.side.parsed, self.bits.holds(slot.condition)
        if term.kind == "max":
            return f"max(CASE WHEN {holds} THEN {self.values[term.kind, term.of]} END) AS {slot.name}"
        of, exact = ("n", "BIGINT") if term.kind == "count" else (self.values[term.kind, term.of], EXACT)
        return f"CAST(sum(CASE WHEN {holds} THEN {of} ELSE 0 END) AS {exact}) AS {slot.name}"


def rolled(states: str, groups: Sequence[str], merged: Sequence[str], stock: bool) -> str:
    """States merged by place, moment and ``groups``."""
    keys = ["h.place", "h.moment", *(f"s.{name}" for name in groups)]
    at_end = " AND h.last" if stock else ""
    return (
        f"SELECT {', '.join([*keys, *merged])} FROM {states} AS s "
        f"JOIN {SPOTS} AS h ON h.month = s.month AND h.organization = s.organization{at_end} GROUP BY {', '.join(keys)}"
    )
