"""A resident hides a category of the record, or shows it again."""

from uuid import UUID

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.errors import Conflict, Forbidden, Invalid

from ..models import Hiding
from ..policies import protection


def myself(actor: Actor) -> UUID:
    """Whose record the actor decides about: their own. Raises Forbidden."""
    if actor.resident_id is None or not actor.may(Permission.OWN_RECORD):
        raise Forbidden("只有居民本人能决定", hint="请用居民本人的账号登录")
    return actor.resident_id


def hide(actor: Actor, *, category: str) -> Hiding:
    """From now on only those named in ``after_hiding`` see rows of the category. Hidden already: nothing changes."""
    if protection().category(category) is None:
        raise Invalid("没有这一类记录", field="category")
    with acting(actor):
        resident = myself(actor)
        found = Hiding.objects.filter(resident_id=resident, category=category, until=None).first()
        return found or Hiding.objects.create(resident_id=resident, category=category)


def show(actor: Actor, *, category: str) -> Hiding:
    """The category is seen as the policy says again. Raises Conflict if it was not hidden."""
    with acting(actor):
        found = Hiding.objects.filter(resident_id=myself(actor), category=category, until=None).first()
        if found is None:
            raise Conflict("这一类没有隐藏")
        found.until = clock.now()
        found.save(update_fields=["until"])
        return found
