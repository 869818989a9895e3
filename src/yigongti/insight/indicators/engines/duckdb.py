"""DuckDB: one machine. A fact is read month by month, so memory does not grow with the years."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

import pyarrow as pa

from yigongti.kernel.duck import connect

from ..making import MONTH, Step, first_of_month
from .sources import ZONE, FactSource, Part


class DuckEngine:
    """Runs passes in a database of its own: on disk it holds any fact within ``memory``."""

    name = "duckdb"

    def __init__(self, memory: str = "700MB", threads: int = 2, *, disk: bool = True) -> None:
        self.folder = TemporaryDirectory(prefix="yigongti-indicators-")
        self.connection = connect(Path(self.folder.name) / "run.duckdb" if disk else ":memory:")
        self.connection.execute(
            f"SET memory_limit = '{memory}'; SET threads = {threads}; SET TimeZone = '{ZONE}';"
            f"SET temp_directory = '{self.folder.name}/overflow'; SET preserve_insertion_order = false"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the temporary folder go."""
        self.connection.close()
        self.folder.cleanup()

    def lay(self, name: str, table: pa.Table) -> None:
        """A small table (calendar, hierarchy) under its name."""
        self.connection.register("laid", table)
        self.connection.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM laid")
        self.connection.unregister("laid")

    def fill(self, step: Step, source: FactSource) -> None:
        """A table from a query over the fact: month by month, small months together, or all months of a year."""
        portions = source.years() if step.reads == "year" else ((part,) for part in source.portions())
        for index, parts in enumerate(portions):
            self.look(source, parts)
            verb = f"INSERT INTO {step.table}" if index else f"CREATE OR REPLACE TABLE {step.table} AS"
            self.connection.execute(f"{verb} {step.sql}")

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


def relation(paths: Iterable[str]) -> str:
    """The files as DuckDB reads them."""
    listed = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
    return f"read_parquet([{listed}], hive_partitioning = false, union_by_name = true)"


def _month(source: FactSource, month: date | None) -> str:
    if month:
        return f"DATE '{month}'"
    return first_of_month(f'"{source.fact.time}"') if source.fact.time else "CAST(NULL AS DATE)"
