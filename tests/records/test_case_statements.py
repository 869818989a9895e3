"""What a step of the cases about records costs the database: extracts, deliveries, objections, merges and moves.

Counted is every statement of a command with its settings of row-level security, guard, effect and event, except BEGIN,
COMMIT and savepoints. What a delivery or an extract does between two steps is long work and not counted here.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from extract_play import FIRST, LAST, House, asked, at, make_house
from index_people import NUMBER, tied, told
from records_community import Community, works_at
from records_life import received

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor, GrantedRole
from yigongti.kernel.cases.advance import advance
from yigongti.kernel.cases.declaration import Workflow
from yigongti.kernel.cases.models import Case
from yigongti.records.exchange.extracts.workflow import Extraction
from yigongti.records.exchange.models import Load
from yigongti.records.exchange.services import accept
from yigongti.records.exchange.workflow import Delivery
from yigongti.records.health_record import services as record
from yigongti.records.health_record.models import Condition, Encounter
from yigongti.records.privacy import services as privacy
from yigongti.records.privacy.models import Objection
from yigongti.records.privacy.workflow import EntryObjection
from yigongti.records.residents import services
from yigongti.records.residents.models import CareRelation, SignedCentre, SourceSystem
from yigongti.records.residents.services.detaching import propose_move
from yigongti.records.residents.services.merging import propose_merge
from yigongti.records.residents.services.relations import open_relation
from yigongti.records.residents.workflow import IdentityMoving, ResidentMerging

MOST = 8
FRAME = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT")
FLOWS: tuple[type[Workflow], ...] = (Extraction, Delivery, EntryObjection, ResidentMerging, IdentityMoving)
taken: set[tuple[str, str]] = set()


def step(actor: Actor, flow: type[Workflow], case: Case | UUID, name: str, data: Any = None, most: int = MOST) -> Any:
    """Take a step and count what it asked of the database."""
    with CaptureQueriesContext(connection) as captured:
        done = advance(actor, flow, case.pk if isinstance(case, Case) else case, name, data).case
    statements = [query["sql"] for query in captured if not query["sql"].startswith(FRAME)]
    taken.add((flow.name, name))
    assert len(statements) <= most, "\n".join(sql[:160] for sql in statements)
    return done


@pytest.fixture
def office(community: Community) -> Actor:
    return works_at(community.hospital, "data-office", name="甲")


@pytest.fixture
def second(community: Community) -> Actor:
    return works_at(community.hospital, "data-office", name="乙")


# extracts


@pytest.fixture
def county(community: Community, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    at(tmp_path, monkeypatch)
    return make_house(community)


SETTLED = {"first": FIRST, "last": LAST, "area": "", "k": 5}
MADE = {"rows": 12, "digest": "0" * 64, "size": 400}


def test_steps_of_an_extract(county: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yigongti.records.exchange.extracts.vault.exists", lambda case_id: True)
    house = county
    case = asked(house)
    step(house.office, Extraction, case, "prepare", SETTLED)
    step(house.approver, Extraction, case, "approve", {})
    step(SYSTEM, Extraction, case, "fall_short", {"note": "少于 5 人的组太多"})
    step(house.office, Extraction, case, "prepare", SETTLED)
    step(house.approver, Extraction, case, "approve", {})
    step(SYSTEM, Extraction, case, "finish", MADE)
    step(house.office, Extraction, case, "again", {})
    step(SYSTEM, Extraction, case, "finish", MADE)
    step(house.planner, Extraction, case, "download", {})
    step(house.office, Extraction, case, "discard", {"note": "不再需要"})
    for name, data in (("refuse", {"reason": "purpose", "note": "用途不明"}), ("withdraw", {"note": "改日再申请"})):
        step(house.planner if name == "withdraw" else house.office, Extraction, asked(house), name, data)
    kept = asked(house)
    step(house.office, Extraction, kept, "prepare", SETTLED)
    step(house.approver, Extraction, kept, "approve", {})
    step(SYSTEM, Extraction, kept, "finish", MADE)
    step(SYSTEM, Extraction, kept, "expire", {"note": "保存期满"})


# deliveries


def test_steps_of_a_delivery(
    community: Community, office: Actor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = SourceSystem.objects.create(code="his", title="HIS", organization=community.hospital)
    (tmp_path / "patient.csv").write_text("source_key,name,sex\np1,王秀英,2\n")

    def load() -> Load:
        return accept(office, source=source, mapping="interchange", files=[tmp_path / "patient.csv"])

    one = load()
    step(office, Delivery, one, "start", {})
    step(office, Delivery, one, "resume", {})
    step(SYSTEM, Delivery, one, "finish", {"read": 1, "accepted": 1})
    step(SYSTEM, Delivery, load(), "refuse", {"reason": "没有可以读取的文件"})
    step(office, Delivery, load(), "withdraw", {})


# objections


def test_steps_of_an_objection(community: Community) -> None:
    doctor, director = community.family_doctor, works_at(community.centre, "director")
    resident = community.resident()
    grants = (GrantedRole("resident", community.centre.pk, frozenset({community.centre.pk})),)
    me = Actor(None, resident.name, None, grants, resident_id=resident.pk)
    refusal = {"reason": "agrees", "note": "已与原始病历核对"}
    entry = record.diagnose(doctor, resident_id=resident.pk, code="I10", name="高血压")

    def objection() -> Objection:
        return privacy.object_to(me, resident_id=resident.pk, kind="condition", entry_id=entry.pk, text="没有高血压")

    step(me, EntryObjection, objection(), "withdraw", {})
    agreed = objection()
    step(doctor, EntryObjection, agreed, "refuse", refusal)
    step(me, EntryObjection, agreed, "accept", {})
    lapsed = objection()
    step(doctor, EntryObjection, lapsed, "refuse", refusal)
    step(SYSTEM, EntryObjection, lapsed, "lapse", {})
    reviewed = objection()
    step(doctor, EntryObjection, reviewed, "refuse", refusal)
    step(me, EntryObjection, reviewed, "ask_review", {"note": "我没有看过这个病"})
    step(director, EntryObjection, reviewed, "uphold", refusal)
    corrected = objection()
    newer = record.correct_entry(doctor, Condition, entry.pk, name="血压偏高")
    step(doctor, EntryObjection, corrected, "correct", {"how": "corrected", "note": "已经改正"})
    void = privacy.object_to(me, resident_id=resident.pk, kind="condition", entry_id=newer.pk, text="没有高血压")
    step(doctor, EntryObjection, void, "correct", {"how": "void", "note": "写错了人"})


# merges and moves


def two_people(community: Community) -> tuple[UUID, UUID]:
    """Both with clinical data, so that a second person decides."""
    made = [community.resident(name="王秀英"), community.resident(name="王秀英", phone="")]
    with acting(SYSTEM):
        for one in made:
            open_relation(resident_id=one.pk, organization_id=community.hospital.pk, kind=CareRelation.Kind.ENCOUNTER)
    record.diagnose(community.family_doctor, resident_id=made[0].pk, code="I10", name="高血压")
    record.diagnose(community.family_doctor, resident_id=made[1].pk, code="E11", name="2 型糖尿病")
    received(made[1], community.hospital)
    return made[0].pk, made[1].pk


def test_steps_of_a_merge(community: Community, office: Actor, second: Actor) -> None:
    one, two = two_people(community)
    for who in (one, two):
        services.sign(community.family_doctor, resident_id=who, organization_id=community.centre.pk)
    case = propose_merge(office, one=one, two=two, reason="同一人")
    step(second, ResidentMerging, case, "approve")
    with acting(SYSTEM):
        SignedCentre.objects.filter(resident_id=case.survivor_id).delete()
    step(second, ResidentMerging, case, "follow")
    step(second, ResidentMerging, case, "unmerge", {"reason": "合并有误"})
    again = propose_merge(office, one=one, two=two, reason="同一人")
    step(second, ResidentMerging, again, "decline", {"reason": "不是同一人"})


SAME = {"phone": "13900139001", "address": "楠市镇上洞村2组38号"}


def test_steps_of_a_move(house: Community, office: Actor, second: Actor) -> None:
    community = house
    [one] = tied(told(id_number=NUMBER, **SAME))
    [two] = tied(told("lis", **SAME))
    with acting(SYSTEM):
        for identity in (one, two):
            Encounter.objects.create(
                resident_id=identity.resident_id,
                organization=community.hospital,
                kind="outpatient",
                started_at=clock.now() - timedelta(days=1),
                identity=identity,
            )
    target = community.resident(name="周大山").pk
    case = propose_move(office, identity_id=two.pk, target=target, reason="父子同用一部电话")
    step(second, IdentityMoving, case, "decline", {"reason": "就是同一人"})
    case = propose_move(office, identity_id=two.pk, target=target, reason="父子同用一部电话")
    step(second, IdentityMoving, case, "approve")
    step(second, IdentityMoving, case, "undo", {"reason": "改错了"})
    # somebody who has no record yet: the index makes it as in a load
    case = propose_move(office, identity_id=two.pk, target=None, reason="父子同用一部电话")
    step(second, IdentityMoving, case, "approve", most=35)
    step(second, IdentityMoving, case, "undo", {"reason": "改错了"}, most=9)


def test_every_step_is_counted() -> None:
    """The tests above took them all: they stand in one file, and so in one process."""
    if {name for name, _ in taken} != {flow.name for flow in FLOWS}:
        pytest.skip("the tests above were not run")
    assert set(taken) == {(flow.name, name) for flow in FLOWS for name in flow.steps}
