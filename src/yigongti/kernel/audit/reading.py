"""Every look at a resident's record leaves an entry, in the same transaction as the look."""

import json
from typing import Any
from uuid import UUID

from django.db import connection

from yigongti.kernel.access.actor import Actor

from .models import Entry

WRITE = """
INSERT INTO audit_entry (at, user_id, organization_id, action, subject, subject_id, resident_id, purpose, data)
VALUES (clock_timestamp(), %s, %s, %s, %s, %s, %s, %s, %s)
"""


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
    with connection.cursor() as cursor:
        cursor.execute(
            WRITE,
            [
                actor.user_id,
                actor.organization_id,
                action.value,
                subject,
                subject_id,
                resident_id,
                actor.purpose,
                json.dumps(details, ensure_ascii=False, default=str),
            ],
        )
