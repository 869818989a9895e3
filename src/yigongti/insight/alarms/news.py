"""Who is told what. Told twice, everything happens once."""

from typing import Any
from uuid import UUID

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.models import CaseEvent
from yigongti.kernel.events.outbox import consumer
from yigongti.kernel.notices.services import Desk, Telling, holding, tell

from .models import Alarm
from .workflow import Alarming

FLOW = Alarming.name
#: step → the words, and which sides hear them
NEWS = {
    "open": ("请查看", ("home",)),
    "acknowledge": ("已安排处理", ("counterpart",)),
    "replan": ("修改了安排", ("counterpart",)),
    "finish": ("已处理", ("counterpart",)),
    "dismiss": ("认为不需处理", ("counterpart",)),
    "recover": ("已恢复，自动关闭", ("home", "counterpart")),
}
ROLES = holding(Permission.ALARM_HANDLE)


@consumer(*(f"{FLOW}.{step}" for step in NEWS))
def tell_them(payload: dict[str, Any]) -> None:
    """The owner of a new suggestion; whoever is above them, of what became of it."""
    with acting(SYSTEM):
        event = CaseEvent.objects.get(pk=UUID(payload["event"]))
        alarm = Alarm.objects.select_related("unit").get(pk=UUID(payload["case"]))
        words, sides = NEWS[event.step]
        where = {"home": alarm.home_organization_id, "counterpart": alarm.counterpart_organization_id}
        desks: list[Desk] = [(place, ROLES) for side in sides if (place := where[side])]
        _tell(alarm, payload, words, desks, but=event.actor_id)


@consumer(f"{FLOW}.remind", f"{FLOW}.overdue")
def tell_of_time(payload: dict[str, Any]) -> None:
    """Who owes the next step, and whoever is up the ladder: at the owner, or at the organisation above it."""
    with acting(SYSTEM):
        event = CaseEvent.objects.get(pk=UUID(payload["event"]))
        alarm = Alarm.objects.select_related("unit").get(pk=UUID(payload["case"]))
        told = event.data
        desks: list[Desk] = [(told["owner_organization"], holding(Permission(told["permission"])))]
        if roles := tuple(told.get("roles", ())):
            desks += [(where, roles) for where in alarm.parties]
        state = Alarming.states[event.to_state].title
        _tell(alarm, payload, f"{state}，{'已超时' if event.step == 'overdue' else '将到时限'}", desks)


def _tell(alarm: Alarm, payload: dict[str, Any], words: str, desks: list[Desk], but: int | None = None) -> None:
    tell(
        [
            Telling(
                title=f"预警提示{words}：{alarm.title}"[:64],
                text=f"{alarm.unit.title} {alarm.period} {alarm.get_cause_display()}，{alarm.number}",
                link=alarm.get_absolute_url(),
                key=f"alarm:{payload['event']}",
                desks=desks,
                but=but,
            )
        ]
    )
