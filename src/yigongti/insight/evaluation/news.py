"""Who is told what: participants when they are asked, the conductor when everybody has answered."""

from typing import Any
from uuid import UUID

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.events.outbox import consumer
from yigongti.kernel.notices.services import Telling, holding, tell

from .models import Answer, Evaluation

ANSWER, CONDUCT = Permission.EVALUATION_ANSWER, Permission.EVALUATION_CONDUCT
#: what a participant is told when its answer moves on
ASKED = {
    "begin": "开始自评",
    "give_back": "自评被退回，请补充",
    "hear": "得分已公布，请提意见",
    "let_appeal": "可以申诉",
    "reply": "意见已答复",
    "rule": "申诉已答复",
    "close": "结果已发布",
    "abandon": "考核已取消",
}
#: what the conductor is told
DONE = {"submit": "已交自评", "remark": "提了意见", "appeal": "提出申诉", "finish": "已确认或申诉完毕"}


def _told(answer: Answer, title: str, event: str, to: int | None, desk: Permission, *, urgent: bool = False) -> None:
    if to is None:
        return
    tell(
        [
            Telling(
                title=f"{answer.title}：{title}",
                text=answer.evaluation.title,
                link=answer.get_absolute_url(),
                key=f"evaluation:{event}",
                urgent=urgent,
                desks=[(to, holding(desk))],
            )
        ]
    )


def _answer(payload: dict[str, Any]) -> Answer:
    return Answer.objects.select_related("evaluation").get(pk=UUID(payload["case"]))


def _step(payload: dict[str, Any]) -> str:
    from yigongti.kernel.cases.models import CaseEvent

    return CaseEvent.objects.values_list("step", flat=True).get(pk=payload["event"])


@consumer(*(f"evaluation-answer.{step}" for step in ASKED))
def participant_asked(payload: dict[str, Any]) -> None:
    """The participant has something to do, or to know."""
    with acting(SYSTEM):
        one = _answer(payload)
        _told(one, ASKED[_step(payload)], payload["event"], one.home_organization_id, ANSWER)


@consumer(*(f"evaluation-answer.{step}" for step in DONE))
def conductor_told(payload: dict[str, Any]) -> None:
    """The conductor sees what came in."""
    with acting(SYSTEM):
        one = _answer(payload)
        _told(one, DONE[_step(payload)], payload["event"], one.counterpart_organization_id, CONDUCT)


@consumer("evaluation-answer.remind", "evaluation-answer.overdue")
def pressed(payload: dict[str, Any]) -> None:
    """A deadline is near or has passed."""
    with acting(SYSTEM):
        one = _answer(payload)
        desk = one.state_now.desk
        words = f"{one.state_now.title}，" + ("已超时" if _step(payload) == "overdue" else "临近时限")
        if desk is not None:
            _told(one, words, payload["event"], one.owner_organization_id, desk.permission, urgent=True)


@consumer("evaluation.remind", "evaluation.overdue", "evaluation.decide", "evaluation.send_back")
def conductor_pressed(payload: dict[str, Any]) -> None:
    """The next step of the evaluation waits for the conductor, or for the second person."""
    words = {"remind": "临近时限", "overdue": "已超时", "decide": "已定等，待另一人发布", "send_back": "被退回重定"}
    with acting(SYSTEM):
        case = Evaluation.objects.defer("sheet").get(pk=UUID(payload["case"]))
        tell(
            [
                Telling(
                    title=f"{case.title}：{words[_step(payload)]}",
                    link=case.get_absolute_url(),
                    key=f"evaluation:{payload['event']}",
                    desks=[(case.home_organization_id, holding(CONDUCT))],
                )
            ]
        )
