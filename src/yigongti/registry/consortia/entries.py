"""What a person writes about a consortium and its members, in a form or in a row of a spreadsheet."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field

from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.errors import NotFound
from yigongti.kernel.ui.fields import ChoicesFrom, LongText
from yigongti.registry.consortia import services
from yigongti.registry.consortia.models import Consortium, Membership, SharedCentre
from yigongti.registry.organizations.entries import Code, needed
from yigongti.registry.organizations.models import Organization
from yigongti.registry.sheets.layout import Outcome


class ConsortiumEntry(BaseModel):
    """A consortium."""

    code: str = Field(title="代码", min_length=1, max_length=32)
    name: str = Field(title="名称", min_length=1, max_length=128)
    kind: Consortium.Kind = Field(title="组建形式")
    tightness: Consortium.Tightness = Field(title="紧密程度")
    area_code: str = Field("", title="行政区划代码", pattern=r"^(\d{4}|\d{6})?$")
    speciality: str = Field("", title="专科", max_length=64, description="专科联盟填写")
    description: Annotated[str, LongText] = Field("", title="简介")


class FoundingEntry(ConsortiumEntry):
    """A new consortium with its lead."""

    lead: Code = Field(title="牵头单位", min_length=1)
    start: date = Field(default_factory=clock.today, title="成立日期")


class DutiesEntry(BaseModel):
    """What a member is, and what it is responsible for."""

    role: Membership.Role = Field(title="角色")
    duties: Annotated[str, LongText] = Field("", title="职责", max_length=2000)


class AdmissionEntry(BaseModel):
    """A new member from a day on; the lead is named in another way."""

    organization: Code = Field(title="机构", min_length=1)
    role: Annotated[str, ChoicesFrom("roles")] = Field(title="角色")
    duties: Annotated[str, LongText] = Field("", title="职责", max_length=2000)
    start: date = Field(default_factory=clock.today, title="加入日期")


class MembershipEntry(DutiesEntry):
    """An organisation in a consortium from a day until a day: a row of the sheet."""

    consortium: str = Field(title="医共体代码", min_length=1)
    organization: Code = Field(title="机构代码", min_length=1)
    start: date = Field(title="加入日期")
    until: date | None = Field(None, title="退出日期", description="空：至今")


class CentreEntry(BaseModel):
    """A shared centre at a member."""

    kind: SharedCentre.Kind = Field(title="中心")
    organization: Code = Field(title="承办机构", min_length=1)
    start: date = Field(default_factory=clock.today, title="起")


class AssistanceEntry(BaseModel):
    """A city hospital helps a member."""

    helper: Code = Field(title="帮扶医院", min_length=1)
    helped: Code = Field(title="受援机构", min_length=1)
    speciality: str = Field("", title="专科", max_length=64)
    form: str = Field("", title="帮扶形式", max_length=128, description="如：派驻专家、专科共建、远程会诊")
    start: date = Field(default_factory=clock.today, title="起")


def consortium_by_code(code: str) -> Consortium:
    """The consortium with a code."""
    found = Consortium.objects.filter(code=code).first()
    if found is None:
        raise NotFound(f"没有代码为 {code} 的医共体", hint="请核对医共体代码", field="consortium")
    return found


def save_membership(actor: Actor, entry: MembershipEntry) -> Outcome:
    """Admit the member, change its duties, or end its membership; a row with the role of lead names the lead."""
    consortium, organization = consortium_by_code(entry.consortium), needed(entry.organization)
    rows = Membership.objects.filter(consortium=consortium, organization=organization)
    present = rows.filter(start=entry.start).first()
    outcome = Outcome.UNCHANGED
    if present is None:
        present, outcome = _joined(actor, consortium, organization, entry), Outcome.ADDED
    elif (present.role, present.duties) != (entry.role, entry.duties):
        services.change_duties(actor, membership=present, duties=entry.duties, role=entry.role.value)
        outcome = Outcome.CHANGED
    if entry.until and present.until != entry.until:
        services.end_membership(actor, membership=present, on=entry.until)
        outcome = Outcome.CHANGED if outcome == Outcome.UNCHANGED else outcome
    return outcome


def _joined(actor: Actor, consortium: Consortium, organization: Organization, entry: MembershipEntry) -> Membership:
    if entry.role == Membership.Role.LEAD:
        membership = services.name_lead(actor, consortium=consortium, organization=organization, on=entry.start)
        return services.change_duties(actor, membership=membership, duties=entry.duties)
    return services.admit(
        actor,
        consortium=consortium,
        organization=organization,
        role=entry.role.value,
        duties=entry.duties,
        start=entry.start,
    )
