"""From PostgreSQL to Parquet: COPY streams the rows of a fact, DuckDB types, sorts and compresses them.

Text is what travels: COPY writes CSV into a pipe while DuckDB reads from it, so no row passes through Python and
memory does not grow with the rows.
"""

import os
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from yigongti.insight.indicators.engines.sources import SQL_TYPES
from yigongti.kernel.duck import connect
from yigongti.kernel.facts.declaration import Column, Fact

from .comments import comments, option
from .shelf import FactShelf, Piece, Shelf, month_name

ZONE = "Asia/Shanghai"
MEMORY = "600MB"
PORTION = 1 << 18
"""Bytes that are handed over at once."""


@dataclass(frozen=True)
class Months:
    """Which months to read; None: all."""

    chosen: tuple[date, ...] | None = None

    def condition(self, fact: Fact) -> str:
        """The condition on the fact's time in PostgreSQL's SQL: whole months in Beijing time, so that indexes serve."""
        if self.chosen is None or not fact.time_column:
            return "TRUE"
        spans = (
            f"({fact.time_column} >= {_moment(fact, month)} AND {fact.time_column} < {_moment(fact, _next(month))})"
            for month in self.chosen
        )
        return " OR ".join(spans) or "FALSE"


EVERY = Months()


def _moment(fact: Fact, day: date) -> str:
    if fact.column(fact.time_column).type == "date":
        return f"DATE '{day}'"
    return f"TIMESTAMPTZ '{day} 00:00:00 {ZONE}'"


def _next(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def sql_type(column: Column) -> str:
    """The type of a column in the files."""
    if column.type.startswith("decimal"):
        return column.type.upper()
    return SQL_TYPES[column.type]


@dataclass(frozen=True)
class Pulled:
    """What was read: a piece for each month with rows, and the newest watermark among the rows."""

    pieces: dict[str, Piece]
    watermark: str = ""

    @property
    def rows(self) -> int:
        """How many rows were read."""
        return sum(piece.rows for piece in self.pieces.values())


def pull(cursor: Any, fact: Fact, shelf: Shelf, months: Months = EVERY) -> Pulled:
    """Read the months of a fact (a fact without time: all of it) and put a piece for each on the shelf.

    A month without rows gives no piece. ``cursor`` is one of psycopg, in the transaction whose picture is wanted.
    """
    sent = ", ".join(f'array_to_json("{c.name}")' if _listed(c) else f'"{c.name}"' for c in fact.columns)
    source = f"COPY (SELECT {sent} FROM ({fact.sql}) AS f WHERE {months.condition(fact)}) TO STDOUT (FORMAT csv)"
    with TemporaryDirectory(dir=shelf.work, prefix=f"{fact.name}-") as folder, bench(Path(folder)) as connection:
        with _piped(cursor, source, Path(folder) / "rows.csv") as path:
            connection.execute(
                f"CREATE TABLE rows AS SELECT {_read(fact)}, {_month(fact)} AS _month FROM {_csv(fact, path)}"
            )
        pieces = dict(put(connection, "rows", fact.name, fact.names, fact.names[0], shelf, Path(folder)))
        return Pulled(pieces, _newest(connection, fact))


def _newest(connection: duckdb.DuckDBPyConnection, fact: Fact) -> str:
    """The newest watermark among the rows, as PostgreSQL reads it."""
    if not fact.watermark_column:
        return ""
    return connection.execute(f"SELECT CAST(max({fact.watermark_column}) AS VARCHAR) FROM rows").fetchall()[0][0] or ""


def _listed(column: Column) -> bool:
    return column.type.startswith("list")


def _read(fact: Fact) -> str:
    """The columns with their types; a list travels as JSON."""
    listed = """from_json({name}, '["VARCHAR"]') AS {name}"""
    return ", ".join(listed.format(name=c.name) if _listed(c) else f'"{c.name}"' for c in fact.columns)


def _csv(fact: Fact, path: Path) -> str:
    types = ", ".join(f"'{c.name}': '{'VARCHAR' if _listed(c) else sql_type(c)}'" for c in fact.columns)
    return (
        f"read_csv('{path}', header = false, auto_detect = false, delim = ',', quote = '\"', escape = '\"', "
        f"columns = {{{types}}}, parallel = false)"
    )


@contextmanager
def bench(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB of its own for one fact: in memory, and in ``folder`` what does not fit."""
    with connect() as connection:
        connection.execute(
            f"SET memory_limit = '{MEMORY}'; SET threads = 2; SET TimeZone = '{ZONE}';"
            f"SET temp_directory = '{folder}/overflow'; SET preserve_insertion_order = false"
        )
        yield connection


def _month(fact: Fact) -> str:
    return f"CAST(date_trunc('month', \"{fact.time_column}\") AS DATE)" if fact.time_column else "CAST(NULL AS DATE)"


@contextmanager
def _piped(cursor: Any, source: str, path: Path) -> Iterator[Path]:
    """A pipe into which another thread writes what COPY sends."""
    os.mkfifo(path, 0o600)
    failed: list[BaseException] = []

    def send() -> None:
        try:
            with path.open("wb", buffering=PORTION) as pipe, cursor.copy(source) as copy:
                for block in copy:
                    pipe.write(block)
        except BrokenPipeError:
            pass  # the reader has failed and says why
        except BaseException as error:  # told in the reader's thread
            failed.append(error)

    writer = threading.Thread(target=send, daemon=True)
    writer.start()
    try:
        yield path
    except BaseException:
        _let_go(cursor, path, writer)
        raise
    writer.join()
    if failed:
        raise failed[0]


def _let_go(cursor: Any, path: Path, writer: threading.Thread) -> None:
    """The reader has failed: end the COPY and empty the pipe, so that the writer does not wait for ever."""
    cursor.connection.cancel_safe()
    pipe = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        while writer.is_alive():
            with suppress(BlockingIOError):
                os.read(pipe, 1 << 20)
            writer.join(0.01)
    finally:
        os.close(pipe)


def put(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    name: str,
    columns: Iterable[str],
    key: str,
    shelf: Shelf,
    folder: Path,
) -> Iterator[tuple[str, Piece]]:
    """Each month (``_month``) of a table as a piece, sorted by its key, so that the same rows give the same file.

    The file carries what the data dictionary says of the fact; it is named by its rows alone.
    """
    said = comments(name)
    listed = [f'"{column}"' for column in columns]
    months = connection.execute(
        f"SELECT _month, count(*), md5(concat_ws('-', count(*), sum(h::HUGEINT), bit_xor(h))) "
        f"FROM (SELECT _month, hash({', '.join(listed)}) AS h FROM {table}) GROUP BY 1 ORDER BY 1"
    ).fetchall()

    def written(found: tuple[date | None, int, str]) -> tuple[str, Piece]:
        month, rows, digest = found
        where = f"_month = DATE '{month}'" if month else "_month IS NULL"
        made = folder / f"{month_name(month)}.parquet"
        with connection.cursor() as cursor:
            cursor.execute(
                f"COPY (SELECT {', '.join(listed)} FROM {table} WHERE {where} ORDER BY {key}) TO '{made}' "
                f"(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1{option(said)})"
            )
        return month_name(month), shelf.keep(name, month_name(month), made, rows, digest)

    with ThreadPoolExecutor(2) as hands:
        yield from hands.map(written, months)


def columns_of(fact: Fact) -> dict[str, str]:
    """Column → type in the files."""
    return {c.name: sql_type(c) for c in fact.columns}


def shelved(fact: Fact, pieces: dict[str, Piece], watermark: str = "") -> FactShelf:
    """The shelf of a fact."""
    return FactShelf(pieces, watermark, columns_of(fact))
