"""The agreement about a delivery: received, checked and loaded, or refused as a whole with a reason.

A load is written in one transaction. What breaks in between leaves no trace and the case stays where it was: the next
start works it off from the beginning.
"""

from pydantic import BaseModel, Field

from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.declaration import PLATFORM, Desk, Party, State, Step, Workflow, stay

OFFICE = Desk("信息科", Party.HOME, Permission.EXCHANGE_RECEIVE)


class Begun(BaseModel):
    """Which edition of the mapping is used."""

    mapping_hash: str = ""


class Ended(BaseModel):
    """What became of the lines."""

    read: int = 0
    accepted: int = 0
    duplicate: int = 0
    rejected: int = 0
    reference: int = 0


class Refused(BaseModel):
    """Why nothing of the delivery could be taken."""

    reason: str = Field(title="原因", max_length=500)
    hint: str = Field("", title="怎么办", max_length=500)


class Withdrawal(BaseModel):
    """Why it is not to be loaded."""

    note: str = Field("", title="说明", max_length=200)


class Delivery(Workflow):
    """A delivery of a system (数据接收)."""

    name = "load"
    title = "数据接收"
    model = "exchange.Load"
    number_prefix = "JS"
    read = Permission.EXCHANGE_RECEIVE

    received = State("已收到", desk=OFFICE)
    checking = State("校验入库中", desk=OFFICE)
    loaded = State("已入库")
    refused = State("已退回")
    withdrawn = State("已撤回")

    start = Step("开始校验", received >> checking, by=[OFFICE, PLATFORM], asks=Begun)
    resume = Step("继续", stay(checking), by=[OFFICE, PLATFORM], asks=Begun)
    finish = Step("入库", checking >> loaded, by=[PLATFORM], asks=Ended)
    refuse = Step("退回", (received | checking) >> refused, by=[PLATFORM], asks=Refused)
    withdraw = Step("撤回", (received | checking) >> withdrawn, by=[OFFICE], asks=Withdrawal, danger=True)
