"""The organisations, places and agreements of the demonstration community, from the tables of :mod:`.lanshan`."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from yigongti.insight.simulator import lanshan
from yigongti.insight.simulator.lanshan import BRANCHES, DRAWN, FOUNDED, INSTITUTIONS, Branch
from yigongti.insight.simulator.phones import phone
from yigongti.insight.simulator.regions import (
    CITY,
    CITY_NAME,
    COUNTY,
    COUNTY_NAME,
    PROVINCE,
    PROVINCE_NAME,
    Town,
    Village,
)
from yigongti.registry.consortia.models import Assistance, Consortium, Membership, SharedCentre
from yigongti.registry.organizations.models import CareFunction, Department, Organization
from yigongti.registry.pinyin import keys as pinyin
from yigongti.registry.places.models import Area, Grid, ServedPopulation

OPENED = date(1990, 1, 1)


@dataclass
class Service:
    """Who serves a village: its clinic and its township hospital."""

    village: Village
    town: Town
    branch: str
    clinic: Organization


@dataclass
class Community:
    """The organisations by key (``lead``, ``nanshi`` …), the villages with who serves them, and the departments."""

    organizations: dict[str, Organization] = field(default_factory=dict)
    services: list[Service] = field(default_factory=list)
    departments: dict[tuple[int, str], Department] = field(default_factory=dict)

    @property
    def lead(self) -> Organization:
        """The lead hospital."""
        return self.organizations["lead"]

    @property
    def branches(self) -> list[Organization]:
        """The fifteen township branches."""
        return [self.organizations[branch.key] for branch in BRANCHES]

    @property
    def demo_village(self) -> Service:
        """The village of the demonstration's village doctor and resident."""
        return next(s for s in self.services if s.branch == lanshan.DEMO_BRANCH and not s.village.urban)


def build(towns: list[Town], today: date) -> Community:
    """Write everything; the caller has opened the transaction."""
    community = Community()
    _areas(towns)
    _institutions(community)
    _branches(community, towns)
    _clinics(community, towns)
    _departments(community)
    _agreements(community)
    _functions()
    _grids(community, towns, today)
    return community


def load(towns: list[Town]) -> Community:
    """The community as it was written before."""
    community = Community()
    found = {one.code: one for one in Organization.objects.all()}
    community.organizations = {key: found[code] for key, code in codes().items()}
    community.services = [
        Service(village, town, branch, found[clinic_code(village)]) for village, town, branch in served(towns)
    ]
    community.departments = {(d.organization_id, d.name): d for d in Department.objects.all()}
    return community


def codes() -> dict[str, str]:
    """Our code of each organisation by its key."""
    keys = [one.key for one in INSTITUTIONS] + [branch.key for branch in BRANCHES]
    return {key: f"DEMO{number:04}" for number, key in enumerate(keys, start=1)}


def clinic_code(village: Village) -> str:
    """Our code of a village's clinic."""
    return f"DEMO{village.code}"


def served(towns: list[Town]) -> Iterable[tuple[Village, Town, str]]:
    """Each village with its town and the branch that serves it; two branches of a town share its villages."""
    for town in towns:
        keys = [branch.key for branch in BRANCHES if branch.town == town.code] or [lanshan.FARMS[town.code]]
        half = -(-len(town.villages) // len(keys))
        for number, village in enumerate(town.villages):
            yield village, town, keys[number // half]


def _areas(towns: list[Town]) -> None:
    level = Area.Level
    rows = [
        Area(code=PROVINCE, name=PROVINCE_NAME, level=level.PROVINCE),
        Area(code=CITY, name=CITY_NAME, level=level.CITY, parent_id=PROVINCE),
        Area(code=COUNTY, name=COUNTY_NAME, level=level.COUNTY, parent_id=CITY),
    ]
    rows += [Area(code=t.code, name=t.name, level=level.TOWN, parent_id=COUNTY) for t in towns]
    rows += [Area(code=v.code, name=v.name, level=level.VILLAGE, parent_id=t.code) for t in towns for v in t.villages]
    Area.objects.bulk_create(rows, ignore_conflicts=True)


def _organization(code: str, **details: Any) -> Organization:
    row = Organization(code=code, opened_on=OPENED, management_type="1", **details)
    row.pinyin = pinyin(row.name, row.short_name)
    return row


def _institutions(community: Community) -> None:
    known = codes()
    for number, one in enumerate(INSTITUTIONS, start=1):
        row = _organization(
            known[one.key],
            name=one.name,
            short_name=one.short,
            institution_class="" if one.tier == "authority" else one.kind,
            level=one.level,
            tier=one.tier,
            beds=one.beds,
            on_platform=one.on_platform,
            part_of=community.organizations.get(one.under),
            area_code=one.area,
            address=f"蓝山县县城，{one.name}" if one.area == COUNTY else "",
            phone=phone("organization", number),
            longitude="112.193500" if one.key == "lead" else None,
            latitude="25.368200" if one.key == "lead" else None,
        )
        row.save()
        community.organizations[one.key] = row


def _branches(community: Community, towns: list[Town]) -> None:
    known, place = codes(), {town.code: town for town in towns}
    for number, branch in enumerate(BRANCHES, start=len(INSTITUTIONS) + 1):
        town = place[branch.town]
        offset = 1 if branch.key == "zhuguansi" else 0
        longitude, latitude = town.villages[-offset].position if offset else town.position
        name = _hospital_name(branch, town)
        community.organizations[branch.key] = _organization(
            known[branch.key],
            name=name,
            short_name=branch.short,
            institution_class=branch.kind,
            level="11",
            tier="township",
            beds=branch.beds,
            area_code=town.code,
            address=f"蓝山县{town.name}",
            phone=phone("organization", number),
            longitude=longitude,
            latitude=latitude,
        )
    rows = [community.organizations[branch.key] for branch in BRANCHES]
    Organization.objects.bulk_create(rows)


def _hospital_name(branch: Branch, town: Town) -> str:
    place = town.name if branch.key != "zhuguansi" else "竹管寺"
    kind = "中心卫生院" if branch.kind == "C210" else "卫生院"
    return f"蓝山县{place}{kind}（{branch.short}）"


def _clinics(community: Community, towns: list[Town]) -> None:
    for number, (village, town, branch) in enumerate(served(towns), start=1000):
        kind, tail = ("B200", "卫生服务站") if village.urban else ("D600", "卫生室")
        name = f"{village.name}{tail}"
        clinic = _organization(
            clinic_code(village),
            name=f"{town.name}{name}",
            short_name=name,
            institution_class=kind,
            level="14",
            tier="village",
            part_of=community.organizations[branch],
            area_code=village.code,
            address=f"蓝山县{town.name}{village.name}",
            phone=phone("organization", number),
            longitude=village.position[0],
            latitude=village.position[1],
        )
        community.services.append(Service(village, town, branch, clinic))
    Organization.objects.bulk_create([service.clinic for service in community.services])


def _departments(community: Community) -> None:
    listed = {"lead": lanshan.LEAD_DEPARTMENTS, **lanshan.OTHER_DEPARTMENTS}
    listed |= {
        branch.key: lanshan.BRANCH_DEPARTMENTS
        + tuple((lanshan.DEPARTMENT_CODES[name], name) for name in branch.more_departments)
        for branch in BRANCHES
    }
    rows = [
        Department(
            organization=community.organizations[key],
            code=code,
            name=name,
            accepts_referrals=name not in lanshan.NO_REFERRALS,
            opened_on=OPENED,
        )
        for key, departments in listed.items()
        for code, name in departments
    ]
    for number, row in enumerate(rows, start=1):
        row.phone = phone("department", number) if row.accepts_referrals else ""
    Department.objects.bulk_create(rows)
    community.departments = {(row.organization_id, row.name): row for row in rows}


def _agreements(community: Community) -> None:
    consortium = Consortium.objects.create(
        code="LSYGT",
        name="蓝山县县域紧密型医共体",
        kind="county",
        tightness="tight",
        area_code=COUNTY,
        start=FOUNDED,
        description=f"县中心医院牵头，十五家乡镇卫生院为分院。来源：{lanshan.SOURCE}；人员、床位、图上位置为{DRAWN}",
    )
    duties = {
        "lead": "人、财、业务、药品、信息统一管理；收治上转病人，向分院派驻专家",
        "branch": "首诊、慢病管理、接续治疗",
    }
    members = [("lead", "lead"), *((branch.key, "branch") for branch in BRANCHES)]
    Membership.objects.bulk_create(
        Membership(
            consortium=consortium,
            organization=community.organizations[key],
            role=role,
            duties=duties[role],
            start=FOUNDED,
        )
        for key, role in members
    )
    SharedCentre.objects.bulk_create(
        SharedCentre(consortium=consortium, kind=kind, organization=community.lead, start=FOUNDED)
        for kind in lanshan.CENTRES
    )
    Assistance.objects.bulk_create(
        Assistance(
            helper=community.organizations[helper],
            helped=community.organizations[helped],
            speciality=speciality,
            form=form,
            start=FOUNDED,
        )
        for helper, helped, speciality, form in lanshan.ASSISTANCE
    )


def _functions() -> None:
    CareFunction.objects.bulk_create(
        CareFunction(
            tier=tier,
            kind=kind,
            code=code,
            name=name,
            extent=extent,
            source=lanshan.FUNCTION_SOURCE,
            start=FOUNDED,
        )
        for tier, kind, code, name, extent in lanshan.FUNCTIONS
    )


SHRINKING = 0.004
"""A rural county loses so much of its residents a year."""
REGISTERED = 1.18
"""People registered (户籍) for each who lives here: many work elsewhere."""


def _grids(community: Community, towns: list[Town], today: date) -> None:
    rows = [
        Grid(
            code=service.village.code,
            name=f"{service.village.name}网格",
            area_id=service.village.code,
            centre=community.organizations[service.branch],
            station=service.clinic,
            start=FOUNDED,
        )
        for service in community.services
    ]
    Grid.objects.bulk_create(rows)
    weight = sum(village_weight(village) for town in towns for village in town.villages)
    populations = {
        village.code: round(lanshan.POPULATION * village_weight(village) / weight)
        for town in towns
        for village in town.villages
    }
    for town in towns:
        populations[town.code] = sum(populations[village.code] for village in town.villages)
    populations[COUNTY] = sum(populations[town.code] for town in towns)
    ServedPopulation.objects.bulk_create(
        ServedPopulation(
            area_id=code,
            year=today.year - back,
            residents=round(number * (1 + SHRINKING * (back - 1))),
            registered=round(number * REGISTERED),
            source=DRAWN,
        )
        for code, number in populations.items()
        for back in (1, 2, 3)
    )


def village_weight(village: Village) -> int:
    """How many people live in a village, relative to the others: drawn from its code, communities being larger."""
    return 60 + int(village.code[-3:]) * 37 % 90 + (120 if village.urban else 0)
