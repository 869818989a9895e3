"""Every look at a resident's record leaves an entry, in the same transaction as the look."""

import json
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import connection

from yigongti.kernel.access.actor import Actor

from .models import Entry

WRITE = """
INSERT INTO audit_entry (at, user_id, organization_id, action, subject, subject_id, resident_id, purpose, data)
SELECT clock_timestamp(), %s, %s, %s, %s, coalesce(%s, whose::text), whose, %s,
       %s::jsonb || coalesce(({ground}), '{{}}')
FROM unnest(%s::uuid[]) AS entry (whose)
"""
_grounds = ["NULL::jsonb"]


def ground(sql: str) -> None:
    """The room that knows why an actor may open a record says it: a SELECT of a JSON object about ``entry.whose``.

    What it answers stands in the data of the entry: as it was when the record was read, in the same statement.
    """
    _grounds[:] = [sql]


def grounds() -> str:
    """The SELECT that was said."""
    return _grounds[0]


def reading(actor: Actor, *, resident_id: UUID, page: str, **details: Any) -> None:
    """``actor`` read the record of ``resident_id`` on ``page`` (for example ``health_record:summary``)."""
    note(actor, Entry.Action.READ, subject=page, subject_id=str(resident_id), resident_id=resident_id, **details)


def note(
    actor: Actor,
    action: Entry.Action,
    *,
    subject: str,
    subject_id: str = "",
    resident_id: UUID | None = None,
    **details: Any,
) -> None:
    """Write an entry that is not a row change: a reading, an export, an emergency access, a refusal."""
    _write(actor, action, subject, subject_id, [resident_id], details)


def readings(actor: Actor, *, residents: Iterable[UUID], page: str, **details: Any) -> None:
    """``actor`` read something of each of these residents in a list: an entry for each, in one statement."""
    listed = sorted(residents)
    if listed:
        _write(actor, Entry.Action.READ, page, None, listed, details)


def _write(
    actor: Actor,
    action: Entry.Action,
    subject: str,
    subject_id: str | None,
    residents: Sequence[UUID | None],
    details: dict[str, Any],
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            WRITE.format(ground=grounds()),
            [
                actor.user_id,
                actor.organization_id,
                action.value,
                subject,
                subject_id,
                actor.purpose,
                json.dumps(details, ensure_ascii=False, default=str),
                list(residents),
            ],
        )
