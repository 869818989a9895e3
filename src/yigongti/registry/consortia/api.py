"""Consortia over REST, as of a day."""

from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Schema

from yigongti.registry.consortia.models import Consortium, Membership, SharedCentre
from yigongti.registry.consortia.queries import centres, consortia_of, lead_of, members
from yigongti.registry.organizations.models import Organization
from yigongti.registry.rest import Asked, page, readable

router = Router(tags=["医共体"])


class ConsortiumOut(Schema):
    """A consortium."""

    id: int
    code: str
    name: str
    kind: Consortium.Kind
    tightness: Consortium.Tightness
    area_code: str
    speciality: str
    start: date
    until: date | None


class ConsortiaOut(Schema):
    """A page of consortia."""

    items: list[ConsortiumOut]
    next: int | None


class MembershipOut(Schema):
    """A member with its dates."""

    organization_id: int
    organization_code: str
    organization_name: str
    role: Membership.Role
    duties: str
    start: date
    until: date | None


class CentreOut(Schema):
    """A shared centre."""

    kind: SharedCentre.Kind
    organization_id: int
    start: date


class ConsortiumFullOut(ConsortiumOut):
    """A consortium with lead, members and shared centres of the day."""

    lead_id: int | None
    members: list[MembershipOut]
    centres: list[CentreOut]


class AskedConsortia(Asked):
    """What the list may be asked."""

    organization_id: int | None = None


@router.get("", response=ConsortiaOut, summary="列出医共体")
@readable
def consortia(request: HttpRequest, asked: Query[AskedConsortia]) -> dict[str, Any]:
    """Consortia in force on the day, all or those of one organisation."""
    rows: QuerySet[Consortium] = Consortium.objects.on(asked.on)
    if asked.organization_id is not None:
        rows = consortia_of(get_object_or_404(Organization, pk=asked.organization_id), asked.on)
    if asked.q:
        rows = rows.filter(Q(code__istartswith=asked.q) | Q(name__contains=asked.q))
    return page(rows, asked, brief)


@router.get("/{consortium_id}", response=ConsortiumFullOut, summary="一个医共体")
@readable
def consortium(request: HttpRequest, consortium_id: int, on: date | None = None) -> dict[str, Any]:
    """One consortium as of the day."""
    row = get_object_or_404(Consortium, pk=consortium_id)
    lead = lead_of(row, on)
    return {
        **brief(row),
        "lead_id": lead.pk if lead else None,
        "members": [_member(one) for one in members(row, on)],
        "centres": [
            {"kind": one.kind, "organization_id": one.organization_id, "start": one.start} for one in centres(row, on)
        ],
    }


def brief(row: Consortium) -> dict[str, Any]:
    """A consortium as the API shows it."""
    return {name: getattr(row, name) for name in ConsortiumOut.model_fields}


def _member(row: Membership) -> dict[str, Any]:
    own = {name: getattr(row, name) for name in ("organization_id", "role", "duties", "start", "until")}
    return {**own, "organization_code": row.organization.code, "organization_name": row.organization.name}
