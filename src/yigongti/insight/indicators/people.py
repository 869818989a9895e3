"""What counting people has in common: who did what in which months of a year, in one number.

Twelve bits of a number say in which months of a year something was true of a member. Months merge by OR, so a member is
grouped once a year, and month, quarter and year are three questions to the same number.

Most members of a year have rows in one organisation only and belong to one stratum: they are **settled**. Settled
members are counted where they stand, and the units above add up the counts. The others **roam**: only they are merged
for each unit apart. An organisation that belongs to the same units in some months of a year is a **run** in them.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from .making import Maker, Step
from .planning import Pass, Slot

RUNS = "_runs"
"""``run, organization, year, bits``: an organisation in the months of a year in which it belongs to the same units."""
BELONGS = "_belongs"
"""``run, year, place, whole``: the places of a run; ``whole`` where the place is all runs of the year, of several."""
YEARS = "_years"
"""``year, moment, bits, last, span, end``: the months of each period, as bits, and the last known of them; at which
places these stand among the bits of all periods (:class:`.calendar.Calendar`)."""

STEP = 12
WIDTH = 62 // STEP
SPREAD = sum(1 << STEP * place for place in range(WIDTH))
YEAR = (1 << STEP) - 1
CELL = 31
"""Bits of a stratum's number beside that of its run."""
LOW = (1 << CELL) - 1
FEW = 80
"""So few questions are asked of each member sooner than members are grouped by their numbers."""


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

    def apart(self) -> list[str]:
        """``whole`` and the months of each question (``q0``, ``q1`` …), apart: small numbers are asked faster."""
        told = {"whole": "whole"}
        for index in range(len(self.known)):
            told[f"q{index}"] = f"(g{index // WIDTH} >> {STEP * (index % WIDTH)})"
        return [f"CAST({sql} & {YEAR} AS SMALLINT) AS {name}" for name, sql in told.items()]


class _Lists:
    """Columns of counts, each a list with a number for every period of a year."""

    def __init__(self, spans: Sequence[int], ends: Sequence[int]) -> None:
        self.masks = {False: spans, True: ends}
        self.known: dict[tuple[str, ...], str] = {}

    def of(self, test: Callable[[str], str], stock: bool) -> str:
        """Of how many ``p`` a test holds in a moment of the years ``y``: in the whole period, or at its end."""
        tests = tuple(test(f"CAST({mask} AS SMALLINT)") for mask in self.masks[stock])
        return f"p.{self.known.setdefault(tests, f'c{len(self.known)}')}[y.{'end' if stock else 'span'}]"

    @property
    def few(self) -> bool:
        """Whether each member is asked sooner than those with the same numbers are found."""
        return sum(map(len, self.known)) <= FEW

    @property
    def columns(self) -> list[str]:
        """The lists, over rows that stand for ``n`` members."""
        count = "count_if({})" if self.few else "CAST(sum(CASE WHEN {} THEN n ELSE 0 END) AS BIGINT)"
        return [f"[{listed(map(count.format, tests))}] AS {name}" for tests, name in self.known.items()]


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
    def test(self, slot: Slot, bits: str) -> str:
        """Whether somebody fulfils a slot in a period; ``q0`` … are their months, ``whole`` those of all strata."""

    @abstractmethod
    def some(self, bits: str) -> str:
        """Whether there is anything of somebody in a period."""

    def merged(self) -> Iterable[Step]:
        """Everybody's year; who is settled, counted by run, stratum and moment; the others by place."""
        numbers = self.months.columns
        cell = f"(CAST(run AS BIGINT) << {CELL}) + stratum"
        yield Step(
            self.told,
            f"SELECT year, member, min({cell}) AS low, max({cell}) AS high, {ored(numbers)} "
            f"FROM ({self.base()}) AS b GROUP BY year, member",
            merges=self.one.name,
            rests=(RUNS, self.strata_table) if self.strata else (RUNS,),
        )
        settled = f"(SELECT * FROM {self.told} WHERE low = high)"
        by = {"run": f"low >> {CELL}", "stratum": f"low & {LOW}"}
        yield Step(self.counts, self._counted(settled, by, self.one.answered))
        yield Step(self.roam, self.roaming())

    def _counted(self, members: str, by: Mapping[str, str], slots: Sequence[Slot], whole: str = "g0") -> str:
        """The members who fulfil each slot, by some columns and by moment; ``whole``: their months in all strata.

        They are counted for all periods of a year at once, side by side; the years say which number is a moment's.
        """
        numbers, keys, counts = self.months.columns, {"year": "year", **by}, _Lists(self.spans, self.ends)
        found = [f"{counts.of(partial(self.test, slot), slot.stock)} AS {slot.name}" for slot in slots]
        there = counts.of(self.some, False)
        ended = f"CASE WHEN {counts.of(self.some, True)} > 0 THEN 1 ELSE 0 END" if any(s.stock for s in slots) else "0"
        told = [*(f"{sql} AS {name}" for name, sql in keys.items()), *numbers, f"{whole} AS whole"]
        people = f"SELECT {listed(told, '1 AS n')} FROM {members} AS m"
        if not counts.few:
            people = f"SELECT {listed(told, 'count(*) AS n')} FROM {members} AS m GROUP BY {ordinals(len(told))}"
        asked = f"SELECT {listed(keys, self.months.apart(), 'n')} FROM ({people}) AS p"
        return (
            f"SELECT {listed(of('p', by), 'y.moment', f'{ended} AS ended', found)} "
            f"FROM (SELECT {listed(keys, counts.columns)} FROM ({asked}) AS q GROUP BY {listed(keys)}) AS p "
            f"JOIN {YEARS} AS y ON y.year = p.year WHERE {there} > 0"
        )

    def roll(self, slots: Sequence[Slot], strata: Sequence[str], stock: bool) -> str:
        groups = [self.strata[name] for name in strata]
        join = f" JOIN {self.strata_table} AS d ON d.stratum = c.stratum" if groups else ""
        keys, names = listed("place", "moment", groups), [slot.name for slot in slots]
        settled = (
            f"SELECT {listed('b.place', 'c.moment', 'c.ended', of('d', groups), of('c', names))} "
            f"FROM {self.counts} AS c JOIN {BELONGS} AS b ON b.run = c.run{join}"
        )
        roamed = self._counted(f"({self._roamed(groups)})", {name: name for name in ("place", *groups)}, slots, "whole")
        told = listed("place", "moment", "ended", groups, names)
        return (
            f"SELECT {listed(keys, sums(slots))} FROM ({settled} UNION ALL SELECT {told} FROM ({roamed}) AS r) AS a "
            f"{'WHERE ended = 1 ' if stock else ''}GROUP BY {keys}"
        )

    def _roamed(self, groups: Sequence[str]) -> str:
        """Roaming members of each place and group, with their months in all groups."""
        numbers, by = self.months.columns, listed("p.place", "p.year", of("d", groups), "p.member")
        join = f" JOIN {self.strata_table} AS d ON d.stratum = p.stratum" if groups else ""
        whole = "bit_or(g0) OVER (PARTITION BY place, year, member)" if groups else "g0"
        return (
            f"SELECT {listed('place', 'year', groups, numbers)}, {whole} AS whole FROM "
            f"(SELECT {by}, {ored(numbers, 'p.')} FROM {self.roam} AS p{join} GROUP BY {by}) AS m"
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
