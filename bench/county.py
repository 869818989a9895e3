"""A county to measure with: a hospital, townships, people with accounts, residents and referrals.

One referral in each township is made through the services; the rest are copies of it, made by SQL with new keys.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import psycopg

PASSWORD = "correct horse battery staple"
TOWNS = 4
START = date(2024, 1, 1)
CONTENT = {
    "diagnosis": "高血压3级",
    "reason_codes": ["complex"],
    "summary": "头晕两天，血压 186/112，既往高血压十年，规律服药，今晨加重，无胸痛，神志清楚，要求上级医院进一步诊治。",
    "history": "高血压",
    "priority": "yellow",
    "consented": True,
}


@dataclass
class County:
    """What was built: account names by role, referrals by state."""

    doctors: list[str] = field(default_factory=list)
    offices: list[str] = field(default_factory=list)
    specialists: list[str] = field(default_factory=list)
    directors: list[str] = field(default_factory=list)
    drafts: dict[int, list[str]] = field(default_factory=dict)
    department: int = 0


def build(admin: "psycopg.Connection[tuple]", *, people: int = 8, drafts: int = 0) -> County:
    """Build it: ``people`` accounts of each role, ``drafts`` referrals ready to be submitted in each township."""
    from django.contrib.auth.hashers import make_password

    from yigongti.kernel.access.acting import acting
    from yigongti.kernel.access.actor import SYSTEM
    from yigongti.registry.consortia.models import Consortium, Membership
    from yigongti.registry.organizations.models import Department, Organization

    made, password = County(), make_password(PASSWORD)
    with acting(SYSTEM):
        county = Organization.objects.create(
            code="BH1", name="测量县人民医院", tier="county", area_code="431127", opened_on=START
        )
        consortium = Consortium.objects.create(
            code="B1", name="测量医共体", kind="county", tightness="tight", area_code="431127", start=START
        )
        Membership.objects.create(consortium=consortium, organization=county, role="lead", start=START)
        made.department = Department.objects.create(
            organization=county, code="03", name="心血管内科", opened_on=START
        ).pk
        towns = []
        for n in range(TOWNS):
            town = Organization.objects.create(
                code=f"BT{n}", name=f"测量第{n}卫生院", tier="township", area_code=f"43112710{n}", opened_on=START
            )
            Membership.objects.create(consortium=consortium, organization=town, role="branch", start=START)
            towns.append(town)
        for n in range(people):
            made.doctors.append(_account(f"doctor{n}", password, "family-doctor", towns[n % TOWNS]))
            made.offices.append(_account(f"office{n}", password, "referral-office", county))
            made.specialists.append(_account(f"specialist{n}", password, "specialist", county))
            made.directors.append(_account(f"director{n}", password, "director", county))
    for n, town in enumerate(towns):
        made.drafts[n] = _drafts(admin, made.doctors[n], town, county, n, drafts) if drafts else []
    admin.execute("VACUUM ANALYZE")
    return made


def _account(name: str, password: str, role: str, organization: Any) -> str:
    from yigongti.kernel.access.models import Grant, User
    from yigongti.registry.staff.models import Position, Practitioner

    user = User(username=name, name=f"测量{name}", password=password)
    user.save()
    Grant.objects.create(user=user, role=role, organization=organization, start=START)
    doctor = Practitioner.objects.create(code=f"B-{name}", name=user.name, sex="1", user=user)
    Position.objects.create(practitioner=doctor, organization=organization, post="医生", start=START)
    return name


def _drafts(admin: "psycopg.Connection[tuple]", doctor: str, town: Any, county: Any, n: int, count: int) -> list[str]:
    """One draft through the services, ``count`` copies of it for as many residents."""
    from django.utils import timezone

    from yigongti.care.referral import services
    from yigongti.kernel.access.acting import acting
    from yigongti.kernel.access.actor import SYSTEM
    from yigongti.kernel.access.models import User
    from yigongti.kernel.cases.advance import advance
    from yigongti.records.residents.models import CareRelation, Resident

    with acting(SYSTEM):
        resident = Resident(number=f"B-{n}", sex="1", birth_date=date(1960, 5, 1), phone="13900000001")
        resident.call("测量人")
        resident.registered_by = town
        resident.save()
        CareRelation.objects.create(resident=resident, organization=town, kind="registered")
        actor = User.objects.with_grants().get(username=doctor).actor()
    case = services.begin_up(actor, resident_id=resident.pk, disease="hypertension").case
    wanted = CONTENT | {
        "counterpart": county.pk,
        "follow_up_on": (timezone.localdate() + timedelta(days=14)).isoformat(),
    }
    advance(actor, case.flow, case.pk, "revise", wanted)
    admin.execute("SET session_replication_role = replica")
    new = {word: f"md5('{word}-{n}-' || n)::uuid" for word in ("resident", "case", "episode")}
    copy(admin, "residents_resident", resident.pk, count, {"id": new["resident"], "number": f"'B-{n}-' || n"})
    copy(admin, "residents_carerelation", resident.pk, count, {"resident_id": new["resident"]}, key="resident_id")
    numbers = {"id": new["case"], "resident_id": new["resident"], "episode": new["episode"], "number": f"'SB{n}-' || n"}
    copy(admin, "referral_referral", case.pk, count, numbers | {"last_key": "NULL"})
    event = {"id": f"md5('event-{n}-' || n || sequence)::uuid", "case_id": new["case"], "resident_id": new["resident"]}
    copy(admin, "cases_caseevent", case.pk, count, event | {"key": "NULL"}, key="case_id")
    admin.execute("SET session_replication_role = origin")
    rows = admin.execute(f"SELECT md5('case-{n}-' || n)::uuid::text FROM generate_series(1, {count}) n")
    return [row[0] for row in rows]


def copy(
    admin: "psycopg.Connection[tuple]",
    table: str,
    value: object,
    count: int,
    changed: Mapping[str, str],
    key: str = "id",
) -> None:
    """Copies of the rows with ``key = value``, with other values (SQL over ``n`` = 1…count) in some columns."""
    listed = admin.execute(
        """SELECT column_name FROM information_schema.columns
           WHERE table_name = %s AND is_identity = 'NO' AND is_generated = 'NEVER'""",
        [table],
    )
    columns = [row[0] for row in listed]
    values = ", ".join(changed.get(column, f"t.{column}") for column in columns)
    admin.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} t, generate_series(1, {count}) n"
        f" WHERE t.{key} = %s",
        [value],
    )
