"""Reads of the record: what holds now, the latest values, how one of them went."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from yigongti.kernel import clock
from yigongti.kernel.prepared import Query, run

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


def _measured(resident_id: UUID) -> QuerySet[Observation]:
    return Observation.objects.in_force().filter(resident_id=resident_id, value__isnull=False)


@dataclass(frozen=True)
class Latest:
    """The newest value of a code."""

    code: str
    value: Decimal
    effective_at: datetime


#: one look for each code, the newest month first; planning over the months takes longer, so it is done once
LATEST = """
SELECT c.code, o.value, o.effective_at FROM unnest(%(codes)s::text[]) c(code) CROSS JOIN LATERAL (
    SELECT value, effective_at FROM health_record_observation
     WHERE resident_id = %(resident)s AND code = c.code AND value IS NOT NULL
       AND replaced_by_id IS NULL AND voided_reason = ''
     ORDER BY effective_at DESC LIMIT 1) o
"""
COURSE = 120
"""The most values of one course."""
OF_CODE = Query(
    lambda who, code: (
        _measured(who).filter(code=code).select_related("organization").order_by("-effective_at")[:COURSE]
    ),
    UUID,
    str,
)


def latest_values(resident_id: UUID, codes: Iterable[str]) -> dict[str, Latest]:
    """The newest measurement of each of the codes; one statement."""
    rows, _ = run(LATEST, {"resident": resident_id, "codes": list(codes)})
    return {code: Latest(code, value, at) for code, value, at in rows}


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


def course(resident_id: UUID, code: str) -> list[Observation]:
    """The latest values of one code with their own reference ranges, the newest first; one statement."""
    return OF_CODE(resident_id, code)
