"""Stored results over REST: runs, numbers by indicator and unit, one number explained, numbers that moved."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.records.residents.api import needs

from . import queries, scope, told
from .models import Restatement, Result
from .telling import why

router = Router(tags=["指标"])
MOST = 1000


class RunOut(Schema):
    """One computation: every number stands as of its snapshot."""

    id: int
    at: datetime
    snapshot: str
    results: int
    moved: int
    restated: int
    digest: str


class NumberOut(Schema):
    """One number. Small ones and those that would give them away are empty, and ``hidden`` is true."""

    indicator: str
    level: str
    unit: str
    unit_name: str
    type: str
    period: str
    stratum: str
    part: str
    numerator: Decimal | None
    denominator: Decimal | None
    value: Decimal | None
    reported: int
    expected: int
    hidden: bool


class NumbersOut(Schema):
    """A page of numbers; ``more``: narrow the question or ask with the next ``offset``."""

    items: list[NumberOut]
    more: bool


class ExplanationOut(Schema):
    """What stands behind one number."""

    number: NumberOut | None
    words: str
    sql: str
    numerator: str
    denominator: str
    source: str
    mark: str = Field(description="S 公开来源、GK 通识、D 建议")
    policy: str
    version: str
    snapshot: str
    remarks: list[str]


class MovedOut(Schema):
    """A published number that moved, and why."""

    at: datetime
    indicator: str
    level: str
    unit: str
    period: str
    value_before: Decimal | None
    value: Decimal | None
    why: str


@router.get("/runs", response=list[RunOut], summary="指标的计算记录", url_name="list_runs")
@needs(Permission.INDICATOR_READ)
def list_runs(request: HttpRequest, limit: Annotated[int, Query(ge=1, le=200)] = 20) -> Any:
    """The newest computations first."""
    return queries.runs()[:limit]


@router.get("/numbers", response=NumbersOut, summary="指标数值", url_name="list_numbers")
@needs(Permission.INDICATOR_READ)
def list_numbers(
    request: HttpRequest,
    indicator: Annotated[str, Query(max_length=96, description="编号，如 monitoring-2024/3.1")],
    period: Annotated[str, Query(max_length=8, description="2026、2026Q3 或 2026-11；空为全部")] = "",
    level: Annotated[str, Query(max_length=16)] = "",
    unit: Annotated[str, Query(max_length=24)] = "",
    parts: Annotated[bool, Query(description="连同分组")] = False,
    offset: Annotated[int, Query(ge=0, le=100_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 200,
) -> Any:
    """The numbers of one indicator within one's reach, by unit and period."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    wanted = {"period": period, "unit__level": level, "unit__key": unit, **({} if parts else {"stratum": ""})}
    found = Result.objects.filter(measure=queries.measure(indicator), unit__in=scope.units(actor))
    found = found.filter(**{name: value for name, value in wanted.items() if value or name == "stratum"})
    ordered = found.select_related("measure", "unit").order_by("unit", "period", "stratum", "part")
    rows = list(ordered[offset : offset + limit + 1])
    held = scope.duty(actor)
    return {"items": [_number(row, held) for row in rows[:limit]], "more": len(rows) > limit}


def _number(row: Result, held: scope.Duty) -> dict[str, Any]:
    hidden = scope.hides(held, row)
    return {
        "indicator": row.measure.code,
        "level": row.unit.level,
        "unit": row.unit.key,
        "unit_name": row.unit.title,
        "type": row.type,
        "period": row.period,
        "stratum": row.stratum,
        "part": row.part,
        "numerator": None if hidden else row.numerator,
        "denominator": None if hidden else row.denominator,
        "value": None if hidden else row.value,
        "reported": row.reported,
        "expected": row.expected,
        "hidden": hidden,
    }


@router.get(
    "/explanations/{set}/{indicator}/{level}/{unit}/{period}",
    response=ExplanationOut,
    summary="指标解释",
    url_name="explain_number",
)
@needs(Permission.INDICATOR_READ)
def explain_number(request: HttpRequest, set: str, indicator: str, level: str, unit: str, period: str) -> Any:  # noqa: A002
    """How one number came about."""
    one = told.tell(request.actor, f"{set}/{indicator}", level, unit, period)  # type: ignore[attr-defined]
    found = told.explanation(one)
    return {
        "number": _number(one.result, one.held) if one.result else None,
        "words": found.words,
        "sql": found.sql,
        "numerator": found.numerator_words,
        "denominator": found.denominator_words,
        "source": f"{one.source.document} {one.source.item}".strip(),
        "mark": one.source.mark,
        "policy": found.policy,
        "version": found.version,
        "snapshot": one.run.snapshot if one.run and one.item.kind == "computed" else "",
        "remarks": list(found.remarks),
    }


@router.get("/restatements", response=list[MovedOut], summary="公布数的变动", url_name="list_restatements")
@needs(Permission.INDICATOR_READ)
def list_restatements(
    request: HttpRequest,
    indicator: Annotated[str, Query(max_length=96)] = "",
    limit: Annotated[int, Query(ge=1, le=MOST)] = 200,
) -> Any:
    """Published numbers that moved, the newest first; what is not for the reader is empty."""
    measure = queries.measure(indicator) if indicator else None
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = scope.watched(queries.restatements(measure)).filter(unit__in=scope.units(actor))
    held = scope.duty(actor)
    return [_moved(one, scope.closed(held, one)) for one in found[:limit]]


def _moved(one: Restatement, closed: bool) -> dict[str, Any]:
    return {
        "at": one.run.at,
        "indicator": one.measure.code,
        "level": one.unit.level,
        "unit": one.unit.key,
        "period": one.period,
        "value_before": None if closed else one.value_before,
        "value": None if closed else one.value,
        "why": why(one),
    }
