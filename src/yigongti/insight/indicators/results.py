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

from .making import EXACT
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
PORTION = 250_000
"""Results that are sorted at once."""

NOBODY = pa.table(
    {"seen": pa.array([], pa.int32())}
    | {
        name: pa.array([], kind)
        for name, kind in (("place", pa.int32()), ("moment", pa.int32()), ("reported", pa.int64()))
    }
)
"""That nothing was seen."""

FITS = 1 << 61
"""Up to here a number can be doubled and another such number added in 64 bits."""
MACROS = f"""
CREATE MACRO in_millionths(x) AS CAST(CAST(x AS DECIMAL(38, 6)) * CAST(1000000 AS DECIMAL(7, 0)) AS HUGEINT);
CREATE MACRO millionths(x) AS CAST(x AS DECIMAL(28, 0)) * CAST(0.000001 AS DECIMAL(7, 6));
CREATE MACRO divided(n, d, factor) AS
    millionths(sign(n) * ((2 * abs(in_millionths(n)) * in_millionths(factor) + in_millionths(d))
        // (2 * in_millionths(d))));
CREATE MACRO counted(n, d, factor) AS
    CASE WHEN n <= {FITS} // factor AND d <= {FITS} THEN millionths((2 * n * factor + d) // (2 * d))
         ELSE millionths((2 * CAST(n AS HUGEINT) * factor + d) // (2 * CAST(d AS HUGEINT))) END;
"""
"""``divided`` is factor × n ÷ d, exact to six decimals, half away from zero; in whole numbers, never in floats.
``counted`` is the same of two counts, which are never negative; its factor is told in millionths."""


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
    seen: Sequence[Seen],
    presence: pa.Table,
    expected: pa.Table,
    places: pa.Table,
    moments: pa.Table,
) -> pa.Table:
    """The results of a plan (:data:`COLUMNS`), ordered; ``places`` and ``moments`` say what the numbers stand for.

    ``presence`` (``seen, place, moment, reported``) numbers what was ``seen``; ``expected``: by place and moment.
    """
    with TemporaryDirectory(prefix="yigongti-results-") as folder, connect() as connection:
        connection.execute(
            f"SET memory_limit = '{MEMORY}'; SET threads = 2; SET preserve_insertion_order = false; "
            f"SET temp_directory = '{folder}'"
        )
        connection.execute(MACROS)
        keys = sorted(_key(answer) for answer in plan.answers)
        numbers = {key: 1 + at for at, key in enumerate(keys)}
        answers = _answers(plan.answers, numbers, seen)
        given = {"answers": answers, "places": places, "moments": moments, "presence": presence, "expected": expected}
        for name, table in (given | _cells(plan, rolls, numbers)).items():
            connection.register(name, table)
        connection.execute(_RESULTS)
        _life_tables(connection, plan.answers, numbers)
        _growth(connection, plan.answers, numbers)
        return _named(connection)


def _named(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """The results in order, with the names for which the numbers stand."""
    found = pa.concat_tables(
        connection.sql(f"SELECT * FROM results WHERE answer BETWEEN {low} AND {high} ORDER BY {ORDER}").to_arrow_table()
        for low, high in _portions(connection)
    )
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


def _portions(connection: duckdb.DuckDBPyConnection) -> list[tuple[int, int]]:
    """The first and last answers of portions that are sorted one by one: sorting all at once takes their size twice."""
    upto = (
        "SELECT answer, CAST(sum(count(*)) OVER (ORDER BY answer) AS BIGINT) - 1 AS rows FROM results GROUP BY answer"
    )
    portions = f"SELECT min(answer), max(answer) FROM ({upto}) GROUP BY rows // {PORTION} ORDER BY 1"
    found = connection.execute(portions).fetchall()
    return found or [(0, 0)]


def _cells(plan: Plan, rolls: Iterable[Roll], numbers: Numbers) -> dict[str, pa.Table]:
    """Numerator and denominator of every answer by place, moment and part (:data:`TABLES`).

    Most answers have both in one roll, and most of these are counts; the sides of others are put together later.
    """
    uses: dict[str, list[Answer]] = {}
    for answer in plan.answers:
        for slot in dict.fromkeys((answer.numerator, answer.denominator)):
            uses.setdefault(slot or "", []).append(answer)
    found: dict[str, list[pa.Table]] = {table: [schema.empty_table()] for table, schema in TABLES.items()}
    for roll in rolls:
        for answer in {id(one): one for slot in roll.slots for one in uses.get(slot, ())}.values():
            table, cells = _sides(answer, roll, numbers[_key(answer)])
            found[table].append(cells)
    return {table: pa.concat_tables(pieces) for table, pieces in found.items()}


def _sides(answer: Answer, roll: Roll, number: int) -> tuple[str, pa.Table]:
    """An answer's sides in a roll, and to which table they belong."""
    given, rows, sides = roll.table, roll.table.num_rows, (answer.numerator, answer.denominator)
    kinds = {given.schema.field(side).type for side in sides if side in roll.slots}
    whole = set(filter(None, sides)) <= set(roll.slots)
    table = "side" if not whole else "counts" if kinds == {pa.int64()} else "whole"
    columns = {
        "answer": pa.repeat(pa.scalar(number, pa.int32()), rows),
        "place": given["place"],
        "moment": given["moment"],
        "part": given[f"x_{roll.strata[0]}"] if roll.strata else pa.repeat("", rows),
    }
    for name, side in zip(("n", "d"), sides, strict=True):
        columns[name] = given[side] if side in roll.slots else pa.nulls(rows, TABLES[table].field(name).type)
    return table, pa.table(columns).cast(TABLES[table])


def _key(answer: Answer) -> tuple[str, str]:
    return answer.sought.code, answer.strata[0] if answer.strata else ""


def _answers(answers: Iterable[Answer], numbers: Numbers, presence: Sequence[Seen]) -> pa.Table:
    seen = {one: number for number, one in enumerate(presence)}
    rows = [
        {
            "answer": numbers[_key(a)],
            "indicator": a.sought.code,
            "stratum": _key(a)[1],
            "ratio": a.denominator is not None,
            "seen": seen[a.seen],
            "factor": str(1 if a.sought.item.function and a.sought.item.function.growth else a.sought.item.factor),
            "divisor": a.sought.item.divisor,
            "levels": [*a.sought.item.told_levels, "all"],
            "periods": list(a.sought.item.periods),
        }
        for a in answers
    ]
    kinds = {"answer": pa.int32(), "indicator": pa.string(), "stratum": pa.string(), "ratio": pa.bool_()}
    kinds |= {"seen": pa.int32(), "factor": pa.string(), "divisor": pa.int64()}
    kinds |= {name: pa.list_(pa.string()) for name in ("levels", "periods")}
    return pa.Table.from_pylist(rows, schema=pa.schema(kinds))


_CELLS = {"answer": pa.int32(), "place": pa.int32(), "moment": pa.int32(), "part": pa.string()}
TABLES = {
    name: pa.schema(_CELLS | {"n": kind, "d": kind})
    for name, kind in (("counts", pa.int64()), ("whole", pa.decimal128(38, 6)), ("side", pa.decimal128(38, 6)))
}
"""Answers of which both sides are counts, others that are whole, and those of which a roll holds one side only."""
_RESULTS = f"""
CREATE TABLE wanted AS
SELECT * REPLACE (factor::DECIMAL(18, 6) AS factor), in_millionths(factor::DECIMAL(18, 6))::BIGINT AS millionths
FROM answers;
CREATE TABLE place AS SELECT *, row_number() OVER (ORDER BY level, unit) AS place_rank FROM places;
CREATE TABLE moment AS SELECT *, row_number() OVER (ORDER BY type, period) AS moment_rank FROM moments;
CREATE TABLE reach AS
SELECT answer, place, place_rank FROM wanted w JOIN place p ON list_contains(w.levels, p.level);
CREATE TABLE span AS
SELECT answer, moment, moment_rank FROM wanted w JOIN moment m ON list_contains(w.periods, m.type);
CREATE TABLE results AS
WITH cell AS (
    SELECT c.answer, place, moment, part, n::{EXACT} AS numerator, d::{EXACT} AS denominator, ratio, seen,
           counted(n, CASE WHEN ratio THEN nullif(d, 0) ELSE 1 END * divisor, millionths) AS value
    FROM (SELECT * REPLACE (coalesce(n, 0) AS n) FROM counts WHERE n IS NOT NULL OR d IS NOT NULL) c
    JOIN wanted w ON w.answer = c.answer
    UNION ALL
    SELECT c.answer, place, moment, part, n, d, ratio, seen,
           divided(n, CASE WHEN ratio THEN nullif(d, 0) ELSE 1::{EXACT} END * divisor::DECIMAL(6, 0), factor)
    FROM (
        SELECT * REPLACE (coalesce(n, 0)::{EXACT} AS n) FROM (
            SELECT * FROM whole UNION ALL
            SELECT answer, place, moment, part, max(n) AS n, max(d) AS d FROM side GROUP BY ALL
        ) WHERE n IS NOT NULL OR d IS NOT NULL
    ) c JOIN wanted w ON w.answer = c.answer
)
SELECT c.answer, p.place_rank AS place, m.moment_rank AS moment, c.part, c.numerator,
       CASE WHEN c.ratio THEN coalesce(c.denominator, 0)::{EXACT} END AS denominator, value,
       coalesce(r.reported, 0) AS reported, coalesce(e.expected, 0)::BIGINT AS expected
FROM cell c
JOIN reach p ON p.answer = c.answer AND p.place = c.place
JOIN span m ON m.answer = c.answer AND m.moment = c.moment
LEFT JOIN presence r ON r.seen = c.seen AND r.place = c.place AND r.moment = c.moment
LEFT JOIN expected e ON e.place = c.place AND e.moment = c.moment;
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
        number = numbers[_key(answer)]
        connection.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE grown AS
            SELECT now.part, now.place, now.moment, now.value - coalesce(former.value, 0) AS numerator,
                   former.value AS denominator, CASE WHEN former.value > 0
                       THEN divided(now.value - former.value, former.value, ?::DECIMAL(18, 6)) END AS value
            FROM (SELECT * FROM results WHERE answer = {number}) now
            JOIN moment m ON m.moment_rank = now.moment
            LEFT JOIN moment e ON e.type = m.type
             AND e.period = lpad((left(m.period, 4)::INTEGER - ?)::VARCHAR, 4, '0') || substr(m.period, 5)
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
