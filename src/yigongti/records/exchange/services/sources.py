"""Systems that send."""

from typing import Any

from django.db import connection

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.errors import Conflict, Invalid, NotFound
from yigongti.kernel.policy.problems import allowed_words
from yigongti.records.residents.models import SourceSystem
from yigongti.registry.consortia.models import Consortium, Membership
from yigongti.registry.organizations.models import Organization
from yigongti.registry.storing import explained, locked, store

from ..models import Agreement, Load


def source_system(code: str) -> SourceSystem:
    """The system with that code. Raises NotFound."""
    found = SourceSystem.objects.select_related("organization").filter(pk=code).first()
    if found is None:
        known = list(SourceSystem.objects.values_list("code", flat=True))
        raise NotFound(f"没有来源系统 {code}", hint=allowed_words(code, known) or "先登记来源系统", field="source")
    return found


def register_source(
    actor: Actor, *, code: str, title: str, organization: Organization, kind: str = SourceSystem.Kind.HIS
) -> SourceSystem:
    """Register a system. Raises Invalid, Conflict: the code is one system's, whosever it is."""
    actor.require(Permission.EXCHANGE_RECEIVE, organization.pk)
    system = SourceSystem(code=code, title=title, organization=organization, kind=kind)
    with acting(actor), explained(SourceSystem):
        system.clean_fields(exclude={"organization"})
        system.save(force_insert=True)
        return system


def access_source(actor: Actor, code: str) -> SourceSystem:
    """A system of the actor's organisations. Raises NotFound."""
    found = SourceSystem.objects.select_related("organization", "agreement").filter(pk=code).first()
    if found is None or not (actor.everything or actor.may(Permission.EXCHANGE_RECEIVE, found.organization_id)):
        raise NotFound("没有找到这个来源系统，或者它不属于您的机构", hint="请从来源系统列表打开")
    return found


def agree(
    actor: Actor,
    *,
    source: SourceSystem,
    contact: str = "",
    phone: str = "",
    every_hours: int | None = None,
    note: str = "",
) -> Agreement:
    """Keep whom to call about a system and how often it delivers."""
    actor.require(Permission.EXCHANGE_RECEIVE, source.organization_id)
    with acting(actor):
        held = Agreement.objects.filter(pk=source.pk).first() or Agreement(source=source)
        return store(held, contact=contact.strip(), phone=phone.strip(), every_hours=every_hours, note=note.strip())


def set_active(actor: Actor, *, source: SourceSystem, active: bool) -> SourceSystem:
    """Retire a system, or take deliveries of it again. What it brought stays. Raises Conflict while loads are open."""
    actor.require(Permission.EXCHANGE_RECEIVE, source.organization_id)
    with acting(actor):
        held = locked(source)
        if not active and (waits := Load.objects.filter(source=held, closed_at=None).order_by("opened_at").first()):
            raise Conflict(f"{waits.number} 还没有办完", hint="等它入库，或先撤回")
        return store(held, active=active)


def change_source(actor: Actor, *, source: SourceSystem, **changes: Any) -> SourceSystem:
    """Change title, kind, organisation or whether it is in use."""
    actor.require(Permission.EXCHANGE_RECEIVE, source.organization_id)
    if (organization := changes.get("organization")) is not None:
        actor.require(Permission.EXCHANGE_RECEIVE, organization.pk)
    with acting(actor):
        before = source.organization_id
        return _handed_over(store(locked(source), **changes), before)


def sender(actor: Actor, *, code: str, title: str, organization_code: str = "") -> SourceSystem:
    """The system, registered now if the machine brings its first delivery.

    Without an organisation of its own the system belongs to the one that leads the only tight consortium: every row
    must say where it happened, and somebody must be able to open it. Where nobody leads alone it is one of its own.
    Another organisation than before takes the system over with everybody whom it has told of.
    """
    found = SourceSystem.objects.select_related("organization").filter(pk=code).first()
    if found and found.organization_id and organization_code in ("", found.organization.code):  # type: ignore[union-attr]
        return found
    if not actor.everything:
        return source_system(code)
    organization = _organization(organization_code, code, title)
    with acting(actor):
        if found:
            return _handed_over(store(locked(found), organization=organization), found.organization_id)
        kind = SourceSystem.Kind.COHORT if code.startswith("cohort") else SourceSystem.Kind.OTHER
        return register_source(actor, code=code, title=title, organization=organization, kind=kind)


def _organization(code: str, system: str, title: str) -> Organization:
    found = Organization.objects.filter(code=code or system).first()
    if found:
        return found
    if code:
        raise Invalid(f"没有机构 {code}", hint="请用已登记的机构代码", field="organization")
    leads = Membership.objects.on().filter(
        consortium__in=Consortium.objects.on().filter(tightness=Consortium.Tightness.TIGHT), role=Membership.Role.LEAD
    )
    if len(alone := {one.organization for one in leads.select_related("organization")}) == 1:
        return alone.pop()
    return store(Organization(code=system, name=title, tier=Organization.Tier.SUPPORT, on_platform=False))


#: everybody whom a system has told of is registered with its organisation, once; who withdrew the sharing is not
REGISTER = """
INSERT INTO residents_carerelation (resident_id, organization_id, kind, source, since)
SELECT DISTINCT i.resident_id, %(organization)s, 'registered', i.source, %(now)s::timestamptz
  FROM residents_sourceidentity i WHERE i.source = %(source)s AND i.resident_id IS NOT NULL
   AND (NOT EXISTS (SELECT 1 FROM residents_consent c WHERE c.resident_id = i.resident_id AND c.kind = 'sharing')
        OR EXISTS (SELECT 1 FROM residents_consent c WHERE c.resident_id = i.resident_id AND c.kind = 'sharing'
                      AND c.withdrawn_at IS NULL))
ON CONFLICT DO NOTHING
"""


def _handed_over(system: SourceSystem, before: int | None) -> SourceSystem:
    """The organisation that a system belongs to now may open the records of whom it has told. Call it inside acting."""
    if system.organization_id not in (None, before):
        values: dict[str, Any] = {"organization": system.organization_id, "source": system.pk, "now": clock.now()}
        with connection.cursor() as cursor:
            cursor.execute(REGISTER, values)
    return system
