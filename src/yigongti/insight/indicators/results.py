"""Results: for each indicator, unit and period the exact numerator and denominator, and the value from them.

Both engines end here: their rolls are small, and are put together, divided and folded by one piece of SQL, so that the
same numerators and denominators always give the same value.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import RawIOBase
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from yigongti.kernel.duck import connect

from .planning import Answer, Plan, Seen

COLUMNS = (
    "indicator",
    "level",
    "unit",
    "type",
    "period",
    "stratum",
    "part",
    "numerator",
    "denominator",
    "value",
    "reported",
    "expected",
)
ORDER = "answer, place, moment, part"
"""By indicator, stratum, level, unit, type, period, part: numbers stand for names until the end."""
MEMORY = "400MB"

MACROS = """
CREATE MACRO in_millionths(x) AS CAST(x * CAST(1000000 AS DECIMAL(7, 0)) AS HUGEINT);
CREATE MACRO divided(n, d, factor) AS
    CAST(sign(n) * ((2 * abs(in_millionths(n)) * in_millionths(factor) + in_millionths(d))
        // (2 * in_millionths(d))) AS DECIMAL(28, 0)) * CAST(0.000001 AS DECIMAL(7, 6));
"""
"""``divided`` is factor × n ÷ d, exact to six decimals, half away from zero; in whole numbers, never in floats."""


Numbers = Mapping[tuple[str, str], int]
"""Indicator and stratum → the number of the answer."""


@dataclass(frozen=True)
class Roll:
    """What an engine gave back: a column for each slot."""

    table: pa.Table
    slots: tuple[str, ...]
    strata: tuple[str, ...]


def assemble(
    plan: Plan,
    rolls: Iterable[Roll],
    presence: Mapping[Seen, pa.Table],
    expected: pa.Table,
    places: pa.Table,
    moments: pa.Table,
) -> pa.Table:
    """The results of a plan (:data:`COLUMNS`), ordered; ``places`` and ``moments`` say what the numbers stand for."""
    with TemporaryDirectory(prefix="yigongti-results-") as folder, connect() as connection:
        connection.execute(
            f"SET memory_limit = '{MEMORY}'; SET threads = 2; SET preserve_insertion_order = false; "
            f"SET temp_directory = '{folder}'"
        )
        connection.execute(MACROS)
        _cells(connection, rolls)
        _presence(connection, presence, expected)
        for name, table in (("answers", _answers(plan.answers)), ("places", places), ("moments", moments)):
            connection.register("given", table)
            connection.execute(f"CREATE TABLE {name} AS SELECT * FROM given")
            connection.unregister("given")
        connection.execute(_RESULTS)
        found = connection.execute("SELECT indicator, stratum, answer FROM wanted").fetchall()
        numbers = {(code, stratum): number for code, stratum, number in found}
        _life_tables(connection, plan.answers, numbers)
        _growth(connection, plan.answers, numbers)
        return _named(connection)


def _named(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """The results in order, with the names for which the numbers stand."""
    found = connection.sql(f"SELECT * FROM results ORDER BY {ORDER}").to_arrow_table()
    connection.execute("DROP TABLE results")
    columns: dict[str, pa.ChunkedArray] = {name: found[name] for name in COLUMNS if name in found.column_names}
    for number, names in (
        ("answer", "SELECT indicator, stratum FROM wanted ORDER BY answer"),
        ("place", "SELECT level, unit FROM place ORDER BY place_rank"),
        ("moment", "SELECT type, period FROM moment ORDER BY moment_rank"),
    ):
        known = connection.sql(names).to_arrow_table()
        at = pc.cast(pc.subtract(found[number], 1), pa.int32()).combine_chunks()
        columns |= {
            name: pa.DictionaryArray.from_arrays(at, known[name].combine_chunks()) for name in known.column_names
        }
    return pa.table({name: columns[name] for name in COLUMNS})


def _cells(connection: duckdb.DuckDBPyConnection, rolls: Iterable[Roll]) -> None:
    """Every slot's number as a row: the slot's number, place, moment, part, value."""
    connection.execute(
        "CREATE TABLE cells (slot INTEGER, place INTEGER, moment INTEGER, part VARCHAR, value DECIMAL(38, 6))"
    )
    for roll in rolls:
        connection.register("roll", roll.table)
        part = f"x_{roll.strata[0]}" if roll.strata else "''"
        connection.execute(
            f"INSERT INTO cells SELECT CAST(substr(slot, 2) AS INTEGER), place, moment, {part}, value "
            f"FROM (UNPIVOT roll ON {', '.join(roll.slots)} INTO NAME slot VALUE value)"
        )
        connection.unregister("roll")


def _presence(connection: duckdb.DuckDBPyConnection, presence: Mapping[Seen, pa.Table], expected: pa.Table) -> None:
    connection.execute("CREATE TABLE presence (seen VARCHAR, place INTEGER, moment INTEGER, reported BIGINT)")
    for seen, table in presence.items():
        connection.register("found", table)
        name = "/".join((seen.fact, seen.organization, seen.at))
        connection.execute(f"INSERT INTO presence SELECT '{name}', place, moment, reported FROM found")
        connection.unregister("found")
    connection.register("awaited", expected)
    connection.execute("CREATE TABLE expected AS SELECT * FROM awaited")


def _answers(answers: Sequence[Answer]) -> pa.Table:
    rows = [
        {
            "indicator": a.sought.code,
            "stratum": a.strata[0] if a.strata else "",
            "numerator": int(a.numerator[1:]),
            "denominator": int(a.denominator[1:]) if a.denominator else None,
            "seen": "/".join((a.seen.fact, a.seen.organization, a.seen.at)),
            "factor": "1" if a.sought.item.function and a.sought.item.function.growth else str(a.sought.item.factor),
            "levels": [*a.sought.item.told_levels, "all"],
            "periods": list(a.sought.item.periods),
        }
        for a in answers
    ]
    kinds = {
        "levels": pa.list_(pa.string()),
        "periods": pa.list_(pa.string()),
        "numerator": pa.int32(),
        "denominator": pa.int32(),
    }
    names = ("indicator", "stratum", "numerator", "denominator", "seen", "factor", "levels", "periods")
    return pa.Table.from_pylist(rows, schema=pa.schema([(name, kinds.get(name, pa.string())) for name in names]))


_RESULTS = """
CREATE TABLE wanted AS SELECT *, row_number() OVER (ORDER BY indicator, stratum) AS answer FROM answers;
CREATE TABLE place AS SELECT *, row_number() OVER (ORDER BY level, unit) AS place_rank FROM places;
CREATE TABLE moment AS SELECT *, row_number() OVER (ORDER BY type, period) AS moment_rank FROM moments;
CREATE TABLE reach AS
SELECT answer, place, place_rank FROM wanted w JOIN place p ON list_contains(w.levels, p.level);
CREATE TABLE span AS
SELECT answer, moment, moment_rank FROM wanted w JOIN moment m ON list_contains(w.periods, m.type);
CREATE TABLE results AS
WITH side AS (
    SELECT w.answer, c.place, c.moment, c.part, c.value AS n, NULL::DECIMAL(38, 6) AS d
    FROM wanted w JOIN cells c ON c.slot = w.numerator
    UNION ALL
    SELECT w.answer, c.place, c.moment, c.part, NULL, c.value FROM wanted w JOIN cells c ON c.slot = w.denominator
), cell AS (
    SELECT answer, place, moment, part, coalesce(max(n), 0)::DECIMAL(38, 6) AS n, max(d) AS d
    FROM side GROUP BY answer, place, moment, part
)
SELECT c.answer, p.place_rank AS place, m.moment_rank AS moment, c.part, c.n AS numerator,
       CASE WHEN w.denominator IS NOT NULL THEN coalesce(c.d, 0)::DECIMAL(38, 6) END AS denominator,
       CASE WHEN w.denominator IS NULL THEN divided(c.n, 1::DECIMAL(38, 6), w.factor::DECIMAL(18, 6))
            WHEN c.d <> 0 THEN divided(c.n, c.d, w.factor::DECIMAL(18, 6)) END AS value,
       coalesce(r.reported, 0) AS reported, coalesce(e.expected, 0)::BIGINT AS expected
FROM cell c
JOIN wanted w ON w.answer = c.answer
JOIN reach p ON p.answer = c.answer AND p.place = c.place
JOIN span m ON m.answer = c.answer AND m.moment = c.moment
LEFT JOIN presence r ON r.seen = w.seen AND r.place = c.place AND r.moment = c.moment
LEFT JOIN expected e ON e.place = c.place AND e.moment = c.moment;
DROP TABLE cells;
"""


def _life_tables(connection: duckdb.DuckDBPyConnection, answers: Sequence[Answer], numbers: Numbers) -> None:
    """The probability of dying between two ages, over the age groups of the life table's stratum."""
    for answer in answers:
        function = answer.sought.item.function
        if answer.strata or function is None or function.life_table is None:
            continue
        table, factor, code = function.life_table, answer.sought.item.factor, answer.sought.code
        ages = ", ".join(f"'{age}'" for age in range(table.first, table.last, table.width))
        dying = f"least(1, {table.width} * m / (1 + {table.width / 2} * m))"
        connection.execute(
            f"""
            UPDATE results r SET value = found.value FROM (
                SELECT place, moment,
                       CAST(round({factor} * (1 - product(1 - {dying} ORDER BY part)), 6) AS DECIMAL(28, 6)) AS value
                FROM (SELECT *, numerator::DOUBLE / nullif(denominator, 0)::DOUBLE AS m FROM results
                      WHERE answer = {numbers[code, table.by]} AND part IN ({ages}))
                GROUP BY place, moment
            ) found
            WHERE r.answer = {numbers[code, ""]} AND (r.place, r.moment) = (found.place, found.moment)
            """
        )


def _growth(connection: duckdb.DuckDBPyConnection, answers: Sequence[Answer], numbers: Numbers) -> None:
    """The change against the former year: numerator is the value, denominator the former one."""
    for answer in answers:
        function = answer.sought.item.function
        if function is None or function.growth is None:
            continue
        number = numbers[answer.sought.code, answer.strata[0] if answer.strata else ""]
        connection.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE grown AS
            SELECT now.part, now.place, now.moment, now.value - coalesce(former.value, 0) AS numerator,
                   former.value AS denominator, CASE WHEN former.value > 0
                       THEN divided(now.value - former.value, former.value, ?::DECIMAL(18, 6)) END AS value
            FROM (SELECT * FROM results WHERE answer = {number}) now
            JOIN moment m ON m.moment_rank = now.moment
            LEFT JOIN moment e ON e.type = m.type
             AND e.period = (left(m.period, 4)::INTEGER - ?)::VARCHAR || substr(m.period, 5)
            LEFT JOIN (SELECT * FROM results WHERE answer = {number}) former
              ON former.part = now.part AND former.place = now.place AND former.moment = e.moment_rank
            """,
            [str(answer.sought.item.factor), function.growth.years],
        )
        # not in one statement: DuckDB would read former values that it has updated already
        connection.execute(
            f"UPDATE results r SET numerator = g.numerator, denominator = g.denominator, value = g.value FROM grown g "
            f"WHERE r.answer = {number} AND (r.part, r.place, r.moment) = (g.part, g.place, g.moment)"
        )


def digest(results: pa.Table) -> str:
    """One hash over every numerator and denominator, in order: equal digests mean equal answers."""
    sink = _Hashed()
    with csv.CSVWriter(sink, results.select(list(COLUMNS[:9])).schema) as writer:
        for batch in results.select(list(COLUMNS[:9])).to_batches(max_chunksize=64_000):
            writer.write_batch(batch)
    return sink.found.hexdigest()


class _Hashed(RawIOBase):
    """A file of which only the hash is kept."""

    def __init__(self) -> None:
        super().__init__()
        self.found = hashlib.sha256()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.found.update(data)
        return len(data)
