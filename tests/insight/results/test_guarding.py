"""Small counts cannot be worked out: neither from one table nor from all pages together, nor by a member that knows
its own numbers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yigongti.insight.results.guarding import KEYS, SMALL, guarded

Cell = tuple[str, str, str, str]
"""Level, unit, period, part."""
Line = tuple[dict[int, Fraction], Fraction]
"""An equation: how often each unknown number stands in it, and what they add up to."""
COUNTY = ("county", "431127")
CONSORTIUM = ("consortium", "1")
QUARTERS = {"2026-01": "2026Q1", "2026-02": "2026Q1", "2026-03": "2026Q1", "2026-04": "2026Q2", "2026-05": "2026Q2"}


@dataclass
class World:
    """Counts of organisations by month and part, and everything that they add up to."""

    inside: int
    """So many centres are in the consortium, the rest are not."""
    stations: list[int]
    counts: Mapping[tuple[int, int, str, str], int]
    """Centre, organisation, month, part."""
    cells: dict[Cell, int] = field(default_factory=dict, repr=False)
    sums: list[tuple[Cell, set[Cell]]] = field(default_factory=list, repr=False)

    def __post_init__(self) -> None:
        parts: dict[Cell, set[Cell]] = {}
        for (centre, station, month, part), count in self.counts.items():
            chain = [("organization", f"{centre}.{station}"), ("centre", str(centre))]
            units = [*chain, *([CONSORTIUM] if centre < self.inside else []), COUNTY]
            for unit in units:
                for period in (month, QUARTERS[month], "2026"):
                    for group in (part, ""):
                        cell = (*unit, period, group)
                        self.cells[cell] = self.cells.get(cell, 0) + count
        for level, unit, period, part in self.cells:
            cell = (level, unit, period, part)
            for name, whole in self._wholes(cell):
                parts.setdefault((name, *whole), set()).add(cell)  # type: ignore[arg-type]
        self.sums = [(key[1:], found) for key, found in parts.items()]  # type: ignore[misc]

    def _wholes(self, cell: Cell) -> Iterable[tuple[str, Cell]]:
        level, unit, period, part = cell
        if part:
            yield "part", (level, unit, period, "")
        if len(period) == 7:
            yield "quarter", (level, unit, QUARTERS[period], part)
        if len(period) == 6:
            yield "year", (level, unit, "2026", part)
        if level == "organization":
            yield "house", ("centre", unit.split(".")[0], period, part)
        if level == "centre":
            yield "county", (*COUNTY, period, part)
            if int(unit) < self.inside:
                yield "member", (*CONSORTIUM, period, part)
        if level == "consortium" or (level == "centre" and int(unit) >= self.inside):
            yield "rest", (*COUNTY, period, part)

    def table(self) -> pa.Table:
        rows = [
            (
                "i",
                level,
                unit,
                {4: "year", 6: "quarter", 7: "month"}[len(period)],
                period,
                part and "age",
                part,
                n,
                None,
            )
            for (level, unit, period, part), n in self.cells.items()
        ]
        names = [*KEYS, "numerator", "denominator"]
        kinds = [pa.string()] * len(KEYS) + [pa.decimal128(38, 6)] * 2
        columns = zip(*rows, strict=True)
        return pa.table([pa.array(list(one), kind) for one, kind in zip(columns, kinds, strict=True)], names=names)

    def kin(self) -> pa.Table:
        rows: list[tuple[str, str, str, str, str]] = []
        for centre, stations in enumerate(self.stations):
            rows += [("house", "organization", f"{centre}.{s}", "centre", str(centre)) for s in range(stations)]
            rows += [("member", "centre", str(centre), *CONSORTIUM)] if centre < self.inside else []
            rows += [("county", "centre", str(centre), *COUNTY)]
        rows.append(("rest", *CONSORTIUM, *COUNTY))
        names = ("kind", "level", "unit", "above_level", "above")
        told = pa.table([pa.array(list(one)) for one in zip(*rows, strict=True)], names=list(names))
        none = pa.nulls(told.num_rows, pa.date32())
        return told.append_column("start", none).append_column("until", none)

    def hidden(self) -> set[Cell]:
        answer = guarded(self.table(), self.kin()).to_pylist()
        return {cell for cell, hides in zip(self.cells, answer, strict=True) if hides}


def worked_out(world: World, hidden: set[Cell]) -> dict[Cell, Fraction]:
    """Everything that all the sums together say of hidden numbers (Gauss–Jordan elimination, exact)."""
    names = sorted({cell for whole, parts in world.sums for cell in (whole, *parts)} & hidden)
    place = {cell: n for n, cell in enumerate(names)}
    rows = []
    for whole, parts in world.sums:
        row, known = dict[int, Fraction](), Fraction(0)
        for cell, sign in ((whole, 1), *((part, -1) for part in parts)):
            if cell in hidden:
                row[place[cell]] = row.get(place[cell], Fraction(0)) + sign
            else:
                known -= sign * world.cells[cell]
        row = {at: value for at, value in row.items() if value}
        if row:
            rows.append((row, known))
    solved: dict[int, Line] = {}
    for line in rows:
        left = line
        for at in [at for at in line[0] if at in solved]:
            left = _less(left, solved[at], left[0].get(at, Fraction(0)))
        if not left[0]:
            continue
        pivot, scale = min(left[0]), left[0][min(left[0])]
        mine = ({at: value / scale for at, value in left[0].items()}, left[1] / scale)
        for other, there in list(solved.items()):
            if pivot in there[0]:
                solved[other] = _less(there, mine, there[0][pivot])
        solved[pivot] = mine
    return {names[at]: known for at, (row, known) in solved.items() if len(row) == 1}


def _less(line: Line, other: Line, times: Fraction) -> Line:
    found = dict(line[0])
    for at, value in other[0].items():
        found[at] = found.get(at, Fraction(0)) - times * value
    return {at: value for at, value in found.items() if value}, line[1] - times * other[1]


COUNT = st.one_of(st.integers(0, 9), st.integers(0, 60))


@st.composite
def worlds(draw: st.DrawFn, least: int = 1) -> World:
    stations = draw(st.lists(st.integers(1, 3), min_size=least, max_size=6))
    inside = draw(st.integers(least, len(stations)))
    months = draw(st.lists(st.sampled_from(sorted(QUARTERS)), min_size=1, max_size=4, unique=True))
    parts = draw(st.sampled_from([["a"], ["a", "b"], ["a", "b", "c"]]))
    keys = [(c, s, m, p) for c, n in enumerate(stations) for s in range(n) for m in months for p in parts]
    counts = draw(st.lists(COUNT, min_size=len(keys), max_size=len(keys)))
    return World(inside, stations, dict(zip(keys, counts, strict=True)))


@given(worlds())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_nothing_hidden_can_be_worked_out(world: World) -> None:
    hidden = world.hidden()
    assert {cell for cell, count in world.cells.items() if 0 < count <= SMALL} <= hidden
    assert worked_out(world, hidden) == {}


@given(worlds(least=4), st.integers(0, 3))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_a_member_that_knows_itself_works_out_no_other(world: World, own: int) -> None:
    hidden = world.hidden()
    mine = {cell for cell in hidden if cell[0] in ("organization", "centre") and cell[1].split(".")[0] == str(own)}
    assert worked_out(world, hidden - mine) == {}
