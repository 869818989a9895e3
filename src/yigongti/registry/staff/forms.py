"""Forms that change staff."""

from datetime import date
from typing import Annotated, Any

from django.urls import reverse
from pydantic import BaseModel, Field

from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.ui.fields import ChoicesFrom
from yigongti.registry.commands import Ending, RegistryCommand, organization_choices
from yigongti.registry.organizations.entries import needed
from yigongti.registry.staff import services
from yigongti.registry.staff.entries import (
    DispatchEntry,
    FirstPostEntry,
    PositionEntry,
    PractitionerEntry,
    department_of,
)
from yigongti.registry.staff.models import Position, Practitioner


class PositionChange(BaseModel):
    """What may be corrected of a position."""

    department: Annotated[str, ChoicesFrom("departments")] = Field("", title="科室")
    kind: Position.Kind = Field(title="任用方式")
    start: date = Field(default_factory=clock.today, title="任职日期")


class RegisterPractitioner(RegistryCommand):
    """A new person with the first post."""

    title, submit, done, schema = "登记人员", "保存", "人员已登记。", FirstPostEntry
    permission = Permission.STAFF_EDIT
    crumbs = (("人员", "/staff/"), ("登记", ""))

    def initial(self, actor: Actor) -> dict[str, Any]:
        """At the organisation that ``?organization=`` names."""
        return {"organization": self.request.GET.get("organization", ""), "kind": Position.Kind.EMPLOYED}

    def choices(self, actor: Actor) -> dict[str, Any]:
        """Where the actor maintains staff."""
        return {**super().choices(actor), "organizations": mine(actor)}

    def back(self) -> str:
        """The register."""
        return reverse("staff:staff")

    def run(self, actor: Actor, data: FirstPostEntry, **_: Any) -> str:
        """Register and go there."""
        organization = needed(data.organization)
        details: Any = data.model_dump(include=set(PractitionerEntry.model_fields))
        return services.register_practitioner(
            actor,
            organization=organization,
            post=data.post,
            department=department_of(organization, data.department, data.start),
            kind=data.kind.value,
            start=data.start,
            **details,
        ).get_absolute_url()


class Practitioners(RegistryCommand):
    """Forms about one person."""

    permission, model = Permission.STAFF_EDIT, Practitioner


class EditPractitioner(Practitioners):
    """Correct what is known of a person."""

    title, submit, done, schema = "修改人员", "保存", "已保存。", PractitionerEntry

    def initial(self, actor: Actor) -> dict[str, Any]:
        """What is known now."""
        return {name: getattr(self.row, name) for name in PractitionerEntry.model_fields}

    def run(self, actor: Actor, data: PractitionerEntry, **_: Any) -> str:
        """Save."""
        changes: Any = data.model_dump()
        services.edit_practitioner(actor, practitioner=self.row, **changes)
        return self.back()


class Appoint(Practitioners):
    """A further post."""

    title, submit, done, schema = "新增任职", "保存", "任职已登记。", PositionEntry

    def initial(self, actor: Actor) -> dict[str, Any]:
        """Employed, unless said otherwise."""
        return {"kind": Position.Kind.EMPLOYED}

    def choices(self, actor: Actor) -> dict[str, Any]:
        """Where the actor maintains staff."""
        return {**super().choices(actor), "organizations": mine(actor)}

    def run(self, actor: Actor, data: PositionEntry, **_: Any) -> str:
        """Appoint."""
        organization = needed(data.organization)
        services.appoint(
            actor,
            practitioner=self.row,
            organization=organization,
            post=data.post,
            department=department_of(organization, data.department, data.start),
            kind=data.kind.value,
            start=data.start,
            until=data.until,
        )
        return self.back()


class Dispatch(Practitioners):
    """Send a person to work at another organisation."""

    title, submit, done, schema = "派驻", "派驻", "派驻已登记。", DispatchEntry

    def choices(self, actor: Actor) -> dict[str, Any]:
        """From where the person is employed, to anywhere."""
        held = self.row.positions.on().exclude(kind=Position.Kind.DISPATCHED).select_related("organization")
        return {**super().choices(actor), "homes": {p.organization.code: p.organization.name for p in held}.items()}

    def run(self, actor: Actor, data: DispatchEntry, **_: Any) -> str:
        """Dispatch."""
        services.dispatch(
            actor,
            practitioner=self.row,
            home=needed(data.home, "home"),
            to=needed(data.to, "to"),
            post=data.post,
            start=data.start,
            until=data.until,
        )
        return self.back()


class Positions(RegistryCommand):
    """Forms about one position."""

    permission, model = Permission.STAFF_EDIT, Position

    def back(self) -> str:
        """The page of the person."""
        return str(self.row.practitioner.get_absolute_url())


class EditPosition(Positions):
    """Correct a position."""

    title, submit, done, schema = "更正任职", "保存", "已保存。", PositionChange

    def choices(self, actor: Actor) -> dict[str, Any]:
        """The departments of the organisation."""
        names = self.row.organization.departments.on().values_list("name", flat=True)
        return {**super().choices(actor), "departments": [(name, name) for name in names]}

    def initial(self, actor: Actor) -> dict[str, Any]:
        """What it is now."""
        department = self.row.department
        return {"department": department.name if department else "", "kind": self.row.kind, "start": self.row.start}

    def run(self, actor: Actor, data: PositionChange, **_: Any) -> str:
        """Save."""
        department = department_of(self.row.organization, data.department, clock.today())
        services.edit_position(actor, position=self.row, department=department, kind=data.kind.value, start=data.start)
        return self.back()


class EndPosition(Positions):
    """End a position."""

    title, submit, tone, done, schema = "离任", "离任", "danger", "已登记离任。", Ending

    def run(self, actor: Actor, data: Ending, **_: Any) -> str:
        """End."""
        services.end_position(actor, position=self.row, on=data.on)
        return self.back()


def mine(actor: Actor) -> Any:
    """The organisations where the actor maintains staff."""
    return organization_choices(within=None if actor.everything else actor.organizations(Permission.STAFF_EDIT))
