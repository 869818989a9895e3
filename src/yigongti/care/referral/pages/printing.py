"""The printed referral form: up coupon with its stub, return coupon (国家基本公共卫生服务规范 双向转诊单)."""

from typing import Any
from uuid import UUID

import segno
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_datetime
from django.utils.safestring import SafeString, mark_safe

from yigongti.care.referral import drugs, queries, rules
from yigongti.care.referral.models import Referral
from yigongti.care.referral.observed import years
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.audit.reading import note
from yigongti.kernel.ui.view import ActorView
from yigongti.records.residents.models import Resident

from .case import reads

Parts = list[tuple[str, str]]


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
    near, far = case.home_organization, case.counterpart_organization
    sender, receiver = (far, near) if back else (near, far)
    return {
        "title": "双向转诊（回转）单" if back or case.direction == Referral.Direction.DOWN else "双向转诊（转出）单",
        "case": case,
        "back": back,
        "up": case.direction == Referral.Direction.UP,
        "age": years(case.resident_birth_date, case.opened_at.date()),
        "sex": Resident.Sex(case.resident_sex).label,
        "archive": resident.number if resident else "",
        "phone": str(resident.phone or "") if resident else "",
        "address": str(resident.address or "") if resident else "",
        "receiver": case.attending_doctor.name if case.attending_doctor else "",
        "doctor": _signing(case, back=back),
        "to": receiver.name if receiver else "",
        "from": sender.name if sender else "",
        "line": sender.phone if sender else "",
        "parts": [(label, text) for label, text in (_returned(case) if back else _sent(case)) if text],
        "signed_on": parse_datetime(case.reply.get("at", "")) if back else case.submitted_at or case.opened_at,
        "code": qr(case.number),
    }


def _signing(case: Referral, *, back: bool) -> str:
    if back:
        return str(case.reply.get("by", ""))
    return case.referring_doctor.name if case.referring_doctor else ""


def _sent(case: Referral) -> Parts:
    """The parts of the up coupon in the words of the national form; a plan down uses those of the return coupon."""
    up = case.direction == Referral.Direction.UP
    reasons = "；".join(rules.reason_names("up" if up else "down", case.reason_codes, case.places))
    why = "\n".join(filter(None, [case.summary, "。".join(filter(None, [reasons, case.reason_text]))]))
    if up:
        return [
            ("初步印象", f"{case.diagnosis} {case.diagnosis_code}".strip()),
            ("主要现病史（转出原因）", why),
            ("主要既往史", case.history or "无特殊"),
            ("治疗经过", case.treatment or "无"),
        ]
    return [
        ("诊断结果", f"{case.diagnosis} {case.diagnosis_code}".strip()),
        ("治疗经过（转回原因）", why),
        ("下一步治疗方案", drugs.printed(case.plan.get("drugs", [])) or "无需用药"),
        ("康复建议", case.plan.get("rehabilitation", "")),
        ("出现以下情况请再上转", case.plan.get("warning_signs", "")),
        ("复查", case.plan.get("next_checks", "")),
    ]


def _returned(case: Referral) -> Parts:
    """The parts of the return coupon."""
    reply = case.reply
    steps = [reply.get("treatment"), reply.get("medications"), reply.get("advice")]
    return [
        ("诊断结果", reply.get("diagnosis", "")),
        ("主要检查结果", reply.get("results") or "见治疗经过"),
        ("治疗经过、下一步治疗方案及康复建议", "\n".join(filter(None, steps))),
    ]


def qr(text: str) -> SafeString:
    """The case number as a QR code, drawn as SVG."""
    return mark_safe(segno.make(text, micro=False).svg_inline(scale=2, border=0))  # noqa: S308 - segno escapes what it draws
