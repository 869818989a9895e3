"""Rows of a delivery into the record: new ones, corrections as new versions, and what was received before.

Everything is one statement for many rows, :data:`PORTION` at a time, so that a load of any size needs the same memory
here and in the database. The same key with the same content is a duplicate; with another content the new row replaces
the one in force, and what hung on that one hangs on the new.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
from django.db import models

from yigongti.records.health_record.models import DocumentReference, Observation
from yigongti.records.health_record.registers import REGISTERS
from yigongti.records.health_record.targets import TARGETS, Target, TargetColumn

from .bench import first
from .identities import Counts
from .staging import keep, portions, run

STORED = {
    "text": "varchar",
    "base64": "text",
    "decimal": "numeric",
    "integer": "integer",
    "date": "date",
    "timestamp": "timestamptz",
    "boolean": "boolean",
    "json": "jsonb",
}
LEDGER = "exchange_receivedkey"
PORTION = 400_000
"""Rows that are staged, compared and written together."""
#: what every row says of where it comes from
ALWAYS: Mapping[str, str] = {
    "id": "i.id",
    "resident_id": "p.resident_id",
    "identity_id": "p.id",
    "source": "%(source)s",
    "received_at": "%(now)s",
    "recorded_by": "%(user)s",
    "content_hash": "decode(i.digest, 'hex')",
}
#: a target that others point to: the column by which they do
POINTED = {"encounter": "encounter_id", "diagnostic_report": "report_id", "medication_request": "request_id"}


SOME = 1_000
"""Rows from which on they are joined by hashing with what the planner may not know of yet: the load before."""
#: row by row (OFFSET 0) through the index of the rows in force; then, of those that are few, all that were replaced
EARLIER = """
SELECT DISTINCT ON (id) id, line, earlier, NULL::timestamptz AS at,
       content_hash IS NOT DISTINCT FROM decode(digest, 'hex') AS same
FROM (
    SELECT i.id, i.line, i.digest, t.* FROM in_{number} i CROSS JOIN LATERAL (
        SELECT t.id AS earlier, t.content_hash, t.version FROM "{table}" t
        WHERE t.source = %(source)s AND t.source_key = i.source_key AND t.source_key <> ''
          AND t.replaced_by_id IS NULL OFFSET 0) t
    UNION ALL
    SELECT i.id, i.line, i.digest, t.id, t.content_hash, t.version FROM in_{number} i
    JOIN "{table}" t ON t.source = %(source)s AND t.source_key = i.source_key AND t.replaced_by_id IS NOT NULL
) found ORDER BY id, version DESC
"""


@dataclass(frozen=True)
class Sender:
    """Whose rows these are: source system, its organisation, who brought them, when."""

    source: str
    organization_id: int
    user_id: int | None
    now: datetime

    @property
    def values(self) -> dict[str, Any]:
        """As parameters of a statement."""
        return {
            "source": self.source,
            "organization": self.organization_id,
            "user": self.user_id,
            "now": self.now,
        }


def write(
    bench: duckdb.DuckDBPyConnection,
    number: int,
    name: str,
    given: Sequence[str],
    sender: Sender,
    each: Callable[[int], None],
) -> Counts:
    """The rows of one write; ``each`` is told after every portion how many are written, while ``in_<number>`` holds it.

    Makes the temporary table ``same_<number>`` of lines that brought nothing new.
    """
    target = TARGETS[name]
    bench.execute(
        f"""CREATE OR REPLACE TEMP VIEW good_{number} AS SELECT *, '{sender.source}' AS source
            FROM typed_{number} WHERE NOT bad AND NOT repeats"""
    )
    columns = _saying(bench, number, [column for column in target.columns if column.name in given])
    staged = portions(bench, f"in_{number}", *_staged(number, target, columns), PORTION)
    done, written = Counts(), 0
    for place, rows in enumerate(staged):
        counts = _portion(number, target, columns, sender, rows, again=place > 0)
        if counts.rows != rows:
            raise LookupError(f"{target.name}: {rows} rows, of which {counts.rows} were written")
        done, written = done + counts, written + rows
        each(written)
    return done


def _saying(bench: duckdb.DuckDBPyConnection, number: int, columns: Sequence[TargetColumn]) -> Sequence[TargetColumn]:
    """The columns that say anything in any row: the others take their default and are not sent."""
    counts = first(bench, f"SELECT {', '.join(f'count({column.name})' for column in columns)} FROM good_{number}")
    return [column for column, count in zip(columns, counts or (), strict=True) if count or column.required]


def _staged(number: int, target: Target, columns: Sequence[TargetColumn]) -> tuple[dict[str, str], str]:
    """The columns of the staging table with their types, and the query of the bench that fills them."""
    kinds = {"line": "bigint", "id": "uuid", "digest": "varchar"}
    said = ["line", "id", "digest"]
    if _by_ledger(target):
        kinds["key"] = "uuid"
        said.append(f"md5('{target.name}' || chr(31) || source || chr(31) || source_key)::UUID AS key")
    for column in columns:
        kinds[column.name] = STORED[column.type]
        said.append(column.name)
    return kinds, f"SELECT {', '.join(said)} FROM good_{number}"


def _portion(
    number: int, target: Target, columns: Sequence[TargetColumn], sender: Sender, rows: int, *, again: bool
) -> Counts:
    """What stands in ``in_<number>``, into the record."""
    _find_earlier(number, target, sender, rows)
    same = f"SELECT line FROM known_{number} WHERE same"
    duplicate = run(f"INSERT INTO same_{number} {same}") if again else keep(f"same_{number}", same)
    values = {**ALWAYS, **dict(_values(target, columns))}
    joins = " ".join(_joins(target, columns))
    corrected = _correct(number, target, values, joins, sender) if run(f"SELECT 1 FROM changed_{number} LIMIT 1") else 0
    new = run(
        _insert(target, {**values, "version": "1"}, f"in_{number} i {joins}")
        + f" WHERE NOT EXISTS (SELECT 1 FROM known_{number} k WHERE k.id = i.id)",
        sender.values,
    )
    _keep_keys(number, target)
    return Counts(new, corrected, duplicate)


def _by_ledger(target: Target) -> bool:
    """Whether keys received before are looked up in the ledger: where the table lies in months."""
    return target.model is Observation


def _find_earlier(number: int, target: Target, sender: Sender, rows: int) -> None:
    """``known_n``: rows received before, and whether they say the same. ``changed_n``: what a correction replaces."""
    if _by_ledger(target):
        known = f"""SELECT i.id, i.line, r.row AS earlier, r.at, r.digest = i.digest::uuid AS same
            FROM in_{number} i JOIN {LEDGER} r ON r.key = i.key"""
        pruned = "AND t.effective_at = c.at"
    else:
        known = EARLIER.format(number=number, table=target.table)
        pruned = ""
    if rows > SOME:
        run("SET LOCAL enable_nestloop = off")
    keep(f"known_{number}", known, sender.values)
    if rows > SOME:
        run("SET LOCAL enable_nestloop = on")
    at = "t.effective_at" if _by_ledger(target) else "NULL::timestamptz"
    keep(
        f"changed_{number}",
        f"""WITH RECURSIVE chain AS (
                SELECT c.id, t.id AS earlier, {at} AS at, t.replaced_by_id AS next FROM known_{number} c
                JOIN "{target.table}" t ON t.id = c.earlier {pruned} WHERE NOT c.same
                UNION ALL
                SELECT c.id, t.id, {at}, t.replaced_by_id FROM chain c
                JOIN "{target.table}" t ON t.id = c.next WHERE c.next IS NOT NULL)
            SELECT id, earlier, at FROM chain WHERE next IS NULL""",
    )


def _correct(number: int, target: Target, values: Mapping[str, str], joins: str, sender: Sender) -> int:
    """The old row says what replaces it, and when; the new one is the next version."""
    month = "AND t.effective_at = c.at" if _by_ledger(target) else ""
    insert = _insert(
        target, {**values, "version": "r.version + 1"}, f"in_{number} i JOIN replaced r ON r.by = i.id {joins}"
    )
    corrected = run(
        f"""WITH replaced AS (
                UPDATE "{target.table}" t SET replaced_by_id = c.id, replaced_at = %(now)s FROM changed_{number} c
                WHERE t.id = c.earlier {month} RETURNING c.id AS by, t.version)
            {insert}""",
        sender.values,
    )
    if pointer := POINTED.get(target.name):
        for other in TARGETS.values():
            if any(column.column == pointer for column in other.columns):
                run(
                    f"""UPDATE "{other.table}" t SET {pointer} = c.id FROM changed_{number} c
                        WHERE t.{pointer} = c.earlier AND t.replaced_by_id IS NULL"""
                )
    return corrected


def _insert(target: Target, values: Mapping[str, str], source: str) -> str:
    """INSERT … SELECT; columns that are not named take the default of their field."""
    rest = {
        str(field.column): _default(field) for field in target.model._meta.concrete_fields if field.column not in values
    }
    every = {**values, **rest}
    names = ", ".join(f'"{name}"' for name in every)
    return f'INSERT INTO "{target.table}" ({names}) SELECT {", ".join(every.values())} FROM {source}'


def _default(field: "models.Field[Any, Any]") -> str:
    """The default of a field as SQL."""
    if field.null:
        return "NULL"
    if field.name == "recorded_at":
        return "%(now)s"
    value = field.get_default()
    if isinstance(value, bytes):
        return "''::bytea"
    if isinstance(field, models.JSONField):
        return "'[]'::jsonb" if value == [] else "'{}'::jsonb"
    return "'" + str(value).replace("'", "''").replace("%", "%%") + "'"


def _values(target: Target, columns: Sequence[TargetColumn]) -> Iterator[tuple[str, str]]:
    """Database column and SQL for what the mapping gives."""
    yield (
        "organization_id",
        "coalesce(o.id, %(organization)s)" if _has(columns, "organization_code") else "%(organization)s",
    )
    for column in columns:
        if column.name in ("patient_key", "organization_code"):
            continue
        if column.name == "practitioner_code":
            yield "practitioner_id", "w.id"
        elif column.refers:
            yield column.column, f"{column.refers}.id"
        else:
            yield column.column, _value(target, column)
    if target.name == "condition" and _has(columns, "code"):
        yield "register", _register(_has(columns, "code_system"))
    if target.name == "encounter" and _has(columns, "department_name"):
        yield "department_id", "d.id"
    if target.model is DocumentReference and _has(columns, "content"):
        yield "size", "coalesce(octet_length(decode(i.content, 'base64')), 0)"


def _value(target: Target, column: TargetColumn) -> str:
    field = target.model._meta.get_field(column.name)
    assert isinstance(field, models.Field)
    if column.type == "base64":
        return f"coalesce(decode(i.{column.name}, 'base64'), ''::bytea)"
    plain = field.null or column.required
    return f"i.{column.name}" if plain else f"coalesce(i.{column.name}, {_default(field)})"


def _register(with_system: bool) -> str:
    """The chronic register of an ICD-10 code, as SQL."""
    whens = " ".join(
        f"WHEN upper(i.code) LIKE ANY (ARRAY[{', '.join(repr(p + '%%') for p in one.prefixes)}]) THEN '{one.code}'"
        for one in REGISTERS.values()
    )
    other = "WHEN i.code_system IS NOT NULL THEN ''" if with_system else ""
    return f"CASE {other} {whens} ELSE '' END"


def _has(columns: Sequence[TargetColumn], name: str) -> bool:
    return any(column.name == name for column in columns)


def _joins(target: Target, columns: Sequence[TargetColumn]) -> Iterator[str]:
    yield "JOIN residents_sourceidentity p ON p.source = %(source)s AND p.source_key = i.patient_key"
    if _has(columns, "organization_code"):
        yield "LEFT JOIN organizations_organization o ON o.code = i.organization_code"
    if _has(columns, "practitioner_code"):
        yield "LEFT JOIN staff_practitioner w ON w.code = i.practitioner_code"
    if _has(columns, "department_name") and target.name == "encounter":
        where = "coalesce(o.id, %(organization)s)" if _has(columns, "organization_code") else "%(organization)s"
        yield f"""LEFT JOIN (SELECT organization_id, name, max(id) AS id FROM organizations_department
            WHERE closed_on IS NULL GROUP BY 1, 2) d ON d.organization_id = {where} AND d.name = i.department_name"""
    for column in columns:
        if column.refers and column.refers != "patient":
            yield f"LEFT JOIN ref_{column.refers} {column.refers} ON {column.refers}.source_key = i.{column.name}"


def _keep_keys(number: int, target: Target) -> None:
    """The ledger learns the new keys, and the newest row of those that were corrected."""
    if not _by_ledger(target):
        return
    run(
        f"""INSERT INTO {LEDGER} (key, row, at, digest)
            SELECT key, id, effective_at, digest::uuid FROM in_{number} i
            WHERE NOT EXISTS (SELECT 1 FROM known_{number} k WHERE k.id = i.id) ORDER BY key"""
    )
    run(
        f"""UPDATE {LEDGER} r SET row = i.id, at = i.effective_at, digest = i.digest::uuid
            FROM in_{number} i JOIN changed_{number} c ON c.id = i.id WHERE r.key = i.key"""
    )
