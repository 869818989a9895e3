"""The printed referral form: up coupon with its stub, return coupon (国家基本公共卫生服务规范 双向转诊单)."""

from typing import Any
from uuid import UUID

import segno
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe

from yigongti.care.referral import diseases, queries, rules
from yigongti.care.referral.models import Referral
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.audit.reading import note
from yigongti.kernel.ui.view import ActorView
from yigongti.records.residents.models import Resident

from .case import reads


class PrintView(ActorView):
    """``?coupon=return`` prints the return coupon."""

    title = "双向转诊单"
    permission = reads

    def get(self, request: HttpRequest, referral_id: UUID) -> HttpResponse:
        """Show the form as a page that prints cleanly; printing is recorded as an export."""
        actor = request.actor  # type: ignore[attr-defined]
        case = queries.access_referral(actor, referral_id)
        note(actor, Entry.Action.EXPORT, subject="referral:print", subject_id=case.number, resident_id=case.resident_id)
        return render(request, "referral/print.html", printed(case, back=request.GET.get("coupon") == "return"))


def printed(case: Referral, *, back: bool) -> dict[str, Any]:
    """What stands on the form. The phone is the resident's own, as long as the record is open."""
    resident = Resident.objects.filter(pk=case.resident_id).first()
    up = case.direction == Referral.Direction.UP
    return {
        "title": "双向转诊（回转）单" if back else "双向转诊（转出）单",
        "case": case,
        "back": back,
        "up": up,
        "age": case.opened_at.year - case.resident_birth_date.year,
        "sex": Resident.Sex(case.resident_sex).label,
        "archive": resident.number if resident else "",
        "phone": str(resident.phone or "") if resident else "",
        "address": str(resident.address or "") if resident else "",
        "disease": diseases.NAMES[case.disease].title,
        "reasons": rules.reason_names("up" if up else "down", case.reason_codes, case.places),
        "code": qr(case.number),
    }


def qr(text: str) -> SafeString:
    """The case number as a QR code, drawn as SVG."""
    return mark_safe(segno.make(text, micro=False).svg_inline(scale=2, border=1))  # noqa: S308 - segno escapes what it draws
