"""DuckDB: one machine. A fact is read year by year, so memory does not grow with the years."""

from collections.abc import Callable, Iterable, Mapping
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
from ..planning import Pass
from .keeping import WHOLE, Keeper, Piece, filed, stamps
from .sources import ZONE, FactSource, Part

T = TypeVar("T")
FEW = 3
"""A kept state serves while no more than one part in so many of a year's files has changed."""


class DuckEngine:
    """Runs passes in a database of its own, in memory; what is more than ``memory`` overflows to disk."""

    name = "duckdb"

    def __init__(self, memory: str = "700MB", threads: int = 2, *, keeper: Keeper | None = None) -> None:
        self.keeper, self.pieces = keeper, keeper is not None
        self.folder, self.threads, self.own = TemporaryDirectory(prefix="yigongti-indicators-"), threads, local()
        self.own.connection = self.database = connect()
        self.kept: dict[str, tuple[Step, list[Piece]]] = {}
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
        """Passes beside one another, each by a processor of its own: that costs less than to share every statement."""
        listed = list(passes)
        hands = min(self.threads, len(listed)) or 1
        self.connection.execute(f"SET GLOBAL threads = {self.threads // hands}")
        with ThreadPoolExecutor(hands) as pool:
            return list(pool.map(work, listed))

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
        years = source.by_year().items()
        pieces = [
            self._recall(self.keeper, step, within, self.keeper.place(step, source, year)) for year, within in years
        ]
        self.kept[step.table] = step, pieces
        parts = " UNION ALL ".join(part for piece in pieces for part in piece.queries(step))
        self.connection.execute(f"CREATE VIEW {step.table} AS {parts}")

    def _read(self, table: str, step: Step, source: FactSource) -> None:
        """All months of a year at once."""
        for index, parts in enumerate(source.years()):
            self.look(source, parts)
            for name, sql in step.begins.items():
                self.derive(name, sql)
            verb = f"INSERT INTO {table}" if index else f"CREATE OR REPLACE TABLE {table} AS"
            self.connection.execute(f"{verb} {step.sql}")
            self.drop(step.begins)

    def _recall(self, keeper: Keeper, step: Step, source: FactSource, place: Path) -> Piece:
        """The state of a year: what was kept and the few months that changed; else made anew and kept."""
        known, now = keeper.known(place), stamps(source.parts)
        gone = tuple(sorted(month for month, told in known.items() if now.get(month) != told))
        changed = {month for month, told in now.items() if known.get(month) != told}
        fresh = replace(source, parts=tuple(part for part in source.parts if filed(part) in changed))
        apart = step.apart != "whole" and WHOLE not in gone and fresh.size * FEW <= source.size
        table = f"{step.table}_{place.stem}"
        if known and not (gone or changed):
            return Piece(place)
        if known and apart:
            if changed:
                self._read(table, step, fresh)
            return Piece(place, gone, table if changed else "")
        self._read(table, step, source)
        self._keep(keeper, table, place, now)
        self.connection.execute(f"DROP TABLE {table}")
        return Piece(place)

    def _keep(self, keeper: Keeper, table: str, place: Path, made_of: Mapping[str, str]) -> None:
        draft = place.with_suffix(f".{table}.draft")
        self.connection.execute(f"COPY {table} TO '{draft}' (FORMAT parquet)")
        keeper.put(place, draft, made_of)

    def merge(self, step: Step) -> None:
        """A table that merges a state by members; of one that was kept, only members who changed are merged again."""
        state, pieces = self.kept.get(step.merges, (None, []))
        if self.keeper is None or state is None or state.apart != "bits":
            self.derive(step.table, step.sql)
            return
        rests = [self._bytes(name) for name in step.rests]
        place = self.keeper.merged(step, pieces, rests)
        changed = [piece for piece in pieces if piece.changed]
        if not self.keeper.known(place):
            self.derive(step.table, step.sql)
            if not changed:
                self._keep(self.keeper, step.table, place, {WHOLE: "merged"})
            return
        if not changed:
            self.derive(step.table, f"SELECT * FROM read_parquet('{place}')")
            return
        moved = f"{step.table}_moved"
        columns = self.connection.sql(f"SELECT * FROM {step.merges} LIMIT 0").columns
        self.derive(moved, " UNION ".join(f"({piece.members(state, columns)})" for piece in changed))
        same = f"JOIN {moved} AS m ON m.year = s.year AND m.member = s.member"
        self.derive(
            step.table,
            f"SELECT s.* FROM read_parquet('{place}') AS s ANTI {same} UNION ALL "
            f"(WITH {step.merges} AS (SELECT s.* FROM main.{step.merges} AS s SEMI {same}) {step.sql})",
        )
        self.drop([moved])

    def _bytes(self, table: str) -> bytes:
        """What a small table holds."""
        return repr(self.connection.sql(f"SELECT * FROM {table} ORDER BY ALL").fetchall()).encode()

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


def relation(paths: Iterable[str]) -> str:
    """The files as DuckDB reads them."""
    listed = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
    return f"read_parquet([{listed}], hive_partitioning = false, union_by_name = true)"


def _month(source: FactSource, month: date | None) -> str:
    if month:
        return f"DATE '{month}'"
    return first_of_month(f'"{source.fact.time}"') if source.fact.time else "CAST(NULL AS DATE)"
