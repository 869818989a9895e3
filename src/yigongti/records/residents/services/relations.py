"""Care relations: who may open a resident's record, why, from when until when.

These are building blocks of commands here and in higher rooms, called inside their transaction: the caller has checked
the permission.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from yigongti.kernel import clock, prepared
from yigongti.registry.places.models import Grid

from ..models import CareRelation, Resident

Kind = CareRelation.Kind
#: prolong the relation in force, or make it: an open end stays open, of two ends the later; in one statement
OPEN = """
WITH prolonged AS (
    UPDATE residents_carerelation
    SET until = CASE WHEN %s::timestamptz IS NOT NULL AND until IS NOT NULL THEN greatest(until, %s::timestamptz) END
    WHERE resident_id = %s AND organization_id = %s AND kind = %s AND source = %s
      AND (until IS NULL OR until > statement_timestamp())
    RETURNING 1
)
INSERT INTO residents_carerelation (resident_id, organization_id, kind, source, since, until)
SELECT %s::uuid, %s::bigint, %s, %s, %s::timestamptz, %s::timestamptz WHERE NOT EXISTS (SELECT 1 FROM prolonged)
ON CONFLICT DO NOTHING
"""
#: how long an organisation may open the record after a contact (our proposal: a year of follow-up)
AFTER_CONTACT = timedelta(days=365)


def open_relation(
    *,
    resident_id: UUID,
    organization_id: int,
    kind: str,
    source: str = "",
    until: datetime | None = None,
) -> None:
    """See to it that the relation is in force, without end or at least until ``until``. Repeating it changes nothing.

    ``source`` is the key of what makes it (the referral, the grid); the same organisation may have several.
    """
    whose = [resident_id, organization_id, kind, source]
    prepared.run(OPEN, [until, until, *whose, *whose, clock.now(), until])


def close_relation(*, resident_id: UUID, organization_id: int | None = None, kind: str, source: str = "") -> int:
    """End the relation now (of every organisation if none is named); returns how many were open."""
    found = CareRelation.objects.filter(resident_id=resident_id, kind=kind, source=source).in_force()
    if organization_id is not None:
        found = found.filter(organization_id=organization_id)
    return found.update(until=clock.now())


def contact(resident_id: UUID, organization_id: int, at: datetime) -> None:
    """A contact with care lets the organisation open the record for :data:`AFTER_CONTACT`."""
    open_relation(
        resident_id=resident_id, organization_id=organization_id, kind=Kind.ENCOUNTER, until=at + AFTER_CONTACT
    )


def responsible(area_code: str | None) -> Mapping[str, list[int]]:
    """Grid code to the organisations responsible for an area: its own grids, else those of the area above it."""
    if not area_code:
        return {}
    above = [area_code[:n] for n in (12, 9, 6) if n <= len(area_code)]
    grids = Grid.objects.on().filter(area_id__in=above).values_list("area_id", "code", "centre_id", "station_id")
    found: dict[str, dict[str, list[int]]] = {}
    for area, code, centre, station in grids:
        found.setdefault(area, {})[code] = [organization for organization in (station, centre) if organization]
    return next((found[area] for area in above if area in found), {})


def follow_grid(resident: Resident) -> list[int]:
    """Bring the grid relations in line with where the person lives; returns the organisations now responsible."""
    wanted = {} if resident.moved_on else responsible(resident.area_id)
    pairs = {(code, organization) for code, organizations in wanted.items() for organization in organizations}
    current = CareRelation.objects.filter(resident=resident, kind=Kind.GRID).in_force()
    held = {(relation.source, relation.organization_id): relation.pk for relation in current}
    gone = [key for pair, key in held.items() if pair not in pairs]
    if gone:
        CareRelation.objects.filter(pk__in=gone).update(until=clock.now())
    CareRelation.objects.bulk_create(
        (
            CareRelation(
                resident=resident, organization_id=organization, kind=Kind.GRID, source=code, since=clock.now()
            )
            for code, organization in sorted(pairs - held.keys())
        ),
        ignore_conflicts=True,
    )
    return sorted({organization for _, organization in pairs})
