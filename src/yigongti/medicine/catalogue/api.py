"""The formulary over REST: what is in it, who supplies it, how a prescribed drug stands at an organisation."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema

from yigongti.kernel.access.permissions import Permission
from yigongti.registry.organizations.models import Organization
from yigongti.registry.rest import Asked, page

from . import services
from .models import Drug, Supply
from .queries import Place, formularies, matching, offered, standings

router = Router(tags=["用药目录"])
READ, EDIT = (Permission.FORMULARY_READ,), (Permission.FORMULARY_EDIT,)


class DrugOut(Schema):
    """A drug of a formulary."""

    id: int
    formulary_id: int
    name: str
    aliases: str
    specification: str
    dosage_form: str
    category: str
    atc: str
    national_code: str
    essential: bool
    source: str
    start: date
    until: date | None


class DrugsOut(Schema):
    """A page of drugs."""

    items: list[DrugOut]
    next: int | None


class SupplyOut(Schema):
    """A member's supply of a drug."""

    id: int
    drug_id: int
    organization_id: int
    start: date
    until: date | None


class DrugFullOut(DrugOut):
    """A drug with who supplies it on the day."""

    supplies: list[SupplyOut]


class AskedDrugs(Asked):
    """What to look for, and where it must be supplied."""

    organization_id: int | None = Field(None, description="只列该机构配备的药品")


class AskedStandings(Schema):
    """Drugs as they are written, and the organisation that shall supply them."""

    organization_id: int
    name: list[str] = Field(max_length=50, description="药品名称，可重复")
    on: date | None = None


class StandingOut(Schema):
    """``listed`` 已配备、``unsupplied`` 目录内但该机构未配备、``unknown`` 不在目录；``substitutes`` 同类且已配备。"""

    name: str
    place: Place
    drug_id: int | None
    category: str
    substitutes: list[str]


class StandingsOut(Schema):
    """``known`` is false where no formulary is known for the organisation."""

    known: bool
    items: list[StandingOut]


class SupplyIn(Schema):
    """From which day on the organisation supplies the drug; without a day, from today."""

    organization_id: int
    start: date | None = None


class EndIn(Schema):
    """From which day on it is not supplied any more, and why."""

    on: date | None = None
    reason: str = Field(min_length=2, max_length=256)


def _reached(request: HttpRequest) -> Any:
    return Drug.objects.filter(formulary__in=formularies(request.actor))  # type: ignore[attr-defined]


def _shown(drug: Drug) -> dict[str, Any]:
    return {name: getattr(drug, name) for name in DrugOut.model_fields}


@router.get("/drugs", response=DrugsOut, summary="目录药品")
def drugs(request: HttpRequest, asked: Query[AskedDrugs]) -> dict[str, Any]:
    """The drugs in force on a day."""
    rows = matching(_reached(request).on(asked.on), asked.q)
    if asked.organization_id is not None:
        rows = rows.filter(pk__in=offered(asked.organization_id, asked.on).values("pk"))
    return page(rows, asked, _shown)


@router.get("/drugs/{int:drug_id}", response=DrugFullOut, summary="一个品种和配备单位")
def drug(request: HttpRequest, drug_id: int, on: date | None = None) -> dict[str, Any]:
    """One drug, also a stopped one, with who supplies it."""
    found = get_object_or_404(_reached(request), pk=drug_id)
    supplies = found.supplies.on(on).order_by("pk").values("id", "drug_id", "organization_id", "start", "until")
    return {**_shown(found), "supplies": list(supplies)}


@router.get("/standings", response=StandingsOut, summary="药品在某机构是否配备，及替代")
def standing(request: HttpRequest, asked: Query[AskedStandings]) -> dict[str, Any]:
    """How each drug stands at an organisation."""
    found = standings(asked.organization_id, asked.name, asked.on)
    items = [{**vars(one), "substitutes": list(one.substitutes)} for one in (found or {}).values()]
    return {"known": found is not None, "items": items}


@router.post("/drugs/{int:drug_id}/supplies", response={201: SupplyOut}, summary="列入某机构的目录")
def supply(request: HttpRequest, drug_id: int, data: SupplyIn) -> tuple[int, Supply]:
    """A member supplies a drug. Said twice it is one."""
    organization = get_object_or_404(Organization, pk=data.organization_id)
    found = get_object_or_404(_reached(request), pk=drug_id)
    actor = request.actor  # type: ignore[attr-defined]
    return 201, services.supply(actor, drug=found, organization=organization, start=data.start)


@router.post("/supplies/{int:supply_id}/end", response=SupplyOut, summary="停止配备")
def stop_supply(request: HttpRequest, supply_id: int, data: EndIn) -> Supply:
    """A member does not supply a drug any more."""
    found = get_object_or_404(Supply.objects.filter(drug__in=_reached(request)), pk=supply_id)
    actor = request.actor  # type: ignore[attr-defined]
    return services.stop_supply(actor, supply=found, reason=data.reason, on=data.on)


drugs.permission = drug.permission = standing.permission = READ  # type: ignore[attr-defined]
supply.permission = stop_supply.permission = EDIT  # type: ignore[attr-defined]
