"""Care relations: who may open a resident's record, why, from when until when.

These are building blocks of commands here and in higher rooms, called inside their transaction: the caller has checked
the permission.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from yigongti.kernel import clock, prepared
from yigongti.registry.places.models import Grid

from ..models import CareRelation, Resident

Kind = CareRelation.Kind
#: prolong the relations in force: an open end stays open, of two ends the later
PROLONG = """
UPDATE residents_carerelation
SET until = CASE WHEN %s::timestamptz IS NOT NULL AND until IS NOT NULL THEN greatest(until, %s::timestamptz) END
WHERE resident_id = %s AND organization_id = ANY (%s) AND kind = %s AND source = %s
  AND (until IS NULL OR until > statement_timestamp())
RETURNING organization_id
"""
#: make those that there are not
OPEN = """
INSERT INTO residents_carerelation (resident_id, organization_id, kind, source, since, until)
SELECT %s::uuid, organization_id, %s, %s, %s::timestamptz, %s::timestamptz FROM unnest(%s::bigint[]) organization_id
WHERE organization_id NOT IN (SELECT organization_id FROM {prolonged})
ON CONFLICT DO NOTHING
"""
CLOSE = """
UPDATE residents_carerelation SET until = %s
WHERE resident_id = %s AND kind = %s AND source = %s AND (%s::bigint IS NULL OR organization_id = %s::bigint)
  AND (until IS NULL OR until > statement_timestamp())
"""
#: how long an organisation may open the record after a contact (our proposal: a year of follow-up)
AFTER_CONTACT = timedelta(days=365)


def opening(
    *, resident_id: UUID, organizations: Iterable[int], kind: str, source: str = "", until: datetime | None = None
) -> list[prepared.Write]:
    """What :func:`open_relation` writes, for several organisations: for a command that writes it with its own."""
    where, prolonged = sorted(set(organizations)), f"prolonged_{kind}"
    return [
        prepared.Write(PROLONG, [until, until, resident_id, where, kind, source], prolonged),
        prepared.Write(OPEN.format(prolonged=prolonged), [resident_id, kind, source, clock.now(), until, where]),
    ]


def closing(*, resident_id: UUID, organization_id: int | None = None, kind: str, source: str = "") -> prepared.Write:
    """What :func:`close_relation` writes."""
    return prepared.Write(CLOSE, [clock.now(), resident_id, kind, source, organization_id, organization_id])


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
    prepared.together(
        *opening(resident_id=resident_id, organizations=[organization_id], kind=kind, source=source, until=until)
    )


def close_relation(*, resident_id: UUID, organization_id: int | None = None, kind: str, source: str = "") -> int:
    """End the relation now (of every organisation if none is named); returns how many were open."""
    return prepared.together(
        closing(resident_id=resident_id, organization_id=organization_id, kind=kind, source=source)
    )


def contacting(resident_id: UUID, organization_id: int, at: datetime) -> list[prepared.Write]:
    """What :func:`contact` writes."""
    end = at + AFTER_CONTACT
    return opening(resident_id=resident_id, organizations=[organization_id], kind=Kind.ENCOUNTER, until=end)


def contact(resident_id: UUID, organization_id: int, at: datetime) -> None:
    """A contact with care lets the organisation open the record for :data:`AFTER_CONTACT`."""
    prepared.together(*contacting(resident_id, organization_id, at))


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
