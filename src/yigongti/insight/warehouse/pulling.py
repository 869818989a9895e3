"""From PostgreSQL to Parquet: a picture streams the rows of a fact, DuckDB types, sorts and compresses them."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from yigongti.insight.indicators.engines.sources import SQL_TYPES
from yigongti.insight.periods import later
from yigongti.kernel import clock
from yigongti.kernel.duck import connect
from yigongti.kernel.facts.declaration import Column, Fact
from yigongti.kernel.facts.types import DECIMAL

from .comments import comments, option
from .picture import ZONE, Picture
from .shelf import FactShelf, Piece, Shelf, month_name

MEMORY = 600
"""MB that DuckDB may have for one fact."""
LARGE = 200_000
"""A fact with more rows is read in parts, so that PostgreSQL, the decoding and the writing keep all cores busy."""
HANDS = 2
"""So many parts at a time."""
YEARS = 5
"""So many years are parts of their own."""
FORM = "FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd, COMPRESSION_LEVEL 1, DICTIONARY_SIZE_LIMIT 5000"
"""A column with more values has no dictionary: to find that out of a key takes time, and the more the longer."""
DIGITS = 18
"""Decimal numbers of so many digits fit into eight bytes."""
LOCAL = f"AT TIME ZONE '{ZONE}'"
"""How facts ask for the time in Beijing. A picture's session has that zone: there a cast says the same, without looking
up the zone by its name in each row, which takes a sixth of PostgreSQL's time."""


@dataclass(frozen=True)
class Months:
    """Which months to read; None: all."""

    chosen: tuple[date, ...] | None = None

    def condition(self, fact: Fact) -> str:
        """The condition on the fact's time in PostgreSQL's SQL: whole months in Beijing time, so that indexes serve."""
        if self.chosen is None or not fact.time_column:
            return "TRUE"
        spans = (
            f"({fact.time_column} >= {_moment(fact, month)} AND {fact.time_column} < {_moment(fact, later(month, 1))})"
            for month in self.chosen
        )
        return " OR ".join(spans) or "FALSE"


EVERY = Months()


def _moment(fact: Fact, day: date) -> str:
    if fact.column(fact.time_column).type == "date":
        return f"DATE '{day}'"
    return f"TIMESTAMPTZ '{day} 00:00:00 {ZONE}'"


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


def pull(seen: Picture, fact: Fact, shelf: Shelf, months: Months = EVERY, *, large: int = LARGE) -> Pulled:
    """Read the months of a fact (a fact without time: all of it) and put a piece for each on the shelf.

    A month without rows gives no piece. All of a fact with more than ``large`` rows is read year by year, two years
    at a time.
    """
    parts = [months.condition(fact)]
    if months.chosen is None and fact.time_column and seen.rows(f"SELECT 1 FROM ({fact.sql}) f OFFSET {large} LIMIT 1"):
        parts = list(_years(fact))
    with ThreadPoolExecutor(HANDS) as hands:
        found = list(hands.map(lambda part: _pulled(seen, fact, shelf, part, min(len(parts), HANDS)), parts))
    pieces = {month: piece for one in found for month, piece in one.pieces.items()}
    return Pulled(dict(sorted(pieces.items())), _latest(fact, found))


def _years(fact: Fact) -> Iterator[str]:
    """Conditions on the fact's time: this year, each of some years before, and all that is older or has no time."""
    time, until = fact.time_column, "TRUE"
    for year in range(clock.today().year, clock.today().year - YEARS, -1):
        since = f"{time} >= {_moment(fact, date(year, 1, 1))}"
        yield f"{since} AND {until}"
        until = since.replace(">=", "<")
    yield f"{until} OR {time} IS NULL"


def _pulled(seen: Picture, fact: Fact, shelf: Shelf, part: str, share: int) -> Pulled:
    """The rows of one condition, in a ``share``-th of the memory."""
    sent = ", ".join(_sent(column) for column in fact.columns if not column.day_of)
    rows = fact.sql.replace(f"{LOCAL})::date", ")::date").replace(LOCAL, "::timestamp")
    source = f"SELECT {sent} FROM ({rows}) AS f WHERE {part}"
    folder = TemporaryDirectory(dir=shelf.work, prefix=f"{fact.name}-")
    with folder as place, bench(Path(place), MEMORY // share) as connection:
        with seen.stream(source) as stream:
            connection.register("sent", stream)
            read = ", ".join(_read(column) for column in fact.columns)
            connection.execute(f"CREATE TABLE rows AS SELECT {read}, {_month(fact)} AS _month FROM sent")
        key = ", ".join(f'"{name}"' for name in (fact.time_column, fact.names[0]) if name)
        pieces = dict(put(connection, "rows", fact.name, fact.names, key, shelf, Path(place)))
        return Pulled(pieces, _newest(connection, fact))


def _latest(fact: Fact, found: Iterable[Pulled]) -> str:
    """The highest watermark; empty where there is none."""
    told = [one.watermark for one in found if one.watermark]
    if told and fact.column(fact.watermark_column).type == "bigint":
        return max(told, key=int)
    return max(told, key=datetime.fromisoformat, default="")


def _newest(connection: duckdb.DuckDBPyConnection, fact: Fact) -> str:
    """The newest watermark among the rows, as PostgreSQL reads it."""
    if not fact.watermark_column:
        return ""
    return connection.execute(f"SELECT CAST(max({fact.watermark_column}) AS VARCHAR) FROM rows").fetchall()[0][0] or ""


def _scale(column: Column) -> int | None:
    """The decimals of a decimal number that fits into eight bytes without its point; None for everything else."""
    found = DECIMAL.fullmatch(column.type)
    return int(found[2]) if found and int(found[1]) <= DIGITS else None


def _sent(column: Column) -> str:
    """A column as PostgreSQL sends it: of a decimal number its digits, since a numeric travels and is read slowly."""
    scale = _scale(column)
    return f'"{column.name}"' if scale is None else f'("{column.name}" * {10**scale})::bigint AS "{column.name}"'


def _read(column: Column) -> str:
    """A column of what was sent as it is kept until it is written; a uuid takes half the room of its text."""
    name, scale, kind = f'"{column.name}"', _scale(column), sql_type(column)
    if column.day_of:
        return f"{_day(column.day_of)} AS {name}"
    if column.type == "uuid":
        return f"CAST({name} AS UUID) AS {name}"
    if scale:
        return f"CAST(CAST({name} AS DECIMAL({DIGITS}, 0)) * {Decimal(1).scaleb(-scale):f} AS {kind}) AS {name}"
    return f"CAST({name} AS {kind}) AS {name}"


@contextmanager
def bench(folder: Path, memory: int = MEMORY) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB of its own for one fact: in memory, and in ``folder`` what does not fit."""
    with connect() as connection:
        connection.execute(
            f"SET memory_limit = '{memory}MB'; SET threads = 2; SET TimeZone = '{ZONE}';"
            f"SET temp_directory = '{folder}/overflow'; SET preserve_insertion_order = false;"
            # of many small files the planner expects a few rows, and would compare each row with each
            "SET asof_loop_join_threshold = 0"
        )
        yield connection


def _month(fact: Fact) -> str:
    """The month of a row in Beijing time."""
    if not fact.time_column:
        return "CAST(NULL AS DATE)"
    timed = fact.column(fact.time_column).type == "timestamp"
    day = _day(fact.time_column) if timed else f'"{fact.time_column}"'
    return f"CAST(date_trunc('month', {day}) AS DATE)"


def _day(moment: str) -> str:
    """The day of a moment in Beijing time. Since 1992 that is eight hours ahead: no calendar has to be asked."""
    ahead = f'make_timestamp(epoch_us("{moment}") + 8 * 3_600_000_000)'
    since = "TIMESTAMPTZ '1992-01-01 00:00:00+08'"
    return f'CASE WHEN "{moment}" >= {since} THEN CAST({ahead} AS DATE) ELSE CAST("{moment}" AS DATE) END'


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

    A uuid is text in the file, which carries what the data dictionary says of the fact and is named by its rows alone.
    """
    said = comments(name)
    listed = [f'"{column}"' for column in columns]
    kinds = dict(row[:2] for row in connection.execute(f"DESCRIBE {table}").fetchall())
    files = ", ".join(f"{one}::VARCHAR AS {one}" if kinds[one.strip('"')] == "UUID" else one for one in listed)
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
                f"COPY (SELECT {files} FROM (FROM {table} WHERE {where} ORDER BY {key})) TO '{made}' "
                f"({FORM}{option(said)})"
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
