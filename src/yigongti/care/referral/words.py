"""A referral in the words of the resident: where it stands, what comes next, where and when to go, what to bring.

No codes and no terms of the trade; the sentences of states and steps stand in the declaration (:mod:`.workflow`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.utils import timezone

from yigongti.kernel.cases.models import CaseEvent
from yigongti.kernel.cases.presentation import happenings
from yigongti.kernel.ui.casepage import ProgressStep

from .diseases import NAMES, OTHER
from .models import Referral
from .workflow import DownReferral, UpReferral

U, D = UpReferral, DownReferral
WEEKDAYS = "一二三四五六日"
#: what everybody brings
ALWAYS = ("身份证", "医保卡或医保电子凭证", "正在吃的药（或药盒、清单）", "最近的检查结果和片子")
#: the way of a referral as people see it, and the states in which a part of it is under way
WAYS: dict[str, tuple[tuple[str, frozenset[str]], ...]] = {
    U.name: (
        ("医生写转诊申请", frozenset({U.draft.name, U.review.name})),
        ("医院答复", frozenset({U.submitted.name, U.supplement.name})),
        ("您去医院就诊", frozenset({U.accepted.name, U.no_show.name})),
        ("医院诊治", frozenset({U.arrived.name, U.in_care.name})),
        ("家庭医生随访", frozenset({U.concluded.name})),
    ),
    D.name: (
        ("医院写转回方案", frozenset({D.draft.name, D.rerouting.name})),
        ("家门口的机构接收", frozenset({D.submitted.name})),
        ("医生第一次随访", frozenset({D.accepted.name})),
    ),
}
#: all of the way was gone
ARRIVED = {U.closed.name, U.handed_down.name, D.closed.name}


@dataclass(frozen=True, kw_only=True)
class Told:
    """One thing that happened, in plain words."""

    at: datetime
    text: str


@dataclass(frozen=True, kw_only=True)
class ResidentView:
    """What a resident is told about one referral. ``steps`` is empty when it ended on the way."""

    id: UUID
    title: str
    now: str
    next: str
    steps: Sequence[ProgressStep]
    go: bool
    when: str = ""
    where: str = ""
    phone: str = ""
    bring: tuple[str, ...] = ()
    advice: tuple[tuple[str, str], ...] = ()
    urgent: bool = False
    open: bool = True
    story: Sequence[Told] = ()


def spoken(moment: datetime | date) -> str:
    """``11 月 23 日（周一）上午 9:00``; a date without the time."""
    local = timezone.localtime(moment) if isinstance(moment, datetime) else moment
    day = f"{local.month} 月 {local.day} 日（周{WEEKDAYS[local.weekday()]}）"
    if not isinstance(local, datetime):
        return day
    half = "上午" if local.hour < 12 else "下午"
    return f"{day}{half} {local.hour if local.hour <= 12 else local.hour - 12}:{local.minute:02d}"


def resident_view(case: Referral, events: Iterable[CaseEvent] = ()) -> ResidentView:
    """A case for its resident; with its events also the story so far. No statement if the sides were selected."""
    up = case.direction == Referral.Direction.UP
    go = up and case.state == U.accepted.name
    return ResidentView(
        id=case.pk,
        title=f"转到{case.counterpart_organization or '上级医院'}"
        if up
        else f"转回{case.counterpart_organization or '基层'}",
        now=case.state_now.resident,
        next=_next(case),
        steps=_steps(case),
        go=go,
        when=_when(case) if go else "",
        where=_where(case) if go else "",
        phone=_phone(case) if case.is_open else "",
        bring=_bring(case) if go else (),
        advice=_advice(case),
        urgent=case.priority == "red" and go,
        open=case.is_open,
        story=[Told(at=h.event.at, text=h.resident) for h in happenings(case.flow, events) if h.resident],
    )


def about(case: Referral) -> str:
    """What it is about, in a word that people know; empty for the group of all others."""
    return NAMES[case.disease].title if case.disease != OTHER else ""


def _steps(case: Referral) -> Sequence[ProgressStep]:
    way = WAYS[case.workflow]
    if case.state in ARRIVED:
        return [ProgressStep(label=label, state="done") for label, _ in way]
    here = next((n for n, (_, states) in enumerate(way) if case.state in states), None)
    if here is None:
        return []
    return [
        ProgressStep(label=label, state="done" if n < here else "current" if n == here else "ahead")
        for n, (label, _) in enumerate(way)
    ]


def _next(case: Referral) -> str:
    """What comes next, and whether the resident must do something."""
    there = str(case.counterpart_organization or "医院")
    until = f"，最晚 {spoken(case.due_at)}" if case.due_at else ""
    said = {
        (U.name, U.draft.name): "医生写好后会交给医院，您会收到消息。",
        (U.name, U.review.name): "审核后会交给医院，您会收到消息。",
        (U.name, U.submitted.name): f"等{there}答复{until}。您不用做什么，请保持电话畅通。",
        (U.name, U.supplement.name): "等您的医生补充资料。您不用做什么。",
        (U.name, U.accepted.name): _go(case, there),
        (U.name, U.no_show.name): "请打电话给您的家庭医生，重新约时间。",
        (U.name, U.arrived.name): "请听接诊医生安排。",
        (U.name, U.in_care.name): "诊治结束后，医院会把结果写给您的家庭医生。",
        (U.name, U.concluded.name): f"等家庭医生联系您{until}。",
        (U.name, U.declined.name): "请联系您的家庭医生，商量怎么治疗。",
        (U.name, U.handed_down.name): "请按医院给的方案吃药，等家门口的医生联系您。",
        (D.name, D.draft.name): "医院写好方案后会交给家门口的机构，您会收到消息。",
        (D.name, D.submitted.name): f"等{there}接收{until}。请先按医院给的方案吃药。",
        (D.name, D.rerouting.name): "医院正在为您另找一家机构，请先按方案吃药。",
        (D.name, D.accepted.name): f"等{there}的医生联系您{until}。",
        (D.name, D.returned.name): "请看新的转诊。",
    }
    return said.get((case.workflow, case.state), "不用再做什么。")


def _go(case: Referral, there: str) -> str:
    if case.appointment_at:
        return f"请在 {spoken(case.appointment_at)} 到{there}就诊。"
    return f"请马上去{there}，由医护人员或家人陪同。" if case.priority == "red" else f"现在就可以去{there}就诊。"


def _when(case: Referral) -> str:
    if case.appointment_at:
        return spoken(case.appointment_at)
    return "马上" if case.priority == "red" else "现在就可以去"


def _where(case: Referral) -> str:
    there = case.counterpart_organization
    parts = (there.name if there else "", case.department.name if case.department else "", case.appointment_place)
    return " ".join(part for part in parts if part)


def _phone(case: Referral) -> str:
    there = case.counterpart_organization
    return (case.department.phone if case.department else "") or (there.phone if there else "")


def _bring(case: Referral) -> tuple[str, ...]:
    """What everybody brings, and what the department asks the patient for."""
    asked = (item["name"] for item in case.checklist if item.get("who") == "患者" and item["id"] != "medicines")
    return (*ALWAYS, *asked)


def _advice(case: Referral) -> tuple[tuple[str, str], ...]:
    """What the hospital said: on the way down the plan, after a visit the reply."""
    if case.direction == Referral.Direction.DOWN:
        words = (
            ("出现这些情况，马上联系医生", "warning_signs"),
            ("复查", "next_checks"),
            ("康复和护理", "rehabilitation"),
        )
        return tuple((label, str(case.plan[key])) for label, key in words if case.plan.get(key))
    return (("医院的建议", str(case.reply["advice"])),) if case.reply.get("advice") else ()
