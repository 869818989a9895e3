"""Concepts over REST: search by code, name or pinyin initials, fast enough for every key typed."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from yigongti.kernel.errors import NotFound
from yigongti.registry.rest import readable
from yigongti.registry.terminology.models import CodeSystem
from yigongti.registry.terminology.queries import concept as concept_of
from yigongti.registry.terminology.queries import search_concepts

router = Router(tags=["术语"])


class SystemOut(Schema):
    """A code system."""

    code: str
    name: str
    version: str
    source: str


class ConceptOut(Schema):
    """A concept."""

    system: str
    code: str
    name: str
    parent_code: str
    retired_on: date | None


class AskedConcepts(Schema):
    """What to look for."""

    q: str = Field("", max_length=64, description="代码开头、名称的一部分或拼音首字母；几个词用空格隔开")
    on: date | None = None
    limit: int = Field(20, ge=1, le=100)


@router.get("/systems", response=list[SystemOut], summary="代码系统")
@readable
def systems(request: HttpRequest) -> Any:
    """All code systems."""
    return CodeSystem.objects.order_by("code")


@router.get("/systems/{system}/concepts", response=list[ConceptOut], summary="查找术语")
@readable
def concepts(request: HttpRequest, system: str, asked: Query[AskedConcepts]) -> list[dict[str, Any]]:
    """The concepts nearest to what was typed."""
    return [_shown(one) for one in search_concepts(system, asked.q, on=asked.on, limit=asked.limit)]


@router.get("/systems/{system}/concepts/{code}", response=ConceptOut, summary="一个术语")
@readable
def concept(request: HttpRequest, system: str, code: str) -> dict[str, Any]:
    """One concept, also a retired one."""
    found = concept_of(system, code)
    if found is None:
        raise NotFound(f"{system} 中没有代码 {code}", hint="可先按名称查找")
    return _shown(found)


def _shown(row: Any) -> dict[str, Any]:
    fields = ("code", "name", "parent_code", "retired_on")
    return {"system": row.system_id, **{name: getattr(row, name) for name in fields}}
