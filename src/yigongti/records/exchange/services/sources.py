"""Systems that send."""

from typing import Any

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.errors import Conflict, Invalid, NotFound
from yigongti.kernel.policy.problems import allowed_words
from yigongti.records.residents.models import SourceSystem
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
        return store(locked(source), **changes)


def sender(actor: Actor, *, code: str, title: str, organization_code: str = "") -> SourceSystem:
    """The system, registered now if the machine brings its first delivery.

    Without an organisation of its own the system is registered as one: every row must say where it happened.
    """
    found = SourceSystem.objects.select_related("organization").filter(pk=code).first()
    if found and found.organization_id and not organization_code:
        return found
    if not actor.everything:
        return source_system(code)
    organization = _organization(organization_code, code, title)
    with acting(actor):
        if found:
            return store(locked(found), organization=organization)
        kind = SourceSystem.Kind.COHORT if code.startswith("cohort") else SourceSystem.Kind.OTHER
        return register_source(actor, code=code, title=title, organization=organization, kind=kind)


def _organization(code: str, system: str, title: str) -> Organization:
    found = Organization.objects.filter(code=code or system).first()
    if found:
        return found
    if code:
        raise Invalid(f"没有机构 {code}", hint="请用已登记的机构代码", field="organization")
    return store(Organization(code=system, name=title, tier=Organization.Tier.SUPPORT, on_platform=False))
