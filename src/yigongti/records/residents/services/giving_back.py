# ruff: noqa: S608
"""What a source identity had given a resident is given back when it goes: fields, and who may open the record.

Everything here is read once, decided in memory, and written with what else the case writes.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from yigongti.kernel import clock, prepared
from yigongti.kernel.cases.keys import new_id
from yigongti.kernel.prepared import Write

from ..index.surviving import COLUMNS
from ..models import IdentityMove, MovedRow
from .merging import BOOKKEEPING

#: fields that a person may be without; of the others the last value stays until somebody tells a better one
EMPTY = {"phone", "address", "area", "died_on"}
NAMES = ("name", "name_pinyin", "name_initials", "other_pinyin", "other_initials", "given_name")
#: Of an identity that is going to leave its resident: for each field the write by which its system took it over (what
#: was there before stands in it); the system that told of the resident first besides; the relations of the system, or
#: of its organisation, that are in force, and whether they stand on another ground too. Whoever was registered by a
#: person there, not by a delivery, stays registered.
GIVEN = """
SELECT (SELECT jsonb_object_agg(f.field, a.data)::text FROM unnest(%s::text[]) f(field) CROSS JOIN LATERAL (
            SELECT e.data FROM audit_entry e
             WHERE e.resident_id = i.resident_id AND e.subject = 'residents_resident' AND e.action = 'UPDATE'
               AND e.data -> 'new' -> 'told' ->> f.field = i.source
               AND e.data -> 'old' -> 'told' ->> f.field IS DISTINCT FROM i.source
             ORDER BY e.at DESC, e.id DESC LIMIT 1) a),
       (SELECT o.source FROM residents_sourceidentity o WHERE o.resident_id = i.resident_id AND o.id <> i.id
         ORDER BY o.received_at LIMIT 1),
       (SELECT jsonb_agg(jsonb_build_array(c.id, c.until, CASE WHEN c.kind <> 'registered' THEN EXISTS (
                   SELECT FROM residents_sourceidentity o
                    WHERE o.resident_id = i.resident_id AND o.id <> i.id AND o.source = i.source)
               ELSE EXISTS (
                   SELECT FROM residents_sourceidentity o JOIN residents_sourcesystem b ON b.code = o.source
                    WHERE o.resident_id = i.resident_id AND o.id <> i.id AND b.organization_id = c.organization_id)
                 OR EXISTS (SELECT FROM residents_resident r WHERE r.id = i.resident_id
                    AND r.registered_by_id = c.organization_id AND NOT coalesce(r.told, '{}') ? '*') END)
               ORDER BY c.id)::text
          FROM residents_carerelation c
         WHERE c.resident_id = i.resident_id AND (c.until IS NULL OR c.until > statement_timestamp())
           AND (c.source = i.source
               OR c.kind = 'registered' AND c.source = '' AND c.organization_id = s.organization_id))
  FROM residents_sourceidentity i JOIN residents_sourcesystem s ON s.code = i.source WHERE i.id = %s
"""
BEGUN = """
INSERT INTO residents_carerelation (resident_id, organization_id, kind, source, since, until)
SELECT %s, c.organization_id, c.kind, c.source, %s, c.until FROM residents_carerelation c
 WHERE c.id = ANY (%s) AND NOT EXISTS (
    SELECT FROM residents_carerelation t WHERE t.resident_id = %s AND t.organization_id = c.organization_id
       AND t.kind = c.kind AND t.source = c.source AND (t.until IS NULL OR t.until > statement_timestamp()))
RETURNING id
"""
NOTED = """
INSERT INTO residents_moved_row (id, move_id, "table", "column", key, stayed)
SELECT gen_random_uuid(), %s, 'residents_carerelation', 'since', id::text, true FROM begun
"""
REMEMBERED = """
INSERT INTO residents_moved_row (id, move_id, "table", "column", key, stayed, before, after)
SELECT gen_random_uuid(), %s, 'residents_resident', '*', r.id::text, true,
       jsonb_object_agg(b.key, b.value), jsonb_object_agg(b.key, a.value)
  FROM jsonb_each(%s::jsonb) w JOIN residents_resident r ON r.id = w.key::uuid
  JOIN LATERAL jsonb_each(w.value) b ON true JOIN LATERAL jsonb_each(to_jsonb(r)) a ON a.key = b.key
 WHERE a.value IS DISTINCT FROM b.value AND b.key <> ALL (%s) GROUP BY r.id
"""
ENDED = "UPDATE residents_carerelation SET until = %s WHERE id = ANY (%s)"
BEGUN_ENDS = f"{ENDED} AND (until IS NULL OR until > statement_timestamp())"
ON_AGAIN = """
UPDATE residents_carerelation c SET until = w.until FROM unnest(%s::bigint[], %s::timestamptz[]) w(id, until)
 WHERE c.id = w.id AND c.resident_id = %s
"""


@dataclass(frozen=True)
class Relation:
    """A relation that the system made: until when, and whether something else holds it."""

    id: int
    until: str | None
    other_ground: bool


@dataclass(frozen=True)
class Given:
    """What an identity gave its resident; see :data:`GIVEN`."""

    taken: dict[str, dict[str, Any]]
    first: str | None
    relations: list[Relation]

    @classmethod
    def read(cls, taken: str | None, first: str | None, relations: str | None) -> "Given":
        """Of the columns of :data:`GIVEN`."""
        return cls(json.loads(taken or "{}"), first, [Relation(*one) for one in json.loads(relations or "[]")])


def write(resident: UUID, values: dict[str, Any]) -> Write:
    """These columns of the resident from JSON."""
    columns = ", ".join(f'"{name}"' for name in values)
    return Write(
        f"""UPDATE residents_resident r SET ({columns}) = (SELECT {columns}
        FROM jsonb_populate_record(NULL::residents_resident, %s::jsonb)) WHERE r.id = %s""",
        [json.dumps(values), resident],
    )


def forgotten(identity: dict[str, Any], now: dict[str, Any], gave: Given) -> dict[str, Any]:
    """Columns of the identity's resident that this identity told, as they were before it told them.

    Where another identity of the same system told the same, nothing changes; what is known from others is computed
    afterwards by survivorship.
    """
    source, told = identity["source"], dict(now["told"] or {})
    changed: dict[str, Any] = {}
    for field, (column, together) in COLUMNS.items():
        teller = told.get(field) or told.get("*")
        if teller != source or now[column] is None or now[column] != identity[column]:
            continue
        before = gave.taken.get(field) if told.get(field) is not None else None
        changed |= _values(field, together, before, now)
        told.pop(field, None)
        if before and (was := (before["old"].get("told") or {}).get(field)):
            told[field] = was
    if told.get("*") == source:
        told["*"] = gave.first or "here"
    if told != (now["told"] or {}):
        changed["told"] = told
    return changed


def _values(
    field: str, together: tuple[str, ...], before: dict[str, Any] | None, now: dict[str, Any]
) -> dict[str, Any]:
    columns = NAMES if field == "name" else (*together, "birth_estimated") if field == "birth_date" else together
    if before:
        return {name: before["old"].get(name, now[name]) for name in columns if name in before["old"]}
    if field in EMPTY:
        return dict.fromkeys(columns)
    if field == "document":
        return {"identity_kind": "99", "id_number": None, "id_number_index": None}
    return {}


def relating(case: IdentityMove, held: list[Relation]) -> list[Write]:
    """The system's organisations may open the record of the person whom it meant, and no longer the other's."""
    if not held:
        return []
    now = clock.now()
    writes = [
        Write(BEGUN, [case.after_id, now, [one.id for one in held], case.after_id], "begun"),
        Write(NOTED, [case.pk]),
    ]
    if ending := [one for one in held if not one.other_ground]:
        noted = [
            MovedRow(
                id=new_id(),
                move=case,
                table="residents_carerelation",
                column="until",
                key=str(one.id),
                stayed=True,
                before={"until": one.until},
            )
            for one in ending
        ]
        writes += [prepared.inserting(*noted), Write(ENDED, [now, [one.id for one in ending]])]
    return writes


def remembering(case: IdentityMove, before: dict[UUID, dict[str, Any]]) -> Write:
    """Which columns of the two residents the move changed."""
    return Write(REMEMBERED, [case.pk, json.dumps({str(one): was for one, was in before.items()}), list(BOOKKEEPING)])


@dataclass(frozen=True)
class Noted:
    """A :class:`MovedRow` as it is read."""

    table: str
    column: str
    key: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


def unrelating(case: IdentityMove, rows: list[Noted]) -> list[Write]:
    """Relations as they were."""
    begun = [int(one.key) for one in rows if one.column == "since"]
    ended = [one for one in rows if one.column == "until"]
    writes = [Write(BEGUN_ENDS, [clock.now(), begun])] if begun else []
    if ended:
        until = [_moment((one.before or {})["until"]) for one in ended]
        writes.append(Write(ON_AGAIN, [[int(one.key) for one in ended], until, case.before_id]))
    return writes


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def restored(rows: list[Noted], now: dict[UUID, dict[str, Any]]) -> dict[UUID, dict[str, Any]]:
    """Whose columns are to be as they were, where nobody has changed them since."""
    found = {}
    for one in rows:
        if one.column != "*":
            continue
        who, before, after = UUID(one.key), one.before or {}, one.after or {}
        if values := {name: before[name] for name in before if now[who][name] == after[name]}:
            found[who] = values
    return found
