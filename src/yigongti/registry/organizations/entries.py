"""What a person writes about an organisation or a department, in a form or in a row of a spreadsheet."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, cast

from pydantic import BaseModel, Field, model_validator

from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.errors import NotFound
from yigongti.kernel.ui.fields import ChoicesFrom
from yigongti.registry.organizations import services
from yigongti.registry.organizations.models import CareFunction, Department, Organization
from yigongti.registry.organizations.queries import organization_by_code
from yigongti.registry.sheets.layout import Outcome, differs

Code = Annotated[str, ChoicesFrom("organizations")]


class OrganizationEntry(BaseModel):
    """An organisation; others are named by their codes."""

    code: str = Field(title="机构代码", min_length=1, max_length=32, description="22 位卫生机构代码；没有的可自编")
    name: str = Field(title="名称", min_length=1, max_length=128)
    short_name: str = Field("", title="简称", max_length=32)
    tier: Organization.Tier = Field(title="层级")
    institution_class: Annotated[str, ChoicesFrom("institution_classes")] = Field("", title="机构类别（WS 218）")
    level: Annotated[str, ChoicesFrom("hospital_levels")] = Field("", title="医院等级")
    management_type: Annotated[str, ChoicesFrom("management_types")] = Field("", title="分类管理")
    part_of: Code = Field("", title="上级机构")
    credit_code: str = Field("", title="统一社会信用代码", pattern=r"^([0-9A-HJ-NPQRTUWXY]{18})?$")
    area_code: str = Field("", title="行政区划代码", pattern=r"^(\d{6}|\d{9}|\d{12})?$")
    address: str = Field("", title="地址", max_length=256)
    phone: str = Field("", title="电话", max_length=32)
    longitude: Decimal | None = Field(None, title="经度", ge=73, le=136, decimal_places=6)
    latitude: Decimal | None = Field(None, title="纬度", ge=3, le=54, decimal_places=6)
    beds: int = Field(0, title="编制床位", ge=0, le=20000)
    on_platform: bool = Field(True, title="使用本平台")
    opened_on: date = Field(default_factory=clock.today, title="设立日期")

    def details(self) -> services.Details:
        """What the services take."""
        values: Any = self.model_dump() | {"tier": self.tier.value, "part_of": named(self.part_of, "part_of")}
        return cast(services.Details, values)


class DepartmentEntry(BaseModel):
    """A department of the organisation whose page it is."""

    code: Annotated[str, ChoicesFrom("specialities")] = Field(title="诊疗科目", min_length=1, max_length=16)
    name: str = Field(title="科室名称", min_length=1, max_length=64)
    accepts_referrals: bool = Field(True, title="接收转诊")
    phone: str = Field("", title="电话", max_length=32)
    opened_on: date = Field(default_factory=clock.today, title="开设日期")

    def details(self) -> services.DepartmentDetails:
        """What the services take."""
        values: Any = self.model_dump(include=set(DepartmentEntry.model_fields))
        return cast(services.DepartmentDetails, values)


class DepartmentRow(DepartmentEntry):
    """A department in a spreadsheet: its organisation is named, and a day on which it closed may be."""

    organization: Code = Field(title="机构代码", min_length=1)
    closed_on: date | None = Field(None, title="停办日期")

    @model_validator(mode="after")
    def _in_order(self) -> "DepartmentRow":
        if self.closed_on and self.closed_on <= self.opened_on:
            raise ValueError("停办日期应晚于开设日期")
        return self


class FunctionEntry(BaseModel):
    """What an organisation, or its level, is there for."""

    kind: CareFunction.Kind = Field(CareFunction.Kind.DISEASE, title="类别")
    code: str = Field("", title="代码", max_length=16, description="病种写 ICD-10 的前几位，如 I10")
    name: str = Field(title="病种或服务", min_length=1, max_length=64)
    extent: CareFunction.Extent = Field(title="职责")
    source: str = Field("", title="依据", max_length=256)
    start: date = Field(default_factory=clock.today, title="起")


def named(code: str, field: str) -> Organization | None:
    """The organisation with a code, ``None`` for no code; a wrong code is told at ``field``."""
    if not code:
        return None
    try:
        return organization_by_code(code)
    except NotFound as error:
        raise NotFound(error.message, hint=error.hint, field=field) from error


def needed(code: str, field: str = "organization") -> Organization:
    """The organisation with a code that must be given."""
    found = named(code, field)
    if found is None:
        raise NotFound("没有填写机构代码", hint="请填写机构代码", field=field)
    return found


def save_organization(actor: Actor, entry: OrganizationEntry) -> Outcome:
    """Open the organisation with this code, or change what differs."""
    details = entry.details()
    present = Organization.objects.filter(code=entry.code).first()
    if present is None:
        services.open_organization(actor, **details)
        return Outcome.ADDED
    if not differs(present, details):
        return Outcome.UNCHANGED
    services.edit_organization(actor, organization=present, **details)
    return Outcome.CHANGED


def save_department(actor: Actor, entry: DepartmentRow) -> Outcome:
    """Open, change or close the department of this name."""
    organization = needed(entry.organization)
    values = entry.details()
    rows = Department.objects.filter(organization=organization, name=entry.name)
    present = rows.filter(opened_on=entry.opened_on).first() or rows.filter(closed_on=None).first()
    if present is None:
        present = services.open_department(actor, organization=organization, **values)
        outcome = Outcome.ADDED
    elif differs(present, values):
        present = services.edit_department(actor, department=present, **values)
        outcome = Outcome.CHANGED
    else:
        outcome = Outcome.UNCHANGED
    if entry.closed_on and present.closed_on != entry.closed_on:
        services.close_department(actor, department=present, on=entry.closed_on)
        outcome = Outcome.CHANGED if outcome == Outcome.UNCHANGED else outcome
    return outcome
