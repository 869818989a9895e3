"""Different residents (doctors, …), and their last rows: who did what in which months of a year, in one number.

Twelve bits of a number say in which months of a year something was true of a member. Months merge by OR, so a member is
grouped once for each place and year, and month, quarter and year are three questions to the same number. Members with
the same numbers are counted together before any period is asked.

An organisation that belongs to the same units throughout a year is a **run**; its members are merged once, and the
units above it merge what is already merged. A unit that is one run (an organisation, a centre without stations) needs
no second merge.
"""

from collections.abc import Iterable, Mapping, Sequence

from .conditions import Bits, quoted, written
from .making import EXACT, Maker
from .planning import Pass, Slot

RUNS = "_runs"
"""``month, organization, run, bit``: the run of an organisation in a month, and the bit of the month in its year."""
BELONGS = "_belongs"
"""``run, place, year, alone``: the places of a run; ``alone`` where the place is nothing but this run."""
YEARS = "_years"
"""``year, moment, bits, last``: the months of each period, as bits, and the last known of them."""

STEP = 12
WIDTH = 62 // STEP
SPREAD = sum(1 << STEP * place for place in range(WIDTH))


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


class Members(Maker):
    """Different members: whether a row of the month fulfils the condition."""

    def __init__(self, one: Pass) -> None:
        super().__init__(one)
        self.months = Months()
        self.place = {slot.name: self.months.add(self.asked(slot)) for slot in one.slots}

    def asked(self, slot: Slot) -> str:
        """What a row is asked for a slot."""
        condition = slot.condition
        return f"{self.one.source.member} IS NOT NULL" if condition is None else written(condition)

    def states(self) -> str:
        numbers = [f"bit_or({sql}) AS g{index}" for index, sql in enumerate(self.months.packed())]
        heads = [*self.heads, f"{member(self.one)} AS member"]
        keys = ", ".join(str(1 + index) for index in range(len(heads)))
        some = " OR ".join(f"({question})" for question in self.months.known)
        return (
            f"SELECT {', '.join([*heads, *numbers])} FROM {self.one.source.fact} "
            f"WHERE {self.where(self.one.source.member)} AND ({some}) GROUP BY {keys}"
        )

    def roll(self, slots: Sequence[Slot], strata: Sequence[str], stock: bool) -> str:
        groups, numbers = [self.strata[name] for name in strata], self.months.columns
        bits = "y.last" if stock else "y.bits"
        tests = {}
        for slot in slots:
            name, times = Months.at(self.place[slot.name])
            tests[slot.name] = f"(p.{name} & ({bits} * {times})) <> 0"
        some = " OR ".join(f"(p.{name} & ({bits} * {SPREAD})) <> 0" for name in numbers)
        return f"WITH {', '.join(self._merged(groups))} {_counted(groups, tests, some)}"

    def base(self) -> str:
        """Members merged for each run, by all strata."""
        by = _list("r.run", _of("s", [*self.strata.values(), "member"]))
        merged = _list(f"bit_or(s.{g} * r.bit) AS {g}" for g in self.months.columns)
        return f"SELECT {by}, {merged} FROM {self.one.name} AS s {_RUN} GROUP BY {by}"

    def _merged(self, groups: Sequence[str]) -> list[str]:
        """Members merged for each run, then for each place; ``pattern`` counts those with the same numbers."""
        numbers = self.months.columns
        by = [*groups, "member"]
        mask = self.shared or f"({self.base()})"
        if list(groups) == list(self.strata.values()):
            mask = f"SELECT * FROM {mask} AS s"
        else:
            merged = _list(f"bit_or({g}) AS {g}" for g in numbers)
            mask = f"SELECT {_list('run', by)}, {merged} FROM {mask} AS s GROUP BY {_list('run', by)}"
        placed = (
            f"SELECT {_list('b.place', 'b.year', _of('m', by))}, {_list(f'bit_or(m.{g}) AS {g}' for g in numbers)} "
            f"FROM mask AS m JOIN {BELONGS} AS b ON b.run = m.run WHERE NOT b.alone "
            f"GROUP BY {_list('b.place', 'b.year', _of('m', by))}"
        )
        keys, own = _list("place", "year", groups, numbers), _list("run", groups, numbers)
        pattern = (
            f"SELECT {_list('b.place', 'b.year', _of('o', [*groups, *numbers]))}, o.n "
            f"FROM (SELECT {own}, count(*) AS n FROM mask GROUP BY {own}) AS o "
            f"JOIN {BELONGS} AS b ON b.run = o.run WHERE b.alone "
            f"UNION ALL SELECT {keys}, count(*) AS n FROM ({placed}) AS t GROUP BY {keys}"
        )
        return [f"mask AS ({mask})", f"pattern AS ({pattern})"]


class Latest(Maker):
    """The last row of each member: its answers to the slots' conditions, and the moment by which later rows win."""

    def __init__(self, one: Pass) -> None:
        super().__init__(one)
        self.bits = Bits("f")
        for slot in one.slots:
            self.bits.learn(slot.condition)

    def states(self) -> str:
        at = self.moment
        order = f"{{'at': {at}, 'key': {self.one.fact.key}}}"
        groups = [self.heads[2 + index].rsplit(" AS ", 1) for index in range(len(self.strata))]
        last = [f"arg_max({sql}, {order}) AS {name}" for sql, name in [*groups, *self.bits.packed()]]
        heads = [*self.heads[:2], f"{member(self.one)} AS member", *last, f"max({order}) AS moment"]
        base = f" AND ({self.one.source.where})" if self.one.source.where else ""
        return (
            f"SELECT {', '.join(heads)} FROM {self.one.source.fact} "
            f"WHERE {self.where(self.one.source.member, at)}{base} GROUP BY 1, 2, 3"
        )

    @property
    def moment(self) -> str:
        """What says which row is later."""
        return quoted(self.one.source.at or self.one.fact.time)

    def roll(self, slots: Sequence[Slot], strata: Sequence[str], stock: bool) -> str:
        """Twelve bits for the months in which a member has a row, and twelve for each slot that its last row fulfils.

        The last row of a period fulfils a slot if the highest of the period's months is among the slot's:
        2 × slot > months, for the slot's months are some of them.
        """
        groups, bits = [self.strata[name] for name in strata], "y.last" if stock else "y.bits"
        months = Months()
        months.add("TRUE")
        tests = {}
        for slot in slots:
            name, times = Months.at(months.add(self.bits.holds(slot.condition)))
            tests[slot.name] = f"2 * (p.{name} & ({bits} * {times})) > (p.whole & {bits}) * {times}"
        numbers, by = months.columns, ["place", "year", *groups, "member"]
        masks = _list(f"bit_or(bit * ({sql})) AS g{index}" for index, sql in enumerate(months.packed()))
        whole = "bit_or(g0) OVER (PARTITION BY place, year, member)" if groups else "g0"
        keys = _list("place", "year", groups, "whole", numbers)
        year = f"{whole} & {(1 << STEP) - 1} AS whole"
        told = f"SELECT {_list('place', 'year', groups, numbers, year)} FROM mask"
        parts = (
            ("latest", f"SELECT * FROM {self.shared or '(' + self.base() + ')'} AS s"),
            ("mask", f"SELECT {_list(by)}, {masks} FROM latest GROUP BY {_list(by)}"),
            ("pattern", f"SELECT {keys}, count(*) AS n FROM ({told}) AS t GROUP BY {keys}"),
        )
        steps = ", ".join(f"{name} AS ({sql})" for name, sql in parts)
        return f"WITH {steps} {_counted(groups, tests, f'2 * (p.g0 & {bits}) > (p.whole & {bits})')}"

    def base(self) -> str:
        """Each member's last row of a month in each place: found already where a place is one organisation.

        Files hold whole months of the fact's own time; by another time a month may lie in several.
        """
        told = [*self.strata.values(), *self.bits.columns]
        keys = _list("b.place", "b.year", "r.bit", "s.member")
        source = f"FROM {self.one.name} AS s {_RUN} JOIN {BELONGS} AS b ON b.run = r.run"
        merged = _list(f"arg_max(s.{name}, s.moment) AS {name}" for name in told)
        found = (
            f"SELECT {_list(keys, _of('s', told))} {source} WHERE b.alone UNION ALL " if not self.one.source.at else ""
        )
        some = " WHERE NOT b.alone" if found else ""
        return f"{found}SELECT {keys}, {merged} {source}{some} GROUP BY {keys}"


_RUN = f"JOIN {RUNS} AS r ON r.month = s.month AND r.organization = s.organization"


def member(one: Pass) -> str:
    """What tells members apart: a UUID as sixteen bytes instead of thirty-six letters."""
    name = one.source.member
    column = one.fact.columns.get(name)
    return f"CAST({name} AS UUID)" if column and column.type == "uuid" else name


def _counted(groups: Sequence[str], tests: Mapping[str, str], some: str) -> str:
    """How many members of each place and moment answer yes; ``some`` says of whom there is a row at all."""
    keys = _list("p.place", "y.moment", _of("p", groups))
    counts = _list(
        f"CAST(sum(CASE WHEN {test} THEN p.n ELSE 0 END) AS {EXACT}) AS {name}" for name, test in tests.items()
    )
    return (
        f"SELECT {keys}, {counts} FROM pattern AS p JOIN {YEARS} AS y ON y.year = p.year WHERE {some} GROUP BY {keys}"
    )


def _of(table: str, names: Sequence[str]) -> list[str]:
    return [f"{table}.{name}" for name in names]


def _list(*names: str | Iterable[str]) -> str:
    """Names with commas between them; a list of names among them is its names."""
    return ", ".join(each for name in names for each in ([name] if isinstance(name, str) else name))
