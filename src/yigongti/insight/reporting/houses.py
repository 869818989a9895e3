"""Where somebody may enter values: only the own organisation says what it says.

A role that reaches over everything below (the lead's director, an authority) does not enter for those below: it
reviews them.
"""

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.errors import Forbidden

from .models import Report


def houses(actor: Actor) -> frozenset[int]:
    """The organisations at which the actor holds the right to report, without those below."""
    return actor.houses(Permission.INDICATOR_REPORT)


def enters(actor: Actor, report: Report) -> bool:
    """Whether the actor may enter values of this report."""
    return actor.everything or report.home_organization_id in houses(actor)


def require(actor: Actor, report: Report) -> None:
    """Raises Forbidden for people of another house."""
    if not enters(actor, report):
        raise Forbidden("这份填报由填报单位自己的人填写", hint="上级单位可以审核、催报，不能代填")
