"""Forms that change code systems and single concepts."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from pydantic import BaseModel, Field

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.registry.commands import Ending, RegistryCommand
from yigongti.registry.terminology import services
from yigongti.registry.terminology.entries import ConceptEntry
from yigongti.registry.terminology.models import CodeSystem, Concept


class SystemEntry(BaseModel):
    """A code system."""

    code: str = Field(
        title="标识", pattern=r"^[a-z0-9][a-z0-9.-]{1,31}$", description="小写字母、数字和短横，如 icd-10"
    )
    name: str = Field(title="名称", min_length=1, max_length=128)
    version: str = Field("", title="版本", max_length=32)
    source: str = Field("", title="来源", max_length=256)


class ConceptChange(BaseModel):
    """What may change of a concept: never its code."""

    name: str = Field(title="名称", min_length=1, max_length=256)
    parent_code: str = Field("", title="上级代码", max_length=32)


class Terminology(RegistryCommand):
    """Forms of this room lead back to the register."""

    permission = Permission.TERMINOLOGY_EDIT
    crumbs = (("术语", "/terminology/"),)

    def back(self) -> str:
        """The register."""
        return reverse("terminology:concepts")


class DefineSystem(Terminology):
    """A new code system."""

    title, submit, done, schema = "新增代码系统", "保存", "代码系统已登记。", SystemEntry

    def run(self, actor: Actor, data: SystemEntry, **_: Any) -> str:
        """Define."""
        services.define_system(actor, **data.model_dump())
        return self.back()


class AddConcept(Terminology):
    """A new concept."""

    title, submit, done, schema = "新增术语", "保存", "已登记。", ConceptEntry

    def run(self, actor: Actor, data: ConceptEntry, **_: Any) -> str:
        """Add."""
        system = get_object_or_404(CodeSystem, pk=data.system)
        services.add_concept(actor, system=system, code=data.code, name=data.name, parent_code=data.parent_code)
        return self.back()


class EditConcept(Terminology):
    """Correct a concept."""

    title, submit, done, schema, model = "修改术语", "保存", "已保存。", ConceptChange, Concept

    def initial(self, actor: Actor) -> dict[str, Any]:
        """What it is now."""
        return {"name": self.row.name, "parent_code": self.row.parent_code}

    def context(self, actor: Actor) -> dict[str, Any]:
        """A retired concept says so."""
        retired = f"已于 {self.row.retired_on} 停用。" if self.row.retired_on else ""
        return {**super().context(actor), "effect": f"{self.row.system} {retired}"}

    def run(self, actor: Actor, data: ConceptChange, **_: Any) -> str:
        """Save."""
        services.edit_concept(actor, concept=self.row, name=data.name, parent_code=data.parent_code)
        return self.back()


class RetireConcept(Terminology):
    """A concept is not offered any more."""

    title, submit, tone, done, schema, model = "停用术语", "停用", "danger", "已停用。", Ending, Concept

    def context(self, actor: Actor) -> dict[str, Any]:
        """What stays."""
        return {**super().context(actor), "effect": "此后录入时不再提供；已经记录的内容不变，仍可查看。"}

    def run(self, actor: Actor, data: Ending, **_: Any) -> str:
        """Retire."""
        services.retire_concept(actor, concept=self.row, on=data.on)
        return self.back()
