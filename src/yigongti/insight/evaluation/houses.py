"""Who speaks for a participant: only people of its own house, never those above who conduct or oversee it."""

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.errors import Forbidden


def houses(actor: Actor) -> frozenset[int]:
    """The organisations that the actor answers for."""
    return actor.houses(Permission.EVALUATION_ANSWER)


def answers_for(actor: Actor, organization_id: int | None) -> bool:
    """Whether the actor answers for this organisation."""
    return actor.everything or organization_id in houses(actor)


def require(actor: Actor, organization_id: int | None) -> None:
    """Raises Forbidden for people of another house."""
    if not answers_for(actor, organization_id):
        raise Forbidden("由参评单位自己的人办理", hint="上级单位可以评审、答复，不能代为自评、提意见和申诉")
