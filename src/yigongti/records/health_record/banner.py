"""Who the page is about: the banner on every page about a person. One statement besides the resident."""

from datetime import date

from django.db import connection
from django.urls import NoReverseMatch, reverse

from yigongti.kernel import clock
from yigongti.kernel.ui.banners import ResidentBanner
from yigongti.records.residents.display import age_text, masked_number, masked_phone
from yigongti.records.residents.documents import DocumentKind
from yigongti.records.residents.models import Resident

from .queries import NO_KNOWN_ALLERGY
from .registers import REGISTERS

ABOUT = """
SELECT (SELECT array_agg(a.substance ORDER BY a.recorded_at) FROM health_record_allergyintolerance a
         WHERE a.resident_id = %(id)s AND a.replaced_by_id IS NULL AND a.voided_reason = ''),
       (SELECT array_agg(DISTINCT c.register) FROM health_record_condition c
         WHERE c.resident_id = %(id)s AND c.replaced_by_id IS NULL AND c.voided_reason = ''
           AND c.register <> '' AND c.status <> 'resolved'),
       s.doctor, s.centre
  FROM (VALUES (1)) one LEFT JOIN LATERAL (
    SELECT p.name AS doctor, coalesce(nullif(o.short_name, ''), o.name) AS centre
      FROM residents_signedcentre s JOIN organizations_organization o ON o.id = s.organization_id
      LEFT JOIN staff_practitioner p ON p.id = s.doctor_id
     WHERE s.resident_id = %(id)s AND s.start <= %(today)s AND (s.until IS NULL OR s.until > %(today)s)
  ) s ON true
"""


def banner(resident: Resident, on: date | None = None) -> ResidentBanner:
    """The banner of a resident that :func:`.access.access_resident` gave. Numbers are masked."""
    today = on or clock.today()
    with connection.cursor() as cursor:
        cursor.execute(ABOUT, {"id": resident.pk, "today": today})
        allergies, registers, doctor, centre = cursor.fetchone()
    known = {code: REGISTERS[code].name for code in registers or () if code in REGISTERS}
    return ResidentBanner(
        name=resident.name,
        sex=resident.get_sex_display(),
        age=age_text(resident.birth_date, today, estimated=resident.birth_estimated),
        birth_date=f"{resident.birth_date:%Y-%m-%d}",
        masked_id=masked_number(resident),
        phone=masked_phone(resident),
        allergies=None if allergies is None else tuple(a for a in allergies if a != NO_KNOWN_ALLERGY),
        registers=tuple(known[code] for code in REGISTERS if code in known),
        contract_doctor=doctor or ("已签约" if centre else ""),
        contract_centre=centre or "",
        deceased_on=f"{resident.died_on:%Y-%m-%d}" if resident.died_on else "",
        url=_url(resident),
        warnings=tuple(_warnings(resident)),
    )


def _warnings(resident: Resident) -> list[str]:
    found = []
    if resident.identity_kind in (DocumentKind.NEWBORN, DocumentKind.UNKNOWN):
        found.append(DocumentKind(resident.identity_kind).label)
    if resident.moved_on:
        found.append(f"{resident.moved_on:%Y-%m-%d} 已迁出")
    return found


def _url(resident: Resident) -> str:
    try:
        return reverse("record:resident", args=[resident.pk])
    except NoReverseMatch:
        return ""
