"""Results: for each indicator, unit and period the exact numerator and denominator, and the value from them.

Both engines end here: their rolls are small, and are put together, divided and folded by one piece of SQL, so that the
same numerators and denominators always give the same value.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa
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
ORDER = "answer_rank, place_rank, moment_rank, part"
"""By indicator, stratum, level, unit, type, period, part; ranks of names are sorted faster than names."""

MACROS = """
CREATE MACRO in_millionths(x) AS CAST(x * CAST(1000000 AS DECIMAL(7, 0)) AS HUGEINT);
CREATE MACRO divided(n, d, factor) AS
    CAST(sign(n) * ((2 * abs(in_millionths(n)) * in_millionths(factor) + in_millionths(d))
        // (2 * in_millionths(d))) AS DECIMAL(28, 0)) * CAST(0.000001 AS DECIMAL(7, 6));
"""
"""``divided`` is factor × n ÷ d, exact to six decimals, half away from zero; in whole numbers, never in floats."""


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
    with connect() as connection:
        connection.execute(MACROS)
        _cells(connection, rolls)
        _presence(connection, presence, expected)
        for name, table in (("answers", _answers(plan.answers)), ("places", places), ("moments", moments)):
            connection.register("given", table)
            connection.execute(f"CREATE TABLE {name} AS SELECT * FROM given")
            connection.unregister("given")
        connection.execute(_RESULTS)
        _life_tables(connection, plan.answers)
        _growth(connection, plan.answers)
        return connection.sql(f"SELECT {', '.join(COLUMNS)} FROM results ORDER BY {ORDER}").to_arrow_table()


def _cells(connection: duckdb.DuckDBPyConnection, rolls: Iterable[Roll]) -> None:
    """Every slot's number as a row: slot, place, moment, stratum, part, value."""
    connection.execute(
        "CREATE TABLE cells (slot VARCHAR, place INTEGER, moment INTEGER, stratum VARCHAR, part VARCHAR, "
        "value DECIMAL(38, 6))"
    )
    for roll in rolls:
        connection.register("roll", roll.table)
        stratum = roll.strata[0] if roll.strata else ""
        part = f"x_{stratum}" if stratum else "''"
        connection.execute(
            f"INSERT INTO cells SELECT slot, place, moment, '{stratum}', {part}, value "
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
            "numerator": a.numerator,
            "denominator": a.denominator,
            "seen": "/".join((a.seen.fact, a.seen.organization, a.seen.at)),
            "factor": "1" if a.sought.item.function and a.sought.item.function.growth else str(a.sought.item.factor),
            "levels": [*a.sought.item.told_levels, "all"],
            "periods": list(a.sought.item.periods),
        }
        for a in answers
    ]
    kinds = {"levels": pa.list_(pa.string()), "periods": pa.list_(pa.string())}
    names = ("indicator", "stratum", "numerator", "denominator", "seen", "factor", "levels", "periods")
    return pa.Table.from_pylist(rows, schema=pa.schema([(name, kinds.get(name, pa.string())) for name in names]))


_RESULTS = """
CREATE TABLE results AS
WITH wanted AS (
    SELECT a.*, row_number() OVER (ORDER BY indicator, stratum) AS answer FROM answers a
), place AS (
    SELECT *, row_number() OVER (ORDER BY level, unit) AS place_rank FROM places
), moment AS (
    SELECT *, row_number() OVER (ORDER BY type, period) AS moment_rank FROM moments
), side AS (
    SELECT w.answer, c.place, c.moment, c.part, c.value AS numerator, NULL::DECIMAL(38, 6) AS denominator
    FROM wanted w JOIN cells c ON c.slot = w.numerator AND c.stratum = w.stratum
    UNION ALL
    SELECT w.answer, c.place, c.moment, c.part, NULL, c.value
    FROM wanted w JOIN cells c ON c.slot = w.denominator AND c.stratum = w.stratum
), cell AS (
    SELECT answer, place, moment, part, coalesce(max(numerator), 0)::DECIMAL(38, 6) AS n, max(denominator) AS d
    FROM side GROUP BY answer, place, moment, part
)
SELECT w.indicator, p.level, p.unit, m.type, m.period, w.stratum, c.part, c.n AS numerator,
       CASE WHEN w.denominator IS NOT NULL THEN coalesce(c.d, 0)::DECIMAL(38, 6) END AS denominator,
       CASE WHEN w.denominator IS NULL THEN divided(c.n, 1::DECIMAL(38, 6), w.factor::DECIMAL(18, 6))
            WHEN c.d <> 0 THEN divided(c.n, c.d, w.factor::DECIMAL(18, 6)) END AS value,
       coalesce(r.reported, 0) AS reported, coalesce(e.expected, 0)::BIGINT AS expected,
       c.answer AS answer_rank, place_rank, moment_rank
FROM cell c
JOIN wanted w ON w.answer = c.answer
JOIN place p ON p.place = c.place AND list_contains(w.levels, p.level)
JOIN moment m ON m.moment = c.moment AND list_contains(w.periods, m.type)
LEFT JOIN presence r ON r.seen = w.seen AND r.place = c.place AND r.moment = c.moment
LEFT JOIN expected e ON e.place = c.place AND e.moment = c.moment
"""


def _life_tables(connection: duckdb.DuckDBPyConnection, answers: Sequence[Answer]) -> None:
    """The probability of dying between two ages, over the age groups of the life table's stratum."""
    for answer in answers:
        function = answer.sought.item.function
        if answer.strata or function is None or function.life_table is None:
            continue
        table, factor = function.life_table, answer.sought.item.factor
        ages = ", ".join(f"'{age}'" for age in range(table.first, table.last, table.width))
        dying = f"least(1, {table.width} * m / (1 + {table.width / 2} * m))"
        connection.execute(
            f"""
            UPDATE results r SET value = found.value FROM (
                SELECT level, unit, type, period,
                       CAST(round({factor} * (1 - product(1 - {dying})), 6) AS DECIMAL(28, 6)) AS value
                FROM (SELECT *, numerator::DOUBLE / nullif(denominator, 0)::DOUBLE AS m FROM results
                      WHERE indicator = ? AND stratum = ? AND part IN ({ages}) ORDER BY part)
                GROUP BY level, unit, type, period
            ) found
            WHERE r.indicator = ? AND r.stratum = '' AND (r.level, r.unit, r.type, r.period)
                  = (found.level, found.unit, found.type, found.period)
            """,
            [answer.sought.code, table.by, answer.sought.code],
        )


def _growth(connection: duckdb.DuckDBPyConnection, answers: Sequence[Answer]) -> None:
    """The change against the former year: numerator is the value, denominator the former one."""
    for answer in answers:
        function = answer.sought.item.function
        if function is None or function.growth is None:
            continue
        connection.execute(
            """
            UPDATE results r SET numerator = now.value - coalesce(former.value, 0), denominator = former.value,
                value = CASE WHEN former.value > 0
                             THEN divided(now.value - former.value, former.value, ?::DECIMAL(18, 6)) END
            FROM results now LEFT JOIN results former
              ON former.indicator = now.indicator AND former.stratum = now.stratum AND former.part = now.part
             AND former.level = now.level AND former.unit = now.unit AND former.type = now.type
             AND former.period = (left(now.period, 4)::INTEGER - ?)::VARCHAR || substr(now.period, 5)
            WHERE now.indicator = ? AND now.stratum = ? AND r.indicator = now.indicator AND r.stratum = now.stratum
              AND (r.part, r.level, r.unit, r.type, r.period) = (now.part, now.level, now.unit, now.type, now.period)
            """,
            [
                str(answer.sought.item.factor),
                function.growth.years,
                answer.sought.code,
                answer.strata[0] if answer.strata else "",
            ],
        )


def digest(results: pa.Table) -> str:
    """One hash over every numerator and denominator, in order: equal digests mean equal answers."""
    sink = pa.BufferOutputStream()
    csv.write_csv(results.select(list(COLUMNS[:9])), sink)
    return hashlib.sha256(sink.getvalue().to_pybytes()).hexdigest()
