"""What each role sees first. A desk composes rooms: numbers on top, lists of what must be done now, ways to go on."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

from django.http import HttpRequest

from yigongti.care.referral.pages import lists
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.roles import Role
from yigongti.kernel.ui.figures import Figure
from yigongti.kernel.ui.register import Register

Lists: TypeAlias = Callable[[HttpRequest, Actor], list[Register]]
Figures: TypeAlias = Callable[[Actor], Iterable[Figure]]


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The first page of a role. ``lists`` are in the first answer; the first of them is what must be done now."""

    lead: str
    lists: Lists = lambda request, actor: []
    figures: Figures = lambda actor: ()


def sheets(*chosen: lists.Sheet) -> Lists:
    """Work lists of the referral room, addressed at the desk itself."""
    return lambda request, actor: lists.registers(request, actor, chosen, url=request.path)


DESKS: dict[str, Desk] = {
    "village-doctor": Desk(lead="今天要办的事", lists=sheets(lists.TODO, lists.SENT)),
    "family-doctor": Desk(lead="今天要办的事", lists=sheets(lists.TODO, lists.SENT)),
    "referral-office": Desk(lead="转诊受理", lists=sheets(lists.ACCEPT, lists.PROBLEMS, lists.TODAY)),
    "specialist": Desk(lead="接诊和诊疗中的病人", lists=sheets(lists.TREAT, lists.SENT)),
    "director": Desk(lead="本院转诊", lists=sheets(lists.LATE)),
}
ANYONE = Desk(lead="")


def roles_of(actor: Actor) -> tuple[type[Role], ...]:
    """The roles that have a desk here; residents have their own."""
    return tuple(role for role in actor.roles if role.code != "resident")


def context_of(request: HttpRequest, actor: Actor, role: type[Role]) -> dict[str, Any]:
    """What the desk of a role shows."""
    desk = DESKS.get(role.code, ANYONE)
    return {
        "title": f"{role.title}工作台",
        "lead": desk.lead,
        "figures": list(desk.figures(actor)),
        "registers": desk.lists(request, actor),
        "roles": roles_of(actor),
        "role": role,
    }
