"""Where a patient goes: up to the lead that is there for it, down to the centre nearest to the person's life."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain

from django.db.models import Q, QuerySet, Subquery

from yigongti.kernel import clock
from yigongti.kernel.errors import Conflict
from yigongti.records.residents.models import Resident, SignedCentre
from yigongti.registry.consortia import queries
from yigongti.registry.consortia.models import Assistance, Consortium, Membership
from yigongti.registry.organizations.models import CareFunction, Department, Organization
from yigongti.registry.places.models import Grid

from . import rules

Tier = Organization.Tier
#: what a suggestion calls a level → the tier that answers it
LEVELS = {"village": Tier.VILLAGE, "township": Tier.TOWNSHIP, "county": Tier.COUNTY, "city": Tier.CITY}


@dataclass(frozen=True)
class Destination:
    """An organisation and why it was found, in words that both sides read."""

    organization: Organization
    reason: str


def consortium_of(organization: Organization, on: date | None = None) -> Consortium | None:
    """The tight consortium of an organisation, or of the one it is part of."""
    day = on or clock.today()
    homes = list(filter(None, [organization.pk, organization.part_of_id]))
    membership = (
        Membership.objects.on(day)
        .filter(organization_id__in=homes, consortium__in=_tight(day))
        .select_related("consortium")
        .order_by("pk")
        .first()
    )
    return membership.consortium if membership else None


def lead_of(consortium: Consortium | None, on: date | None = None) -> Organization | None:
    """The lead of a consortium on a day; None without a consortium."""
    return queries.lead_of(consortium, on) if consortium else None


def upward(organization: Organization, level: str, on: date | None = None) -> Destination:
    """Who receives from ``organization`` at a level. Raises Conflict when there is no one."""
    tier = LEVELS.get(level, Tier.COUNTY)
    if tier == Tier.TOWNSHIP and organization.part_of:
        return Destination(organization.part_of, "上级卫生院（中心）")
    consortium = consortium_of(organization, on)
    lead = lead_of(consortium, on)
    if tier == Tier.CITY or lead == organization:
        helper = Assistance.objects.on(on).filter(helped=lead or organization).select_related("helper").first()
        city = helper.helper if helper else Organization.objects.filter(tier=Tier.CITY, closed_on=None).first()
        if city:
            return Destination(city, "对口帮扶的市级医院" if helper else "市级医院")
    if lead and lead != organization:
        return Destination(lead, f"{consortium}牵头医院")
    raise Conflict(f"{organization.name}没有可以上转的医院", hint="请在“医共体”里登记牵头医院或帮扶关系")


def downward(
    resident: Resident, disease: str, sender: Organization, *, places: rules.Places = (), on: date | None = None
) -> Destination:
    """The contract centre, else the centre of the grid of the address, else the nearest that can do it.

    The order is policy ``referral/options#destination_order``.
    """
    ways = rules.option("destination_order", places)
    for found in chain.from_iterable(WAYS[way](resident, disease, sender, on or clock.today()) for way in ways):
        if found.organization.pk != sender.pk and found.organization.closed_on is None:
            return found
    raise Conflict(f"没有找到可以接收{resident.name}的基层机构", hint="请手工选择接收机构，或为居民补登签约机构、住址")


def _contract(resident: Resident, disease: str, sender: Organization, day: date) -> Iterator[Destination]:
    signing = SignedCentre.objects.on(day).filter(resident=resident).select_related("organization").first()
    if signing:
        yield Destination(signing.organization, "居民的签约机构")


def _grid(resident: Resident, disease: str, sender: Organization, day: date) -> Iterator[Destination]:
    area = resident.area
    while area is not None:
        grid = Grid.objects.on(day).filter(area=area).select_related("centre").first()
        if grid:
            yield Destination(grid.centre, f"居住地{grid.name}的网格责任机构")
        area = area.parent


def _nearest(resident: Resident, disease: str, sender: Organization, day: date) -> Iterator[Destination]:
    consortium = consortium_of(sender, day)
    if not consortium:
        return
    members = Organization.objects.filter(
        memberships__in=Membership.objects.on(day).filter(consortium=consortium), tier=Tier.TOWNSHIP, closed_on=None
    )
    able = CareFunction.objects.on(day).filter(
        tier=Tier.TOWNSHIP, name=disease, extent__in=[CareFunction.Extent.TREAT, CareFunction.Extent.CONTINUE]
    )
    town = resident.area_id[:9] if resident.area_id else ""
    near = members.filter(area_code__startswith=town).first() if town else None
    if nearest := near or (members.order_by("code").first() if able.exists() else None):
        yield Destination(nearest, "就近有能力接续治疗的机构")


#: how a destination below is looked for, by the names of policy ``referral/options#destination_order``
WAYS = {"contract": _contract, "grid": _grid, "nearest": _nearest}


def department_named(organization_id: int, name: str) -> Department | None:
    """The department that takes referrals under this name, or whose name is nearest to it."""
    open_now = Department.objects.filter(organization_id=organization_id, accepts_referrals=True, closed_on=None)
    exact = open_now.filter(name=name).first()
    return exact or next(
        (d for d in open_now if name and (name.startswith(d.name[:2]) or d.name.startswith(name[:2]))), None
    )


def handler(counterpart: Organization, home: int) -> int | None:
    """Who speaks for a hospital that does not use the platform: the lead of the sender's consortium, or the sender.

    ``home`` is the key of the sender. One statement, none for a hospital on the platform.
    """
    if counterpart.on_platform:
        return None
    above = Organization.objects.filter(pk=home).values("part_of_id")
    mine = Membership.objects.on().filter(
        Q(organization_id=home) | Q(organization_id__in=above), consortium__in=_tight()
    )
    leads = Membership.objects.on().filter(
        role=Membership.Role.LEAD, consortium_id=Subquery(mine.order_by("pk").values("consortium_id")[:1])
    )
    return leads.values_list("organization_id", flat=True).first() or home


def _tight(on: date | None = None) -> QuerySet[Consortium]:
    return Consortium.objects.on(on).filter(tightness="tight")
