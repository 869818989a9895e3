"""The feed over the API."""

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema
from pydantic import AwareDatetime

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.audit.reading import note
from yigongti.records.residents.api import needs

from . import queries

router = Router(tags=["数据交换"])


class ChangeOut(Schema):
    """One row that was written; read it as ``/fhir/R4/{type}/{id}``."""

    cursor: str
    type: str
    id: UUID
    resident: UUID
    version: int
    action: str = Field(
        description="created 新增、corrected 更正后的新版本、replaced 已被取代、voided 作废、updated 修改"
    )
    at: AwareDatetime


class ChangesOut(Schema):
    """A piece of the feed in the order of the commits. ``next`` is the next ``after``; ``more``: ask again at once."""

    items: list[ChangeOut]
    next: str
    more: bool


@router.get("", response=ChangesOut, summary="变更流", url_name="read_changes")
@needs(Permission.RECORD_READ)
def read_changes(
    request: HttpRequest,
    after: Annotated[str, Query(max_length=30, description="上次返回的 next；空：从头；now：从现在起")] = "",
    types: Annotated[str, Query(max_length=400, description="只要这些资源，逗号分隔，如 Patient,Observation")] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> Any:
    """Every new version of a row of residents with whom one's organisation has a care relation, at least once."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    wanted = [name for part in types.split(",") if (name := part.strip())]
    page = queries.changes(actor, after=after, types=wanted, limit=limit)
    if page.items:
        note(actor, Entry.Action.READ, subject="api:read_changes", after=after, until=page.next, rows=len(page.items))
    return page
