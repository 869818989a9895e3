"""The record over the API: what happened, and recording a contact with care."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Field, Header, Path, Query, Router, Schema, Status
from pydantic import AwareDatetime

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.audit.reading import reading
from yigongti.records.residents.access import access_resident
from yigongti.records.residents.api import needs

from . import services
from .models import Encounter
from .observations import CATALOGUE
from .timeline import Key, timeline

router = Router(tags=["健康档案"])


class ValueOut(Schema):
    """One measurement."""

    code: str
    name: str
    text: str
    unit: str
    flag: str = Field(description="↑ 或 ↓：超出常用参考范围")


class MomentOut(Schema):
    """Something that happened."""

    kind: str
    id: UUID
    at: AwareDatetime
    title: str
    organization: str
    practitioner: str
    note: str
    details: list[tuple[str, str]]
    values: list[ValueOut]


class TimelineOut(Schema):
    """A page of the timeline, newest first; ``next_at`` and ``next_id`` begin the following page."""

    items: list[MomentOut]
    next_at: AwareDatetime | None
    next_id: UUID | None


class EncounterIn(Schema):
    """A contact with care. ``measurements``: code of the catalogue (``GET /record/catalogue``) to value."""

    kind: Encounter.Kind
    started_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None
    organization_id: int | None = Field(None, ge=1, le=2**53)
    department_id: int | None = Field(None, ge=1, le=2**53)
    measurements: dict[str, Decimal] = Field(default_factory=dict, max_length=80)
    complaint: str = Field("", max_length=2000)
    assessment: str = Field("", max_length=2000)
    advice: str = Field("", max_length=4000)
    next_due: date | None = None


class EncounterOut(Schema):
    """A recorded contact with care."""

    id: UUID
    resident_id: UUID
    organization_id: int
    kind: str
    started_at: AwareDatetime
    next_due: date | None


class MeasuredOut(Schema):
    """Something that can be measured; outside ``low`` to ``high`` a value is refused."""

    code: str
    name: str
    unit: str
    low: Decimal
    high: Decimal
    loinc: str


@router.get("/catalogue", response=list[MeasuredOut], summary="测量项目目录", url_name="catalogue")
@needs(Permission.RECORD_READ, Permission.RECORD_WRITE, Permission.OWN_RECORD)
def catalogue(request: HttpRequest) -> list[Any]:
    """Codes, units and limits of entry."""
    return list(CATALOGUE.values())


@router.get("/{resident_id}/timeline", response=TimelineOut, summary="时间线", url_name="read_timeline")
@needs(Permission.RECORD_READ, Permission.OWN_RECORD)
def read_timeline(
    request: HttpRequest,
    resident_id: Annotated[UUID, Path()],
    kind: Annotated[list[str], Query(max_length=20, description="只要这些种类")] = [],  # noqa: B006
    below_at: Annotated[AwareDatetime | None, Query()] = None,
    below_id: Annotated[UUID | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> TimelineOut:
    """Everything that happened to a resident. Residents reach themselves."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    resident = access_resident(actor, resident_id)
    reading(actor, resident_id=resident.pk, page="api:read_timeline")
    below: Key | None = (below_at, below_id) if below_at and below_id else None
    page = timeline(resident.pk, only=kind, below=below, most=limit)
    items = [MomentOut.model_validate(moment, from_attributes=True) for moment in page.moments]
    after = page.next or (None, None)
    return TimelineOut(items=items, next_at=after[0], next_id=after[1])


@router.post(
    "/{resident_id}/encounters",
    response={201: EncounterOut},
    summary="记录就诊或随访",
    url_name="record_encounter",
)
@needs(Permission.RECORD_WRITE)
def record_encounter(
    request: HttpRequest,
    response: HttpResponse,
    resident_id: Annotated[UUID, Path()],
    data: EncounterIn,
    key: Annotated[str | None, Header(alias="Idempotency-Key", max_length=64)] = None,
) -> Status:
    """With ``Idempotency-Key`` a repeated request has one effect and the same answer."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    given = data.model_dump()
    if key:
        given |= {"source": f"api:{actor.user_id}"[:32], "source_key": key}
    encounter = services.record_encounter(actor, resident_id=resident_id, **given)
    return Status(201, encounter)
