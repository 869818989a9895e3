"""Reports over REST: the list, one with its values, filling it in. Steps are under ``/api/indicator-reports``."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Field, Header, Query, Router, Schema

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.api import KEY, MATCH, version_of

from . import duties, entering, services, showing
from .models import Report
from .schemas import Filling, ItemIn

router = Router(tags=["指标填报"])
MOST = 200


class ReportOut(Schema):
    """A report as it stands; ``version`` goes into ``If-Match``."""

    id: UUID
    number: str
    title: str
    set: str = Field(description="指标集")
    level: str
    unit: str
    unit_name: str
    period_type: str
    period: str
    organization_id: int
    reviewer_organization_id: int | None
    state: str
    state_title: str
    version: int
    edition: int = Field(description="正在办理的版次")
    accepted_edition: int = Field(description="在用的版次；0 为还没有")
    asked: int
    filled: int
    due_at: datetime | None
    submitted_at: datetime | None
    accepted_at: datetime | None


class ReportsOut(Schema):
    """A page of reports; ``next`` is the ``after`` of the following page."""

    items: list[ReportOut]
    next: UUID | None


class AnswerOut(Schema):
    """What is said to one criterion."""

    criterion: str
    answer: str
    words: str


class EvidenceOut(Schema):
    """A file."""

    id: int
    name: str
    size: int
    media_type: str


class ItemOut(Schema):
    """One indicator of a report."""

    item: str
    name: str
    kind: str = Field(description="reported 填数，judged 按材料评判")
    unit: str
    asks: list[str] = Field(description="分子、分母各是什么；空：直接填数值")
    numerator: Decimal | None
    denominator: Decimal | None
    value: Decimal | None
    absent: bool
    answers: list[AnswerOut]
    note: str
    verdict: str
    reason: str
    last_value: Decimal | None = Field(description="上期已接受的值")
    warnings: list[str]
    evidence: list[EvidenceOut]


class WholeOut(ReportOut):
    """A report with its items."""

    items: list[ItemOut]


class Filled(Schema):
    """What filling did."""

    changed: int = Field(description="改动了几项；0 为与已有的相同")
    version: int
    filled: int
    asked: int


def report_out(report: Report) -> dict[str, Any]:
    """The representation of a report."""
    return {
        "id": report.pk,
        "organization_id": report.home_organization_id,
        "reviewer_organization_id": report.counterpart_organization_id,
        "state_title": report.state_now.title,
        **{
            name: getattr(report, name)
            for name in (
                *("number", "title", "set", "level", "unit", "unit_name", "period_type", "period", "state", "version"),
                *("edition", "accepted_edition", "asked", "filled", "due_at", "submitted_at", "accepted_at"),
            )
        },
    }


@router.get("/reports", response=ReportsOut, summary="列出填报", url_name="reporting_reports")
def reports(
    request: HttpRequest,
    period: Annotated[str, Query(max_length=8, description="只要这一期，如 2026Q3")] = "",
    of_set: Annotated[str, Query(alias="set", max_length=64, description="只要这个指标集")] = "",
    state: Annotated[str, Query(max_length=32)] = "",
    after: Annotated[UUID | None, Query(description="上一页的 next")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
) -> dict[str, Any]:
    """Those within reach, oldest first."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    wanted = {name: value for name, value in (("period", period), ("set", of_set), ("state", state)) if value}
    found = services.reports(actor).filter(**wanted).order_by("pk")
    rows = list((found.filter(pk__gt=after) if after else found)[: limit + 1])
    more = rows[limit - 1].pk if len(rows) > limit else None
    return {"items": [report_out(row) for row in rows[:limit]], "next": more}


@router.get("/reports/{report_id}", response=WholeOut, summary="查看一份填报", url_name="reporting_report")
def report(request: HttpRequest, response: HttpResponse, report_id: UUID) -> dict[str, Any]:
    """One report with its items; who only looks gets the accepted edition."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = services.access_report(actor, report_id)
    edition = None if services.involved(actor, found) else found.accepted_edition
    response["ETag"] = f'"{found.version}"'
    return {**report_out(found), "items": [item_out(line) for line in showing.lines(found, edition)]}


def item_out(line: showing.Line) -> dict[str, Any]:
    """The representation of an item."""
    row, item = line.row, line.item
    numbers = dict(zip(("numerator", "denominator", "value"), row.figures if row else (None,) * 3, strict=True))
    return {
        "item": line.code,
        "name": item.name,
        "kind": item.kind,
        "unit": item.unit,
        "asks": [item.asks.numerator, item.asks.denominator] if item.asks else [],
        **numbers,
        "absent": bool(row and row.absent),
        "answers": [{"criterion": c.text, "answer": c.answer, "words": c.words} for c in line.criteria]
        if line.judged
        else [],
        "note": row.note if row else "",
        "verdict": row.verdict if row else "",
        "reason": row.reason if row else "",
        "last_value": line.last.value if line.last else None,
        "warnings": line.warnings,
        "evidence": [
            {"id": one.pk, "name": one.name, "size": one.size, "media_type": one.media_type} for one in line.evidence
        ],
    }


@router.put("/reports/{report_id}/items", response=Filled, summary="填写指标", url_name="reporting_fill")
def fill(
    request: HttpRequest,
    response: HttpResponse,
    report_id: UUID,
    data: list[ItemIn],
    key: Annotated[UUID | None, Header(alias=KEY)] = None,
    match: Annotated[str | None, Header(alias=MATCH)] = None,
) -> dict[str, Any]:
    """Keep values; items that are not named stay as they are. The answer tells how many differed."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = services.access_report(actor, report_id)
    before = services.standing(found)
    differing = len(entering.changed(before, data))
    outcome = services.fill(actor, report=found, items=Filling(items=data).items, version=version_of(match), key=key)
    stands = outcome.case if outcome else found
    assert isinstance(stands, Report)
    if outcome and outcome.repeated:
        response["Idempotency-Replayed"] = "true"
    response["ETag"] = f'"{stands.version}"'
    asked = len(duties.asked(stands))
    return {"changed": differing, "version": stands.version, "filled": stands.filled, "asked": asked}


reports.permission = services.ANY  # type: ignore[attr-defined]
report.permission = services.ANY  # type: ignore[attr-defined]
fill.permission = Permission.INDICATOR_REPORT  # type: ignore[attr-defined]
