"""A resident objects to an entry: the organisation that wrote it answers in time; reviewed once; closed."""

from datetime import timedelta

import pytest
from records_community import Community, works_at

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor, GrantedRole
from yigongti.kernel.cases.advance import advance
from yigongti.kernel.cases.models import CaseEvent
from yigongti.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from yigongti.records.health_record import services as record
from yigongti.records.health_record.models import Condition
from yigongti.records.privacy import services
from yigongti.records.privacy.models import Objection
from yigongti.records.privacy.pages import objections, to_handle
from yigongti.records.privacy.workflow import EntryObjection, end_unanswered

REFUSED = {"reason": "agrees", "note": "已与原始病历核对"}


@pytest.fixture
def resident(community: Community):
    return community.resident()


@pytest.fixture
def entry(community: Community, resident) -> Condition:
    return record.diagnose(community.family_doctor, resident_id=resident.pk, code="I10", name="高血压")


@pytest.fixture
def me(community: Community, resident) -> Actor:
    home = community.centre.pk
    return Actor(
        None, resident.name, None, (GrantedRole("resident", home, frozenset({home})),), resident_id=resident.pk
    )


@pytest.fixture
def case(me, entry) -> Objection:
    return services.object_to(
        me, resident_id=me.resident_id, kind="condition", entry_id=entry.pk, text="我没有高血压", wanted="请删去"
    )


def step(actor, case, name, data=None) -> Objection:
    return advance(actor, EntryObjection, case.pk, name, data).case


def test_the_organisation_that_wrote_owes_the_answer(community, case, entry):
    assert case.owner_organization == community.centre
    assert case.entry_title.startswith("诊断：高血压")
    assert case.due_at == case.opened_at + timedelta(days=10)
    with acting(community.family_doctor):
        assert list(to_handle(community.family_doctor)) == [case]
    with acting(community.specialist):
        assert not objections(community.specialist)
    with pytest.raises(Forbidden):
        step(works_at(community.centre, "pharmacist"), case, "refuse", REFUSED)


def test_a_correction_ends_it_once_the_entry_is_corrected(community, case, entry):
    doctor = community.family_doctor
    with pytest.raises(Conflict):
        step(doctor, case, "correct", {"how": "corrected", "note": "已经改正"})
    record.correct_entry(doctor, Condition, entry.pk, name="血压偏高")
    done = step(doctor, case, "correct", {"how": "corrected", "note": "已经改正"})
    assert (done.state, done.answer, done.owner_organization) == ("corrected", "已经改正", None)


def test_an_entry_that_should_not_be_there_becomes_void(community, case, entry):
    step(community.family_doctor, case, "correct", {"how": "void", "note": "写错了人"})
    with acting(SYSTEM):
        entry.refresh_from_db()
    assert case.number in entry.voided_reason


def test_refused_reviewed_once_and_upheld(community, me, case):
    with pytest.raises(Invalid):
        step(community.family_doctor, case, "refuse", {"reason": "nonsense", "note": "不改不改"})
    answered = step(community.family_doctor, case, "refuse", REFUSED)
    assert answered.answer.startswith("与原始病历")
    with acting(community.family_doctor):
        assert not to_handle(community.family_doctor), "the resident's turn"
    with pytest.raises(Forbidden):  # who answered does not consent for the resident
        step(community.family_doctor, case, "accept")
    reviewed = step(me, case, "ask_review", {"note": "我没有看过这个病"})
    assert (reviewed.state, reviewed.reviews) == ("review", 1)
    with pytest.raises(Forbidden):
        step(community.family_doctor, case, "uphold", REFUSED)
    done = step(works_at(community.centre, "director"), case, "uphold", REFUSED)
    assert done.state == "upheld"
    with acting(SYSTEM):
        steps = list(CaseEvent.objects.filter(case_id=case.pk).order_by("sequence").values_list("step", flat=True))
    assert steps == ["open", "refuse", "ask_review", "uphold"]


def test_what_nobody_answers_ends_by_itself(community, case):
    step(community.family_doctor, case, "refuse", REFUSED)
    assert end_unanswered() == 0
    with clock.travelling(clock.now() + timedelta(days=16)):
        assert end_unanswered() == 1
    with acting(SYSTEM):
        case.refresh_from_db()
    assert case.state == "upheld"


def test_one_at_a_time_and_only_about_oneself(community, me, case, entry):
    with pytest.raises(Conflict):
        services.object_to(me, resident_id=me.resident_id, kind="condition", entry_id=entry.pk, text="还是不对")
    other = community.resident(name="李四")
    with pytest.raises((Forbidden, NotFound)):
        services.object_to(me, resident_id=other.pk, kind="condition", entry_id=entry.pk, text="不是我的")
    step(me, case, "withdraw")
    again = services.object_to(
        community.family_doctor, resident_id=me.resident_id, kind="condition", entry_id=entry.pk, text="代为提出"
    )
    assert again.number != case.number
    with pytest.raises(NotFound):
        services.object_to(me, resident_id=me.resident_id, kind="nothing", entry_id=entry.pk, text="不是我的")
