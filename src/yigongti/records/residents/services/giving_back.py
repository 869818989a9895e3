# ruff: noqa: S608
"""What a source identity had given a resident is given back when it goes: fields, and who may open the record."""

import json
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from yigongti.kernel import clock

from ..index.surviving import COLUMNS
from ..models import CareRelation, IdentityMove, MovedRow, Resident, SourceIdentity, SourceSystem
from .merging import BOOKKEEPING

REGISTERED = CareRelation.Kind.REGISTERED
#: fields that a person may be without; of the others the last value stays until somebody tells a better one
EMPTY = {"phone", "address", "area", "died_on"}
#: the write by which the system took a field over: what was there before stands in it
TAKEN = """
SELECT data FROM audit_entry
 WHERE resident_id = %s AND subject = 'residents_resident' AND action = 'UPDATE'
   AND data -> 'new' -> 'told' ->> %s = %s AND data -> 'old' -> 'told' ->> %s IS DISTINCT FROM %s
 ORDER BY at DESC, id DESC LIMIT 1
"""


def row(resident: UUID) -> dict[str, Any]:
    """The resident's columns as JSON."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(r)::text FROM residents_resident r WHERE id = %s", [resident])
        found: dict[str, Any] = json.loads(cursor.fetchone()[0])
        return found


def write(resident: UUID, values: dict[str, Any]) -> None:
    """These columns of the resident from JSON."""
    if values:
        columns = ", ".join(f'"{name}"' for name in values)
        with connection.cursor() as cursor:
            cursor.execute(
                f"""UPDATE residents_resident r SET ({columns}) = (SELECT {columns}
                FROM jsonb_populate_record(NULL::residents_resident, %s::jsonb)) WHERE r.id = %s""",
                [json.dumps(values), resident],
            )


def forget(identity: SourceIdentity) -> None:
    """Fields of the identity's resident that this identity told are as they were before it told them.

    Where another identity of the same system told the same, nothing changes; what is known from others is computed
    afterwards by survivorship.
    """
    assert identity.resident_id is not None
    resident = identity.resident_id
    now, told = row(resident), {}
    mine = _said(identity)
    told = dict(now["told"] or {})
    for field, (column, together) in COLUMNS.items():
        teller = told.get(field) or told.get("*")
        if teller != identity.source_id or now[column] is None or now[column] != mine[column]:
            continue
        before = _before(resident, field, identity.source_id, told.get(field) is not None)
        values = _values(field, together, before, now)
        told.pop(field, None)
        if before and (was := (before["old"].get("told") or {}).get(field)):
            told[field] = was
        write(resident, {**values, "told": told})
    if told.get("*") == identity.source_id:
        left = SourceIdentity.objects.filter(resident_id=resident).order_by("received_at").first()
        write(resident, {"told": {**told, "*": left.source_id if left else "here"}})


def _said(identity: SourceIdentity) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(i)::text FROM residents_sourceidentity i WHERE id = %s", [identity.pk])
        found: dict[str, Any] = json.loads(cursor.fetchone()[0])
        return found


def _before(resident: UUID, field: str, source: str, taken: bool) -> dict[str, Any] | None:
    if not taken:
        return None
    with connection.cursor() as cursor:
        cursor.execute(TAKEN, [resident, field, source, field, source])
        found = cursor.fetchone()
    if found is None:
        return None
    data: dict[str, Any] = found[0] if isinstance(found[0], dict) else json.loads(found[0])
    return data


NAMES = ("name", "name_pinyin", "name_initials", "other_pinyin", "other_initials", "given_name")


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


def relations(identity: SourceIdentity) -> list[CareRelation]:
    """The relations of the resident that this system made, or its organisation's, and that are in force."""
    assert identity.resident_id is not None
    organization = SourceSystem.objects.filter(pk=identity.source_id).values_list("organization", flat=True)
    made = Q(source=identity.source_id) | Q(kind=REGISTERED, source="", organization__in=organization)
    found = CareRelation.objects.in_force().filter(made, resident_id=identity.resident_id)
    return list(found.order_by("pk"))


def relate(case: IdentityMove, held: list[CareRelation], source: str) -> None:
    """The system's organisations may open the record of the person whom it meant, and no longer the other's."""
    now = clock.now()
    for one in held:
        made = CareRelation.objects.filter(
            resident_id=case.after_id, organization_id=one.organization_id, kind=one.kind, source=one.source
        )
        if not made.in_force().exists():
            new = CareRelation.objects.create(
                resident_id=case.after_id,
                organization_id=one.organization_id,
                kind=one.kind,
                source=one.source,
                since=now,
                until=one.until,
            )
            _note(case, "since", new.pk)
    for one in held:
        if _has_other_ground(case.before_id, one, source):
            continue
        _note(case, "until", one.pk, before={"until": one.until.isoformat() if one.until else None})
        CareRelation.objects.filter(pk=one.pk).update(until=now)


def _has_other_ground(resident: UUID, relation: CareRelation, source: str) -> bool:
    """Whether another identity of the system, or of the organisation where it registers, holds the relation.

    Who was registered by a person there, not by a delivery, stays registered.
    """
    left = SourceIdentity.objects.filter(resident_id=resident)
    if relation.kind != REGISTERED:
        return left.filter(source_id=source).exists()
    by_hand = Resident.objects.filter(pk=resident, registered_by=relation.organization_id)
    return (
        left.filter(source__organization=relation.organization_id).exists()
        or by_hand.exclude(told__has_key="*").exists()
    )


def unrelate(case: IdentityMove) -> None:
    """As it was."""
    rows = MovedRow.objects.filter(move=case, table="residents_carerelation")
    for one in rows.filter(column="since"):
        CareRelation.objects.in_force().filter(pk=one.key).update(until=clock.now())
    for one in rows.filter(column="until"):
        CareRelation.objects.filter(pk=one.key, resident_id=case.before_id).update(until=(one.before or {})["until"])


def _note(case: IdentityMove, column: str, key: Any, before: dict[str, Any] | None = None) -> None:
    MovedRow.objects.create(
        move=case, table="residents_carerelation", column=column, key=str(key), stayed=True, before=before
    )


def remember(case: IdentityMove, before: dict[UUID, dict[str, Any]]) -> None:
    """Which columns of the two residents the move changed."""
    for resident, was in before.items():
        now = row(resident)
        changed = [name for name in was if was[name] != now[name] and name not in BOOKKEEPING]
        if changed:
            MovedRow.objects.create(
                move=case,
                table="residents_resident",
                column="*",
                key=str(resident),
                stayed=True,
                before={name: was[name] for name in changed},
                after={name: now[name] for name in changed},
            )


def restore(case: IdentityMove) -> None:
    """The columns as they were, where nobody has changed them since; the one who gives a number away goes first."""
    rows = MovedRow.objects.filter(move=case, table="residents_resident", column="*")
    for one in sorted(rows, key=lambda one: one.key == str(case.before_id)):
        now, before, after = row(UUID(one.key)), one.before or {}, one.after or {}
        write(UUID(one.key), {name: before[name] for name in before if now[name] == after[name]})
