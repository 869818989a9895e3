"""Systems that send."""

from typing import Any

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.errors import Invalid, NotFound
from yigongti.kernel.policy.problems import allowed_words
from yigongti.records.residents.models import SourceSystem
from yigongti.registry.organizations.models import Organization
from yigongti.registry.storing import locked, store


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
    """Register a system. Raises Invalid, Conflict."""
    actor.require(Permission.EXCHANGE_RECEIVE, organization.pk)
    with acting(actor):
        return store(SourceSystem(code=code, title=title, organization=organization, kind=kind))


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
