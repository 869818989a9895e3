"""The chain of derived facts, and computing what changed of it."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa

from yigongti.insight.periods import later
from yigongti.kernel import clock
from yigongti.kernel.errors import NotFound
from yigongti.kernel.policy.problems import allowed_words

from ..pulling import bench, put, sql_type
from ..shelf import WHOLE, FactShelf, Piece, Shelf, between, month_name, month_of
from .chronic import CHRONIC
from .courses import REFERRAL_COURSE
from .declaration import Derived
from .going import CARE_MONTH
from .organizations import ORG_MONTH, STAFF_MONTH
from .places import HIERARCHY, POPULATION_MONTH
from .residents import RESIDENT_MONTH

STEPS: tuple[Derived, ...] = (
    HIERARCHY,
    RESIDENT_MONTH,
    POPULATION_MONTH,
    CHRONIC,
    STAFF_MONTH,
    ORG_MONTH,
    CARE_MONTH,
    REFERRAL_COURSE,
)
YEARS = 5
"""Months of so many years are derived: what evaluation and its comparison with the years before need."""


@cache
def steps() -> Mapping[str, Derived]:
    """Every step by name."""
    return {one.name: one for one in STEPS}


def step(name: str) -> Derived:
    """The step of that name. Raises NotFound."""
    try:
        return steps()[name]
    except KeyError:
        raise NotFound(f"没有名为 {name} 的派生事实", hint=allowed_words(name, steps())) from None


def derive(
    shelf: Shelf, facts: dict[str, FactShelf], changed: Mapping[str, Iterable[str]], *, everything: bool
) -> None:
    """Compute the steps whose input changed, and put them into ``facts``."""
    moved = {name: set(months) for name, months in changed.items()}
    known = _known(facts)
    for one in STEPS:
        if not set(one.reads) <= facts.keys():
            continue
        standing = None if everything else facts.get(one.name)
        columns = {c.name: sql_type(c) for c in one.columns}
        fresh = standing is None or standing.columns != columns
        months = known if fresh else _touched(one, moved, known, standing)
        if not months:
            continue
        found = _computed(one, shelf, facts, months)
        kept = (
            {} if fresh or standing is None else {m: p for m, p in standing.pieces.items() if month_of(m) not in months}
        )
        pieces = dict(sorted((kept | found).items()))
        old = standing.pieces if standing else {}
        moved[one.name] = {m for m in {*old, *pieces} if old.get(m) != pieces.get(m)}
        facts[one.name] = FactShelf(pieces, "", columns)


def _known(facts: Mapping[str, FactShelf]) -> list[date]:
    """The months to derive: from the first with an encounter, measurement or referral, up to this month."""
    today = clock.today()
    timed = (month_of(m) for fact in facts.values() for m in fact.pieces if m != WHOLE)
    found = [month for month in timed if month and month <= today]
    if not found:
        return []
    return list(between(max(min(found), date(today.year - YEARS, 1, 1)), today.replace(day=1)))


def _touched(one: Derived, moved: Mapping[str, set[str]], known: list[date], standing: FactShelf | None) -> list[date]:
    """The months to compute again: those that changed, as many after them as the step looks back, and new ones."""
    found = {month for month in known if standing and month_name(month) not in standing.pieces}
    for name, back in one.reads.items():
        months = moved.get(name, set())
        if months and (back is None or WHOLE in months):
            return known
        for text in months:
            if month := month_of(text):
                found |= {m for m in known if month <= m <= later(month, back or 0)}
    return sorted(found)


def _computed(one: Derived, shelf: Shelf, facts: Mapping[str, FactShelf], months: list[date]) -> dict[str, Piece]:
    with TemporaryDirectory(dir=shelf.work, prefix=f"{one.name}-") as folder, bench(Path(folder)) as connection:
        for name, back in one.reads.items():
            look(connection, name, shelf, facts[name], None if back is None else later(months[0], -back))
        connection.register("asked", pa.table({"month": pa.array(months, pa.date32())}))
        connection.execute("CREATE TABLE wanted AS SELECT month FROM asked")
        columns = ", ".join(f"CAST({c.name} AS {sql_type(c)}) AS {c.name}" for c in one.columns)
        connection.execute(f"CREATE TABLE rows AS SELECT {columns}, month AS _month FROM ({one.select})")
        return dict(put(connection, "rows", one.name, one.names, one.key, shelf, Path(folder)))


def look(
    connection: duckdb.DuckDBPyConnection, name: str, shelf: Shelf, fact: FactShelf, since: date | None = None
) -> None:
    """A fact of the shelf as a view under its name, from the month ``since`` on; without rows an empty table."""
    found = (p for m, p in fact.pieces.items() if since is None or (month_of(m) or since) >= since)
    paths = ", ".join(f"'{shelf.path(piece)}'" for piece in found)
    if paths:
        connection.execute(f"CREATE OR REPLACE VIEW {name} AS FROM read_parquet([{paths}], hive_partitioning = false)")
        return
    columns = ", ".join(f'"{column}" {kind}' for column, kind in fact.columns.items())
    connection.execute(f"CREATE TABLE {name} ({columns})")
