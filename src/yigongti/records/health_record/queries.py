"""Reads of the record: what holds now, the latest values, how one of them went."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from yigongti.kernel import clock

from .models import AllergyIntolerance, Condition, DocumentReference, Encounter, MedicationStatement, Observation

#: FHIR's "no known allergy": asked, and there is none
NO_KNOWN_ALLERGY = "无已知过敏"


def local(at: datetime) -> datetime:
    """The time on the clock of the county."""
    return timezone.localtime(at)


def problems(resident_id: UUID) -> QuerySet[Condition]:
    """The problem list: diagnoses that have not healed, the oldest first."""
    found = Condition.objects.in_force().filter(resident_id=resident_id)
    return found.exclude(status=Condition.Status.RESOLVED).order_by("onset_on", "recorded_at")


def current_medications(resident_id: UUID, on: date | None = None) -> QuerySet[MedicationStatement]:
    """What the person takes on a day (default: today)."""
    day = on or clock.today()
    taken = MedicationStatement.objects.in_force().filter(resident_id=resident_id, start__lte=day)
    return taken.filter(Q(until__isnull=True) | Q(until__gt=day)).select_related("organization").order_by("start")


def allergies(resident_id: UUID) -> QuerySet[AllergyIntolerance]:
    """What the person must not get."""
    return AllergyIntolerance.objects.in_force().filter(resident_id=resident_id).order_by("recorded_at")


def documents(resident_id: UUID) -> QuerySet[DocumentReference]:
    """Attachments without their content, the newest first."""
    found = DocumentReference.objects.in_force().filter(resident_id=resident_id)
    return found.defer("content").select_related("organization").order_by("-recorded_at")


def encounters(resident_id: UUID) -> QuerySet[Encounter]:
    """Contacts with care, the newest first."""
    found = Encounter.objects.in_force().filter(resident_id=resident_id)
    return found.select_related("organization", "practitioner").order_by("-started_at")


def latest_values(resident_id: UUID, codes: Iterable[str] = ()) -> dict[str, Observation]:
    """The newest measurement of each code (default: of every code); one statement."""
    found = Observation.objects.in_force().filter(resident_id=resident_id, value__isnull=False)
    wanted = list(codes)
    if wanted:
        found = found.filter(code__in=wanted)
    return {row.code: row for row in found.order_by("code", "-effective_at").distinct("code")}


def trend(
    resident_id: UUID, codes: Iterable[str], *, since: datetime | None = None, most: int = 24
) -> dict[str, list[tuple[datetime, Decimal]]]:
    """The last ``most`` values of each code, the oldest first; one statement."""
    wanted = list(codes)
    found = Observation.objects.in_force().filter(resident_id=resident_id, code__in=wanted, value__isnull=False)
    if since:
        found = found.filter(effective_at__gte=since)
    lines: dict[str, list[tuple[datetime, Decimal]]] = {code: [] for code in wanted}
    for code, at, value in found.order_by("-effective_at").values_list("code", "effective_at", "value"):
        if value is not None and len(lines[code]) < most:
            lines[code].append((at, value))
    return {code: points[::-1] for code, points in lines.items()}


def places(resident_id: UUID) -> list[tuple[int, str]]:
    """Where the person was in care: organisations of visits and reports, by name."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT o.id, coalesce(nullif(o.short_name, ''), o.name) FROM organizations_organization o
                WHERE o.id IN (SELECT organization_id FROM health_record_encounter WHERE resident_id = %(id)s
                               UNION SELECT organization_id FROM health_record_diagnosticreport
                                      WHERE resident_id = %(id)s) ORDER BY 2""",
            {"id": resident_id},
        )
        return list(cursor.fetchall())


def course(resident_id: UUID, code: str, most: int = 120) -> list[Observation]:
    """The latest values of one code with their own reference ranges, the newest first; one statement."""
    found = Observation.objects.in_force().filter(resident_id=resident_id, code=code, value__isnull=False)
    return list(found.select_related("organization").order_by("-effective_at")[:most])
