"""From the bench into the database: Arrow batches as CSV into COPY, into temporary tables of the transaction."""

from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
from typing import Any

import duckdb
import pyarrow
from django.db import connection
from pyarrow import csv

BATCH = 100_000
"""Rows in one Arrow batch: a few dozen MB at most."""
Columns = Mapping[str, str]
"""Column name to PostgreSQL type."""
WITHOUT_HEADER = csv.WriteOptions(include_header=False)


def create(table: str, columns: Columns) -> None:
    """An empty temporary table, gone with the transaction."""
    listed = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
    with connection.cursor() as cursor:
        cursor.execute(f'DROP TABLE IF EXISTS pg_temp."{table}"')
        cursor.execute(f'CREATE TEMP TABLE "{table}" ({listed}) ON COMMIT DROP')


def keep(table: str, query: str, parameters: Mapping[str, Any] | None = None) -> int:
    """The rows of a query of the database as a temporary table; returns how many."""
    run(f'DROP TABLE IF EXISTS pg_temp."{table}"')
    return run(f'CREATE TEMP TABLE "{table}" ON COMMIT DROP AS {query}', parameters)


def copy(table: str, batches: Iterable[pyarrow.RecordBatch], *, analyze: bool = True) -> int:
    """Batches into a temporary table; returns the rows. A null is an empty cell: there is no empty text."""
    rows = 0
    with connection.cursor() as cursor, cursor.copy(f'COPY "{table}" FROM STDIN (FORMAT csv)') as sink:
        for batch in batches:
            text = BytesIO()
            csv.write_csv(batch, text, WITHOUT_HEADER)
            sink.write(text.getbuffer())
            rows += batch.num_rows
    if analyze:
        run(f'ANALYZE "{table}"')
    return rows


def stage(bench: duckdb.DuckDBPyConnection, table: str, columns: Columns, query: str) -> int:
    """A temporary table from a query of the bench that gives the same columns in the same order."""
    create(table, columns)
    return copy(table, batches(bench, query))


def portions(bench: duckdb.DuckDBPyConnection, table: str, columns: Columns, query: str, size: int) -> Iterator[int]:
    """A temporary table that holds one portion of a query of the bench after the other; answers the rows of each.

    A portion is ``size`` rows or a batch more. The bench answers nothing else until the last has been taken.
    """
    create(table, columns)
    waiting = batches(bench, query)
    place = 0
    while rows := copy(table, _up_to(size, waiting), analyze=place == 0):
        yield rows
        place += 1
        run(f'TRUNCATE "{table}"')


def _up_to(size: int, waiting: Iterator[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
    rows = 0
    while rows < size and (batch := next(waiting, None)) is not None:
        rows += batch.num_rows
        yield batch


def batches(bench: duckdb.DuckDBPyConnection, query: str, size: int = BATCH) -> Iterator[pyarrow.RecordBatch]:
    """The rows of a query, batch by batch."""
    yield from bench.sql(query).to_arrow_reader(size)


def back(bench: duckdb.DuckDBPyConnection, table: str, columns: Columns, query: str, parameters: Any) -> int:
    """Rows of the database into a table of the bench."""
    listed = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
    bench.execute(f'CREATE OR REPLACE TEMP TABLE "{table}" ({listed})')
    count = 0
    with connection.chunked_cursor() as cursor:
        cursor.execute(query, parameters)
        while rows := cursor.fetchmany(BATCH):
            columns_of = zip(*rows, strict=True)
            given = pyarrow.table({f"c{n}": list(values) for n, values in enumerate(columns_of)})
            bench.register("given", given)
            bench.execute(f'INSERT INTO "{table}" SELECT * FROM given')
            bench.unregister("given")
            count += len(rows)
    return count


def run(sql: str, parameters: Mapping[str, Any] | None = None) -> int:
    """One statement in the database; returns the rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return int(cursor.rowcount)


def ask(sql: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
    """The rows of one query."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())
