"""Who follows with ``_since``: what was declared void, and records that became part of others."""

import json
from collections.abc import Iterator, Sequence
from uuid import UUID

from django.db import connection

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor

from . import conditions
from .conditions import Where
from .resources import Resource, resource
from .rows import Found, fetch

TOGETHER = 500
"""Deletions in one Bundle."""
MERGED = """
SELECT r.id, residents_survivor(r.id) FROM residents_resident r LEFT JOIN changes_person p ON p.resident_id = r.id
WHERE r.merged_into_id IS NOT NULL AND (%s::timestamptz IS NULL OR p.at >= %s)
"""


def voided(kinds: Sequence[Resource], since: str, more: Sequence[Where]) -> Iterator[str]:
    """Bundles of what was declared void since a moment, as the bulk data guide has them (``DELETE`` entries).

    Call it inside ``acting``; ``more`` are conditions with ``{resident}`` for the column of the resident.
    """
    low, _ = conditions.span(since)
    gone: list[str] = []
    for kind in kinds:
        if not kind.chained:
            continue
        where = [
            "e.replaced_by_id IS NULL",
            "e.voided_at >= %s",
            *(one.sql.format(resident=kind.resident) for one in more),
        ]
        sql = f"SELECT ({kind.key})::text FROM {kind.table} e {kind.joins} WHERE {' AND '.join(where)} ORDER BY 1"
        with connection.cursor() as cursor:
            cursor.execute(sql, [low, *(value for one in more for value in one.values)])
            gone += [f"{kind.type}/{row[0]}" for row in cursor.fetchall()]
    for start in range(0, len(gone), TOGETHER):
        entries = [{"request": {"method": "DELETE", "url": url}} for url in gone[start : start + TOGETHER]]
        yield json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries})


def merged(actor: Actor, since: str, unmasked: bool, more: Sequence[Where]) -> list[Found]:
    """Records that became part of one that the actor may see, with the link to it. Call it inside ``acting(actor)``."""
    low = conditions.span(since)[0] if since else None
    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute(MERGED, [low, low])
        survivors: dict[UUID, list[UUID]] = {}
        for loser, survivor in cursor.fetchall():
            survivors.setdefault(survivor, []).append(loser)
    kind = resource("Patient")
    where = [
        Where("e.id = ANY (%s)", (list(survivors),)),
        *(Where(m.sql.format(resident="e.id"), m.values) for m in more),
    ]
    losers = [key for one in fetch(kind, where) for key in survivors[one.row]] if survivors else []
    if not losers:
        return []
    with acting(SYSTEM):
        return fetch(kind, [Where("e.id = ANY (%s)", (losers,))], unmasked=unmasked, current=False)
