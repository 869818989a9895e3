"""DuckDB: one machine. A fact is read month by month, so memory does not grow with the years."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import local
from types import TracebackType
from typing import Self, TypeVar

import duckdb
import pyarrow as pa

from yigongti.kernel.duck import connect

from ..making import MONTH, Step, first_of_month
from ..people import SPREAD
from ..planning import Pass
from .keeping import WHOLE, Keeper, filed, stamps
from .sources import ZONE, FactSource, Part

T = TypeVar("T")
FEW = 3
"""A kept state serves while no more than one part in so many of a year's files has changed."""


class DuckEngine:
    """Runs passes in a database of its own, in memory; what is more than ``memory`` overflows to disk."""

    name = "duckdb"

    def __init__(self, memory: str = "700MB", threads: int = 2, *, keeper: Keeper | None = None) -> None:
        self.keeper, self.pieces = keeper, keeper is not None
        self.folder, self.hands, self.own = TemporaryDirectory(prefix="yigongti-indicators-"), threads, local()
        self.own.connection = self.database = connect()
        self.connection.execute(
            f"SET GLOBAL memory_limit = '{memory}'; SET GLOBAL threads = {threads}; SET GLOBAL TimeZone = '{ZONE}';"
            f"SET GLOBAL temp_directory = '{self.folder.name}/overflow'; SET GLOBAL preserve_insertion_order = false"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the temporary folder go."""
        self.database.close()
        self.folder.cleanup()

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The connection of this thread: the fact's name stands there for the files that it reads."""
        if not hasattr(self.own, "connection"):
            self.own.connection = self.database.cursor()
        return self.own.connection

    def each(self, work: Callable[[Pass], T], passes: Iterable[Pass]) -> list[T]:
        """Passes beside one another: much of a statement keeps one processor only."""
        with ThreadPoolExecutor(self.hands) as hands:
            return list(hands.map(work, passes))

    def lay(self, name: str, table: pa.Table) -> None:
        """A small table (calendar, hierarchy) under its name."""
        self.connection.register("laid", table)
        self.connection.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM laid")
        self.connection.unregister("laid")

    def fill(self, step: Step, source: FactSource) -> None:
        """A table from a query over the fact: from states that were kept, and from the files that changed since."""
        self.connection.execute(f"DROP VIEW IF EXISTS {step.table}")
        if self.keeper is None or step.apart == "never":
            self.connection.execute(f"DROP TABLE IF EXISTS {step.table}")
            self._read(step.table, step, source)
            return
        pieces = []
        for year, within in source.by_year().items():
            pieces += self._recall(self.keeper, step, within, self.keeper.place(step, source, year))
        self.connection.execute(f"CREATE VIEW {step.table} AS {' UNION ALL '.join(pieces)}")

    def _read(self, table: str, step: Step, source: FactSource) -> None:
        """Month by month, small months together, or all months of a year at once."""
        portions = source.years() if step.reads == "year" else ((part,) for part in source.portions())
        for index, parts in enumerate(portions):
            self.look(source, parts)
            for name, sql in step.begins.items():
                self.derive(name, sql)
            verb = f"INSERT INTO {table}" if index else f"CREATE OR REPLACE TABLE {table} AS"
            self.connection.execute(f"{verb} {step.sql}")
            self.drop(step.begins)

    def _recall(self, keeper: Keeper, step: Step, source: FactSource, place: Path) -> list[str]:
        """The state of a year as queries: what was kept and the few months that changed; else made anew and kept."""
        known, now = keeper.known(place), stamps(source.parts)
        gone = sorted(month for month, told in known.items() if now.get(month) != told)
        changed = {month for month, told in now.items() if known.get(month) != told}
        fresh = replace(source, parts=tuple(part for part in source.parts if filed(part) in changed))
        apart = step.apart != "whole" and WHOLE not in gone and fresh.size * FEW <= source.size
        table = f"{step.table}_{place.stem}"
        if known and not (gone or changed):
            return [f"SELECT * FROM read_parquet('{place}')"]
        if known and apart:
            if changed:
                self._read(table, step, fresh)
            return [_without(step, place, gone), *([f"SELECT * FROM {table}"] if changed else [])]
        self._read(table, step, source)
        draft = place.with_suffix(".draft")
        self.connection.execute(f"COPY {table} TO '{draft}' (FORMAT parquet); DROP TABLE {table}")
        keeper.put(place, draft, now)
        return [f"SELECT * FROM read_parquet('{place}')"]

    def derive(self, table: str, sql: str) -> None:
        """A table from a query over tables."""
        self.connection.execute(f"CREATE OR REPLACE TABLE {table} AS {sql}")

    def look(self, source: FactSource, parts: Iterable[Part]) -> None:
        """The fact's name as a view of these files."""
        read = " UNION ALL BY NAME ".join(
            f"SELECT *, {_month(source, part.month)} AS {MONTH} FROM {relation(part.paths)}" for part in parts
        )
        self.connection.execute(f"CREATE OR REPLACE TEMP VIEW {source.fact.name} AS {read}")

    def ask(self, sql: str) -> pa.Table:
        """The answer to a query."""
        return self.connection.sql(sql).to_arrow_table()

    def drop(self, tables: Iterable[str]) -> None:
        """Let derived tables go."""
        for table in tables:
            self.connection.execute(f"DROP TABLE {table}")

    def clear(self) -> None:
        """Let every table go."""
        self.drop(name for (name,) in self.connection.execute("SELECT table_name FROM duckdb_tables()").fetchall())


def _without(step: Step, place: Path, months: Sequence[str]) -> str:
    """Everything of a kept state but what came from the files of these months."""
    kept = f"FROM read_parquet('{place}')"
    if not months:
        return f"SELECT * {kept}"
    if step.apart == "rows":
        dates = ", ".join(f"DATE '{month}'" for month in months)
        return f"SELECT * {kept} WHERE {step.by[0]} NOT IN ({dates})"
    bits = sum(SPREAD << date.fromisoformat(month).month - 1 for month in months)
    rest = {number: f"({number} & {((1 << 62) - 1) & ~bits})" for number in step.by}
    left = ", ".join(f"{sql} AS {number}" for number, sql in rest.items())
    return f"SELECT * REPLACE ({left}) {kept} WHERE {' OR '.join(f'{sql} <> 0' for sql in rest.values())}"


def relation(paths: Iterable[str]) -> str:
    """The files as DuckDB reads them."""
    listed = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
    return f"read_parquet([{listed}], hive_partitioning = false, union_by_name = true)"


def _month(source: FactSource, month: date | None) -> str:
    if month:
        return f"DATE '{month}'"
    return first_of_month(f'"{source.fact.time}"') if source.fact.time else "CAST(NULL AS DATE)"
