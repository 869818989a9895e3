"""The page of one referral, the same for both sides."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from yigongti.care.referral import diseases, drugs, queries, rules, steps
from yigongti.care.referral.choices import PRIVILEGES
from yigongti.care.referral.models import Referral
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.audit.reading import reading
from yigongti.kernel.cases.models import CaseEvent
from yigongti.kernel.cases.presentation import actions_for, diagram, state_of, timeline
from yigongti.kernel.ui.banners import ResidentBanner
from yigongti.kernel.ui.casepage import Action, CasePage, Document, Tone
from yigongti.kernel.ui.columns import when
from yigongti.kernel.ui.view import ActorView
from yigongti.records.health_record.banner import banner
from yigongti.records.residents.display import age_text
from yigongti.records.residents.models import Resident

from .happened import details, mentioned

URGENCY: dict[str, tuple[str, Tone]] = {
    "red": ("红 · 危急", "danger"),
    "yellow": ("黄 · 优先", "warn"),
    "green": ("绿 · 常规", "calm"),
}
MARKS = {"S": ("公开来源", "accent"), "GK": ("通识", "calm"), "D": ("建议", "warn")}


def reads(actor: Actor) -> bool:
    """Whoever reads referrals anywhere."""
    return actor.may(Permission.REFERRAL_READ)


def resident_banner(case: Referral) -> ResidentBanner:
    """The resident as the record shows them; after the care relation ended, as they stood in the case."""
    resident = Resident.objects.filter(pk=case.resident_id).first()
    if resident is not None:
        return banner(resident)
    return ResidentBanner(
        name=case.resident_name,
        sex=Resident.Sex(case.resident_sex).label,
        age=age_text(case.resident_birth_date, case.opened_at.date()),
        birth_date=f"{case.resident_birth_date:%Y-%m-%d}",
        allergies=tuple(a["substance"] for a in case.package.get("allergies", [])),
        warnings=("本次服务已结束，档案不再开放",),
    )


class CaseView(ActorView):
    """One referral: banner, state with clock and who is next, buttons, content, timeline, documents."""

    title = "转诊"
    permission = reads

    def get(self, request: HttpRequest, referral_id: UUID) -> HttpResponse:
        """Show the case; looking at it is recorded."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        case = queries.access_referral(actor, referral_id)
        reading(actor, resident_id=case.resident_id, page="referral:case", case=case.number)
        events = queries.events_of(case)
        page = case_page(case, actor, events)
        from .readiness import standing

        shown = {**content(case, actor), "standing": standing(case, actor)}
        return render(request, "referral/case.html", {"page": page, "crumbs": CRUMBS, **shown})


CRUMBS = (("双向转诊", "/referrals/"),)
#: the same for pages that people see who may not open the register
ROOM = (("双向转诊", ""),)


def case_page(case: Referral, actor: Actor, events: list[CaseEvent]) -> CasePage:
    """The frame of the page, derived from the declaration."""
    acted = {event.organization_id for event in events if event.organization_id}
    names = queries.organization_names(acted | mentioned(case, events))
    url = reverse("referral:step", args=[case.pk, "STEP"]).replace("STEP", "{step}")
    return CasePage(
        title=f"{case.get_direction_display()} · {case.diagnosis or diseases.NAMES[case.disease].title}",
        banner=resident_banner(case),
        urgency=URGENCY[case.priority],
        place="referral.case",
        state=state_of(case, actor),
        facts=tuple(facts(case)),
        actions=_actions(case, actor, url),
        timeline=timeline(case.flow, events, names, details(case, events, names))[::-1],
        documents=_documents(case),
        diagram=diagram(case.flow, case, passed=[event.to_state for event in events]),
    )


def _actions(case: Referral, actor: Actor, url: str) -> list[Action]:
    """The buttons; a draft is completed and sent on one screen, so its two steps are one button."""
    actions = actions_for(case, actor, url)
    if case.state in ("draft", "supplement", "rerouting") and any(a.key == "revise" for a in actions):
        actions = [a for a in actions if a.key not in ("revise", "submit")]
        send = reverse("referral:send", args=[case.pk])
        label = "填写并提交" if case.direction == "up" else "填写方案并发出"
        actions.insert(0, Action(key="send", label=label, url=send, main=True, icon="send", version=case.version))
    return actions


def _documents(case: Referral) -> list[Document]:
    found = [
        Document(title="双向转诊（转出）单", url=reverse("referral:print", args=[case.pk]), kind="打印", icon="printer")
    ]
    if case.reply:
        url = reverse("referral:print", args=[case.pk]) + "?coupon=return"
        found.append(Document(title="双向转诊（回转）单", url=url, kind="打印", icon="printer"))
    return found


def facts(case: Referral) -> list[tuple[str, str]]:
    """Label and text pairs beside the state."""
    department = f" {case.department.name}" if case.department else ""
    pairs = [
        ("转出", str(case.home_organization)),
        ("转入", f"{case.counterpart_organization or '未定'}{department}"),
        ("去向依据", case.destination_reason),
        ("病种", diseases.NAMES[case.disease].title),
        ("预约", f"{when(case.appointment_at)} {case.appointment_place}" if case.appointment_at else ""),
        ("优先", "、".join(PRIVILEGES.get(code, code) for code in case.privileges)),
        (
            "代办",
            f"{case.handler_organization}（{case.counterpart_organization}未接入平台）"
            if case.handler_organization
            else "",
        ),
        ("转出医生", case.referring_doctor.name if case.referring_doctor else ""),
        ("接诊医生", case.attending_doctor.name if case.attending_doctor else ""),
    ]
    return [(label, text) for label, text in pairs if text.strip()]


def content(case: Referral, actor: Actor) -> dict[str, Any]:
    """What the template shows of this referral."""
    up = case.direction == Referral.Direction.UP
    mark = (case.proposal.get("source") or {}).get("mark", "")
    return {
        "case": case,
        "up": up,
        "reasons": reasons_of(case),
        "proposal": case.proposal,
        "proposal_mark": MARKS.get(mark),
        "proposal_policy": reverse("policy:policy", args=case.proposal["policy"].split("/")) if case.proposal else "",
        "shortfalls": steps.shortfalls(case) if case.state in ("draft", "supplement", "rerouting") else [],
        "plan_drugs": drugs.shown(case),
        "sequels": list(queries.referrals(actor).filter(basis=case)),
        "outcome": dict(rules.reasons("outcome", case.places)).get(case.reply.get("outcome", ""), ""),
    }


def reasons_of(case: Referral) -> list[str]:
    """The reasons of the form in words."""
    return rules.reason_names(case.direction, case.reason_codes, case.places)
