"""The agreement about a suggestion: seen and planned, done, dismissed with a reason, or recovered by itself."""

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from yigongti.kernel import clock as now
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.declaration import PLATFORM, Clock, Desk, Party, Rung, State, Step, Workflow, stay
from yigongti.kernel.policy.bodies import Clocks, duration
from yigongti.kernel.policy.store import resolve

from . import schemas, steps

if TYPE_CHECKING:
    from .models import Alarm

CLOCKS = "alarms/clocks"
OWNER = Desk("负责人", Party.HOME, Permission.ALARM_HANDLE)
ZONE = ZoneInfo("Asia/Shanghai")


class Alarming(Workflow):
    """A suggestion that a number opened (预警提示)."""

    name = "alarm"
    title = "预警提示"
    model = "alarms.Alarm"
    number_prefix = "YJ"
    read = Permission.ALARM_HANDLE

    opened = State("待确认", desk=OWNER, limit="acknowledge")
    acknowledged = State("处理中", desk=OWNER, limit="act")
    done = State("已处理")
    dismissed = State("不需处理")
    recovered = State("已恢复")

    acknowledge = Step(
        "确认并安排",
        opened >> acknowledged,
        by=[OWNER],
        asks=schemas.Plan,
        guard=steps.in_time,
        does=steps.plan,
        hint="写明打算怎样办、哪天完成；到期提醒",
    )
    replan = Step(
        "修改安排",
        stay(acknowledged),
        by=[OWNER],
        asks=schemas.Plan,
        guard=steps.in_time,
        does=steps.plan,
        resets=True,
    )
    finish = Step("办完", acknowledged >> done, by=[OWNER], asks=schemas.Outcome, does=steps.conclude)
    dismiss = Step(
        "不需处理",
        (opened | acknowledged) >> dismissed,
        by=[OWNER],
        asks=schemas.Dismissal,
        guard=steps.well_founded,
        does=steps.dismiss,
        danger=True,
        hint="写明理由；同一时期不再提示，以后的时期再超出会重新提示",
    )
    recover = Step(
        "已恢复", (opened | acknowledged) >> recovered, by=[PLATFORM], asks=schemas.Returned, does=steps.note
    )

    @classmethod
    def clock(cls, case: "Alarm", limit: str) -> Clock | None:
        """The time limit of policy ``alarms/clocks``; what is planned is due at the end of its day."""
        policy = resolve(CLOCKS, case.place or None).body
        assert isinstance(policy, Clocks)
        found = policy.clock(limit, case.type)
        ladder = tuple(Rung(duration(rung.after), rung.to, rung.name) for rung in policy.escalation)
        warn = found.warning or found.due
        if limit != "act" or case.planned_on is None:
            return Clock(found.due, warn, ladder)
        due = datetime.combine(case.planned_on + timedelta(days=1), time(), ZONE) - now.now()
        return Clock(due, max(due - (found.due - warn), timedelta(0)), ladder)
