"""What counting people has in common: who did what in which months of a year, in one number.

Twelve bits of a number say in which months of a year something was true of a member. Months merge by OR, so a member is
grouped once a year, and month, quarter and year are three questions to the same number.

Most members of a year have rows in one organisation only and belong to one stratum: they are **settled**. Settled
members are counted where they stand, and the units above add up the counts. The others **roam**: only they are merged
for each unit apart. An organisation that belongs to the same units in some months of a year is a **run** in them.
"""

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence

from .making import Maker, Step
from .planning import Pass, Slot

RUNS = "_runs"
"""``run, organization, year, bits``: an organisation in the months of a year in which it belongs to the same units."""
BELONGS = "_belongs"
"""``run, year, place, whole``: the places of a run; ``whole`` where the place is all runs of the year, of several."""
YEARS = "_years"
"""``year, moment, bits, last``: the months of each period, as bits, and the last known of them."""

STEP = 12
WIDTH = 62 // STEP
SPREAD = sum(1 << STEP * place for place in range(WIDTH))
YEAR = (1 << STEP) - 1
CELL = 31
"""Bits of a stratum's number beside that of its run."""
LOW = (1 << CELL) - 1


class Months:
    """Questions, each with twelve bits in a number (``g0``, ``g1`` …)."""

    def __init__(self) -> None:
        self.known: dict[str, int] = {}

    def add(self, sql: str) -> int:
        """The place of the question."""
        return self.known.setdefault(sql, len(self.known))

    @property
    def columns(self) -> list[str]:
        """The numbers' names."""
        return [f"g{index}" for index in range((len(self.known) + WIDTH - 1) // WIDTH)]

    def packed(self) -> list[str]:
        """The numbers of a row as SQL, as if its month were the first."""
        listed = list(self.known)
        return [_packed(listed[at * WIDTH : (at + 1) * WIDTH]) for at in range(len(self.columns))]

    @staticmethod
    def at(index: int) -> tuple[str, int]:
        """The number in which a question is, and by what its months are multiplied there."""
        return f"g{index // WIDTH}", 1 << STEP * (index % WIDTH)


def _packed(questions: Sequence[str]) -> str:
    return " + ".join(
        f"CASE WHEN {sql} THEN CAST({1 << STEP * at} AS BIGINT) ELSE CAST(0 AS BIGINT) END"
        for at, sql in enumerate(questions)
    )


class People(Maker):
    """Members counted by places and moments, from numbers that hold the months of a year."""

    def __init__(self, one: Pass) -> None:
        super().__init__(one)
        self.months = Months()
        self.told, self.counts, self.roam, self.strata_table = (
            f"{one.name}_{name}" for name in ("told", "counts", "roaming", "strata")
        )

    @abstractmethod
    def base(self) -> str:
        """The query of ``year, run, stratum, member`` and the numbers; several rows of a member merge by OR."""

    @abstractmethod
    def roaming(self) -> str:
        """The query of ``place, year, stratum, member`` and the numbers, of members who are not settled."""

    @abstractmethod
    def test(self, slot: Slot, whole: str, bits: str) -> str:
        """Whether the numbers ``p`` fulfil a slot in a period; ``whole`` are the months of all strata together."""

    @abstractmethod
    def some(self, whole: str, bits: str) -> str:
        """Whether the numbers ``p`` say anything of a period."""

    def merged(self) -> Iterable[Step]:
        """Everybody's year; who is settled, counted by run, stratum and moment; the others by place."""
        numbers = self.months.columns
        cell = f"(CAST(run AS BIGINT) << {CELL}) + stratum"
        yield Step(
            self.told,
            f"SELECT year, member, min({cell}) AS low, max({cell}) AS high, {ored(numbers)} "
            f"FROM ({self.base()}) AS b GROUP BY year, member",
        )
        settled = f"(SELECT * FROM {self.told} WHERE low = high)"
        yield Step(self.counts, self._counted(settled, {"run": f"low >> {CELL}", "stratum": f"low & {LOW}"}))
        yield Step(self.roam, self.roaming())

    def _counted(self, members: str, by: Mapping[str, str]) -> str:
        """The members who fulfil each slot, by some columns and by moment; those with the same numbers together."""
        numbers, names = self.months.columns, listed(of("p", by))
        tests = {slot.name: self.test(slot, "p.g0", "y.last" if slot.stock else "y.bits") for slot in self.one.answered}
        counts = [
            f"CAST(sum(CASE WHEN {test} THEN p.n ELSE 0 END) AS BIGINT) AS {name}" for name, test in tests.items()
        ]
        ended = f"max(CASE WHEN {self.some('p.g0', 'y.last')} THEN 1 ELSE 0 END) AS ended"
        keys = {"year": "year", **by}
        told = listed([f"{sql} AS {name}" for name, sql in keys.items()], numbers, "count(*) AS n")
        patterns = f"SELECT {told} FROM {members} AS m GROUP BY {ordinals(len(keys) + len(numbers))}"
        return (
            f"SELECT {names}, y.moment, {listed(ended, counts)} FROM ({patterns}) AS p "
            f"JOIN {YEARS} AS y ON y.year = p.year WHERE {self.some('p.g0', 'y.bits')} GROUP BY {names}, y.moment"
        )

    def roll(self, slots: Sequence[Slot], strata: Sequence[str], stock: bool) -> str:
        groups = [self.strata[name] for name in strata]
        join = f" JOIN {self.strata_table} AS d ON d.stratum = c.stratum" if groups else ""
        told = of("d", groups)
        settled = (
            f"SELECT {listed('b.place', 'c.moment', told, of('c', [slot.name for slot in slots]))} "
            f"FROM {self.counts} AS c JOIN {BELONGS} AS b ON b.run = c.run{join}{' WHERE c.ended = 1' if stock else ''}"
        )
        keys = listed("place", "moment", groups)
        return (
            f"WITH {self._pattern(groups)} SELECT {listed(keys, sums(slots))} "
            f"FROM ({settled} UNION ALL {self._roamed(slots, groups, stock)}) AS a GROUP BY {keys}"
        )

    def _pattern(self, groups: Sequence[str]) -> str:
        """Roaming members of each place and group; those with the same numbers together."""
        numbers, by = self.months.columns, listed("p.place", "p.year", of("d", groups), "p.member")
        join = f" JOIN {self.strata_table} AS d ON d.stratum = p.stratum" if groups else ""
        mask = f"SELECT {by}, {ored(numbers, 'p.')} FROM {self.roam} AS p{join} GROUP BY {by}"
        whole = "bit_or(g0) OVER (PARTITION BY place, year, member)" if groups else "g0"
        keys = listed("place", "year", groups, numbers)
        told = f"SELECT {keys}, {whole} & {YEAR} AS whole FROM ({mask}) AS m"
        return f"pattern AS (SELECT {keys}, whole, count(*) AS n FROM ({told}) AS t GROUP BY {keys}, whole)"

    def _roamed(self, slots: Sequence[Slot], groups: Sequence[str], stock: bool) -> str:
        bits = "y.last" if stock else "y.bits"
        counts = [f"CASE WHEN {self.test(slot, 'p.whole', bits)} THEN p.n ELSE 0 END AS {slot.name}" for slot in slots]
        return (
            f"SELECT {listed('p.place', 'y.moment', of('p', groups), counts)} FROM pattern AS p "
            f"JOIN {YEARS} AS y ON y.year = p.year WHERE {self.some('p.whole', bits)}"
        )

    def numbered(self, source: str) -> Step:
        """The strata that there are, with their numbers."""
        names = listed(self.strata.values())
        return Step(
            self.strata_table,
            f"SELECT {names}, CAST(row_number() OVER (ORDER BY {names}) AS BIGINT) AS stratum "
            f"FROM (SELECT DISTINCT {names} FROM {source}) AS s",
        )

    def on_strata(self, alias: str) -> str:
        """The join that finds the stratum ``d`` of rows; nothing where there are no strata."""
        same = " AND ".join(f"d.{name} = {alias}.{name}" for name in self.strata.values())
        return f" JOIN {self.strata_table} AS d ON {same}" if same else ""

    @property
    def member(self) -> str:
        """What tells members apart: a UUID as sixteen bytes instead of thirty-six letters."""
        name = self.one.source.member
        column = self.one.fact.columns.get(name)
        return f"CAST({name} AS UUID)" if column and column.type == "uuid" else name


def sums(slots: Iterable[Slot]) -> list[str]:
    """The slots added up."""
    return [f"CAST(sum({slot.name}) AS BIGINT) AS {slot.name}" for slot in slots]


def ored(numbers: Iterable[str], of: str = "") -> str:
    """The numbers of several rows as one."""
    return ", ".join(f"bit_or({of}{name}) AS {name}" for name in numbers)


def of(table: str, names: Iterable[str]) -> list[str]:
    """Columns of a table."""
    return [f"{table}.{name}" for name in names]


def listed(*names: str | Iterable[str]) -> str:
    """Names with commas between them; a list of names among them is its names."""
    return ", ".join(each for name in names for each in ([name] if isinstance(name, str) else name))


def ordinals(count: int) -> str:
    """The first columns, to group by."""
    return ", ".join(str(1 + index) for index in range(count))
