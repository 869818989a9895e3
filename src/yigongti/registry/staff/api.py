"""Staff over REST, as of a day: FHIR Practitioner with its roles. Work phones are for the pages, not for systems."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Schema

from yigongti.registry.rest import Asked, page, readable
from yigongti.registry.staff.models import Position, Practitioner
from yigongti.registry.staff.queries import positions_of, search_staff, working

router = Router(tags=["人员"])


class PositionOut(Schema):
    """A position."""

    organization_id: int
    department_id: int | None
    post: str
    kind: Position.Kind
    start: date
    until: date | None


class PractitionerOut(Schema):
    """A person with the positions of the day."""

    id: int
    code: str
    name: str
    sex: str
    licence: str
    title: str
    scope: str
    positions: list[PositionOut]


class StaffOut(Schema):
    """A page of staff."""

    items: list[PractitionerOut]
    next: int | None


class AskedStaff(Asked):
    """What the list may be asked."""

    organization_id: int | None = None


@router.get("", response=StaffOut, summary="列出人员")
@readable
def staff(request: HttpRequest, asked: Query[AskedStaff]) -> dict[str, Any]:
    """People who hold a position on the day, all or those of one organisation."""
    rows = search_staff(asked.q, asked.on) if asked.q else working(asked.on)
    if asked.organization_id is not None:
        there = Position.objects.on(asked.on).filter(organization_id=asked.organization_id)
        rows = rows.filter(pk__in=there.values("practitioner"))
    return page(rows, asked, lambda row: shown(row, row.held))


@router.get("/{practitioner_id}", response=PractitionerOut, summary="一个人")
@readable
def practitioner(request: HttpRequest, practitioner_id: int, on: date | None = None) -> dict[str, Any]:
    """One person with the positions of the day."""
    row = get_object_or_404(Practitioner, pk=practitioner_id)
    return shown(row, list(positions_of(row, on)))


def shown(row: Practitioner, positions: list[Position]) -> dict[str, Any]:
    """A person as the API shows them."""
    own = {name: getattr(row, name) for name in PractitionerOut.model_fields if name != "positions"}
    held = [{name: getattr(one, name) for name in PositionOut.model_fields} for one in positions]
    return {**own, "positions": held}
