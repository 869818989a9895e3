"""Who is told of a step: whoever owes the next one, the side that waits, the signed centre, the resident.

A consumer of the outbox: a command never waits for a notice. Titles carry no clinical detail, for they may leave
through a gateway. The key of a notice is the event: news that arrives twice is told once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse

from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.models import CaseEvent
from yigongti.kernel.events.outbox import consumer
from yigongti.kernel.notices.services import Telling, holding, tell
from yigongti.kernel.ui.columns import when

from .models import Referral
from .workflow import FLOWS

ALARMS = ("remind", "overdue")
NEWS = [f"{flow.name}.{step}" for flow in FLOWS for step in (*flow.steps, *ALARMS)]
#: steps that the sending side waits for
ANSWERS = {
    "accept",
    "redirect",
    "ask",
    "decline",
    "rebook",
    "arrive",
    "miss",
    "conclude",
    "hand_down",
    "refuse",
    "terminate",
}
URGENT = {"red"}


#: of a referral nobody needs these to be told
HEAVY = ("package", "proposal", "plan", "reply", "checklist", "summary", "history", "treatment", "reason_text")


@consumer(*NEWS, batch=True)
def tell_concerned(payloads: Sequence[dict[str, Any]]) -> None:
    """One notice to each person concerned; events, cases and people are read in sets."""
    events = CaseEvent.objects.in_bulk([payload["event"] for payload in payloads])
    cases = (
        Referral.objects.select_related("home_organization", "counterpart_organization", "referring_doctor")
        .defer(*HEAVY)
        .in_bulk({payload["case"] for payload in payloads})
    )
    found: list[Telling] = []
    for payload in payloads:
        found += tellings(cases[UUID(payload["case"])], events[UUID(payload["event"])])
    tell(found)


def tellings(case: Referral, event: CaseEvent) -> Iterator[Telling]:
    """What is told of one event, and to whom; no statement."""
    link = reverse("referral:case", args=[case.pk])
    if event.step in ALARMS:
        yield from _alarm(case, event, link)
        return
    if event.sequence == case.happened:
        yield from _next(case, event, link)
    if event.step in ANSWERS:
        yield _sender(case, event, link)
    yield from _resident(case, event)


def _title(case: Referral, event: CaseEvent) -> str:
    step = case.flow.steps.get(event.step)
    return step.title if step else event.step


def _next(case: Referral, event: CaseEvent, link: str) -> Iterator[Telling]:
    """Whoever owes the next step, unless it is the one who just acted."""
    if not case.is_open or case.owner_organization_id is None:
        return
    desk = case.state_now.desk
    owner = case.owner_user_id
    yield Telling(
        users=[owner] if owner else [],
        desks=[] if owner else [(case.owner_organization_id, holding(Permission(case.owner_permission)))],
        but=event.actor_id,
        title=f"{case.state_now.title}：{case.get_direction_display()} {case.number}",
        text=f"{case.home_organization} → {case.counterpart_organization}，由{desk.title if desk else ''}办理",
        link=link,
        urgent=case.priority in URGENT,
        key=f"{event.pk}:next",
    )


def _sender(case: Referral, event: CaseEvent, link: str) -> Telling:
    """The doctor who sent the patient, and the signed centre."""
    doctor = case.referring_doctor.user_id if case.referring_doctor else None
    desks = [] if doctor else [(case.home_organization_id, holding(Permission.REFERRAL_SUBMIT))]
    if case.signed_organization_id:
        desks.append((case.signed_organization_id, holding(Permission.REFERRAL_RECEIVE)))
    return Telling(
        users=[doctor] if doctor else [],
        desks=desks,
        but=event.actor_id,
        title=f"{_title(case, event)}：{case.get_direction_display()} {case.number}",
        text=f"{case.counterpart_organization}已办理“{_title(case, event)}”，现在是“{case.state_now.title}”",
        link=link,
        key=f"{event.pk}:sender",
    )


def _resident(case: Referral, event: CaseEvent) -> Iterator[Telling]:
    """The resident, in plain words."""
    step = case.flow.steps.get(event.step)
    if words := step.resident if step else "":
        yield Telling(
            resident_id=case.resident_id, title="转诊进度", text=words, link="/my/", key=f"{event.pk}:resident"
        )


def _alarm(case: Referral, event: CaseEvent, link: str) -> Iterator[Telling]:
    """Whoever owes the step, and those up the ladder that the clock has reached; who opens no case sees a list."""
    where = event.data.get("owner_organization")
    if where is None:
        return
    late = event.step == "overdue"
    told = Telling(
        title=f"{'已超时' if late else '快到时限'}：{case.get_direction_display()} {case.number}",
        text=f"{event.data['owner']}应在 {when(datetime.fromisoformat(event.data['due_at']))} 前办理",
        link=link,
        urgent=late,
        key=str(event.pk),
    )
    roles, open_cases = set(event.data.get("roles", [])), set(holding(Permission.REFERRAL_READ))
    owners = (where, holding(Permission(event.data["permission"])))
    yield replace(told, desks=[owners, (where, tuple(sorted(roles & open_cases)))])
    if beyond := roles - open_cases:
        counted = f"{reverse('referral:counted')}?measure=late&direction={case.direction}"
        yield replace(told, desks=[(where, tuple(sorted(beyond)))], link=counted, key=f"{event.pk}:beyond")
