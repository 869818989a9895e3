"""Forms that change organisations, departments and functions."""

from typing import Any

from django.urls import reverse
from pydantic import Field

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.registry.commands import Ending, RegistryCommand
from yigongti.registry.organizations import services
from yigongti.registry.organizations.entries import DepartmentEntry, FunctionEntry, OrganizationEntry
from yigongti.registry.organizations.models import CareFunction, Department, Organization


class Houses(RegistryCommand):
    """Forms about one organisation."""

    permission, model = Permission.ORGANIZATION_EDIT, Organization


class OpenOrganization(RegistryCommand):
    """A new organisation."""

    title, submit, done, schema = "新增机构", "保存", "机构已登记。", OrganizationEntry
    permission = Permission.ORGANIZATION_EDIT
    crumbs = (("机构", "/organizations/"), ("新增机构", ""))

    def initial(self, actor: Actor) -> dict[str, Any]:
        """Below the organisation that ``?part_of=`` names."""
        return {"part_of": self.request.GET.get("part_of", ""), "on_platform": True}

    def back(self) -> str:
        """The register."""
        return reverse("organizations:organizations")

    def run(self, actor: Actor, data: OrganizationEntry, **_: Any) -> str:
        """Open it and go there."""
        return services.open_organization(actor, **data.details()).get_absolute_url()


class EditOrganization(Houses):
    """Correct what an organisation says about itself."""

    title, submit, done, schema = "修改机构", "保存", "已保存。", OrganizationEntry

    def initial(self, actor: Actor) -> dict[str, Any]:
        """What it says now."""
        values = {name: getattr(self.row, name) for name in OrganizationEntry.model_fields}
        return {**values, "part_of": self.row.part_of.code if self.row.part_of else ""}

    def run(self, actor: Actor, data: OrganizationEntry, **_: Any) -> str:
        """Save."""
        services.edit_organization(actor, organization=self.row, **data.details())
        return self.back()


class CloseOrganization(Houses):
    """Close an organisation."""

    title, submit, tone, done, schema = "撤销机构", "撤销", "danger", "机构已撤销。", Ending

    def context(self, actor: Actor) -> dict[str, Any]:
        """What will happen, and what stands in the way."""
        return {
            **super().context(actor),
            "effect": "科室和功能定位一并结束；仍有任职、成员关系、网格或下属机构时不能撤销。",
        }

    def run(self, actor: Actor, data: Ending, **_: Any) -> str:
        """Close."""
        services.close_organization(actor, organization=self.row, on=data.on)
        return self.back()


class OpenDepartment(Houses):
    """A new department."""

    title, submit, done, schema = "新增科室", "保存", "科室已登记。", DepartmentEntry

    def initial(self, actor: Actor) -> dict[str, Any]:
        """Departments take referrals unless somebody says no."""
        return {"accepts_referrals": True}

    def run(self, actor: Actor, data: DepartmentEntry, **_: Any) -> str:
        """Open it."""
        services.open_department(actor, organization=self.row, **data.details())
        return self.back()


class Departments(RegistryCommand):
    """Forms about one department."""

    permission, model = Permission.ORGANIZATION_EDIT, Department

    def back(self) -> str:
        """The page of its organisation."""
        return str(self.row.organization.get_absolute_url())


class EditDepartment(Departments):
    """Correct a department."""

    title, submit, done, schema = "修改科室", "保存", "已保存。", DepartmentEntry

    def initial(self, actor: Actor) -> dict[str, Any]:
        """What it says now."""
        return {name: getattr(self.row, name) for name in DepartmentEntry.model_fields}

    def run(self, actor: Actor, data: DepartmentEntry, **_: Any) -> str:
        """Save."""
        services.edit_department(actor, department=self.row, **data.details())
        return self.back()


class CloseDepartment(Departments):
    """Close a department."""

    title, submit, tone, done, schema = "停办科室", "停办", "danger", "科室已停办。", Ending

    def run(self, actor: Actor, data: Ending, **_: Any) -> str:
        """Close."""
        services.close_department(actor, department=self.row, on=data.on)
        return self.back()


class TierFunction(FunctionEntry):
    """A function of a whole level."""

    tier: Organization.Tier = Field(title="层级")


class AssignTierFunction(RegistryCommand):
    """Say what a level is there for."""

    title, submit, done, schema = "新增层级功能定位", "保存", "已保存。", TierFunction
    permission = Permission.ORGANIZATION_EDIT
    crumbs = (("功能定位", "/organizations/functions/"), ("新增", ""))

    def back(self) -> str:
        """The register."""
        return reverse("organizations:functions")

    def run(self, actor: Actor, data: TierFunction, **_: Any) -> str:
        """Assign."""
        services.assign_function(actor, **data.model_dump(mode="json", exclude={"start"}), start=data.start)
        return self.back()


class AssignFunction(Houses):
    """Say what one organisation is there for, other than its level."""

    title, submit, done, schema = "新增本院功能定位", "保存", "已保存。", FunctionEntry

    def run(self, actor: Actor, data: FunctionEntry, **_: Any) -> str:
        """Assign."""
        values: Any = data.model_dump(mode="json", exclude={"start"})
        services.assign_function(actor, organization=self.row, tier=self.row.tier, start=data.start, **values)
        return self.back()


class EndFunction(RegistryCommand):
    """It is no longer their function."""

    title, submit, tone, done, schema = "结束功能定位", "结束", "danger", "已结束。", Ending
    permission, model = Permission.ORGANIZATION_EDIT, CareFunction

    def back(self) -> str:
        """The organisation, or the register of the levels."""
        owner = self.row.organization
        return owner.get_absolute_url() if owner else reverse("organizations:functions")

    def run(self, actor: Actor, data: Ending, **_: Any) -> str:
        """End."""
        services.end_function(actor, function=self.row, on=data.on)
        return self.back()
