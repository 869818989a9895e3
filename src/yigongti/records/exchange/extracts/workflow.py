"""The agreement about a de-identified extract: asked for, prepared, approved by a second person, made, fetched, gone.

The deadlines are policy ``extract/clocks``; how long the file is kept is in the policy of the extract.
"""

from datetime import timedelta
from typing import TYPE_CHECKING

from yigongti.kernel import clock as time
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.declaration import PLATFORM, Clock, Desk, Party, Rung, State, Step, Workflow
from yigongti.kernel.policy.bodies import Clocks, duration
from yigongti.kernel.policy.store import resolve

from . import schemas, steps

if TYPE_CHECKING:
    from .models import Extract

SPONSOR = Desk("申请人", Party.HOME, Permission.EXTRACT_REQUEST)
OFFICE = Desk("信息科", Party.COUNTERPART, Permission.EXTRACT_PREPARE)
APPROVER = Desk("批准人", Party.COUNTERPART, Permission.EXTRACT_APPROVE)
RECIPIENT = Desk("领取人", Party.HOME, Permission.EXTRACT_RECEIVE)


class Extraction(Workflow):
    """A de-identified extract (去标识化数据)."""

    name = "extract"
    title = "去标识化数据申请"
    model = "extracts.Extract"
    number_prefix = "QB"
    read = Permission.EXTRACT_REQUEST

    requested = State("待准备", desk=OFFICE, limit="prepare")
    prepared = State("待批准", desk=APPROVER, limit="approve")
    making = State("生成中", desk=OFFICE, limit="make")
    short = State("检查未通过", desk=OFFICE, limit="prepare")
    ready = State("待下载", desk=RECIPIENT, limit="keep")
    downloaded = State("已下载", desk=RECIPIENT, limit="keep")
    destroyed = State("已销毁")
    refused = State("不予提供")
    withdrawn = State("已撤回")

    prepare = Step(
        "准备完毕，送批准",
        (requested | short) >> prepared,
        by=[OFFICE],
        asks=schemas.Preparation,
        does=steps.prepare,
        hint="期间和居住地只能缩小，k 只能提高",
    )
    approve = Step(
        "批准",
        prepared >> making,
        by=[APPROVER],
        asks=schemas.Approval,
        guard=steps.another_person,
        does=steps.approve,
        hint="批准人不能是申请、准备或领取的人；只取批准人负责的机构有服务关系的居民",
    )
    refuse = Step(
        "不予提供",
        (requested | prepared | short) >> refused,
        by=[OFFICE, APPROVER],
        asks=schemas.Refusal,
        does=steps.refuse,
        danger=True,
    )
    finish = Step("生成完毕", making >> ready, by=[PLATFORM], asks=schemas.Made, does=steps.finished)
    fall_short = Step("检查未通过", making >> short, by=[PLATFORM], asks=schemas.Short, does=steps.fell_short)
    download = Step(
        "下载",
        (ready | downloaded) >> downloaded,
        by=[RECIPIENT],
        asks=schemas.Nothing,
        guard=steps.is_recipient,
        does=steps.fetched,
    )
    again = Step(
        "重新生成",
        (making | ready | downloaded) >> making,
        by=[OFFICE],
        asks=schemas.Words,
        guard=steps.idle,
        hint="按同一批准再生成一次，假名不变，保存期不延长",
    )
    discard = Step(
        "提前销毁",
        (ready | downloaded) >> destroyed,
        by=[RECIPIENT, OFFICE],
        asks=schemas.Words,
        does=steps.destroyed,
        danger=True,
    )
    expire = Step(
        "到期销毁", (ready | downloaded) >> destroyed, by=[PLATFORM], asks=schemas.Words, does=steps.destroyed
    )
    withdraw = Step(
        "撤回申请",
        (requested | prepared | short) >> withdrawn,
        by=[SPONSOR],
        asks=schemas.Words,
        guard=steps.is_requester,
        danger=True,
    )

    @classmethod
    def clock(cls, case: "Extract", limit: str) -> Clock | None:
        """The time limit of policy ``extract/clocks``; a file may be fetched until it is destroyed."""
        if limit == "keep":
            left = max((case.expires_at or time.now()) - time.now(), timedelta(minutes=1))
            return Clock(left, left * 3 / 4)
        policy = resolve("extract/clocks").body
        assert isinstance(policy, Clocks)
        found = policy.clock(limit)
        ladder = tuple(Rung(duration(rung.after), rung.to, rung.name) for rung in policy.escalation)
        return Clock(found.due, found.warning or found.due, ladder)
