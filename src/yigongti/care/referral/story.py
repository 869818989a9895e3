"""Referrals in the timeline of a resident's record."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import F
from django.db.models.functions import Coalesce
from django.urls import reverse

from yigongti.records.health_record.timeline import Key, Moment, timeline_source

from .models import Referral


@timeline_source("referral", "转诊")
def moments(resident_id: UUID, below: Key, most: int) -> Iterable[Moment]:
    """The referrals of a resident that the reader may see, as of their submission. One statement."""
    at, last = below
    rows = (
        Referral.objects.filter(resident=resident_id)
        .annotate(at=Coalesce(F("submitted_at"), F("opened_at")))
        .filter(at__lte=at)
        .select_related("home_organization", "counterpart_organization", "department", "referring_doctor")
        .order_by("-at", "-pk")[: most + 1]
    )
    return [_moment(case) for case in rows if (case.at, case.pk) < (at, last)]


def _moment(case: Referral) -> Moment:
    department = f" {case.department.name}" if case.department else ""
    answer = str(case.reply.get("diagnosis") or "")
    details = (
        ("转入", f"{case.counterpart_organization or '未定'}{department}"),
        ("现在", case.state_now.title),
        ("回复诊断", answer),
    )
    return Moment(
        kind="referral",
        id=case.pk,
        at=case.at,  # type: ignore[attr-defined]
        title=f"{case.get_direction_display()}：{case.diagnosis or '未填诊断'}",
        organization=str(case.home_organization),
        practitioner=case.referring_doctor.name if case.referring_doctor else "",
        note=case.reason_text,
        details=tuple((label, text) for label, text in details if text),
        tone="danger" if case.priority == "red" and case.is_open else "accent",
        url=reverse("referral:case", args=[case.pk]),
    )
