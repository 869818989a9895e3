"""A referral goes all the way round: proposed, sent, accepted, seen, sent down, received, followed up, closed."""

import pytest
from care_community import Community
from referral_play import DISCHARGE, SUMMARY, content, measured, sent, step

from yigongti.care.referral import services
from yigongti.care.referral.models import Decision, Referral
from yigongti.care.referral.workflow import DownReferral, UpReferral
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.cases.advance import advance
from yigongti.kernel.cases.models import CaseEvent
from yigongti.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from yigongti.records.health_record.models import Encounter


def test_red_referral_goes_all_the_way_round(community: Community) -> None:
    doctor, office, specialist = (community[name] for name in ("village-doctor", "office", "specialist"))
    visit = measured(community, "wang", sbp=192, dbp=112)
    suggestions = services.propose(doctor, resident_id=visit.resident_id, encounter_id=visit.pk)
    best = suggestions[0]
    assert (best.direction, best.urgency) == ("up", "red")

    key = f"{best.policy}#{best.rule}"
    case = services.begin_up(doctor, resident_id=visit.resident_id, encounter_id=visit.pk, criterion=key).case
    assert case.counterpart_organization == community.organizations["county"]
    assert "192" in case.summary
    assert case.priority == "red"
    with acting(SYSTEM):
        assert Decision.objects.get().verdict == "accepted"

    step(doctor, case, "revise", **content(case))
    step(doctor, case, "submit")
    step(office, case, "accept", appointment_place="急诊抢救室")
    step(office, case, "arrive")
    step(specialist, case, "treat", care_kind="inpatient")
    plan = {
        "reason_codes": ["acute-stable"],
        "diagnosis": "高血压 3 级 很高危",
        "summary": DISCHARGE,
        "drugs": "氨氯地平片，5mg，每日一次，28\n缬沙坦胶囊，80mg，每日一次，28",
        "warning_signs": "血压≥180/110，剧烈头痛，肢体无力",
        "next_checks": "两周后复查血压、血钾",
        "first_contact_on": case.follow_up_on,
        "consented": True,
    }
    step(specialist, case, "hand_down", **plan)
    with acting(SYSTEM):
        up = Referral.objects.get(pk=case.pk)
        down = Referral.objects.get(basis=up)
    assert up.state == UpReferral.handed_down.name
    assert down.state == DownReferral.submitted.name
    assert down.counterpart_organization == community.organizations["town"]
    assert down.destination_reason == "居民的签约机构"
    assert down.episode == up.episode
    assert up.home_organization_id in down.parties  # who sent the patient up sees the plan

    receiver = community["family-doctor"]
    step(receiver, down, "accept")
    done = step(receiver, down, "first_contact", condition="头晕消失，规律服药", sbp=136, dbp=84).case
    assert done.state == DownReferral.closed.name
    assert done.closed_at
    with acting(SYSTEM):
        assert Encounter.objects.filter(source="referral", resident_id=done.resident_id).count() == 1


def test_every_side_is_refused_what_is_not_theirs(community: Community) -> None:
    case = sent(community)
    for name in ("village-doctor", "family-doctor", "specialist", "council", "director"):
        with pytest.raises((Forbidden, NotFound)):
            step(community[name], case, "accept")
    for name in ("foreign-office", "family-doctor2"):
        with pytest.raises(NotFound):
            step(community[name], case, "accept")
    assert step(community["office"], case, "accept").case.state == "accepted"


def test_a_second_attempt_leads_to_the_first(community: Community) -> None:
    case = sent(community)
    again = services.begin_up(community["family-doctor"], resident_id=case.resident_id, disease="hypertension")
    assert again.repeated
    assert again.case.pk == case.pk


def test_the_gate_names_what_is_missing(community: Community) -> None:
    doctor = community["family-doctor"]
    case = services.begin_up(doctor, resident_id=community.residents["wang"].pk).case
    step(doctor, case, "revise", **content(case, summary="头晕", consented=False))
    with pytest.raises(Invalid, match="病情摘要应不少于 50 字") as refused:
        step(doctor, case, "submit")
    assert "consent" in refused.value.values["fields"]


def test_supplement_pauses_the_receivers_clock(community: Community) -> None:
    case = sent(community)
    due = case.due_at
    case = step(community["office"], case, "ask", note="请补充近期血钾结果").case
    assert case.clock_left is not None
    assert case.owner_organization == community.organizations["town"]
    case = step(community["family-doctor"], case, "answer", note="血钾 4.1 mmol/L").case
    assert case.due_at >= due


def test_redirect_keeps_the_record_open_for_the_new_side_only(community: Community) -> None:
    case = sent(community)
    before = case.department_id
    case = step(
        community["office"],
        case,
        "redirect",
        department=community.departments["内分泌科"].pk,
        reason="other-department",
    ).case
    assert case.department_id != before
    with pytest.raises(Invalid, match="科室不属于"):
        step(community["office"], case, "accept", department=999999)


def test_stale_version_and_repeated_key(community: Community) -> None:
    from uuid import uuid4

    case = sent(community)
    key = uuid4()
    office = community["office"]
    first = advance(office, UpReferral, case.pk, "accept", {}, version=case.version, key=key)
    again = advance(office, UpReferral, case.pk, "accept", {}, version=case.version, key=key)
    assert again.repeated
    assert again.event.pk == first.event.pk
    with pytest.raises(Conflict):
        advance(office, UpReferral, case.pk, "accept", {}, key=uuid4())
    with pytest.raises(Stale):
        advance(office, UpReferral, case.pk, "arrive", {}, version=case.version)
    with acting(SYSTEM):
        assert CaseEvent.objects.filter(case_id=case.pk, step="accept").count() == 1


def test_a_warning_sign_sends_up_again(community: Community) -> None:
    case = sent(community)
    office, specialist, receiver = community["office"], community["specialist"], community["family-doctor"]
    step(office, case, "accept")
    step(office, case, "arrive")
    step(
        specialist,
        case,
        "hand_down",
        reason_codes=["chronic"],
        diagnosis="高血压",
        summary=SUMMARY,
        warning_signs="血压≥180/110",
        next_checks="两周后复查",
        first_contact_on=case.follow_up_on,
        consented=True,
    )
    with acting(SYSTEM):
        down = Referral.objects.get(basis=case)
    step(receiver, down, "return_up", reason="warning-sign", note="血压又到 190/115", priority="red")
    with acting(SYSTEM):
        up = Referral.objects.get(basis=down)
    assert up.state == "draft"
    assert up.priority == "red"
    assert up.episode == case.episode
    assert step(receiver, up, "submit").case.state == "submitted"


def test_outside_hospital_is_handled_by_the_lead(community: Community) -> None:
    case = sent(community, counterpart=community.organizations["city"].pk, department=None)
    assert case.handler_organization == community.organizations["county"]
    assert case.owner_organization == community.organizations["county"]
    step(community["office"], case, "accept", appointment_place="永州市中心医院心内科")
    step(community["office"], case, "arrive")
    case = step(
        community["specialist"],
        case,
        "conclude",
        diagnosis="高血压",
        treatment="外院调整用药",
        advice="两周后随访血压",
        outcome="improved",
    ).case
    assert case.state == "concluded"
    closed = step(community["family-doctor"], case, "follow_up", condition="平稳").case
    assert closed.state == "closed"
