"""A small community for tests: a county hospital with two townships and a village, a foreign hospital, and people."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from django.utils import timezone

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.models import Grant, User
from yigongti.records.residents.models import CareRelation, Resident, SignedCentre
from yigongti.registry.consortia.models import Assistance, Consortium, Membership
from yigongti.registry.organizations.models import Department, Organization
from yigongti.registry.places.models import Area, Grid
from yigongti.registry.staff.models import Position, Practitioner

START = date(2024, 1, 1)


@dataclass
class Community:
    """What :func:`build` made, by name."""

    organizations: dict[str, Organization] = field(default_factory=dict)
    departments: dict[str, Department] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    residents: dict[str, Resident] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Actor:
        return self.actors[name]


ORGANIZATIONS = [
    # name, code, tier, class, part of, area
    ("county", "H1", "county", "A100", None, "431127"),
    ("town", "T1", "township", "C220", None, "431127101"),
    ("town2", "T2", "township", "C220", None, "431127102"),
    ("village", "V1", "village", "D600", "town", "431127101201"),
    ("commission", "W1", "authority", "L", None, "431127"),
    ("foreign", "H9", "county", "A100", None, "431126"),
    ("city", "C1", "city", "A100", None, "4311"),
]
PEOPLE = [
    # key, role, organisation, subtree
    ("village-doctor", "village-doctor", "village", False),
    ("family-doctor", "family-doctor", "town", False),
    ("family-doctor2", "family-doctor", "town2", False),
    ("office", "referral-office", "county", False),
    ("specialist", "specialist", "county", False),
    ("director", "director", "county", False),
    ("town-director", "director", "town", True),
    ("council", "council", "county", True),
    ("commission", "commission", "commission", True),
    ("auditor", "auditor", "commission", False),
    ("foreign-office", "referral-office", "foreign", False),
    ("foreign-doctor", "specialist", "foreign", False),
    ("town-office", "referral-office", "town", False),
]


def build() -> Community:
    """Build it in the current database."""
    made = Community()
    with acting(SYSTEM):
        for name, code, tier, kind, parent, area in ORGANIZATIONS:
            made.organizations[name] = Organization.objects.create(
                code=code,
                name=f"测试{name}",
                tier=tier,
                institution_class=kind,
                part_of=made.organizations.get(parent or ""),
                area_code=area,
                on_platform=name != "city",
                opened_on=START,
            )
        _areas(made)
        _consortium(made)
        for key, role, where, subtree in PEOPLE:
            person(made, key, role, where, subtree)
        for key, village in (("wang", True), ("li", True)):
            resident(made, key, signed=village)
    return made


def _areas(made: Community) -> None:
    town = Area.objects.create(code="431127101", name="塔峰镇", level="town")
    Area.objects.create(code="431127101201", name="测试村", level="village", parent=town)
    Grid.objects.create(
        code="G1", name="测试村网格", area_id="431127101201", centre=made.organizations["town"], start=START
    )


def _consortium(made: Community) -> None:
    consortium = Consortium.objects.create(
        code="YGT1", name="测试医共体", kind="county", tightness="tight", area_code="431127", start=START
    )
    for name, role in (("county", "lead"), ("town", "branch"), ("town2", "branch")):
        Membership.objects.create(consortium=consortium, organization=made.organizations[name], role=role, start=START)
    Assistance.objects.create(helper=made.organizations["city"], helped=made.organizations["county"], start=START)
    for name in ("心血管内科", "内分泌科", "急诊科"):
        made.departments[name] = Department.objects.create(
            organization=made.organizations["county"], code="03", name=name, opened_on=START
        )


def person(made: Community, key: str, role: str, where: str, subtree: bool = False) -> Actor:
    """A user with one role at one organisation, who is also a practitioner there."""
    user = User.objects.create_user(key, "correct horse battery", name=f"测试{key}")
    Grant.objects.create(user=user, role=role, organization=made.organizations[where], subtree=subtree, start=START)
    doctor = Practitioner.objects.create(code=f"P-{key}", name=user.name, sex="1", user=user)
    Position.objects.create(practitioner=doctor, organization=made.organizations[where], post="医生", start=START)
    made.users[key] = user
    made.actors[key] = user.actor()
    return made.actors[key]


def resident(made: Community, key: str, *, signed: bool = True, **fields: object) -> Resident:
    """A resident of the test village, signed with the township and cared for by the village."""
    person = Resident.objects.create(
        number=f"R-{key}",
        name=f"测试{key}",
        sex="1",
        birth_date=date(1960, 5, 1),
        phone="13900000001",
        area_id="431127101201",
        registered_by=made.organizations["town"],
        **fields,
    )
    for where in ("town", "village"):
        CareRelation.objects.create(
            resident=person,
            organization=made.organizations[where],
            kind="grid",
            since=timezone.now() - timedelta(days=100),
        )
    if signed:
        SignedCentre.objects.create(resident=person, organization=made.organizations["town"], start=START)
    made.residents[key] = person
    return person


def treated_at(made: Community, key: str, where: str) -> UUID:
    """The resident has been seen at an organisation, which may therefore read the record."""
    with acting(SYSTEM):
        CareRelation.objects.create(
            resident=made.residents[key], organization=made.organizations[where], kind="encounter", source="test"
        )
    return made.residents[key].pk
