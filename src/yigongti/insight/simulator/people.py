"""The staff of the demonstration community: who works where, in which role, with which account."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from django.contrib.auth.hashers import make_password

from yigongti.insight.simulator import lanshan
from yigongti.insight.simulator.community import Community
from yigongti.insight.simulator.names import Namer
from yigongti.insight.simulator.phones import phone
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.models import Grant, User
from yigongti.registry.organizations.models import Department, Organization
from yigongti.registry.pinyin import keys as pinyin
from yigongti.registry.staff.models import Position, Practitioner

PASSWORD = "Lanshan2026!"  # noqa: S105
"""The password of every account of the demonstration; :func:`.demo.build` refuses to run in production."""
SEED = 4_311_27
JOINED = date(2020, 8, 1)
DISPATCHED = timedelta(days=290), timedelta(days=70)
"""How long before the day of the demonstration specialists were sent to branches: most long ago, every fifth lately."""
BEFORE = (8, 6)
"""How many were sent in each of the years before, the last one first; each for ten months."""
STAYED = timedelta(days=300)


@dataclass(frozen=True)
class Job:
    """A kind of job at an organisation: how many, which post and title, which role the account has."""

    post: str
    title: str
    role: str
    count: int = 1
    subtree: bool = False
    licensed: bool = False
    #: key of an organisation over whose whole subtree the role holds besides
    over: str = ""


OFFICE = (
    Job("院长", "主任医师", "director", subtree=True, licensed=True),
    Job("转诊办", "主治医师", "referral-office", 3, licensed=True),
    Job("理事会", "主任医师", "council", subtree=True),
    Job("药师", "主管药师", "pharmacist", 2, licensed=True),
    Job("信息科", "工程师", "data-office", 2, subtree=True),
    Job("审计员", "审计师", "auditor", subtree=True),
    Job("系统管理员", "工程师", "administrator", subtree=True),
)
"""At the lead hospital, beside two specialists in each department."""
SPECIALIST = Job("专科医生", "副主任医师", "specialist", 2, licensed=True)
BRANCH = (
    Job("院长", "主治医师", "director", subtree=True, licensed=True),
    Job("家庭医生", "全科医师", "family-doctor", 3, licensed=True),
    Job("转诊办", "护师", "referral-office"),
    Job("药师", "药师", "pharmacist", licensed=True),
)
CLINIC = Job("乡村医生", "乡村医生", "village-doctor", licensed=True)
ELSEWHERE = {
    "commission": (Job("科长", "", "commission", 2, subtree=True),),
    "insurance": (Job("科员", "", "insurance-bureau", over="commission"),),
    "cdc": (Job("主任", "主任医师", ""),),
    "maternal": (SPECIALIST, Job("转诊办", "主管护师", "referral-office")),
    "chinese": (SPECIALIST, Job("转诊办", "主管护师", "referral-office")),
    "abroad": (Job("家庭医生", "全科医师", "family-doctor", licensed=True),),
}


@dataclass
class Member:
    """A person at work: the practitioner, the account with its role, where, in which department."""

    practitioner: Practitioner
    user: User
    job: Job
    organization: Organization
    department: Department | None = None
    _actor: Actor | None = field(default=None, repr=False)

    @property
    def actor(self) -> Actor:
        """The person acting at the place of work; asked from the database once."""
        if self._actor is None:
            self._actor = self.user.actor()
        return self._actor


@dataclass
class Staff:
    """Everybody, found by place and role; ``left`` are the practitioners who work here no more."""

    members: list[Member]
    left: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._found: dict[tuple[int, str], list[Member]] = {}
        for member in self.members:
            self._found.setdefault((member.organization.pk, member.job.role), []).append(member)

    def at(self, organization_id: int, role: str, department: str = "") -> list[Member]:
        """Those with a role at an organisation, in one department if named and anybody is there."""
        found = [m for m in self.ever(organization_id, role) if m.practitioner.pk not in self.left]
        there = [m for m in found if m.department and m.department.name == department] if department else []
        return there or found

    def ever(self, organization_id: int, role: str) -> list[Member]:
        """Those with a role at an organisation, and those who had it."""
        return self._found.get((organization_id, role), [])


def build(community: Community, today: date) -> Staff:
    """Write practitioners, accounts, grants and positions; the caller has opened the transaction."""
    namer, password = Namer(Random(SEED)), make_password(PASSWORD)  # noqa: S311
    members = [
        _member(number, namer, password, job, organization, department)
        for number, (job, organization, department) in enumerate(_jobs(community), start=1)
    ]
    User.objects.bulk_create([member.user for member in members])
    Practitioner.objects.bulk_create([member.practitioner for member in members])
    Position.objects.bulk_create(
        Position(
            practitioner=member.practitioner,
            organization=member.organization,
            department=member.department,
            post=member.job.post,
            start=JOINED,
        )
        for member in members
    )
    Position.objects.bulk_create(_dispatched(community, members, today))
    Grant.objects.bulk_create(
        Grant(
            user=member.user,
            role=member.job.role,
            organization=member.organization,
            subtree=member.job.subtree,
            start=JOINED,
        )
        for member in members
        if member.job.role
    )
    Grant.objects.bulk_create(
        Grant(
            user=member.user,
            role=member.job.role,
            organization=community.organizations[member.job.over],
            subtree=True,
            start=JOINED,
        )
        for member in members
        if member.job.over
    )
    return Staff(members)


def _dispatched(community: Community, members: list[Member], today: date) -> Iterator[Position]:
    """A specialist of the lead hospital in each branch, beside the post at home (seed 004: 下沉专家到基层)."""
    second = [m for m in members if m.organization == community.lead and m.job is SPECIALIST][1::2]
    for number, (branch, member) in enumerate(zip(community.branches, second, strict=False)):
        yield Position(
            practitioner=member.practitioner,
            organization=branch,
            post=member.job.post,
            kind=Position.Kind.DISPATCHED,
            start=max(JOINED, today - DISPATCHED[number % 5 == 4]),
        )
        for back, many in enumerate(BEFORE, start=1):
            if number < many:
                start = date(today.year - back, 1, 11)
                yield Position(
                    practitioner=member.practitioner,
                    organization=community.branches[(number + 4) % len(community.branches)],
                    post=member.job.post,
                    kind=Position.Kind.DISPATCHED,
                    start=start,
                    until=start + STAYED,
                )


def load(community: Community) -> Staff:
    """The staff as it was written before, in the same order."""
    found = {p.code: p for p in Practitioner.objects.select_related("user").filter(code__startswith="LS")}
    members = []
    for number, (job, organization, department) in enumerate(_jobs(community), start=1):
        practitioner = found[_code(number)]
        assert practitioner.user is not None
        members.append(Member(practitioner, practitioner.user, job, organization, department))
    return Staff(members)


def _code(number: int) -> str:
    return f"LS{number:04}"


def _jobs(community: Community) -> Iterator[tuple[Job, Organization, Department | None]]:
    """Every place of work, in a fixed order."""
    lead = community.lead
    for job in OFFICE:
        yield from ((job, lead, None) for _ in range(job.count))
    for _, name in lanshan.LEAD_DEPARTMENTS:
        if name not in lanshan.NO_REFERRALS:
            yield from ((SPECIALIST, lead, community.departments[lead.pk, name]) for _ in range(SPECIALIST.count))
    for organization in community.branches:
        general = community.departments[organization.pk, "全科医学科"]
        for job in BRANCH:
            department = general if job.role == "family-doctor" else None
            yield from ((job, organization, department) for _ in range(job.count))
    for key, jobs in ELSEWHERE.items():
        for job in jobs:
            yield from ((job, community.organizations[key], None) for _ in range(job.count))
    for service in community.services:
        yield CLINIC, service.clinic, None


def _member(
    number: int,
    namer: Namer,
    password: str,
    job: Job,
    organization: Organization,
    department: Department | None,
) -> Member:
    sex = namer.chance.choice("12")
    name = namer.name(sex, namer.chance.randint(1964, 1996))
    user = User(username=_code(number).lower(), name=name, password=password)
    practitioner = Practitioner(
        code=_code(number),
        name=name,
        pinyin=pinyin(name, limit=128),
        sex=sex,
        phone=phone("person", number) if job.role else "",
        licence=f"DEMO{number:011}" if job.licensed else "",
        title=job.title,
        scope=department.name if department else "",
        user=user,
    )
    return Member(practitioner, user, job, organization, department)
