"""A small county to test with: authority, county hospital, two township centres, a village clinic, a city hospital."""

from dataclasses import dataclass
from datetime import date
from itertools import count

from yigongti.kernel.access.actor import SYSTEM, Actor, GrantedRole
from yigongti.registry.consortia.models import Consortium, Membership
from yigongti.registry.consortia.services import admit, found
from yigongti.registry.organizations.models import Organization
from yigongti.registry.organizations.services import open_organization
from yigongti.registry.places.models import Area
from yigongti.registry.places.services import add_area

LONG_AGO = date(2020, 1, 1)
_numbers = count(1)


def organization(
    name: str, tier: str = "township", part_of: Organization | None = None, **details: object
) -> Organization:
    """An organisation of a tier, open since long ago."""
    classes = {"township": "C220", "village": "D600", "county": "A100", "city": "A100", "authority": ""}
    details = {"institution_class": classes[tier], "opened_on": LONG_AGO, "code": f"T{next(_numbers):05}"} | details
    return open_organization(SYSTEM, name=name, tier=tier, part_of=part_of, **details)  # type: ignore[misc, arg-type]


def actor_at(role: str, *organizations: Organization, user_id: int | None = None) -> Actor:
    """Somebody with a role at the first organisation whose grant covers all of them."""
    reach = frozenset(organization.pk for organization in organizations)
    return Actor(user_id, "测试", organizations[0].pk, (GrantedRole(role, organizations[0].pk, reach),))


def area(code: str, name: str = "") -> Area:
    """An area, with those above it."""
    for digits in (2, 4, 6, 9, 12):
        if digits <= len(code) and not Area.objects.filter(pk=code[:digits]).exists():
            add_area(SYSTEM, code=code[:digits], name=name if digits == len(code) and name else f"区划{code[:digits]}")
    return Area.objects.get(pk=code)


@dataclass
class County:
    """Everything in it."""

    authority: Organization
    hospital: Organization
    east: Organization
    west: Organization
    clinic: Organization
    city: Organization
    consortium: Consortium

    def membership(self, organization: Organization) -> Membership:
        return Membership.objects.get(consortium=self.consortium, organization=organization)


def county() -> County:
    """Build it."""
    authority = organization("蓝山县卫生健康局", "authority")
    hospital = organization("蓝山县中心医院", "county", authority)
    east = organization("城东卫生院", "township", authority)
    west = organization("城西卫生院", "township", authority)
    clinic = organization("东村卫生室", "village", east)
    city = organization("永州市中心医院", "city")
    consortium = found(
        SYSTEM,
        lead=hospital,
        start=LONG_AGO,
        code=f"C{next(_numbers):04}",
        name="蓝山县医共体",
        kind="county",
        tightness="tight",
    )
    for branch in (east, west):
        admit(SYSTEM, consortium=consortium, organization=branch, role="branch", duties="首诊", start=LONG_AGO)
    return County(authority, hospital, east, west, clinic, city, consortium)
