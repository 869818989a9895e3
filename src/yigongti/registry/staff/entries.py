"""What a person writes about staff, in a form or in a row of a spreadsheet."""

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, Field

from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.errors import NotFound
from yigongti.kernel.ui.fields import ChoicesFrom, Sensitive
from yigongti.registry.organizations.entries import Code, needed
from yigongti.registry.organizations.models import Department, Organization
from yigongti.registry.sheets.layout import Outcome, differs
from yigongti.registry.staff import services
from yigongti.registry.staff.models import Position, Practitioner


class PractitionerEntry(BaseModel):
    """A person who works here."""

    code: str = Field(title="工号", min_length=1, max_length=32)
    name: str = Field(title="姓名", min_length=1, max_length=64)
    sex: Annotated[str, ChoicesFrom("sexes")] = Field(title="性别", pattern="^[12]$")
    licence: str = Field("", title="执业证号", max_length=32)
    title: str = Field("", title="职称", max_length=32)
    scope: str = Field("", title="执业范围", max_length=64)
    phone: Annotated[str, Sensitive] = Field("", title="工作电话", max_length=32)


class PostEntry(BaseModel):
    """A post at an organisation from a day on."""

    organization: Code = Field(title="机构", min_length=1)
    department: str = Field("", title="科室", max_length=64, description="本机构已登记的科室名称")
    post: str = Field(title="岗位", min_length=1, max_length=32)
    kind: Position.Kind = Field(Position.Kind.EMPLOYED, title="任用方式")
    start: date = Field(default_factory=clock.today, title="任职日期")


class PositionEntry(PostEntry):
    """A post from a day until a day."""

    until: date | None = Field(None, title="离任日期", description="空：至今")


class StaffEntry(PractitionerEntry, PositionEntry):
    """A person with one post: a row of the staff sheet."""

    organization: Code = Field(title="机构代码", min_length=1)
    department: str = Field("", title="科室名称", max_length=64)


class FirstPostEntry(PractitionerEntry, PostEntry):
    """A new person with the first post."""


class DispatchEntry(BaseModel):
    """A person is sent to work at another organisation."""

    home: Annotated[str, ChoicesFrom("homes")] = Field(title="派出机构", min_length=1)
    to: Code = Field(title="派驻机构", min_length=1)
    post: str = Field(title="岗位", min_length=1, max_length=32)
    start: date = Field(default_factory=clock.today, title="起")
    until: date | None = Field(None, title="止（不含）", description="派驻一般不少于一年")


def department_of(organization: Organization, name: str, on: date) -> Department | None:
    """The department of a name that is open on a day; ``None`` for no name."""
    if not name:
        return None
    found = organization.departments.filter(name=name).on(on).first()
    if found is None:
        raise NotFound(f"{organization} 在 {on} 没有科室“{name}”", hint="请先登记科室", field="department")
    return found


def save_staff(actor: Actor, entry: StaffEntry) -> Outcome:
    """Register the person and the post, or change what differs."""
    organization = needed(entry.organization)
    department = department_of(organization, entry.department, entry.start)
    details: Any = entry.model_dump(include=set(PractitionerEntry.model_fields))
    post: dict[str, Any] = {"department": department, "kind": entry.kind.value}
    place: dict[str, Any] = {"organization": organization, "post": entry.post, "start": entry.start}
    practitioner = Practitioner.objects.filter(code=entry.code).first()
    if practitioner is None:
        practitioner = services.register_practitioner(actor, **place, **post, **details)
        if entry.until:
            services.end_position(actor, position=practitioner.positions.get(), on=entry.until)
        return Outcome.ADDED
    outcome = Outcome.UNCHANGED
    if differs(practitioner, details):
        services.edit_practitioner(actor, practitioner=practitioner, **details)
        outcome = Outcome.CHANGED
    post["until"] = entry.until
    held = practitioner.positions.filter(**place).first()
    if held is None:
        services.appoint(actor, practitioner=practitioner, **place, **post)
        return Outcome.ADDED
    if differs(held, post):
        _change(actor, held, post)
        outcome = Outcome.CHANGED
    return outcome


def _change(actor: Actor, position: Position, post: dict[str, Any]) -> None:
    """Ending a post is told to other rooms; the rest is a correction."""
    ends = post["until"] is not None and position.until is None
    services.edit_position(actor, position=position, **{**post, **({"until": None} if ends else {})})
    if ends:
        services.end_position(actor, position=position, on=post["until"])
