"""Rows by the hundred thousand: COPY into a temporary table, then one INSERT … SELECT.

COPY is refused on tables with row-level security for the role that serves people; a temporary table of its own is not.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
from django.db import connection

BLOCK = 1 << 20


def stage(name: str, columns: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> None:
    """A temporary table ``name`` with ``columns`` (name: PostgreSQL type), filled from Python rows."""
    with connection.cursor() as cursor:
        cursor.execute(_create(name, columns))
        with cursor.copy(f"COPY {name} FROM STDIN") as copy:
            copy.set_types(list(columns.values()))
            for row in rows:
                copy.write_row(row)
        cursor.execute(f"ANALYZE {name}")


def stage_relation(name: str, columns: Mapping[str, str], relation: duckdb.DuckDBPyRelation) -> None:
    """The same, filled from a DuckDB relation with the same columns in the same order."""
    with TemporaryDirectory() as folder, connection.cursor() as cursor:
        file = Path(folder) / "rows.csv"
        relation.write_csv(str(file), header=False)
        cursor.execute(_create(name, columns))
        with file.open("rb") as source, cursor.copy(f"COPY {name} FROM STDIN (FORMAT csv)") as copy:
            while block := source.read(BLOCK):
                copy.write(block)
        cursor.execute(f"ANALYZE {name}")


def insert(statement: str) -> int:
    """Run an INSERT … SELECT; returns the rows written."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.rowcount)


def _create(name: str, columns: Mapping[str, str]) -> str:
    listed = ", ".join(f"{column} {kind}" for column, kind in columns.items())
    return f"DROP TABLE IF EXISTS pg_temp.{name}; CREATE TEMP TABLE {name} ({listed}) ON COMMIT DROP"
