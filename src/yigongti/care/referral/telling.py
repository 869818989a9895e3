"""Who is told of a step: whoever owes the next one, the side that waits, the signed centre, the resident.

A consumer of the outbox: a command never waits for a notice. Titles carry no clinical detail, for they may leave
through a gateway. The key of a notice is the event: news that arrives twice is told once.
"""

from typing import Any

from django.urls import reverse

from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.escalation import ALARMS
from yigongti.kernel.cases.models import CaseEvent
from yigongti.kernel.events.outbox import consumer
from yigongti.kernel.notices.services import at_desk, in_roles, notify

from .models import Referral
from .workflow import FLOWS

NEWS = [f"{flow.name}.{step}" for flow in FLOWS for step in (*flow.steps, "remind", "overdue")]
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


@consumer(*NEWS)
def tell(payload: dict[str, Any]) -> None:
    """One notice to each person concerned."""
    event = CaseEvent.objects.get(pk=payload["event"])
    case = Referral.objects.select_related("home_organization", "counterpart_organization").get(pk=payload["case"])
    link = reverse("referral:case", args=[case.pk])
    if event.step in ("remind", "overdue"):
        _alarm(case, event, link)
        return
    if event.sequence == case.happened:
        _next(case, event, link)
    if event.step in ANSWERS:
        _sender(case, event, link)
    _resident(case, event)


def _title(case: Referral, event: CaseEvent) -> str:
    step = case.flow.steps.get(event.step)
    return step.title if step else ALARMS.get(event.step, event.step)


def _next(case: Referral, event: CaseEvent, link: str) -> None:
    """Whoever owes the next step, unless it is the one who just acted."""
    if not case.is_open or case.owner_organization_id is None:
        return
    desk = case.state_now.desk
    if case.owner_user_id:
        people = {case.owner_user_id}
    else:
        people = at_desk(case.owner_organization_id, Permission(case.owner_permission))
    notify(
        users=people - {event.actor_id},
        title=f"{case.state_now.title}：{case.get_direction_display()} {case.number}",
        text=f"{case.home_organization} → {case.counterpart_organization}，由{desk.title if desk else ''}办理",
        link=link,
        urgent=case.priority in URGENT,
        key=f"{event.pk}:next",
    )


def _sender(case: Referral, event: CaseEvent, link: str) -> None:
    """The doctor who sent the patient, and the signed centre."""
    doctor = case.referring_doctor.user_id if case.referring_doctor else None
    people = {doctor} if doctor else at_desk(case.home_organization_id, Permission.REFERRAL_SUBMIT)
    if case.signed_organization_id:
        people |= at_desk(case.signed_organization_id, Permission.REFERRAL_RECEIVE)
    notify(
        users=people - {event.actor_id},
        title=f"{_title(case, event)}：{case.get_direction_display()} {case.number}",
        text=f"{case.counterpart_organization}已办理“{_title(case, event)}”，现在是“{case.state_now.title}”",
        link=link,
        key=f"{event.pk}:sender",
    )


def _resident(case: Referral, event: CaseEvent) -> None:
    """The resident, in plain words."""
    step = case.flow.steps.get(event.step)
    words = step.resident if step else ""
    if words:
        notify(resident_id=case.resident_id, title="转诊进度", text=words, link="/my/", key=f"{event.pk}:resident")


def _alarm(case: Referral, event: CaseEvent, link: str) -> None:
    """Whoever owes the step, and those up the ladder that the clock has reached."""
    where = event.data.get("owner_organization")
    if where is None:
        return
    people = at_desk(where, Permission(event.data["permission"])) | in_roles(where, event.data.get("roles", []))
    late = event.step == "overdue"
    notify(
        users=people,
        title=f"{'已超时' if late else '快到时限'}：{case.get_direction_display()} {case.number}",
        text=f"{event.data['owner']}应在 {event.data['due_at'][:16].replace('T', ' ')} 前办理",
        link=link,
        urgent=late,
        key=str(event.pk),
    )
