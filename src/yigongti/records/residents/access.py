"""The only ways to get a resident in request code. Row-level security is the second wall behind them."""

from uuid import UUID

from django.db import connection
from django.db.models import BooleanField, Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.errors import Forbidden, Moved, NotFound
from yigongti.kernel.prepared import Query

from .models import CareRelation, Resident

#: a city's code ends in 00; who is the commission of an authority follows from the role held there, not from its name
REVIEWING = """
SELECT coalesce(array_agg(DISTINCT reached.id), '{}') FROM (
    SELECT unnest(organizations_below(o.id, %(day)s)) AS id FROM organizations_organization o
     WHERE o.id = ANY (%(mine)s)
    UNION ALL
    SELECT e.id FROM organizations_organization o
      JOIN organizations_organization e ON starts_with(e.area_code, regexp_replace(left(o.area_code, 6), '(00)+$', ''))
     WHERE o.id = ANY (%(mine)s) AND o.tier = 'authority' AND length(o.area_code) >= 4
       AND EXISTS (SELECT 1 FROM access_grant g WHERE g.organization_id = o.id AND g.role = 'commission'
                      AND g.start <= %(day)s AND (g.until IS NULL OR g.until > %(day)s))
) reached
"""


def _related(organizations: list[int]) -> QuerySet[Resident]:
    here = RawSQL("organization_id = ANY (%s)", [organizations], BooleanField())
    return Resident.objects.filter(merged_into=None).filter(
        Exists(CareRelation.objects.in_force().filter(here, resident=OuterRef("pk")))
    )


#: what most commands begin with: the resident with a relation to one of the organisations, locked
LOCKED = Query(
    lambda organizations, pk: _related(organizations).filter(pk=pk).select_for_update(of=("self",)).order_by(),
    list,
    UUID,
)


def residents_of(actor: Actor, *permissions: Permission) -> QuerySet[Resident]:
    """Residents with a relation, in force now, to an organisation where the actor has one of the permissions."""
    if actor.everything:
        return Resident.objects.filter(merged_into=None)
    return _related(sorted(actor.organizations(*permissions)))


def within(actor: Actor, *residents: str, said_by: str) -> Q:
    """Rows of the index that reviewers of the actor's organisations work on.

    One of the ``residents`` (names of foreign keys) has a relation to an organisation of :func:`reviewing`, or the
    organisation ``said_by`` is one of them.
    """
    if actor.everything:
        return Q()
    mine = reviewing(actor)
    found = Q(**{f"{said_by}__in": mine})
    for name in residents:
        relations = CareRelation.objects.in_force().filter(organization_id__in=mine, resident=OuterRef(name))
        found |= Q(Exists(relations))
    return found


def reviewing(actor: Actor) -> list[int]:
    """For which organisations the actor reviews identities today.

    Where the permission holds and what is below: its own parts and the members of the tight consortia that it leads, as
    they stand today. The health commission reviews for its whole county (or city).
    """
    mine = sorted(actor.organizations(Permission.INDEX_REVIEW))
    if not mine:
        return []
    with connection.cursor() as cursor:
        cursor.execute(REVIEWING, {"mine": mine, "day": clock.today()})
        return list(cursor.fetchone()[0])


def access_resident(
    actor: Actor, resident_id: UUID, permission: Permission = Permission.RECORD_READ, *, lock: bool = False
) -> Resident:
    """The resident, if the actor has the permission and a relation. ``lock`` holds the row until the end.

    Residents reach themselves with ``OWN_RECORD`` (reading only). Raises Forbidden, NotFound, Moved for a record that
    was merged into another one within reach.
    """
    own = actor.resident_id == resident_id and permission is Permission.RECORD_READ and actor.may(Permission.OWN_RECORD)
    if not own:
        actor.require(permission)
    if lock and not own and not actor.everything:
        resident = LOCKED.first(sorted(actor.organizations(permission)), resident_id)
    else:
        found = (Resident.objects if own else residents_of(actor, permission)).filter(pk=resident_id)
        resident = (found.select_for_update(of=("self",)) if lock else found).first()
    if resident is None or resident.merged_into_id:
        if (survivor := survivor_of(resident_id)) not in (None, resident_id):
            reached = access_resident(actor, survivor, permission)
            raise Moved(
                f"这份档案已并入{reached.name}的档案 {reached.number}", before=str(resident_id), after=str(survivor)
            )
        raise NotFound(
            "没有找到这位居民，或者您的机构与其没有服务关系",
            hint="请刷身份证或扫健康码接诊；来不及时可以紧急调阅",
        )
    return resident


def access_reviewed(actor: Actor, resident_id: UUID) -> Resident:
    """The resident, if the actor reviews identities for an organisation that has to do with them (:func:`within`).

    Raises Forbidden, NotFound, Moved. The rows are read as the platform: the caller notes the reading.
    """
    actor.require(Permission.INDEX_REVIEW)
    survivor = survivor_of(resident_id) or resident_id
    with acting(SYSTEM):
        mine = within(actor, "pk", said_by="source_identities__source__organization")
        found = Resident.objects.filter(mine, pk=survivor).select_related("area").distinct().first()
    if found is None:
        raise NotFound("没有找到这位居民，或者不在您机构的核对范围内", hint="身份核对限于本机构和所属成员单位的居民")
    if found.pk != resident_id:
        raise Moved(f"这份档案已并入{found.name}的档案 {found.number}", before=str(resident_id), after=str(found.pk))
    return found


def survivor_of(resident_id: UUID) -> UUID | None:
    """The record that a resident's record became part of; itself when it was not merged, None when there is none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT residents_survivor(%s)", [resident_id])
        found: UUID | None = cursor.fetchone()[0]
        return found


def require_related(actor: Actor, resident_id: UUID, permission: Permission) -> None:
    """Raise NotFound unless :func:`access_resident` would find the resident; one statement, no row read."""
    actor.require(permission)
    if not actor.everything and not residents_of(actor, permission).filter(pk=resident_id).exists():
        raise NotFound("没有找到这位居民，或者您的机构与其没有服务关系", hint="请刷身份证或扫健康码接诊")


def working_at(actor: Actor, permission: Permission) -> int:
    """The organisation where the actor works now, with the permission there. Raises Forbidden."""
    if actor.organization_id is None:
        raise Forbidden("请先选择您现在工作的机构", hint="在页面右上角切换机构")
    actor.require(permission, actor.organization_id)
    return actor.organization_id


def own_or_related(actor: Actor, resident_id: UUID, permission: Permission) -> Resident:
    """The resident locked for a step that residents may also take for themselves."""
    if actor.resident_id == resident_id and actor.may(Permission.OWN_RECORD):
        return access_resident(actor, resident_id, lock=True)
    return access_resident(actor, resident_id, permission, lock=True)
