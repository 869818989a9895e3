"""Tell people something, and mark it read."""

from collections.abc import Iterable
from uuid import UUID

from django.db import connection

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.models import User
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.access.roles import Role
from yigongti.kernel.errors import Invalid
from yigongti.kernel.events.outbox import emit

from .models import Notice

#: people with one of the roles at the organisation itself; if there are none, those above who cover it
AT_DESK = """
WITH holders AS (
    SELECT g.user_id, g.organization_id = %(organization)s AS here
      FROM access_grant g JOIN access_user u ON u.id = g.user_id AND u.is_active
     WHERE g.role = ANY(%(roles)s) AND g.start <= %(day)s AND (g.until IS NULL OR g.until > %(day)s)
       AND (g.organization_id = %(organization)s
            OR g.subtree AND %(organization)s = ANY (organizations_below(g.organization_id, %(day)s))))
SELECT DISTINCT user_id FROM holders WHERE here OR NOT EXISTS (SELECT 1 FROM holders WHERE here)
"""


def at_desk(organization_id: int, permission: Permission) -> set[int]:
    """The people who hold a permission at an organisation."""
    return in_roles(organization_id, [role.code for role in Role.registry.values() if permission in role.permissions])


def in_roles(organization_id: int, roles: Iterable[str]) -> set[int]:
    """The people who hold one of the roles (codes) at an organisation; if none does, those above who cover it."""
    with connection.cursor() as cursor:
        cursor.execute(AT_DESK, {"organization": organization_id, "roles": list(roles), "day": clock.today()})
        return {user for (user,) in cursor.fetchall()}


def notify(
    *,
    users: Iterable[int] | None = None,
    organization_id: int | None = None,
    permission: Permission | None = None,
    resident_id: UUID | None = None,
    title: str,
    text: str = "",
    link: str = "",
    urgent: bool = False,
    key: str = "",
) -> int:
    """Leave a notice to users, to whoever holds ``permission`` at an organisation, or to a resident's own account.

    No clinical detail in title or text: they may leave through a gateway. What is urgent, and what is for a resident,
    leaves through the gateway too (``NoticeDue``). Returns how many people got it; with a ``key``, each only once.
    """
    if link and not link.startswith("/"):
        raise Invalid("消息的链接只能是本平台的地址", field="link")
    with acting(SYSTEM):
        people = set(users or ())
        if organization_id is not None and permission is not None:
            people |= at_desk(organization_id, permission)
        resident = User.objects.filter(resident_id=resident_id, is_active=True).first() if resident_id else None
        if resident:
            people.add(resident.pk)
        known = set(Notice.objects.filter(key=key, user__in=people).values_list("user_id", flat=True)) if key else set()
        made = Notice.objects.bulk_create(
            Notice(user_id=user, title=title[:64], text=text[:300], link=link, urgent=urgent, key=key)
            for user in sorted(people - known)
        )
        for notice in made:
            if urgent or (resident and notice.user_id == resident.pk):
                emit("NoticeDue", notice=notice.pk)
        return len(made)


def unread(actor: Actor) -> int:
    """How many notices wait; one statement."""
    return Notice.objects.filter(user_id=actor.user_id or 0, read_at=None).count()


def mark_read(actor: Actor, *, notice_id: int | None = None) -> int:
    """Mark one of one's own notices read, or all; returns how many."""
    with acting(actor):
        mine = Notice.objects.filter(user_id=actor.user_id or 0, read_at=None)
        return (mine if notice_id is None else mine.filter(pk=notice_id)).update(read_at=clock.now())
