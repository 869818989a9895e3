"""Forms that change consortia."""

from datetime import date
from typing import Any

from django.urls import reverse
from pydantic import BaseModel, Field

from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.registry.commands import Ending, RegistryCommand
from yigongti.registry.consortia import services
from yigongti.registry.consortia.entries import (
    AdmissionEntry,
    AssistanceEntry,
    CentreEntry,
    ConsortiumEntry,
    DutiesEntry,
    FoundingEntry,
)
from yigongti.registry.consortia.models import Assistance, Consortium, Membership, SharedCentre
from yigongti.registry.consortia.queries import members
from yigongti.registry.organizations.entries import Code, needed


class LeadEntry(BaseModel):
    """Another organisation leads from a day on."""

    organization: Code = Field(title="新的牵头单位", min_length=1)
    on: date = Field(default_factory=clock.today, title="生效日期")


class Found(RegistryCommand):
    """Found a consortium."""

    title, submit, done, schema = "成立医共体", "成立", "已成立，请接着加入成员。", FoundingEntry
    permission = Permission.CONSORTIUM_EDIT
    crumbs = (("医共体", "/consortia/"), ("成立", ""))

    def back(self) -> str:
        """The register."""
        return reverse("consortia:consortia")

    def run(self, actor: Actor, data: FoundingEntry, **_: Any) -> str:
        """Found it and go there."""
        details: Any = data.model_dump(mode="json", exclude={"lead", "start"})
        return services.found(actor, lead=needed(data.lead, "lead"), start=data.start, **details).get_absolute_url()


class Consortia(RegistryCommand):
    """Forms about one consortium."""

    permission, model = Permission.CONSORTIUM_EDIT, Consortium


class Inside(RegistryCommand):
    """Forms about a row inside a consortium."""

    permission = Permission.CONSORTIUM_EDIT

    def back(self) -> str:
        """The page of the consortium."""
        return str(self.row.consortium.get_absolute_url())


class EditConsortium(Consortia):
    """Correct what a consortium says about itself."""

    title, submit, done, schema = "修改医共体", "保存", "已保存。", ConsortiumEntry

    def initial(self, actor: Actor) -> dict[str, Any]:
        """What it says now."""
        return {name: getattr(self.row, name) for name in ConsortiumEntry.model_fields}

    def run(self, actor: Actor, data: ConsortiumEntry, **_: Any) -> str:
        """Save."""
        changes: Any = data.model_dump(mode="json")
        services.edit_consortium(actor, consortium=self.row, **changes)
        return self.back()


class Dissolve(Consortia):
    """Dissolve a consortium."""

    title, submit, tone, done, schema = "解散医共体", "解散", "danger", "已解散。", Ending

    def context(self, actor: Actor) -> dict[str, Any]:
        """How many members it concerns."""
        number = members(self.row).count()
        return {**super().context(actor), "effect": f"{number} 家成员的成员关系和所有共享中心同时结束。"}

    def run(self, actor: Actor, data: Ending, **_: Any) -> str:
        """Dissolve."""
        services.dissolve(actor, consortium=self.row, on=data.on)
        return self.back()


class Admit(Consortia):
    """Admit a member."""

    title, submit, done, schema = "加入成员", "加入", "成员已加入。", AdmissionEntry

    def initial(self, actor: Actor) -> dict[str, Any]:
        """Branches are the most frequent."""
        return {"role": Membership.Role.BRANCH.value}

    def choices(self, actor: Actor) -> dict[str, Any]:
        """Every role but the lead's."""
        roles = [pair for pair in Membership.Role.choices if pair[0] != Membership.Role.LEAD]
        return {**super().choices(actor), "roles": roles}

    def run(self, actor: Actor, data: AdmissionEntry, **_: Any) -> str:
        """Admit."""
        services.admit(
            actor,
            consortium=self.row,
            organization=needed(data.organization),
            role=data.role,
            duties=data.duties,
            start=data.start,
        )
        return self.back()


class ChangeDuties(Inside):
    """Change the role or the duties of a member."""

    title, submit, done, schema, model = "修改成员职责", "保存", "已保存。", DutiesEntry, Membership

    def initial(self, actor: Actor) -> dict[str, Any]:
        """What they are now."""
        return {"role": self.row.role, "duties": self.row.duties}

    def run(self, actor: Actor, data: DutiesEntry, **_: Any) -> str:
        """Save."""
        services.change_duties(actor, membership=self.row, duties=data.duties, role=data.role.value)
        return self.back()


class EndMembership(Inside):
    """A member leaves."""

    title, submit, tone, done, schema, model = "成员退出", "退出", "danger", "成员已退出。", Ending, Membership

    def run(self, actor: Actor, data: Ending, **_: Any) -> str:
        """End."""
        services.end_membership(actor, membership=self.row, on=data.on)
        return self.back()


class NameLead(Consortia):
    """Another lead."""

    title, submit, done, schema = "更换牵头单位", "更换", "已更换牵头单位。", LeadEntry

    def context(self, actor: Actor) -> dict[str, Any]:
        """What becomes of the former lead."""
        return {
            **super().context(actor),
            "effect": "原牵头单位从生效日期起成为成员单位；新的可以是成员，也可以是新加入的机构。",
        }

    def run(self, actor: Actor, data: LeadEntry, **_: Any) -> str:
        """Name."""
        services.name_lead(actor, consortium=self.row, organization=needed(data.organization), on=data.on)
        return self.back()


class OpenCentre(Consortia):
    """Open a shared centre."""

    title, submit, done, schema = "设立共享中心", "设立", "共享中心已设立。", CentreEntry

    def choices(self, actor: Actor) -> dict[str, Any]:
        """Only members run shared centres."""
        inside = [(m.organization.code, m.organization.name) for m in members(self.row)]
        return {**super().choices(actor), "organizations": inside}

    def run(self, actor: Actor, data: CentreEntry, **_: Any) -> str:
        """Open."""
        organization = needed(data.organization)
        services.open_centre(
            actor, consortium=self.row, kind=data.kind.value, organization=organization, start=data.start
        )
        return self.back()


class CloseCentre(Inside):
    """Close a shared centre."""

    title, submit, tone, done, schema, model = (
        "结束共享中心",
        "结束",
        "danger",
        "共享中心已结束。",
        Ending,
        SharedCentre,
    )

    def run(self, actor: Actor, data: Ending, **_: Any) -> str:
        """Close."""
        services.close_centre(actor, centre=self.row, on=data.on)
        return self.back()


class ArrangeAssistance(Consortia):
    """A city hospital helps a member."""

    title, submit, done, schema = "登记帮扶", "保存", "已登记。", AssistanceEntry

    def run(self, actor: Actor, data: AssistanceEntry, **_: Any) -> str:
        """Arrange."""
        services.arrange_assistance(
            actor,
            helper=needed(data.helper, "helper"),
            helped=needed(data.helped, "helped"),
            speciality=data.speciality,
            form=data.form,
            start=data.start,
        )
        return self.back()


class EndAssistance(RegistryCommand):
    """The assistance ends."""

    title, submit, tone, done, schema, model = "结束帮扶", "结束", "danger", "帮扶已结束。", Ending, Assistance
    permission = Permission.CONSORTIUM_EDIT

    def back(self) -> str:
        """The organisation that was helped."""
        return str(self.row.helped.get_absolute_url())

    def run(self, actor: Actor, data: Ending, **_: Any) -> str:
        """End."""
        services.end_assistance(actor, assistance=self.row, on=data.on)
        return self.back()
