"""A county small enough to look through and large enough for k: residents of two towns, and those who handle data."""

import csv
import io
import zipfile
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from records_community import Community, organization, works_at

from yigongti.config import configuration
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.models import Grant, User
from yigongti.kernel.cases.advance import advance
from yigongti.kernel.cases.keys import new_id
from yigongti.kernel.jobs.declaration import Silent
from yigongti.records.exchange.extracts import schemas, services
from yigongti.records.exchange.extracts.making import make
from yigongti.records.exchange.extracts.models import Extract
from yigongti.records.exchange.extracts.workflow import Extraction
from yigongti.records.health_record.models import Condition, Encounter, Observation
from yigongti.records.residents.models import CareRelation, Resident
from yigongti.registry.organizations.models import Organization
from yigongti.registry.places.models import Area

FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)
TOWNS = ("431127101", "431127102")
PEOPLE = 240


@dataclass
class House:
    """Who handles data, and the residents."""

    community: Community
    commission: Organization
    planner: Actor
    office: Actor
    approver: Actor
    stranger: Actor
    residents: list[Resident]


def granted(home: Organization, role: str, *reach: Organization, name: str) -> Actor:
    """Somebody with a grant in the database, as the pages see it."""
    made = works_at(home, role, *reach, name=name)
    Grant.objects.create(user_id=made.user_id, role=role, organization=home, subtree=True, start="2024-01-01")
    return made


def make_house(community: Community) -> House:
    """Everything, set-based."""
    with acting(SYSTEM):
        commission = organization("W1", "县卫生健康局", "authority")
        commission.area_code = "431127"
        commission.save()
        community.hospital.part_of = commission
        community.hospital.save()
        community.centre.part_of = community.hospital
        community.centre.save()
        Area.objects.get_or_create(code="431127102", defaults={"name": "毛俊镇", "level": "town"})
        residents = _residents(community)
        reach = (community.hospital, community.centre)
        return House(
            community=community,
            commission=commission,
            planner=granted(commission, "commission", *reach, name="规划科王科长"),
            office=granted(community.hospital, "data-office", name="信息科张工"),
            approver=granted(community.hospital, "council", community.centre, name="理事会李主任"),
            stranger=granted(community.foreign, "council", name="外县赵主任"),
            residents=residents,
        )


def _residents(community: Community) -> list[Resident]:
    villages = (community.village, community.other_village)
    people = [
        Resident(
            number=f"D{n:06d}",
            name=f"受访者{n}",
            sex="12"[n % 2],
            birth_date=date(1940 + n % 40, 1 + n % 12, 1 + n % 28),
            area=villages[n // 2 % 2],
            registered_by=community.centre,
            registered_at=datetime(2024, 1, 1, tzinfo=UTC),
        )
        for n in range(PEOPLE)
    ]
    Resident.objects.bulk_create(people)
    CareRelation.objects.bulk_create(
        CareRelation(resident=one, organization=community.centre, kind="registered") for one in people
    )
    begun = datetime(2025, 3, 4, 1, 0, tzinfo=UTC)
    where: dict[str, Any] = {"organization": community.centre}
    Encounter.objects.bulk_create(
        Encounter(resident=one, kind="outpatient", started_at=begun + timedelta(days=7 * (n % 5)), **where)
        for n, one in enumerate(people)
    )
    Condition.objects.bulk_create(
        Condition(
            resident=one,
            code="I10" if n % 3 else "E11.900",
            name="高血压" if n % 3 else "2型糖尿病",
            register="hypertension" if n % 3 else "diabetes",
            onset_on=date(2023, 5, 6),
            **where,
        )
        for n, one in enumerate(people)
        if n % 2 == 0
    )
    Observation.objects.bulk_create(
        Observation(resident=one, code="sbp", value=120 + n % 40, effective_at=begun + timedelta(days=n % 60), **where)
        for n, one in enumerate(people)
    )
    return people


def asked(house: House, **changes: Any) -> Extract:
    """A request of the planner."""
    policy = changes.pop("policy", "extract/resident-years")
    values: dict[str, Any] = {
        "purpose": "planning",
        "reason": "全县床位与人员配置规划的测算",
        "used_by": "县卫健局规划科",
        "keeper": house.community.hospital.pk,
        "recipient": house.planner.user_id,
        "first": FIRST,
        "last": LAST,
    }
    return services.request_extract(house.planner, policy=policy, data=schemas.Request(**(values | changes)))


def prepared(house: House, case: Extract, **changes: Any) -> Extract:
    """The data office settles it."""
    values = {"first": case.first, "last": case.last, "area": case.area, "k": case.k, **changes}
    done = advance(house.office, Extraction, case.pk, "prepare", values).case
    assert isinstance(done, Extract)
    return done


def approved(house: House, case: Extract, **changes: Any) -> Extract:
    """A second person approves."""
    done = advance(house.approver, Extraction, case.pk, "approve", changes).case
    assert isinstance(done, Extract)
    return done


def made(house: House, **changes: Any) -> Extract:
    """From the request to what came of it."""
    opened, settled = changes.pop("approve", {}), changes.pop("prepare", {})
    case = approved(house, prepared(house, asked(house, **changes), **settled), **opened)
    return make(case.pk, Silent())


def unpacked(content: bytes) -> tuple[list[dict[str, str]], dict[str, bytes]]:
    """The rows of the CSV, and every file of the package."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        files = {name: package.read(name) for name in package.namelist()}
    return list(csv.DictReader(io.StringIO(files["data.csv"].decode()))), files


def again(case_id: UUID) -> Extract:
    """The case as it stands."""
    with acting(SYSTEM):
        return Extract.objects.get(pk=case_id)


def account(actor: Actor) -> User:
    """The account of somebody."""
    return User.objects.get(pk=actor.user_id)


def at(folder: Path, monkeypatch: Any) -> None:
    """Files lie in a folder of the test."""
    monkeypatch.setattr(configuration(), "home", folder)


def fresh() -> UUID:
    """A key of a request."""
    return new_id()
