"""Run definitions on an engine: plan, passes, rolls, results."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol, TypeVar

import pyarrow as pa

from yigongti.kernel.errors import NotFound

from . import results, statements
from .calendar import calendar, places
from .dictionary import Dictionary
from .engines.sources import FactSource
from .planning import Pass, Plan, Sought, plan
from .statements import BELONGS, CALENDAR, HIERARCHY, RUNS, SPOTS, TOGETHER, YEARS, Step

T = TypeVar("T")


class Engine(Protocol):
    """What runs statements: DuckDB on one machine, Spark on many."""

    name: str
    pieces: bool
    """Whether a state may lie in several pieces."""

    def each(self, work: Callable[[Pass], T], passes: Iterable[Pass]) -> list[T]:
        """What the work gives for each pass; passes do not depend on one another."""

    def lay(self, name: str, table: pa.Table) -> None:
        """A small table under its name."""

    def fill(self, step: Step, source: FactSource) -> None:
        """A table from a query over a fact's files."""

    def derive(self, table: str, sql: str) -> None:
        """A table from a query over tables."""

    def merge(self, step: Step) -> None:
        """A table that merges a state by members."""

    def ask(self, sql: str) -> pa.Table:
        """The answer to a query."""

    def drop(self, tables: Iterable[str]) -> None:
        """Let derived tables go."""

    def clear(self) -> None:
        """Let every table go."""


@dataclass(frozen=True)
class Outcome:
    """The results with their digest, and the plan that found them."""

    table: pa.Table
    digest: str
    plan: Plan


def run(
    sought: Iterable[Sought],
    dictionary: Dictionary,
    sources: Mapping[str, FactSource],
    engine: Engine,
    hierarchy: pa.Table | None = None,
    months: Iterable[date] | None = None,
    *,
    codes: Collection[str] | None = None,
    touched: Collection[date] | None = None,
) -> Outcome:
    """Answer the definitions from the sources.

    ``hierarchy`` (``month, organization, level, unit``) says to which units an organisation belonged in each month;
    without it there are the organisations and all of them together. ``months`` bounds what counts; without it every
    month with a row. ``codes`` and ``touched`` bound what is answered: these indicators only, and only the periods that
    hold one of these months; the states stay the same, so that an engine can keep them. Raises NotFound where a fact
    has no files.
    """
    planned = plan(sought, dictionary)
    if codes is not None:
        planned = planned.only(codes)
    if lacking := planned.facts - sources.keys():
        raise NotFound(f"没有事实 {'、'.join(sorted(lacking))} 的文件", hint="先同步数据仓库，或在目录中放入文件")
    chosen = None if months is None else frozenset(months)
    read = {one.name: _read(one, sources[one.source.fact], chosen) for one in planned.passes}
    made = {one.name: statements.maker(one) for one in planned.passes}
    passes = sorted(planned.passes, key=lambda one: read[one.name].size, reverse=True)
    tellers = planned.seen()

    def state(one: Pass) -> None:
        steps = [*made[one.name].states(), *([made[one.name].seen] if tellers.get(one.seen) is one else [])]
        _make(engine, steps, read[one.name])

    engine.each(state, passes)
    seen = {told: made[one.name].seen.table for told, one in tellers.items()}
    times = calendar(_months(engine, seen.values()) if chosen is None else chosen, touched)
    units = places(_hierarchy(engine, seen.values()) if hierarchy is None else hierarchy, _levels(planned))
    for name, laid in (
        (CALENDAR, times.months),
        (YEARS, times.years),
        (HIERARCHY, units.months),
        (RUNS, units.runs),
        (BELONGS, units.belongs),
    ):
        engine.lay(name, laid)
    engine.derive(SPOTS, TOGETHER)

    def rolled(one: Pass) -> list[results.Roll]:
        made[one.name].flat = units.flat and not engine.pieces
        made[one.name].spans, made[one.name].ends = times.spans, times.ends
        steps = list(made[one.name].merged())
        _make(engine, steps, read[one.name])
        found = [results.Roll(engine.ask(r.sql), r.slots, r.strata) for r in made[one.name].rolls()]
        engine.drop(step.table for step in steps)
        return found

    rolls = [roll for found in engine.each(rolled, passes) for roll in found]
    presence = engine.ask(statements.presence(seen.values())) if seen else results.NOBODY
    expected = engine.ask(EXPECTED)
    engine.clear()
    table = results.assemble(planned, rolls, tuple(seen), presence, expected, units.names, times.names)
    return Outcome(table, results.digest(table), planned)


def _read(one: Pass, source: FactSource, months: frozenset[date] | None) -> FactSource:
    """The files of a pass: by another time than the fact's own, rows of a month may lie in any of them."""
    return source if months is None or one.source.at else source.within(months)


def _make(engine: Engine, steps: Iterable[Step], source: FactSource) -> None:
    for step in steps:
        if step.reads:
            engine.fill(step, source)
        elif step.merges:
            engine.merge(step)
        else:
            engine.derive(step.table, step.sql)


def _levels(planned: Plan) -> set[str]:
    return {"all", *(level for answer in planned.answers for level in answer.sought.item.levels)}


def _months(engine: Engine, tables: Iterable[str]) -> list[date]:
    found = " UNION ".join(f"SELECT month FROM {table}" for table in tables)
    return (
        [row["month"] for row in engine.ask(f"SELECT DISTINCT month FROM ({found}) AS m").to_pylist()] if found else []
    )


EXPECTED = f"SELECT place, moment, count(*) AS expected FROM {SPOTS} AS h GROUP BY place, moment"


def _hierarchy(engine: Engine, tables: Iterable[str]) -> pa.Table:
    """Every organisation by itself, and all together."""
    found = " UNION ".join(f"SELECT month, organization FROM {table}" for table in tables)
    if not found:
        return pa.table({name: pa.array([], pa.string()) for name in ("month", "organization", "level", "unit")})
    return engine.ask(
        "SELECT month, organization, 'organization' AS level, CAST(organization AS VARCHAR) AS unit "
        f"FROM ({found}) AS o "
        f"UNION ALL SELECT month, organization, 'all' AS level, 'all' AS unit FROM ({found}) AS a"
    )
