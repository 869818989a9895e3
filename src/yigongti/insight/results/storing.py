"""Bring stored results to what was computed: only what differs is written; a published number that moves is logged."""

from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from typing import Any

import pyarrow as pa
from django.db import connection
from pyarrow import csv

from yigongti.insight import periods
from yigongti.insight.indicators.planning import Sought
from yigongti.kernel import clock

from .due import definition
from .guarding import guarded, kin
from .models import Measure, Run

REPORTED = "reported"
"""The definition of a measure that nothing computes."""
NUMBERS = "numerator, denominator, value"
SENT = [
    *("indicator", "level", "unit", "type", "period", "stratum", "part"),
    *("numerator", "denominator", "value", "reported", "expected", "guarded"),
]
PIECE = 100_000
"""Rows that are sent at once."""
FRESH = """
    CREATE TEMPORARY TABLE IF NOT EXISTS fresh (
        indicator text, level text, unit text, type text, period text, stratum text, part text,
        numerator numeric(38, 6), denominator numeric(38, 6), value numeric(28, 6), reported int, expected int,
        guarded boolean
    ) ON COMMIT DROP
"""
KEYED = """
    CREATE TEMPORARY TABLE keyed ON COMMIT DROP AS
    SELECT m.id AS measure_id, u.id AS unit_id, f.type, f.period, f.stratum, f.part, f.numerator, f.denominator,
           f.value, f.reported, f.expected, f.guarded
    FROM fresh f
    JOIN results_measure m ON m.code = f.indicator
    JOIN results_unit u ON u.level = f.level AND u.key = f.unit
"""
WITHIN = "s.measure_id = ANY(%(measures)s) AND left(s.period, 4) = ANY(%(years)s)"
MOVED = f"""
    CREATE TEMPORARY TABLE moved ON COMMIT DROP AS
    SELECT coalesce(k.measure_id, s.measure_id) AS measure_id, coalesce(k.unit_id, s.unit_id) AS unit_id,
           coalesce(k.type, s.type) AS type, coalesce(k.period, s.period) AS period,
           coalesce(k.stratum, s.stratum) AS stratum, coalesce(k.part, s.part) AS part,
           k.numerator, k.denominator, k.value, k.reported, k.expected, k.guarded, k.measure_id IS NULL AS gone,
           s.measure_id IS NULL AS new,
           s.numerator AS numerator_before, s.denominator AS denominator_before, s.value AS value_before,
           (k.numerator, k.denominator, k.value) IS DISTINCT FROM (s.numerator, s.denominator, s.value) AS differs
    FROM keyed k FULL JOIN (SELECT * FROM results_result s WHERE {WITHIN}) s
      ON (s.measure_id, s.unit_id, s.period, s.stratum, s.part)
       = (k.measure_id, k.unit_id, k.period, k.stratum, k.part)
    WHERE (k.numerator, k.denominator, k.value, k.reported, k.expected, k.guarded)
          IS DISTINCT FROM (s.numerator, s.denominator, s.value, s.reported, s.expected, s.guarded)
"""
GONE = """
    DELETE FROM results_result s USING moved m WHERE m.gone
    AND (s.measure_id, s.unit_id, s.period, s.stratum, s.part)
      = (m.measure_id, m.unit_id, m.period, m.stratum, m.part)
"""
PUT = f"""
    INSERT INTO results_result AS s
        (measure_id, unit_id, type, period, stratum, part, {NUMBERS}, reported, expected, guarded, run_id)
    SELECT measure_id, unit_id, type, period, stratum, part, {NUMBERS}, reported, expected, guarded, %(run)s
    FROM moved WHERE NOT gone
    ON CONFLICT (measure_id, unit_id, period, stratum, part) DO UPDATE
    SET numerator = excluded.numerator, denominator = excluded.denominator, value = excluded.value,
        reported = excluded.reported, expected = excluded.expected, guarded = excluded.guarded,
        run_id = CASE WHEN (s.numerator, s.denominator, s.value)
                           IS DISTINCT FROM (excluded.numerator, excluded.denominator, excluded.value)
                      THEN excluded.run_id ELSE s.run_id END
"""
RESTATED = f"""
    INSERT INTO results_restatement
        (run_id, measure_id, unit_id, type, period, {NUMBERS}, numerator_before, denominator_before, value_before)
    SELECT %(run)s, measure_id, unit_id, type, period, {NUMBERS}, numerator_before, denominator_before, value_before
    FROM moved
    WHERE stratum = '' AND differs AND measure_id = ANY(%(standing)s)
      AND period < CASE type WHEN 'year' THEN %(year)s WHEN 'quarter' THEN %(quarter)s ELSE %(month)s END
"""


def know(sought: Sequence[Sought], editions: Mapping[str, str]) -> set[str]:
    """Know the measures, and say the codes whose definition is new or decides otherwise than before.

    ``editions`` is the hash of each set by its name. Measures no longer defined are retired; their results stay.
    """
    standing = {one.code: one for one in Measure.objects.exclude(definition=REPORTED)}
    changed = set()
    for one in sought:
        told, name = definition(one), one.code.split("/", 1)[0]
        known = standing.get(one.code)
        if known is None or known.definition != told or known.retired_on:
            changed.add(one.code)
        values = {"set": name, "title": one.item.name, "edition": editions[name], "definition": told}
        if known is None or any(getattr(known, field) != value for field, value in values.items()) or known.retired_on:
            Measure.objects.update_or_create(code=one.code, defaults={**values, "retired_on": None})
    gone = standing.keys() - {one.code for one in sought}
    Measure.objects.filter(code__in=gone, retired_on=None).update(retired_on=clock.today())
    return changed


def store(run: Run, table: pa.Table, codes: Iterable[str], years: Iterable[int], *, published: Iterable[str]) -> None:
    """Bring the stored results of ``codes`` in ``years`` to the computed ``table``; counts go to the run.

    A moved number of a period that is over goes to the log if its indicator is among ``published``: one that is
    computed for the first time restates nothing.
    """
    ids = dict(Measure.objects.values_list("code", "id"))
    today = clock.today()
    values: dict[str, Any] = {
        "run": run.pk,
        "measures": [ids[code] for code in codes],
        "standing": [ids[code] for code in published if code in ids],
        "years": [str(year) for year in years],
        **periods.around(today),
    }
    with connection.cursor() as cursor:
        _send(cursor, table.append_column("guarded", guarded(table, kin())))
        for sql in (KEYED, MOVED):
            cursor.execute(sql, values)
        cursor.execute("SELECT count(*) FROM moved WHERE differs")
        run.moved += cursor.fetchone()[0]
        for sql in (GONE, PUT, RESTATED):
            cursor.execute(sql, values)
        run.restated += cursor.rowcount
        cursor.execute("DROP TABLE fresh, keyed, moved")
    run.results += table.num_rows


def _send(cursor: Any, table: pa.Table) -> None:
    """The computed results as a temporary table, by COPY, a piece after the other."""
    cursor.execute(FRESH)
    with cursor.copy("COPY fresh FROM STDIN (FORMAT csv)") as copy:
        for piece in table.select(SENT).to_batches(max_chunksize=PIECE):
            sink = BytesIO()
            csv.write_csv(piece, sink, csv.WriteOptions(include_header=False))
            copy.write(sink.getbuffer())
