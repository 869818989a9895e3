"""A pass as SQL, in DuckDB's dialect; every engine runs the same statements, translated by SQLGlot.

The chain of a pass: **states** (a row for each month, organisation and profile or member), then **rolls** (states
joined with the calendar and the hierarchy, grouped by place and moment). Every state is a merge of smaller ones
(sums, largest values, bits, the latest row), so states of single months or files may be made apart and put together.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from .conditions import Bits, quoted, written
from .planning import Pass, Slot

MONTH = "_month"
"""The column that every fact has when it is read: the first day of the row's month in Beijing time."""
HIERARCHY = "hierarchy"
"""``month, organization, place``: to which units, by number, an organisation belonged in a month."""
CALENDAR = "calendar"
"""``month, moment, last``: to which periods, by number, a month belongs, and whether it is the last one there is."""
EXACT = "DECIMAL(38, 6)"


@dataclass(frozen=True)
class Roll:
    """A statement that gives a column for each slot, by place, moment and the strata."""

    sql: str
    slots: tuple[str, ...]
    strata: tuple[str, ...]


@dataclass(frozen=True)
class Statements:
    """Everything a pass runs: the states of a fact, the rolls over them, and which months had rows.

    ``seen`` is a query over the states where they hold every month, else over the fact.
    """

    table: str
    states: str
    rolls: tuple[Roll, ...]
    seen: str
    seen_in_states: bool


def statements(one: Pass) -> Statements:
    """The SQL of a pass."""
    maker = WAYS[one.source.way](one)
    whole = one.source.way == "rows"
    seen = (
        f"SELECT DISTINCT month, organization FROM {one.name}"
        if whole
        else f"SELECT DISTINCT {', '.join(maker.heads[:2])} FROM {one.source.fact} WHERE {maker.where()}"
    )
    return Statements(one.name, maker.states(), tuple(maker.rolls()), seen, whole)


class _Maker(ABC):
    """What the three ways have in common."""

    def __init__(self, one: Pass) -> None:
        self.one = one
        self.strata = {name: f"x_{name}" for name in one.strata()}
        self.bits = Bits("f")

    @abstractmethod
    def states(self) -> str:
        """The query that makes the states."""

    @property
    def month(self) -> str:
        at = self.one.source.at
        return f"CAST(date_trunc('month', {quoted(at)}) AS DATE)" if at else MONTH

    @property
    def heads(self) -> list[str]:
        unit = self.one.source.organization or "0"
        groups = [f"{_known(text)} AS {self.strata[name]}" for name, text in self.one.strata().items()]
        return [f"{self.month} AS month", f"{unit} AS organization", *groups]

    def where(self, *more: str) -> str:
        """Rows without a month, an organisation or a member count for nobody."""
        wanted = (quoted(self.one.source.at) if self.one.source.at else MONTH, self.one.source.organization, *more)
        return " AND ".join(f"{name} IS NOT NULL" for name in wanted if name)

    def rolls(self) -> Iterable[Roll]:
        for (stock, strata), slots in self.one.rolls().items():
            names = tuple(name for name, _ in strata)
            yield Roll(self.roll(slots, names, stock), tuple(slot.name for slot in slots), names)

    @abstractmethod
    def roll(self, slots: Sequence[Slot], strata: Sequence[str], stock: bool) -> str:
        """The query that merges the states of these slots."""


class _Rows(_Maker):
    """Counts, sums and largest values: rows are grouped by the profile of what is asked of them."""

    def __init__(self, one: Pass) -> None:
        super().__init__(one)
        for slot in one.slots:
            self.bits.learn(slot.condition)
        terms = (slot.side.parsed for slot in one.slots)
        sought = dict.fromkeys((term.kind, term.of) for term in terms if term.of)
        self.values = {each: f"v{index}" for index, each in enumerate(sought)}

    def states(self) -> str:
        packed = [f"{sql} AS {name}" for sql, name in self.bits.packed()]
        values = [f"{kind}({of}) AS {name}" for (kind, of), name in self.values.items()]
        keys = ["1", "2", *(str(3 + index) for index in range(len(self.strata) + len(packed)))]
        return (
            f"SELECT {', '.join([*self.heads, *packed, 'count(*) AS n', *values])} "
            f"FROM {self.one.source.fact} WHERE {self.where()} GROUP BY {', '.join(keys)}"
        )

    def roll(self, slots: Sequence[Slot], strata: Sequence[str], stock: bool) -> str:
        groups = [self.strata[name] for name in strata]
        heads = ["month", "organization", *groups]
        wide = (
            f"SELECT {', '.join([*heads, *(self.slot(slot) for slot in slots)])} FROM {self.one.name} "
            f"GROUP BY {', '.join(heads)}"
        )
        merged = [
            f"CAST({'max' if s.side.parsed.kind == 'max' else 'sum'}({s.name}) AS {EXACT}) AS {s.name}" for s in slots
        ]
        return _rolled(f"({wide})", groups, merged, stock)

    def slot(self, slot: Slot) -> str:
        term, holds = slot.side.parsed, self.bits.holds(slot.condition)
        if term.kind == "max":
            return f"max(CASE WHEN {holds} THEN {self.values[term.kind, term.of]} END) AS {slot.name}"
        of = "n" if term.kind == "count" else self.values[term.kind, term.of]
        return f"sum(CASE WHEN {holds} THEN {of} ELSE 0 END) AS {slot.name}"


class _Members(_Maker):
    """Different residents (doctors, …): for each member and slot one bit, whether a row of it fulfils the condition."""

    def __init__(self, one: Pass) -> None:
        super().__init__(one)
        self.bits = Bits("g")
        self.place = {slot.name: self.bits.add(self.asked(slot)) for slot in one.slots}

    def asked(self, slot: Slot) -> str:
        condition = slot.condition
        return f"{self.one.source.member} IS NOT NULL" if condition is None else written(condition)

    def states(self) -> str:
        member = self.one.source.member
        numbers = [f"bit_or({sql}) AS {name}" for sql, name in self.bits.packed()]
        heads = [*self.heads, f"{member} AS member"]
        keys = ", ".join(str(1 + index) for index in range(len(heads)))
        some = " OR ".join(f"({question})" for question in self.bits.known)
        return (
            f"SELECT {', '.join([*heads, *numbers])} FROM {self.one.source.fact} "
            f"WHERE {self.where(member)} AND ({some}) GROUP BY {keys}"
        )

    def roll(self, slots: Sequence[Slot], strata: Sequence[str], stock: bool) -> str:
        groups = [self.strata[name] for name in strata]
        merged = [f"bit_or({name}) AS {name}" for name in self.bits.columns]
        members = _rolled(self.one.name, [*groups, "member"], merged, stock)
        return _counted(members, groups, {slot.name: self.bits.test(self.place[slot.name]) for slot in slots})


class _Latest(_Maker):
    """The last row of each member: its answers to the slots' conditions, and the moment by which later rows win."""

    def __init__(self, one: Pass) -> None:
        super().__init__(one)
        for slot in one.slots:
            self.bits.learn(slot.condition)

    @property
    def moment(self) -> str:
        return quoted(self.one.source.at or self.one.fact.time)

    def states(self) -> str:
        member = self.one.source.member
        order = f"{{'at': {self.moment}, 'key': {self.one.fact.key}}}"
        groups = [(_known(text), self.strata[name]) for name, text in self.one.strata().items()]
        last = [f"arg_max({sql}, {order}) AS {name}" for sql, name in [*groups, *self.bits.packed()]]
        heads = [*self.heads[:2], f"{member} AS member", *last, f"max({order}) AS moment"]
        base = f" AND ({self.one.source.where})" if self.one.source.where else ""
        return (
            f"SELECT {', '.join(heads)} FROM {self.one.source.fact} "
            f"WHERE {self.where(member, self.moment)}{base} GROUP BY 1, 2, 3"
        )

    def roll(self, slots: Sequence[Slot], strata: Sequence[str], stock: bool) -> str:
        groups = [self.strata[name] for name in strata]
        merged = [f"arg_max(s.{name}, s.moment) AS {name}" for name in [*groups, *self.bits.columns]]
        members = _rolled(self.one.name, ["member"], merged, stock)
        return _counted(members, groups, {slot.name: self.bits.holds(slot.condition) for slot in slots})


def _known(text: str) -> str:
    """A stratum as text; what is unknown is the empty text, since DuckDB's arg_max passes over NULL."""
    return f"coalesce(CAST({text} AS VARCHAR), '')"


def _rolled(states: str, groups: Sequence[str], merged: Sequence[str], stock: bool) -> str:
    """States joined with hierarchy and calendar, merged by place, moment and ``groups``."""
    keys = ["h.place", "c.moment", *(f"s.{name}" for name in groups)]
    at_end = " AND c.last" if stock else ""
    return (
        f"SELECT {', '.join([*keys, *merged])} FROM {states} AS s "
        f"JOIN {HIERARCHY} AS h ON h.month = s.month AND h.organization = s.organization "
        f"JOIN {CALENDAR} AS c ON c.month = s.month{at_end} GROUP BY {', '.join(keys)}"
    )


def _counted(members: str, groups: Sequence[str], tests: Mapping[str, str]) -> str:
    keys = ", ".join(["place", "moment", *groups])
    counts = [f"CAST(sum(CASE WHEN {test} THEN 1 ELSE 0 END) AS {EXACT}) AS {name}" for name, test in tests.items()]
    return f"SELECT {', '.join([keys, *counts])} FROM ({members}) AS m GROUP BY {keys}"


def presence(table: str) -> str:
    """How many organisation-months of each unit and period had rows; ``table`` holds month and organization."""
    return _rolled(table, [], ["count(*) AS reported"], False)


WAYS: Mapping[str, Callable[[Pass], _Maker]] = {"rows": _Rows, "members": _Members, "latest": _Latest}
