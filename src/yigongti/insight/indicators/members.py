"""Different members (residents, doctors, …): whether any of their rows fulfils a condition."""

from collections.abc import Iterable, Sequence

from .conditions import written
from .making import Step, known
from .people import BELONGS, CELL, LOW, RUNS, SPREAD, People, listed, of, ordinals, ored, sums
from .planning import Pass, Slot


class Members(People):
    """Whether a row of the month fulfils the condition."""

    def __init__(self, one: Pass) -> None:
        super().__init__(one)
        self.place = {slot.name: self.months.add(self.asked(slot)) for slot in one.slots}

    def asked(self, slot: Slot) -> str:
        """What a row is asked for a slot."""
        condition = slot.condition
        return f"{self.one.source.member} IS NOT NULL" if condition is None else written(condition)

    def states(self) -> Iterable[Step]:
        """The numbers of each member, organisation, stratum and year, from all files of the year at once."""
        bit = f"(month({self.month}) - 1)"
        numbers = [f"bit_or(({sql}) << {bit}) AS g{index}" for index, sql in enumerate(self.months.packed())]
        year, own = f"year({self.month})", [f"{self.unit} AS organization", f"{self.member} AS member"]
        keys = [
            f"(CAST({year} AS BIGINT) << {CELL}) + strata_number AS cell" if self.strata else f"{year} AS year",
            *own,
        ]
        some = " OR ".join(f"({question})" for question in self.months.known)
        found = (
            f"SELECT {listed(keys, numbers)} FROM {self.numbered_fact} "
            f"WHERE {self.where(self.one.source.member)} AND ({some}) GROUP BY {ordinals(len(keys))}"
        )
        if self.strata:
            shown = listed("organization", self.strata.values(), "member", self.months.columns)
            found = (
                f"SELECT CAST(cell >> {CELL} AS INTEGER) AS year, {shown} FROM ({found}) AS f "
                f"JOIN {self.known} AS k ON k.strata_number = (f.cell & {LOW})"
            )
        yield Step(
            self.one.name,
            found,
            reads=True,
            apart="whole" if self.one.source.at else "bits",
            by=tuple(self.months.columns),
            known=self.numbering,
        )
        if self.strata:
            yield self.numbered(self.one.name)

    def base(self) -> str:
        numbers = [f"s.{name} & (r.bits * {SPREAD})" for name in self.months.columns]
        stratum = "d.stratum" if self.strata else "0"
        named = [f"{sql} AS g{index}" for index, sql in enumerate(numbers)]
        some = " OR ".join(f"({sql}) <> 0" for sql in numbers)
        return (
            f"SELECT s.year, r.run, {stratum} AS stratum, s.member, {listed(named)} FROM {self.one.name} AS s "
            f"JOIN {RUNS} AS r ON r.organization = s.organization AND r.year = s.year{self.on_strata('s')} WHERE {some}"
        )

    def roaming(self) -> str:
        by = listed("b.place", of("s", ["year", "stratum", "member"]))
        return (
            f"SELECT {by}, {ored(self.months.columns, 's.')} FROM ({self.base()}) AS s "
            f"SEMI JOIN {self.told} AS t ON t.year = s.year AND t.member = s.member AND t.low <> t.high "
            f"JOIN {BELONGS} AS b ON b.run = s.run GROUP BY {by}"
        )

    @property
    def single(self) -> bool:
        """Whether no place needs merging: the members of an organisation are its rows, and all of them are ``told``."""
        return self.flat and not (self.strata or self.one.source.at)

    def merged(self) -> Iterable[Step]:
        if not self.single:
            yield from super().merged()
            return
        numbers = self.months.columns
        yield Step(self.told, f"SELECT year, member, {ored(numbers)} FROM ({self.base()}) AS b GROUP BY year, member")
        yield Step(self.counts, self._counted(f"({self.base()})", {"run": "run"}, self.one.answered))
        yield Step(self.roam, self._counted(self.told, {"year": "year"}, self.one.answered))

    def roll(self, slots: Sequence[Slot], strata: Sequence[str], stock: bool) -> str:
        if not self.single:
            return super().roll(slots, strata, stock)
        told = listed("b.place", "c.moment", of("c", [slot.name for slot in slots]))
        ended = " AND c.ended = 1" if stock else ""
        whole = f"(SELECT DISTINCT year, place FROM {BELONGS} WHERE whole)"
        return (
            f"SELECT place, moment, {listed(sums(slots))} FROM ("
            f"SELECT {told} FROM {self.counts} AS c JOIN {BELONGS} AS b ON b.run = c.run AND NOT b.whole{ended} "
            f"UNION ALL SELECT {told} FROM {self.roam} AS c JOIN {whole} AS b ON b.year = c.year{ended}"
            ") AS a GROUP BY place, moment"
        )

    def test(self, slot: Slot, bits: str) -> str:
        return f"(q{self.place[slot.name]} & {bits}) <> 0"

    def some(self, bits: str) -> str:
        return " OR ".join(f"(q{index} & {bits}) <> 0" for index in range(len(self.months.known)))

    @property
    def known(self) -> str:
        """The table of the strata that there are, with their numbers: numbers are grouped faster than words."""
        return f"{self.one.name}_known"

    @property
    def numbering(self) -> str:
        """The query of that table; nothing where there are no strata."""
        names = ", ".join(self.strata.values())
        found = ", ".join(f"{known(text)} AS {self.strata[name]}" for name, text in self.one.strata().items())
        return found and (
            f"SELECT {names}, CAST(row_number() OVER (ORDER BY {names}) AS BIGINT) AS strata_number "
            f"FROM (SELECT DISTINCT {found} FROM {self.one.source.fact} WHERE {self.where()}) AS s"
        )

    @property
    def numbered_fact(self) -> str:
        """The fact's rows, with the number of their strata where there are any."""
        same = " AND ".join(f"k.{self.strata[name]} = {known(text)}" for name, text in self.one.strata().items())
        return f"{self.one.source.fact} JOIN {self.known} AS k ON {same}" if same else self.one.source.fact
