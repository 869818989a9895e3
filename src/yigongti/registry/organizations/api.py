"""Organisations over REST, as of a day: FHIR Organization in our own words."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema

from yigongti.registry.organizations.models import CareFunction, Organization
from yigongti.registry.organizations.queries import capable, departments_open, functions_of, search_organizations
from yigongti.registry.rest import Asked, page, readable

router = Router(tags=["机构"])


class OrganizationOut(Schema):
    """An organisation."""

    id: int
    code: str
    name: str
    short_name: str
    tier: Organization.Tier
    institution_class: str = Field(description="WS 218-2002 卫生机构（组织）分类")
    level: str = Field(description="医院三级评审等级代码")
    part_of_id: int | None
    area_code: str
    longitude: Decimal | None
    latitude: Decimal | None
    beds: int
    on_platform: bool
    opened_on: date
    closed_on: date | None


class OrganizationsOut(Schema):
    """A page of organisations."""

    items: list[OrganizationOut]
    next: int | None


class DepartmentOut(Schema):
    """A department."""

    id: int
    code: str = Field(description="诊疗科目")
    name: str
    accepts_referrals: bool
    phone: str


class FunctionOut(Schema):
    """What an organisation is there for; ``own`` is false for what its whole level is there for."""

    kind: CareFunction.Kind
    code: str
    name: str
    extent: CareFunction.Extent
    own: bool


class OrganizationFullOut(OrganizationOut):
    """An organisation with its departments and functions of the day."""

    departments: list[DepartmentOut]
    functions: list[FunctionOut]


class CapabilityOut(Schema):
    """What an organisation is there to do for a disease; ``null`` where nothing is said."""

    extent: CareFunction.Extent | None


class AskedOrganizations(Asked):
    """What the list may be asked."""

    tier: Organization.Tier | None = None


@router.get("", response=OrganizationsOut, summary="列出机构")
@readable
def organizations(request: HttpRequest, asked: Query[AskedOrganizations]) -> dict[str, Any]:
    """Organisations open on the day."""
    rows = search_organizations(asked.q, asked.on) if asked.q else Organization.objects.on(asked.on)
    return page(rows.filter(tier=asked.tier) if asked.tier else rows, asked, brief)


@router.get("/{organization_id}", response=OrganizationFullOut, summary="一家机构")
@readable
def organization(request: HttpRequest, organization_id: int, on: date | None = None) -> dict[str, Any]:
    """One organisation with departments and functions of the day."""
    row = get_object_or_404(Organization, pk=organization_id)
    functions = [
        {"kind": f.kind, "code": f.code, "name": f.name, "extent": f.extent, "own": f.organization_id is not None}
        for f in functions_of(row, on)
    ]
    return {**brief(row), "departments": list(departments_open(row, on)), "functions": functions}


@router.get("/{organization_id}/capability", response=CapabilityOut, summary="能否诊治某病种")
@readable
def capability(request: HttpRequest, organization_id: int, disease: str, on: date | None = None) -> dict[str, Any]:
    """What the organisation is there to do for a disease (ICD-10 code)."""
    return {"extent": capable(get_object_or_404(Organization, pk=organization_id), disease, on)}


def brief(row: Organization) -> dict[str, Any]:
    """An organisation as the API shows it."""
    return {name: getattr(row, name) for name in OrganizationOut.model_fields}
