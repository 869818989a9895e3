"""Follow-ups that are due: who was to be seen again by today and has not been."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db import connection

from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission

from .registers import REGISTERS

#: whoever is later than this is lost to follow-up and stands in the registers, not on today's list
LOST = timedelta(days=90)
MOST = 100

DUE = """
SELECT e.resident_id, r.name, r.sex, r.birth_date, e.next_due, e.started_at::date,
       ARRAY(SELECT DISTINCT c.register FROM health_record_condition c
              WHERE c.resident_id = r.id AND c.register <> '' AND c.status <> 'resolved'
                AND c.replaced_by_id IS NULL AND c.voided_reason = '')
FROM health_record_encounter e
JOIN residents_resident r ON r.id = e.resident_id AND r.died_on IS NULL AND r.moved_on IS NULL
WHERE e.organization_id = ANY(%(where)s) AND e.next_due > %(lost)s AND e.next_due <= %(today)s
  AND e.replaced_by_id IS NULL AND e.voided_reason = ''
  AND NOT EXISTS (
    SELECT 1 FROM health_record_encounter later
     WHERE later.resident_id = e.resident_id AND later.started_at > e.started_at
       AND later.replaced_by_id IS NULL AND later.voided_reason = ''
       AND (later.next_due IS NOT NULL OR later.kind = 'follow-up'))
ORDER BY e.next_due, e.id LIMIT %(most)s
"""


@dataclass(frozen=True)
class DueFollowUp:
    """A resident to be followed up, since when, and for what."""

    resident_id: UUID
    name: str
    sex: str
    birth_date: date
    due: date
    last_seen: date
    registers: tuple[str, ...]


def due_follow_ups(actor: Actor, *, on: date | None = None, most: int = MOST) -> list[DueFollowUp]:
    """Who is due at the actor's organisations on a day (default: today), the longest overdue first. One statement."""
    where = sorted(actor.organizations(Permission.RECORD_WRITE))
    if not where:
        return []
    today = on or clock.today()
    with connection.cursor() as cursor:
        cursor.execute(DUE, {"where": where, "today": today, "lost": today - LOST, "most": most})
        rows = cursor.fetchall()
    return [
        DueFollowUp(
            resident, name, sex, born, due, seen, tuple(REGISTERS[code].name for code in registers if code in REGISTERS)
        )
        for resident, name, sex, born, due, seen, registers in rows
    ]
