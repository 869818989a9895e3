"""Who is told what of targets."""

from typing import Any
from uuid import UUID

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.events.outbox import consumer
from yigongti.kernel.notices.services import Telling, holding, tell

from .models import Plan

ROUNDS = {"first": "第一轮征求意见", "second": "第二轮征求意见", "decided": "目标已生效", "cancelled": "已取消"}


def _tell(plan: Plan, words: str, event: str, permission: Permission, *organizations: int) -> None:
    desks = [(one, holding(permission)) for one in organizations]
    title = f"{plan.title}：{words}"
    tell([Telling(title=title, link=plan.get_absolute_url(), key=f"targets:{event}", desks=desks)])


@consumer("target-plan.propose", "target-plan.circulate", "target-plan.approve", "target-plan.cancel")
def centres_told(payload: dict[str, Any]) -> None:
    """The centres have a round to answer, or their targets."""
    with acting(SYSTEM):
        plan = Plan.objects.get(pk=UUID(payload["case"]))
        words = ROUNDS.get(plan.state, plan.state_now.title)
        _tell(plan, words, payload["event"], Permission.EVALUATION_ANSWER, *plan.participants)


@consumer("target-plan.decide", "target-plan.send_back", "target-plan.remind", "target-plan.overdue")
def conductor_told(payload: dict[str, Any]) -> None:
    """The next step waits for the conductor, or for the second person."""
    with acting(SYSTEM):
        plan = Plan.objects.get(pk=UUID(payload["case"]))
        _tell(plan, plan.state_now.title, payload["event"], Permission.EVALUATION_CONDUCT, plan.home_organization_id)
