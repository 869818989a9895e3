"""Small counts stay unknown even to those who subtract what they see from a total.

A count of 1 to 7 is hidden from readers outside the care and management of its unit (:mod:`.scope`). Totals, the other
members, the other periods and the other groups would give it away, so more numbers are hidden with it: in every sum

- a centre and its organisations, a consortium and its centres, a county and its centres, a county and its consortia
  with the centres outside them,
- a year and its quarters or months, a quarter and its months, where they add up,
- a number and its parts by one stratum,

the hidden members are at least two (three among centres, because each centre knows its own number) and together more
than 7; the smallest are taken first. Where a sum has too few members the total is hidden too. What is hidden in one sum
opens others, so this is repeated until nothing changes. It depends on no reader and is stored with each result: a
page, an export, a map and the interface hide the same numbers, and laying pages side by side tells no more.
"""

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection
from pyarrow import csv

from yigongti.insight import periods
from yigongti.kernel.duck import connect

SMALL = 7
"""Counts from 1 to this are hidden."""
KEYS = ("indicator", "level", "unit", "type", "period", "stratum", "part")
MEMORY = "700MB"
MOST = 40
"""So often at most the sums are gone through: each time hides more, or is the last."""

KIN = """
    SELECT 'house' AS kind, u.level, u.key AS unit, c.level AS above_level, c.key AS above,
           NULL::date AS start, NULL::date AS until
    FROM results_unit u JOIN organizations_organization o ON o.id = u.organization_id
    JOIN results_unit c ON c.level = 'centre' AND c.organization_id = CASE
         WHEN EXISTS (SELECT 1 FROM results_unit w WHERE w.level = 'centre' AND w.organization_id = o.id)
         THEN o.id ELSE o.part_of_id END
    WHERE u.level = 'organization'
    UNION ALL
    SELECT 'member', u.level, u.key, c.level, c.key, m.start, m.until
    FROM results_unit u JOIN consortia_membership m ON m.organization_id = u.organization_id
    JOIN results_unit c ON c.level = 'consortium' AND c.consortium_id = m.consortium_id
    WHERE u.level = 'centre'
    UNION ALL
    SELECT CASE u.level WHEN 'centre' THEN 'county' ELSE 'rest' END, u.level, u.key, c.level, c.key, NULL, NULL
    FROM results_unit u JOIN results_unit c ON c.level = 'county' AND c.key = u.county
    WHERE u.level IN ('centre', 'consortium')
"""
"""Which unit is part of which, from when until when (PostgreSQL)."""

CELLS = f"""
    CREATE TABLE cell AS
    SELECT *, n > 0 AND n <= {SMALL} OR d > 0 AND d <= {SMALL} AS hidden,
           ((indicator::BIGINT * {{units}} + unit) * {{periods}} + period) * {{parts}} + part AS key
    FROM (SELECT row_number() OVER () AS id, indicator, unit, period, part, stratum,
                 coalesce(n, 0) AS n, coalesce(d, 0) AS d FROM results)
"""
"""Every number with a key from which those of its wholes are reckoned."""
TIES = """
    CREATE TABLE lying AS
    SELECT k.kind, u.code AS unit, p.code AS period, a.code AS above
    FROM kin k JOIN units u ON u.level = k.level AND u.name = k.unit
    JOIN units a ON a.level = k.above_level AND a.name = k.above
    JOIN periods p ON (k.start IS NULL OR k.start <= p.ends) AND (k.until IS NULL OR k.until > p.ends);
    INSERT INTO lying
    SELECT 'rest', c.unit, c.period, c.above FROM lying c
    WHERE c.kind = 'county'
      AND EXISTS (FROM lying r WHERE r.kind = 'rest' AND (r.above, r.period) = (c.above, c.period))
      AND NOT EXISTS (FROM lying m WHERE m.kind = 'member' AND (m.unit, m.period) = (c.unit, c.period));
    CREATE TABLE span AS
    SELECT q.kind, p.id AS whole, c.id AS part, c.n, p.n AS n_whole
    FROM cell c JOIN (SELECT code, 'quarter' AS kind, quarter AS above FROM periods WHERE quarter IS NOT NULL
                      UNION ALL SELECT code, CASE WHEN quarter IS NULL THEN 'quarters' ELSE 'months' END, year
                      FROM periods WHERE year IS NOT NULL) q ON q.code = c.period
    JOIN cell p ON p.key = c.key + (q.above - c.period) * {parts};
    CREATE TABLE bound AS
    SELECT l.kind, p.id AS whole, c.id AS part
    FROM cell c JOIN lying l ON (l.unit, l.period) = (c.unit, c.period)
    JOIN cell p ON p.key = c.key + (l.above - c.unit) * {periods} * {parts}
    UNION ALL
    SELECT s.kind, s.whole, s.part
    FROM span s SEMI JOIN (SELECT kind, whole FROM span GROUP BY ALL HAVING abs(sum(n) - any_value(n_whole)) < 1e-6) a
      ON (a.kind, a.whole) = (s.kind, s.whole)
    UNION ALL
    SELECT c.stratum::VARCHAR, p.id, c.id FROM cell c JOIN cell p ON p.key = c.key - c.part WHERE c.part > 0;
    CREATE TABLE tie AS
    SELECT hash(kind, whole) AS bunch, kind IN ('member', 'county') AS aware, whole, part FROM bound;
    CREATE TABLE fresh AS SELECT id FROM cell WHERE hidden;
"""
TURN = "NOT c.hidden, c.n = 0, c.n, c.d, c.key"
"""Hidden ones first, then the smallest; what counts nobody comes last."""
FEW = "({n} > 0 AND {n} <= {small} OR {d} > 0 AND {d} <= {small})"
MORE = f"""
    CREATE OR REPLACE TABLE more AS
    WITH reached AS (
        SELECT bunch FROM tie WHERE part IN (FROM fresh) UNION SELECT bunch FROM tie WHERE whole IN (FROM fresh)
    ), laid AS (
        SELECT t.whole, t.part, w.hidden AS closed, c.hidden,
               CASE WHEN t.aware THEN 3 ELSE 2 END - w.hidden::INT AS needed,
               count(*) OVER together AS members, bool_or(c.hidden) OVER together AS any_hidden,
               bool_and(c.hidden) OVER together AS all_hidden, sum(c.n) OVER together AS n_all,
               sum(c.d) OVER together AS d_all, row_number() OVER in_turn - 1 AS earlier,
               coalesce(sum(c.n) OVER before, 0) AS n_before, coalesce(sum(c.d) OVER before, 0) AS d_before
        FROM tie t SEMI JOIN reached r ON r.bunch = t.bunch
        JOIN cell c ON c.id = t.part JOIN cell w ON w.id = t.whole
        WINDOW together AS (PARTITION BY t.bunch), in_turn AS (PARTITION BY t.bunch ORDER BY {TURN}),
               before AS (PARTITION BY t.bunch ORDER BY {TURN} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    )
    SELECT part AS id FROM laid
    WHERE NOT hidden AND (any_hidden OR closed)
      AND (earlier < needed OR NOT closed AND {FEW.format(n="n_before", d="d_before", small=SMALL)})
    UNION
    SELECT whole FROM laid
    WHERE all_hidden AND NOT closed AND (members = 1 OR {FEW.format(n="n_all", d="d_all", small=SMALL)});
    UPDATE cell SET hidden = true WHERE id IN (FROM more);
    CREATE OR REPLACE TABLE fresh AS FROM more
"""


def guarded(results: pa.Table, kin: pa.Table) -> pa.Array:
    """For each row, whether it is to be hidden from outside.

    ``results`` are whole years of indicators: every unit, period and part of theirs, with :data:`KEYS`, ``numerator``
    and ``denominator``; ``kin`` says which unit is part of which.
    """
    if not results.num_rows:
        return pa.array([], pa.bool_())
    names = {column: _coded(results[column]) for column in ("indicator", "period", "stratum")}
    units = _coded(results["level"], results["unit"])
    parts = _coded(results["stratum"], results["part"], first=("", ""))
    counts = {name: results[full].cast(pa.float64()) for name, full in (("n", "numerator"), ("d", "denominator"))}
    sizes = {"units": len(units[1]), "periods": len(names["period"][1]), "parts": len(parts[1])}
    with connect(memory_limit=MEMORY) as bench:
        bench.execute("SET threads = 2; SET preserve_insertion_order = true")
        coded = {column: codes for column, (codes, _) in (*names.items(), ("unit", units), ("part", parts))}
        bench.register("results", pa.table(coded | counts))
        bench.register("kin", kin)
        bench.register("units", _listed(("level", "name"), units[1]))
        bench.register("periods", _periods([name for (name,) in names["period"][1]]))
        for statement in (CELLS, TIES):
            bench.execute(statement.format(**sizes))
        for _ in range(MOST):
            if not bench.execute("SELECT count(*) FROM fresh").fetchall()[0][0]:
                break
            bench.execute(MORE)
        return bench.sql("SELECT hidden FROM cell ORDER BY id").to_arrow_table()["hidden"].combine_chunks()


def _coded(*columns: pa.ChunkedArray, first: tuple[str, ...] | None = None) -> tuple[pa.Array, list[tuple[str, ...]]]:
    """A number for each different row of the columns, from 0 (``first`` has 0 if named), and the rows by number."""
    coded = [column.combine_chunks().dictionary_encode() for column in columns]
    number = coded[0].indices.cast(pa.int64())
    for column in coded[1:]:
        number = pc.add(pc.multiply(number, len(column.dictionary)), column.indices)
    found = number.dictionary_encode()
    names = [_named(code, [column.dictionary for column in coded]) for code in found.dictionary.to_pylist()]
    if first is None:
        return found.indices, names
    ordered = [first, *(name for name in names if name != first)]
    place = {name: at for at, name in enumerate(ordered)}
    return pa.array([place[name] for name in names], pa.int32()).take(found.indices), ordered


def _named(number: int, columns: Sequence[pa.Array]) -> tuple[str, ...]:
    """The names for which a number stands: the last column's are its units."""
    names: list[str] = []
    for column in reversed(columns):
        number, at = divmod(number, len(column))
        names.insert(0, column[at].as_py())
    return tuple(names)


def _listed(columns: Sequence[str], rows: Sequence[tuple[str, ...]]) -> pa.Table:
    """Rows with their number ``code``."""
    told = {name: [row[n] for row in rows] for n, name in enumerate(columns)}
    return pa.table({"code": list(range(len(rows))), **told})


def _periods(names: Sequence[str]) -> pa.Table:
    """Each period with its last day and the numbers of its quarter and its year, where these are among them."""
    place = {name: code for code, name in enumerate(names)}
    quarters = [periods.containing("quarter", periods.first_day(name)) if len(name) == 7 else "" for name in names]
    years = [name[:4] if len(name) > 4 else "" for name in names]
    return pa.table(
        {
            "code": pa.array(range(len(names)), pa.int32()),
            "ends": pa.array([periods.last_day(name) for name in names], pa.date32()),
            "quarter": pa.array([place.get(name) for name in quarters], pa.int32()),
            "year": pa.array([place.get(name) for name in years], pa.int32()),
        }
    )


def kin() -> pa.Table:
    """Which unit is part of which, by the registers."""
    names = ("kind", "level", "unit", "above_level", "above", "start", "until")
    with connection.cursor() as cursor:
        cursor.execute(KIN)
        rows = cursor.fetchall()
    kinds = [pa.string()] * 5 + [pa.date32()] * 2
    columns = zip(*rows, strict=True) if rows else [()] * len(names)
    return pa.table([pa.array(list(one), kind) for one, kind in zip(columns, kinds, strict=True)], names=list(names))


def guard_stored(measures: Sequence[int], years: Iterable[str]) -> None:
    """Judge anew the stored numbers of measures in years."""
    values: dict[str, Any] = {"measures": list(measures), "years": sorted(set(years))}
    if not values["measures"] or not values["years"]:
        return
    with connection.cursor() as cursor:
        stored = _stored(cursor, values)
        if not stored.num_rows:
            return
        told = stored.append_column("hides", guarded(stored, kin()))
        sink = BytesIO()
        csv.write_csv(told.select([*KEYS, "hides"]), sink, csv.WriteOptions(include_header=False))
        cursor.execute(JUDGED)
        with cursor.copy("COPY judged FROM STDIN (FORMAT csv)") as copy:
            copy.write(sink.getbuffer())
        cursor.execute(PUT)
        cursor.execute("DROP TABLE judged")


def _stored(cursor: Any, values: dict[str, Any]) -> pa.Table:
    cursor.execute(STORED, values)
    rows = cursor.fetchall()
    names = [*KEYS, "numerator", "denominator"]
    kinds = [pa.string()] * len(KEYS) + [pa.decimal128(38, 6)] * 2
    columns = zip(*rows, strict=True) if rows else [()] * len(names)
    return pa.table([pa.array(list(one), kind) for one, kind in zip(columns, kinds, strict=True)], names=names)


STORED = """
    SELECT s.measure_id::text, u.level, u.key, s.type, s.period, s.stratum, s.part, s.numerator, s.denominator
    FROM results_result s JOIN results_unit u ON u.id = s.unit_id
    WHERE s.measure_id = ANY(%(measures)s) AND left(s.period, 4) = ANY(%(years)s)
"""
JUDGED = """
    CREATE TEMPORARY TABLE judged (
        measure bigint, level text, key text, type text, period text, stratum text, part text, hides boolean
    ) ON COMMIT DROP
"""
PUT = """
    UPDATE results_result s SET guarded = j.hides
    FROM judged j JOIN results_unit u ON u.level = j.level AND u.key = j.key
    WHERE s.measure_id = j.measure AND s.unit_id = u.id AND s.period = j.period
      AND s.stratum = coalesce(j.stratum, '') AND s.part = coalesce(j.part, '') AND s.guarded <> j.hides
"""
