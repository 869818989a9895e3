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
from django.db import connection
from pyarrow import csv

from yigongti.kernel.duck import connect

SMALL = 7
"""Counts from 1 to this are hidden."""
KEYS = ("indicator", "level", "unit", "type", "period", "stratum", "part")
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
    SELECT row_number() OVER () AS id, {", ".join(KEYS)}, coalesce(numerator, 0)::DOUBLE AS n,
           coalesce(denominator, 0)::DOUBLE AS d, n > 0 AND n <= {SMALL} OR d > 0 AND d <= {SMALL} AS hidden,
           CASE length(period)
               WHEN 4 THEN make_date(period::INT, 12, 31)
               WHEN 6 THEN last_day(make_date(left(period, 4)::INT, right(period, 1)::INT * 3, 1))
               ELSE last_day(make_date(left(period, 4)::INT, right(period, 2)::INT, 1)) END AS ends,
           CASE length(period) WHEN 7 THEN left(period, 4) || 'Q' || ((right(period, 2)::INT + 2) // 3) END AS quarter
    FROM results
"""
TIES = """
    CREATE TABLE tie AS
    WITH unit AS (
        SELECT k.kind, p.id AS whole, c.id AS part, c.level
        FROM cell c JOIN kin k ON k.level = c.level AND k.unit = c.unit
         AND (k.start IS NULL OR k.start <= c.ends) AND (k.until IS NULL OR k.until > c.ends)
        JOIN cell p ON p.level = k.above_level AND p.unit = k.above
         AND (p.indicator, p.period, p.stratum, p.part) = (c.indicator, c.period, c.stratum, c.part)
    ), span AS (
        SELECT CASE WHEN length(p.period) = 6 THEN 'months' WHEN length(c.period) = 6 THEN 'quarters'
                    ELSE 'year' END AS kind, p.id AS whole, c.id AS part
        FROM cell c JOIN cell p
          ON (p.indicator, p.level, p.unit, p.stratum, p.part) = (c.indicator, c.level, c.unit, c.stratum, c.part)
         AND (p.period = c.quarter OR p.period = left(c.period, 4) AND length(c.period) > 4)
    ), adding AS (
        SELECT s.kind, s.whole FROM span s JOIN cell c ON c.id = s.part JOIN cell p ON p.id = s.whole
        GROUP BY ALL HAVING abs(sum(c.n) - any_value(p.n)) < 1e-6
    )
    SELECT kind, whole, part FROM unit
    UNION ALL
    SELECT 'rest', u.whole, u.part FROM unit u
    WHERE u.kind = 'county' AND NOT EXISTS (FROM unit m WHERE m.kind = 'member' AND m.part = u.part)
      AND EXISTS (FROM unit r WHERE r.kind = 'rest' AND r.whole = u.whole)
    UNION ALL
    SELECT s.kind, s.whole, s.part FROM span s SEMI JOIN adding a ON a.kind = s.kind AND a.whole = s.whole
    UNION ALL
    SELECT c.stratum, p.id, c.id FROM cell c JOIN cell p
      ON (p.indicator, p.level, p.unit, p.period) = (c.indicator, c.level, c.unit, c.period) AND p.stratum = ''
    WHERE c.stratum <> ''
"""
TURN = "NOT c.hidden, c.n = 0, c.n, c.d, c.unit, c.period, c.part"
"""Hidden ones first, then the smallest; what counts nobody comes last."""
FEW = "({n} > 0 AND {n} <= {small} OR {d} > 0 AND {d} <= {small})"
MORE = f"""
    CREATE OR REPLACE TABLE more AS
    WITH laid AS (
        SELECT t.kind, t.whole, t.part, w.hidden AS closed, c.hidden, c.n, c.d,
               CASE WHEN t.kind IN ('member', 'county') THEN 3 ELSE 2 END - w.hidden::INT AS needed,
               count(*) OVER together AS members, bool_or(c.hidden) OVER together AS any_hidden,
               bool_and(c.hidden) OVER together AS all_hidden, sum(c.n) OVER together AS n_all,
               sum(c.d) OVER together AS d_all, row_number() OVER in_turn - 1 AS earlier,
               coalesce(sum(c.n) OVER before, 0) AS n_before, coalesce(sum(c.d) OVER before, 0) AS d_before
        FROM tie t JOIN cell c ON c.id = t.part JOIN cell w ON w.id = t.whole
        WINDOW together AS (PARTITION BY t.kind, t.whole),
               in_turn AS (PARTITION BY t.kind, t.whole ORDER BY {TURN}),
               before AS (PARTITION BY t.kind, t.whole
                          ORDER BY {TURN}
                          ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    )
    SELECT part AS id FROM laid
    WHERE NOT hidden AND (any_hidden OR closed)
      AND (earlier < needed OR NOT closed AND {FEW.format(n="n_before", d="d_before", small=SMALL)})
    UNION
    SELECT whole FROM laid
    WHERE all_hidden AND NOT closed AND (members = 1 OR {FEW.format(n="n_all", d="d_all", small=SMALL)})
"""


def guarded(results: pa.Table, kin: pa.Table) -> pa.Array:
    """For each row, whether it is to be hidden from outside.

    ``results`` are whole years of indicators: every unit, period and part of theirs, with :data:`KEYS`, ``numerator``
    and ``denominator``; ``kin`` says which unit is part of which.
    """
    with connect() as bench:
        bench.execute("SET threads = 2; SET preserve_insertion_order = true")
        bench.register("results", results)
        bench.register("kin", kin)
        bench.execute(CELLS)
        if not bench.execute("SELECT count(*) FROM cell WHERE hidden").fetchall()[0][0]:
            return pa.array([False] * results.num_rows)
        bench.execute(TIES)
        for _ in range(MOST):
            bench.execute(MORE)
            if not bench.execute("SELECT count(*) FROM more").fetchall()[0][0]:
                break
            bench.execute("UPDATE cell SET hidden = true WHERE id IN (FROM more)")
        return bench.sql("SELECT hidden FROM cell ORDER BY id").to_arrow_table()["hidden"].combine_chunks()


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
