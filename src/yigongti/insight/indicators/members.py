"""Different members (residents, doctors, …): whether any of their rows fulfils a condition."""

from collections.abc import Iterable

from .conditions import written
from .making import Step
from .people import BELONGS, RUNS, SPREAD, People, listed, of, ordinals, ored
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
        heads = [f"year({self.month}) AS year", *self.heads[1:], f"{self.member} AS member"]
        some = " OR ".join(f"({question})" for question in self.months.known)
        yield Step(
            self.one.name,
            f"SELECT {listed(heads, numbers)} FROM {self.one.source.fact} "
            f"WHERE {self.where(self.one.source.member)} AND ({some}) GROUP BY {ordinals(len(heads))}",
            reads="year",
            apart="whole" if self.one.source.at else "bits",
            by=tuple(self.months.columns),
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
            f"SEMI JOIN {self.told} AS t ON t.year = s.year AND t.member = s.member "
            f"JOIN {BELONGS} AS b ON b.run = s.run GROUP BY {by}"
        )

    def test(self, slot: Slot, whole: str, bits: str) -> str:
        name, times = self.months.at(self.place[slot.name])
        return f"(p.{name} & ({bits} * {times})) <> 0"

    def some(self, whole: str, bits: str) -> str:
        return " OR ".join(f"(p.{name} & ({bits} * {SPREAD})) <> 0" for name in self.months.columns)
