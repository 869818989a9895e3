"""What each role sees first: one builder for each, which composes rooms into what the template shows.

A desk answers, in this order: what must I do now, what is waiting for others, how are we doing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from django.http import HttpRequest

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.roles import Role

from . import consortium, director, hospital, insurance, keeping, pharmacy, today

Builder: TypeAlias = Callable[[HttpRequest, Actor], dict[str, Any]]
"""Answers ``figures``, ``registers`` (lists that can be addressed), and ``cards`` (a title with rows or links)."""


@dataclass(frozen=True)
class Desk:
    """The line under the title, what builds the page, whether the worst figures of the own screen stand on it, and
    whether figures are reported or members evaluated by this role.
    """

    lead: str
    build: Builder
    watches: bool = False
    owes: bool = False


DESKS: dict[str, Desk] = {
    "village-doctor": Desk("先办红的和逾期的；回车打开，按钮直接办理。", today.desk, watches=True),
    "family-doctor": Desk("先办红的和逾期的；回车打开，按钮直接办理。", today.desk, watches=True),
    "referral-office": Desk("按紧急程度和剩余时间排列；每一行写明该谁办。", hospital.office_desk),
    "specialist": Desk("等您接诊、诊疗中和可以转回基层的病人。", hospital.specialist_desk),
    "pharmacist": Desk("先看下转病人带下去、分院却没有的药：一键列入，或看同类可选。", pharmacy.desk),
    "director": Desk("昨天的五个数，每个都能点开；下面是本院超时的事。", director.desk, watches=True, owes=True),
    "council": Desk("近 30 天与前 30 天相比，哪些成员变了；超时在谁那里。", consortium.desk, watches=True, owes=True),
    "commission": Desk(
        "近 30 天与前 30 天相比，哪些成员变了；超时在谁那里。", consortium.desk, watches=True, owes=True
    ),
    "insurance-bureau": Desk(
        "近十二个月病人在县内治还是转出去；每个数都能打开不含姓名的明细。", insurance.desk, owes=True
    ),
    "data-office": Desk("先看没办完、要更正和久未送数的；每个数都能打开。", keeping.data_desk, owes=True),
    "auditor": Desk("审计链是否完好，谁最近调阅了档案。", keeping.auditor_desk),
    "administrator": Desk("账号、登录和被锁定的人。", keeping.administrator_desk),
}
#: a role without work in the product yet: its registers, notices and policies
OTHER = Desk("登记、消息和规则。", keeping.plain_desk)


def roles_of(actor: Actor) -> tuple[type[Role], ...]:
    """The roles that have a desk here; residents have their own."""
    return tuple(role for role in actor.roles if role.code != "resident")


def desk_of(role: type[Role]) -> Desk:
    """The desk of a role."""
    return DESKS.get(role.code, OTHER)
