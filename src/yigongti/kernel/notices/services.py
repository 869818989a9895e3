"""Tell people something, and mark it read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from yigongti.kernel import clock, prepared
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.models import User
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.access.roles import Role
from yigongti.kernel.errors import Invalid

from .models import Notice

#: an organisation, and the roles (codes) of which one is enough
Desk = tuple[int, tuple[str, ...]]
#: for each desk asked for, the people with one of the roles there; where there are none, those above who cover it
AT_DESKS = """
WITH asked AS (SELECT * FROM unnest(%s::int[], %s::bigint[], %s::text[]) a(number, organization, role)),
     granted AS MATERIALIZED (
        SELECT g.user_id, g.role, g.organization_id,
               CASE WHEN g.subtree THEN organizations_below(g.organization_id, %s) END AS below
          FROM access_grant g JOIN access_user u ON u.id = g.user_id AND u.is_active
         WHERE g.role = ANY(%s) AND g.start <= %s AND (g.until IS NULL OR g.until > %s)),
     holders AS (
        SELECT a.number, g.user_id, g.organization_id = a.organization AS here
          FROM asked a JOIN granted g USING (role)
         WHERE g.organization_id = a.organization OR a.organization = ANY (g.below)),
     manned AS (SELECT DISTINCT number FROM holders WHERE here)
SELECT DISTINCT number, user_id FROM holders WHERE here OR number NOT IN (SELECT number FROM manned)
"""
#: what is there already is left alone; what shall leave the house becomes news
TELL = """
WITH given AS MATERIALIZED (
        SELECT nextval('notices_notice_id_seq') AS id, t.*
          FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::bool[], %s::text[], %s::bool[])
               t(user_id, title, text, link, urgent, key, leaves)),
     made AS (
        INSERT INTO notices_notice (id, user_id, title, text, link, urgent, key, created_at)
        SELECT id, user_id, title, text, link, urgent, key, %s FROM given ON CONFLICT DO NOTHING RETURNING id),
     told AS (
        INSERT INTO events_outbox (name, payload, at, consumer, attempts, next_at, error)
        SELECT 'NoticeDue', jsonb_build_object('notice', id), %s, '', 0, %s, '' FROM made JOIN given USING (id)
         WHERE leaves)
SELECT count(*) FROM made
"""


@dataclass(frozen=True, kw_only=True)
class Telling:
    """A notice, and who shall get it: users, whoever is at the desks, a resident's own account; never ``but``.

    No clinical detail in title or text: they may leave through a gateway. What is urgent, and what is for a resident,
    leaves through the gateway too (``NoticeDue``). With a ``key``, each person gets it only once.
    """

    title: str
    text: str = ""
    link: str = ""
    urgent: bool = False
    key: str = ""
    users: Iterable[int] = ()
    desks: Sequence[Desk] = ()
    resident_id: UUID | None = None
    but: int | None = None


@cache
def holding(permission: Permission) -> tuple[str, ...]:
    """The roles (codes) that have a permission."""
    return tuple(role.code for role in Role.registry.values() if permission in role.permissions)


def at_desk(organization_id: int, permission: Permission) -> set[int]:
    """The people who hold a permission at an organisation."""
    return in_roles(organization_id, holding(permission))


def in_roles(organization_id: int, roles: Iterable[str]) -> set[int]:
    """The people who hold one of the roles (codes) at an organisation; if none does, those above who cover it."""
    desk = (organization_id, tuple(roles))
    return at_desks([desk])[desk]


def at_desks(asked: Iterable[Desk]) -> dict[Desk, set[int]]:
    """The people at several desks; one statement."""
    desks = list(dict.fromkeys(asked))
    found: dict[Desk, set[int]] = {desk: set() for desk in desks}
    seats = [(number, where, role) for number, (where, roles) in enumerate(desks) for role in roles]
    if seats:
        numbers, places, roles = (list(column) for column in zip(*seats, strict=True))
        day = clock.today()
        for number, user in prepared.run(AT_DESKS, [numbers, places, roles, day, list(set(roles)), day, day])[0]:
            found[desks[number]].add(user)
    return found


def tell(tellings: Sequence[Telling]) -> int:
    """Leave many notices in three statements; returns how many were new to somebody."""
    if outside := [telling.link for telling in tellings if telling.link and not telling.link.startswith("/")]:
        raise Invalid(f"消息的链接只能是本平台的地址，不能是 {outside[0]}", field="link")
    with acting(SYSTEM):
        manned = at_desks(desk for telling in tellings for desk in telling.desks)
        accounts = _accounts({telling.resident_id for telling in tellings if telling.resident_id})
        rows = []
        for telling in tellings:
            own = accounts.get(telling.resident_id) if telling.resident_id else None
            people = {*telling.users, *([own] if own else ())}.union(*(manned[desk] for desk in telling.desks))
            words = (telling.title[:64], telling.text[:300], telling.link, telling.urgent, telling.key)
            rows += [(user, *words, telling.urgent or user == own) for user in sorted(people - {telling.but})]
        if not rows:
            return 0
        now = clock.now()
        made = prepared.run(TELL, [*(list(column) for column in zip(*rows, strict=True)), now, now, now])[0]
        return int(made[0][0])


def _accounts(residents: set[UUID]) -> dict[UUID | None, int]:
    """The own accounts of residents."""
    if not residents:
        return {}
    found = User.objects.filter(resident_id__in=residents, is_active=True).values_list("resident_id", "pk")
    return dict(found)


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
    """Leave one notice (:class:`Telling`) to users, to whoever holds ``permission`` at an organisation, to a resident.

    Returns how many people got it.
    """
    desks = [(organization_id, holding(permission))] if organization_id is not None and permission is not None else []
    given = Telling(
        title=title,
        text=text,
        link=link,
        urgent=urgent,
        key=key,
        users=users or (),
        desks=desks,
        resident_id=resident_id,
    )
    return tell([given])


def unread(actor: Actor) -> int:
    """How many notices wait; one statement."""
    return Notice.objects.filter(user_id=actor.user_id or 0, read_at=None).count()


def mark_read(actor: Actor, *, notice_id: int | None = None) -> int:
    """Mark one of one's own notices read, or all; returns how many."""
    with acting(actor):
        mine = Notice.objects.filter(user_id=actor.user_id or 0, read_at=None)
        return (mine if notice_id is None else mine.filter(pk=notice_id)).update(read_at=clock.now())
