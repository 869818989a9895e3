"""Whose rows are read, and which of them: set-based in the database, then by COPY onto the bench.

In are the residents with whom an organisation of the approver has a care relation in force, who live in the area, have
the condition, and did not withdraw their consent. Out are rows that a resident hides, and rows of protected categories
that the approval did not open. Whoever runs this is the machine; the walls are written out here, not left to chance.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
from django.db import connection
from psycopg import sql

from yigongti.kernel.facts.declaration import Fact, fact
from yigongti.records.privacy.policies import protection
from yigongti.records.residents.visibility import IN_FORCE

from ..keeping import private_folder
from ..staging import keep
from .binding import types_of
from .models import Extract
from .policies import ExtractPolicy, Reading, day_of

POPULATION = "extract_population"
#: facts of the record: the table whose rows may be protected, and the key in the fact
RECORD: Mapping[str, tuple[str, str]] = {
    "encounter": ("health_record_encounter", "encounter_id"),
    "condition": ("health_record_condition", "condition_id"),
    "measurement": ("health_record_observation", "measurement_id"),
    "diagnostic_report": ("health_record_diagnosticreport", "diagnostic_report_id"),
    "procedure": ("health_record_procedure", "procedure_id"),
    "medication_request": ("health_record_medicationrequest", "medication_request_id"),
    "medication_dispense": ("health_record_medicationdispense", "medication_dispense_id"),
    "immunization": ("health_record_immunization", "immunization_id"),
}
#: other facts about persons: the column whose ICD-10 code may be of a protected category (empty: nothing protected)
OTHERS: Mapping[str, str] = {"resident": "", "referral": "diagnosis_code"}

PEOPLE = f"""
SELECT r.id AS resident_id FROM residents_resident r
 WHERE r.merged_into_id IS NULL AND r.area_id LIKE %(area)s
   AND EXISTS (SELECT 1 FROM residents_carerelation relation
                WHERE relation.resident_id = r.id AND relation.organization_id = ANY(%(reach)s) AND {IN_FORCE})
   AND NOT EXISTS (SELECT 1 FROM residents_consent c
                    WHERE c.resident_id = r.id AND c.kind = ANY(%(withdrawn)s) AND c.withdrawn_at IS NOT NULL
                      AND NOT EXISTS (SELECT 1 FROM residents_consent again
                                       WHERE again.resident_id = r.id AND again.kind = c.kind
                                         AND again.withdrawn_at IS NULL))
   AND (%(condition)s = '' OR EXISTS (
        SELECT 1 FROM health_record_condition d
         WHERE d.resident_id = r.id AND d.register = %(condition)s AND d.replaced_by_id IS NULL
           AND d.voided_reason = '' AND d.verification <> 'refuted'
           AND (d.sensitivity = '' OR (d.sensitivity = ANY(%(open)s) AND NOT EXISTS (
                SELECT 1 FROM privacy_hiding h WHERE h.resident_id = r.id AND h.category = d.sensitivity
                   AND h.until IS NULL)))))
"""


def open_categories(case: Extract) -> list[str]:
    """Categories whose rows are in unless hidden: those that nobody protects, and those that the approval opened."""
    free = [category.id for category in protection().categories if not category.protected]
    return sorted({*free, *case.categories})


def gather(case: Extract, policy: ExtractPolicy) -> int:
    """The residents, as a temporary table; returns how many."""
    values = {
        # without an area also those whose residence is not known
        "area": f"{case.area}%",
        "reach": case.reach,
        "withdrawn": policy.withdrawn,
        "condition": case.condition,
        "open": open_categories(case),
    }
    people = PEOPLE if case.area else PEOPLE.replace("AND r.area_id LIKE %(area)s", "")
    count = keep(POPULATION, people, values)
    with connection.cursor() as cursor:
        cursor.execute(f'ANALYZE "{POPULATION}"')
    return count


def load(bench: duckdb.DuckDBPyConnection, case: Extract, policy: ExtractPolicy) -> Iterator[tuple[str, int]]:
    """Every fact that the policy reads onto the bench; yields its title and rows as each is there."""
    bench.execute(
        "INSERT INTO asked VALUES (?::DATE, ?::DATE, ?, ?)", [case.first, case.last, case.area, case.condition]
    )
    with private_folder() as folder:
        for name, reading in policy.reads.items():
            path = folder / f"{name}.csv"
            _copy_out(selection(fact(name), reading, case), path)
            yield fact(name).title, _read_in(bench, name, path, types_of(policy, name))
            path.unlink()


def selection(of: Fact, reading: Reading, case: Extract) -> str:
    """The rows of one fact that may be read, as SQL."""
    columns = ", ".join(f'f."{column}"' for column in reading.columns)
    where = [*_in_period(of, reading, case.first, case.last)]
    join = ""
    if "in_force" in of.names:
        where.append("f.in_force")
    if "resident_id" in of.names:
        join = f" JOIN {POPULATION} p ON p.resident_id = f.resident_id"
        where += _visible(of, open_categories(case))
    condition = f" WHERE {' AND '.join(where)}" if where else ""
    return f"SELECT {columns} FROM ({of.sql}) f{join}{condition}"


def _in_period(of: Fact, reading: Reading, first: date, last: date) -> Iterator[str]:
    if not (reading.during or reading.until):
        return
    name = day_of(of)
    moment = of.column(name).type == "timestamp"
    day = f"(f.{name} AT TIME ZONE 'Asia/Shanghai')::date" if moment else f"f.{name}"
    yield f"{day} <= {literal(last)}"
    if reading.during:
        yield f"{day} >= {literal(first)}"
    if name == "day" and of.time_column not in ("", "recorded_at"):
        # the same again in the words of the partitions and indexes
        yield f"f.{of.time_column} < ({literal(last)}::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'"
        if reading.during:
            yield f"f.{of.time_column} >= {literal(first)}::date::timestamp AT TIME ZONE 'Asia/Shanghai'"


def _visible(of: Fact, opened: list[str]) -> Iterator[str]:
    hidden = (
        "EXISTS (SELECT 1 FROM privacy_hiding g WHERE g.resident_id = f.resident_id"
        " AND g.category = {0} AND g.until IS NULL)"
    )
    if of.name in RECORD:
        table, key = RECORD[of.name]
        yield (
            f"NOT EXISTS (SELECT 1 FROM {table} h WHERE h.sensitivity <> '' AND h.id = f.{key}"
            f" AND (h.sensitivity <> ALL ({literal(opened)}::text[]) OR {hidden.format('h.sensitivity')}))"
        )
    elif code := OTHERS[of.name]:
        values = ", ".join([f"f.{code}", *(f"left(f.{code}, {n})" for n in range(3, 7))])
        yield (
            f"NOT EXISTS (SELECT 1 FROM privacy_term t WHERE t.kind = 'code' AND t.system = 'icd-10'"
            f" AND f.{code} <> '' AND t.value = ANY (ARRAY[{values}])"
            f" AND (t.category <> ALL ({literal(opened)}::text[]) OR {hidden.format('t.category')}))"
        )


def literal(value: Any) -> str:
    """A value as SQL: COPY takes no parameters."""
    return sql.Literal(value).as_string(connection.connection)


def _copy_out(query: str, path: Path) -> None:
    with (
        path.open("wb") as sink,
        connection.cursor() as cursor,
        cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv)") as rows,
    ):
        for block in rows:
            sink.write(block)


def _read_in(bench: duckdb.DuckDBPyConnection, name: str, path: Path, columns: Mapping[str, str]) -> int:
    if not path.stat().st_size:
        return 0
    listed = ", ".join(f"'{column}': '{kind}'" for column, kind in columns.items())
    bench.execute(
        f"""INSERT INTO "{name}" SELECT * FROM read_csv('{path}', header = false, columns = {{{listed}}},
            delim = ',', quote = '"', escape = '"', nullstr = '', allow_quoted_nulls = false)"""
    )
    return int(bench.execute(f'SELECT count(*) FROM "{name}"').fetchall()[0][0])
