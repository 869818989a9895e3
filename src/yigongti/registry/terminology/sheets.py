"""The sheet of concepts."""

from collections.abc import Iterator
from typing import Any

from yigongti.kernel.access.permissions import Permission
from yigongti.registry.sheets.layout import Choices, SheetLayout, declare
from yigongti.registry.terminology.entries import ConceptEntry, write_concepts
from yigongti.registry.terminology.models import CodeSystem, Concept


def _systems() -> Choices:
    return {"system": dict(CodeSystem.objects.order_by("code").values_list("code", "name"))}


def _concepts() -> Iterator[dict[str, Any]]:
    rows = Concept.objects.filter(retired_on=None).order_by("system", "code")
    for row in rows.values("system", "code", "name", "parent_code").iterator(5000):
        yield {**row}


declare(
    SheetLayout(
        key="concepts",
        most=100_000,
        order=70,
        title="术语",
        schema=ConceptEntry,
        permission=Permission.TERMINOLOGY_EDIT,
        identity=("system", "code"),
        write=write_concepts,
        export=_concepts,
        choices=_systems,
        note="代码系统填名称或标识；已有的代码更新名称，没有的新增。",
        example={"system": "icd-10", "code": "I10.x00", "name": "特发性（原发性）高血压"},
    )
)
