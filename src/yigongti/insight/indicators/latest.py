"""The last row of each member: what it answers.

The last row of a month is the largest of one number a row: its day, then what it answers (a **part**, the number of
its strata and answers together). Where rows of the last day answer differently, the largest of the same number with the
parts turned round has another part. Only such members, and those with rows in several organisations, are looked at
again, with all their rows of the month ranked by moment and key.
"""

from collections.abc import Iterable

from .conditions import Bits, quoted
from .making import Step
from .people import BELONGS, CELL, LOW, RUNS, People, listed, of
from .planning import Pass, Slot

CONTESTED = f"first <> organization OR (high & {LOW}) + (low & {LOW}) <> {LOW}"


class Latest(People):
    """Twelve bits for the months in which a member has a row, and twelve for each slot that its last row fulfils.

    The last row of a period fulfils a slot if the highest of the period's months is among the slot's:
    2 × slot > months, for the slot's months are some of them.
    """

    def __init__(self, one: Pass) -> None:
        super().__init__(one)
        self.bits = Bits("f")
        for slot in one.slots:
            self.bits.learn(slot.condition)
        self.months.add("TRUE")
        self.place = {slot.name: self.months.add(self.bits.holds(slot.condition)) for slot in one.slots}
        self.answers = [(sql, name) for sql, name in self.bits.packed()] or [("0", "f0")]
        self.marks = [*self.strata.values(), *(name for _, name in self.answers)]
        self.found, self.parts, self.draft, self.ties, self.tied = (
            f"{one.name}_{name}" for name in ("found", "parts", "draft", "ties", "tied")
        )

    def states(self) -> Iterable[Step]:
        yield Step(self.found, f"SELECT DISTINCT {listed(self.marks)} FROM ({self._rows()}) AS r", reads=True)
        if self.strata:
            yield self.numbered(self.found)
        yield Step(self.parts, self._parts())
        yield Step(self.draft, self._draft(), reads=True)
        yield Step(self.ties, self._ties())
        yield Step(self.tied, self._tied(), reads=True)

    def _rows(self, *more: str, among: str = "") -> str:
        """The rows that count, with what they answer; ``among``: those of a table of ``month, member`` only."""
        at = self._at
        answers = [f"{sql} AS {name}" for sql, name in self.answers]
        let_in = f" AND ({self.one.source.where})" if self.one.source.where else ""
        fact = self.one.source.fact
        if among:
            same = f"only_of.month = {self.month} AND only_of.member = {self.member}"
            fact = f"(SELECT {fact}.* FROM {fact} JOIN {among} AS only_of ON {same}) AS {fact}"
        return (
            f"SELECT {listed(self.heads, f'{self.member} AS member', f'{at} AS moment', answers, more)} "
            f"FROM {fact} WHERE {self.where(self.one.source.member, at)}{let_in}"
        )

    @property
    def _at(self) -> str:
        """What says which row is later."""
        return quoted(self.one.source.at or self.one.fact.time)

    def _parts(self) -> str:
        """Every combination of strata and answers that there is, numbered, with the bits of the slots it fulfils."""
        marks = listed(self.marks)
        numbers = [f"{sql} AS g{index}" for index, sql in enumerate(self.months.packed())]
        known = f"SELECT DISTINCT {marks} FROM {self.found}"
        told = f"SELECT {marks}, row_number() OVER (ORDER BY {marks}) AS part FROM ({known}) AS f"
        stratum = "d.stratum" if self.strata else "0"
        return (
            f"SELECT {listed(of('s', self.marks))}, CAST(s.part AS BIGINT) AS part, {stratum} AS stratum, "
            f"{listed(numbers)} FROM ({told}) AS s{self.on_strata('s')}"
        )

    @property
    def _with_part(self) -> str:
        return f"JOIN {self.parts} AS p ON " + " AND ".join(f"p.{name} = r.{name}" for name in self.marks)

    def _draft(self) -> str:
        """The largest day and part of a member in a month; ``low`` with parts turned round; the organisations."""
        day = "CAST(datediff('day', r.month, CAST(r.moment AS DATE)) AS BIGINT)"
        found = {
            "first": "min(r.organization)",
            "organization": "max(r.organization)",
            "high": f"max(({day} << {CELL}) + p.part)",
            "low": f"max(({day} << {CELL}) + ({LOW} - p.part))",
        }
        told = listed(f"{sql} AS {name}" for name, sql in found.items())
        return f"SELECT r.month, r.member, {told} FROM ({self._rows()}) AS r {self._with_part} GROUP BY 1, 2"

    def _merged_draft(self) -> str:
        """By another time than that of the files a month may lie in several of them."""
        if not self.one.source.at:
            return self.draft
        merged = "min(first) AS first, max(organization) AS organization, max(high) AS high, max(low) AS low"
        return f"(SELECT month, member, {merged} FROM {self.draft} GROUP BY 1, 2)"

    def _ties(self) -> str:
        """Whose month cannot be told by one number: several organisations, or a last day of different parts."""
        return f"SELECT month, member FROM {self._merged_draft()} AS d WHERE {CONTESTED}"

    def _tied(self) -> str:
        """All their rows of that month."""
        key = f"{quoted(self.one.fact.key)} AS row_key"
        return (
            f"SELECT {listed(of('r', ('month', 'organization', 'member', 'moment', 'row_key')))}, p.part "
            f"FROM ({self._rows(key, among=self.ties)}) AS r {self._with_part}"
        )

    def _last(self) -> str:
        """``month, organization, member, v``: the larger, the later; the low bits are the part."""
        rank = "CAST(row_number() OVER (PARTITION BY month, member ORDER BY moment, row_key) AS BIGINT)"
        ranked = f"SELECT month, organization, member, ({rank} << {CELL}) + part AS v FROM {self.tied}"
        return (
            f"SELECT month, organization, member, high AS v FROM {self._merged_draft()} AS d WHERE NOT ({CONTESTED}) "
            f"UNION ALL SELECT month, organization, member, max(v) AS v FROM ({ranked}) AS k GROUP BY 1, 2, 3"
        )

    def _in_runs(self, columns: str) -> str:
        bit = "(CAST(1 AS BIGINT) << (month(month) - 1))"
        return (
            f"SELECT {columns} FROM (SELECT *, year(month) AS year, {bit} AS bit FROM ({self._last()}) AS l) AS s "
            f"JOIN {RUNS} AS r ON r.organization = s.organization AND r.year = s.year AND (r.bits & s.bit) <> 0"
        )

    def base(self) -> str:
        numbers = [f"p.{name} * s.bit AS {name}" for name in self.months.columns]
        told = self._in_runs(listed("s.year", "r.run", "p.stratum", "s.member", numbers))
        return f"{told} JOIN {self.parts} AS p ON p.part = (s.v & {LOW})"

    def roaming(self) -> str:
        by = listed("b.place", of("s", ["year", "bit", "member"]))
        last = (
            f"{self._in_runs(f'{by}, max(s.v) AS v')} "
            f"SEMI JOIN {self.told} AS t ON t.year = s.year AND t.member = s.member AND t.low <> t.high "
            f"JOIN {BELONGS} AS b ON b.run = r.run GROUP BY {by}"
        )
        keys = listed(of("w", ["place", "year"]), "p.stratum", "w.member")
        numbers = [f"bit_or(p.{name} * w.bit) AS {name}" for name in self.months.columns]
        return (
            f"SELECT {listed(keys, numbers)} FROM ({last}) AS w JOIN {self.parts} AS p ON p.part = (w.v & {LOW}) "
            f"GROUP BY {keys}"
        )

    def test(self, slot: Slot, bits: str) -> str:
        return f"2 * (q{self.place[slot.name]} & {bits}) > (whole & {bits})"

    def some(self, bits: str) -> str:
        return f"2 * (q0 & {bits}) > (whole & {bits})"
