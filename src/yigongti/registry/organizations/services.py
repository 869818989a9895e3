"""Opening, editing and closing organisations, departments and their functions: the only code that writes them."""

from datetime import date
from typing import Any, TypedDict, Unpack

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.errors import Conflict, Forbidden, Invalid
from yigongti.kernel.events.outbox import emit
from yigongti.registry.organizations.models import CareFunction, Department, Organization
from yigongti.registry.periods import Period
from yigongti.registry.storing import finish, locked, store


class Details(TypedDict, total=False):
    """What an organisation may say about itself."""

    code: str
    credit_code: str
    name: str
    short_name: str
    institution_class: str
    level: str
    management_type: str
    tier: str
    part_of: Organization | None
    area_code: str
    address: str
    phone: str
    longitude: Any
    latitude: Any
    beds: int
    on_platform: bool
    opened_on: date


class DepartmentDetails(TypedDict, total=False):
    """What a department may say about itself."""

    code: str
    name: str
    accepts_referrals: bool
    phone: str
    opened_on: date


def open_organization(actor: Actor, **details: Unpack[Details]) -> Organization:
    """Register an organisation: below one that the actor maintains, or, without one above, by an authority."""
    with acting(actor):
        part_of = details.get("part_of")
        if part_of:
            actor.require(Permission.ORGANIZATION_EDIT, part_of.pk)
        else:
            _require_authority(actor)
        organization = store(_classified(Organization(**details)))
        emit("OrganizationOpened", organization=organization.pk, on=str(organization.opened_on))
        return organization


def edit_organization(actor: Actor, *, organization: Organization, **changes: Unpack[Details]) -> Organization:
    """Change what an organisation says about itself."""
    with acting(actor):
        actor.require(Permission.ORGANIZATION_EDIT, organization.pk)
        organization = locked(organization)
        above = changes.get("part_of")
        if above and above.pk != organization.part_of_id:
            actor.require(Permission.ORGANIZATION_EDIT, above.pk)
            _not_below_itself(organization, above)
        for name, value in changes.items():
            setattr(organization, name, value)
        return store(_classified(organization))


def close_organization(actor: Actor, *, organization: Organization, on: date | None = None) -> Organization:
    """Close an organisation; its departments and functions close with it, everything else must have ended before."""
    on = on or clock.today()
    with acting(actor):
        actor.require(Permission.ORGANIZATION_EDIT, organization.pk)
        organization = locked(organization)
        if remaining := remains(organization, on):
            raise Conflict(
                f"{organization} 仍有" + "、".join(f"{number} 条{name}" for name, number in remaining.items()),
                hint=f"请先在 {on} 之前结束或移交",
                field="on",
            )
        closed = finish(organization, on, until="closed_on")
        for department in closed.departments.on(on).select_for_update():
            store(department, closed_on=on)
        for function in closed.functions.on(on).select_for_update():
            store(function, until=on)
        emit("OrganizationClosed", organization=closed.pk, on=str(on))
        return closed


def remains(organization: Organization, on: date) -> dict[str, int]:
    """What would still refer to an organisation on a day after it closed: name of the kind → number of rows."""
    found = {"下属机构": organization.children.exclude(closed_on__lte=on).count()}
    for relation in Organization._meta.related_objects:
        model = relation.related_model
        if isinstance(model, type) and issubclass(model, Period) and model is not CareFunction:
            rows = model.objects.filter(**{relation.field.name: organization}).after(on)
            title = str(model._meta.verbose_name)
            found[title] = found.get(title, 0) + rows.count()
    return {name: number for name, number in found.items() if number}


def open_department(actor: Actor, *, organization: Organization, **details: Unpack[DepartmentDetails]) -> Department:
    """Open a department of an organisation."""
    with acting(actor):
        actor.require(Permission.ORGANIZATION_EDIT, organization.pk)
        return store(Department(organization=organization, **details))


def edit_department(actor: Actor, *, department: Department, **changes: Unpack[DepartmentDetails]) -> Department:
    """Change a department."""
    with acting(actor):
        actor.require(Permission.ORGANIZATION_EDIT, department.organization_id)
        return store(locked(department), **changes)


def close_department(actor: Actor, *, department: Department, on: date | None = None) -> Department:
    """Close a department; it takes no patients from that day on."""
    on = on or clock.today()
    with acting(actor):
        actor.require(Permission.ORGANIZATION_EDIT, department.organization_id)
        closed = finish(department, on, until="closed_on")
        emit("DepartmentClosed", department=closed.pk, organization=closed.organization_id, on=str(on))
        return closed


def assign_function(
    actor: Actor,
    *,
    tier: str,
    kind: str,
    name: str,
    extent: str,
    organization: Organization | None = None,
    code: str = "",
    source: str = "",
    start: date | None = None,
    until: date | None = None,
) -> CareFunction:
    """Say what a level, or one organisation, is there for: a disease (by ICD-10 prefix) or a service."""
    with acting(actor):
        _require_function(actor, organization)
        function = CareFunction(
            tier=organization.tier if organization else tier,
            kind=kind,
            name=name,
            extent=extent,
            organization=organization,
            code=code,
            source=source,
            start=start or clock.today(),
            until=until,
        )
        return store(function)


def edit_function(actor: Actor, *, function: CareFunction, **changes: Any) -> CareFunction:
    """Correct a function."""
    with acting(actor):
        _require_function(actor, function.organization)
        return store(locked(function), **changes)


def end_function(actor: Actor, *, function: CareFunction, on: date | None = None) -> CareFunction:
    """From this day on it is no longer their function."""
    with acting(actor):
        _require_function(actor, function.organization)
        return finish(function, on or clock.today())


def _require_function(actor: Actor, organization: Organization | None) -> None:
    if organization:
        actor.require(Permission.ORGANIZATION_EDIT, organization.pk)
    else:
        _require_authority(actor)


def _require_authority(actor: Actor) -> None:
    """What concerns no single organisation is for those who maintain an authority (行政管理部门)."""
    actor.require(Permission.ORGANIZATION_EDIT)
    mine = Organization.objects.filter(
        pk__in=actor.organizations(Permission.ORGANIZATION_EDIT), tier=Organization.Tier.AUTHORITY
    )
    if not actor.everything and not mine.exists():
        raise Forbidden(
            "没有上级机构的机构和整个层级的功能定位，由卫生健康行政部门维护",
            hint="请填写上级机构，或联系卫生健康行政部门办理",
            field="part_of",
        )


def _classified(organization: Organization) -> Organization:
    if not organization.institution_class and organization.tier != Organization.Tier.AUTHORITY:
        raise Invalid("机构类别（WS 218）：不能为空", hint="只有行政管理部门可以没有类别", field="institution_class")
    return organization


def _not_below_itself(organization: Organization, above: Organization) -> None:
    step: Organization | None = above
    while step:
        if step.pk == organization.pk:
            raise Invalid(f"{above} 在 {organization} 之下，不能作它的上级", hint="请另选上级机构", field="part_of")
        step = step.part_of
