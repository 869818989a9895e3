"""The agreement about targets: proposed, first round, revised, second round, decided, approved by a second person."""

from typing import TYPE_CHECKING

from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.declaration import Clock, Desk, Party, State, Step, Workflow, stay
from yigongti.kernel.policy.bodies import duration

from ..schemas import Nothing, Reason, Words
from . import schemas, steps

if TYPE_CHECKING:
    from .models import Plan

CONDUCTOR = Desk("考核办", Party.HOME, Permission.EVALUATION_CONDUCT)
APPROVER = Desk("批准人", Party.HOME, Permission.EVALUATION_CONDUCT)


class Planning(Workflow):
    """Targets of the centres of a consortium (服务目标)."""

    name = "target-plan"
    title = "服务目标"
    model = "targets.Plan"
    number_prefix = "MB"
    read = Permission.INDICATOR_READ

    drafting = State("拟定中", desk=CONDUCTOR, limit="draft")
    first = State("第一轮征求意见", desk=CONDUCTOR, limit="first")
    revising = State("修改中", desk=CONDUCTOR, limit="revise")
    second = State("第二轮征求意见", desk=CONDUCTOR, limit="second")
    deciding = State("待定稿", desk=CONDUCTOR, limit="decide")
    approving = State("待批准", desk=APPROVER, limit="approve")
    decided = State("已生效")
    cancelled = State("已取消")

    apportion = Step(
        "改总量并重新分配",
        stay(drafting, revising),
        by=[CONDUCTOR],
        asks=schemas.Totals,
        does=steps.apportioned,
        hint="按权重重新分到各中心，合计等于总量",
    )
    propose = Step("征求意见（第一轮）", drafting >> first, by=[CONDUCTOR], asks=Words, hint="各中心看到建议的目标")
    end_first = Step(
        "结束第一轮", first >> revising, by=[CONDUCTOR], asks=Words, guard=steps.all_said, hint="都已回复，或期满"
    )
    revise = Step("修改各中心目标", stay(revising, deciding), by=[CONDUCTOR], asks=schemas.Revision, does=steps.revise)
    circulate = Step("征求意见（第二轮）", revising >> second, by=[CONDUCTOR], asks=Words)
    end_second = Step("结束第二轮", second >> deciding, by=[CONDUCTOR], asks=Words, guard=steps.all_said)
    decide = Step("定稿", deciding >> approving, by=[CONDUCTOR], asks=Words, does=steps.decide, hint="由另一人批准")
    approve = Step(
        "批准生效", approving >> decided, by=[APPROVER], asks=Nothing, guard=steps.another_person, does=steps.approve
    )
    send_back = Step("退回修改", approving >> deciding, by=[APPROVER], asks=Reason, does=steps.send_back)
    cancel = Step(
        "取消",
        (drafting | first | revising | second | deciding | approving) >> cancelled,
        by=[CONDUCTOR],
        asks=Reason,
        danger=True,
    )

    @classmethod
    def clock(cls, case: "Plan", limit: str) -> Clock | None:
        """The time limit of the policy by which it was drafted."""
        told = steps.policy_of(case).steps[limit]
        return Clock(duration(told.limit), duration(told.warn))
