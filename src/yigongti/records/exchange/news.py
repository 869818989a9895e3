"""What a delivery tells the house: contacts and admissions of these days, in one statement each.

The names and payloads are those of :mod:`yigongti.records.health_record.events`. What is older than :data:`FRESH` is
history, not news: who needs it reads the record.
"""

from datetime import timedelta
from uuid import UUID

import duckdb

from yigongti.records.health_record.models import Encounter

from .entries import Sender
from .mappings import DeliveryMapping
from .staging import run
from .writing import targets_of

FRESH = {"EncounterRecorded": timedelta(days=7), "AdmittedElsewhere": timedelta(days=30)}
HAPPENED = [Encounter.Status.ARRIVED, Encounter.Status.IN_PROGRESS, Encounter.Status.FINISHED]
TELL = """
INSERT INTO events_outbox (name, payload, at, consumer, attempts, next_at, error)
SELECT %(name)s, jsonb_build_object('resident', e.resident_id::text, 'encounter', e.id::text,
       'organization', e.organization_id, {more}), %(now)s, '', 0, %(now)s, ''
FROM health_record_encounter e
WHERE e.id = ANY (%(ids)s) AND e.version = 1 AND e.resident_id IS NOT NULL AND e.status = ANY (%(happened)s)
  AND e.started_at > %(now)s - %(fresh)s AND e.started_at <= %(now)s + interval '1 day' {only}
ORDER BY e.started_at, e.id
"""
KIND = "'kind', e.kind"
AT = "'at', to_char(e.started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"+00:00\"')"
INPATIENT = f"AND e.kind = '{Encounter.Kind.INPATIENT}'"


def tell(bench: duckdb.DuckDBPyConnection, mapping: DeliveryMapping, sender: Sender) -> int:
    """Put the news of a load into the outbox, in its transaction; answers how many. Only new contacts are news."""
    ids = _fresh(bench, mapping, sender)
    if not ids:
        return 0
    admitted = _tell("AdmittedElsewhere", ids, sender, more=AT, only=INPATIENT)
    return admitted + _tell("EncounterRecorded", ids, sender, more=KIND)


def _fresh(bench: duckdb.DuckDBPyConnection, mapping: DeliveryMapping, sender: Sender) -> list[UUID]:
    """The ids that new contacts of the last weeks got; those of duplicates and corrections are no news."""
    since = sender.now - max(FRESH.values())
    found: list[UUID] = []
    for number, target in targets_of(mapping):
        if target == "encounter":
            query = f"SELECT id FROM typed_{number} WHERE NOT bad AND NOT repeats AND started_at > ?"
            found += [row[0] for row in bench.execute(query, [since]).fetchall()]
    return found


def _tell(name: str, ids: list[UUID], sender: Sender, *, more: str, only: str = "") -> int:
    happened = [str(one) for one in HAPPENED]
    values = {"name": name, "ids": ids, "now": sender.now, "fresh": FRESH[name], "happened": happened}
    return run(TELL.format(more=more, only=only), values)
