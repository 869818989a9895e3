"""可以下转: what the doctor states and what was measured become a suggestion, and what is made of it."""

from datetime import timedelta

import pytest
from care_community import Community, treated_at
from readiness_play import STABLE, assess, in_care, standing
from referral_play import DISCHARGE, drain, step

from yigongti.care.referral import assessing, incare, services
from yigongti.care.referral.models import Decision, Readiness, Referral
from yigongti.care.referral.services import readiness
from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.errors import Forbidden, Invalid, NotFound
from yigongti.kernel.facts.declaration import fact
from yigongti.records.health_record.models import Observation
from yigongti.records.health_record.services.encounters import record_encounter, record_measurements

HYPERTENSION = "referral/down#hypertension-county"
OBSERVED = "referral/down#hypertension-observed"


def pressure(community: Community, case: Referral, ago: timedelta, sbp: int, dbp: int = 80) -> None:
    with clock.travelling(clock.now() - ago):
        record_encounter(
            community["specialist"],
            resident_id=case.resident_id,
            kind="inpatient",
            measurements={"sbp": sbp, "dbp": dbp},
        )


def test_an_assessment_is_coded_in_the_record_and_suggests_at_once(community: Community) -> None:
    case = in_care(community)
    assert standing(case) is None
    case = assess(community, case, sbp="132", dbp="80")
    found = standing(case)
    assert found is not None
    assert found.criteria[0] == HYPERTENSION
    first = found.proposals[0]
    assert (first["source"]["mark"], first["department"], first["reason_code"]) == ("S", "全科医学科", "chronic")
    assert {"label": "病情稳定", "value": "True", "unit": ""} in first["evidence"]
    with acting(SYSTEM):
        kept = {row.code: row for row in Observation.objects.filter(resident_id=case.resident_id)}
    assert (kept["condition_stable"].value, kept["plan_settled"].value, kept["sbp"].value) == (1, 1, 132)
    assert kept["long_term_treatment"].value == 0
    assert kept["condition_stable"].recorded_by == community.users["specialist"].pk
    assert kept["condition_stable"].organization == community.organizations["county"]
    with acting(SYSTEM):
        last = assessing.last(case)
    assert (last["by"], last["answers"]["diagnosis_clear"]) == ("测试specialist", True)


def test_what_is_asked_follows_the_criteria_the_disease_and_the_age(community: Community) -> None:
    case = in_care(community)
    with acting(SYSTEM):
        asked = {code for code, _ in assessing.offered(case)}
        assert {"diagnosis_clear", "complications_stable", "acute_phase_over", "needs_rehabilitation"} <= asked
        assert "plan_unchanged" not in asked, "only the township's criterion reads it"
        assert "condition_stable" not in asked, "it has an answer of its own"
        case.resident_birth_date = clock.today() - timedelta(days=40 * 365)
        assert "needs_nursing" in asked
        assert "needs_nursing" not in {code for code, _ in assessing.offered(case)}


def test_an_unknown_answer_is_refused(community: Community) -> None:
    case = in_care(community)
    with pytest.raises(Invalid, match="没有这一项评估"):
        assess(community, case, present=["plan_unchanged"])
    with pytest.raises(Forbidden):
        step(community["family-doctor"], case, "assess", **STABLE)


def test_not_stable_suggests_nothing_and_takes_a_suggestion_back(community: Community) -> None:
    case = in_care(community)
    case = assess(community, case, condition_stable="no")
    assert standing(case) is None
    case = assess(community, case)
    assert standing(case) is not None
    assess(community, case, condition_stable="no")
    assert standing(case) is None


def test_values_reached_twice_without_a_red_sign_stand_for_stable(community: Community) -> None:
    case = in_care(community, days=6)
    for ago, sbp in ((timedelta(days=2), 134), (timedelta(days=1), 130)):
        pressure(community, case, ago, sbp)
    record_measurements(community["specialist"], resident_id=case.resident_id, values={"plan_settled": 1})
    services.rescan()
    found = standing(case)
    assert found is not None
    assert found.criteria == [OBSERVED]
    evidence = {e["label"]: e["value"] for e in found.proposals[0]["evidence"]}
    assert evidence["血压连续达标次数"] == "2"
    assert evidence["无危急情况的天数（自接诊或最近一次危急情况）"] == "6"
    assess(community, case, condition_stable="no", present=[])
    assert standing(case) is None, "the doctor's no stands before the values"


def test_a_value_that_no_criterion_reads_disturbs_nothing(community: Community) -> None:
    case = in_care(community)
    record_measurements(community["specialist"], resident_id=case.resident_id, values={"hdl": "1.2", "sbp": 131})
    assert standing(assess(community, case)) is not None


def test_a_red_sign_after_the_assessment_takes_stable_back(community: Community) -> None:
    case = in_care(community, days=6)
    with clock.travelling(clock.now() - timedelta(hours=3)):
        case = assess(community, case)
    assert standing(case) is not None
    pressure(community, case, timedelta(hours=1), 196, 118)
    drain()
    assert standing(case) is None, "judged at once with the news of the visit"
    assess(community, case)
    assert standing(case) is not None, "the doctor looked again"


def test_dismissed_with_a_reason_it_rests_until_the_patient_is_assessed_anew(community: Community) -> None:
    case = assess(community, in_care(community))
    doctor = community["specialist"]
    with pytest.raises(Invalid, match="写明"):
        services.dismiss_down(doctor, referral_id=case.pk, reason="patient-declined")
    with pytest.raises((Forbidden, NotFound)):
        services.dismiss_down(community["family-doctor"], referral_id=case.pk, reason="not-stable-yet")
    services.dismiss_down(doctor, referral_id=case.pk, reason="more-examination")
    services.rescan()
    rested = standing(case)
    assert rested is not None
    assert rested.quiet
    with acting(SYSTEM):
        decided = Decision.objects.get(referral=case)
    assert (decided.verdict, decided.reason, decided.criterion) == ("dismissed", "more-examination", HYPERTENSION)
    with clock.travelling(clock.now() + timedelta(hours=5)):
        assess(community, case)
    again = standing(case)
    assert again is not None
    assert not again.quiet


def test_a_new_criterion_wakes_a_dismissed_one(community: Community) -> None:
    case = assess(community, in_care(community, days=6))
    services.dismiss_down(community["specialist"], referral_id=case.pk, reason="not-stable-yet")
    for ago in (timedelta(days=2), timedelta(days=1)):
        pressure(community, case, ago, 128)
    services.rescan()
    found = standing(case)
    assert found is not None
    assert (found.criteria, found.quiet) == ([HYPERTENSION, OBSERVED], False)


PLAN = {
    "reason_codes": ["chronic"],
    "diagnosis": "高血压 3 级",
    "summary": DISCHARGE,
    "drugs": "氨氯地平片，5mg，每日一次，28",
    "warning_signs": "血压≥180/110",
    "next_checks": "一月后复查肾功能",
    "rehabilitation": "低盐饮食",
    "consented": True,
}


@pytest.mark.parametrize("changed", [False, True])
def test_followed_it_is_kept_with_the_referral_down(community: Community, changed: bool) -> None:
    case = assess(community, in_care(community))
    doctor = community["specialist"]
    if changed:
        services.change_down(doctor, referral_id=case.pk, reason="patient-choice")
    step(doctor, case, "hand_down", **PLAN, first_contact_on=clock.today() + timedelta(days=3))
    with acting(SYSTEM):
        down = Referral.objects.get(basis=case)
        verdicts = list(Decision.objects.values_list("verdict", flat=True))
    assert down.proposal["rule"] == "hypertension-county"
    assert verdicts == (["changed"] if changed else ["accepted"])
    assert standing(case) is None


def test_going_down_without_a_suggestion_decides_nothing(community: Community) -> None:
    case = in_care(community)
    step(community["specialist"], case, "hand_down", **PLAN, first_contact_on=clock.today() + timedelta(days=3))
    with acting(SYSTEM):
        assert not Decision.objects.exists()
        assert Referral.objects.get(basis=case).proposal == {}


def test_judged_as_columns_or_one_by_one_it_is_the_same(community: Community, monkeypatch: pytest.MonkeyPatch) -> None:
    wang = assess(community, in_care(community, days=6))
    in_care(community, "li", days=4)
    pressure(community, wang, timedelta(days=1), 150)
    with acting(SYSTEM):
        patients = incare.patients()
    one = [(p.referral, said) for p, said in readiness.judged(patients)]
    monkeypatch.setattr(readiness, "FEW", 0)
    many = [(p.referral, said) for p, said in readiness.judged(patients)]
    assert len(one) == 2
    assert one == many
    assert any(said for _, said in one)


def test_only_who_sees_the_case_sees_the_suggestion(community: Community) -> None:
    assess(community, in_care(community))
    treated_at(community, "wang", "foreign")
    for who, count in (("specialist", 1), ("foreign-doctor", 0)):
        with acting(community[who]):
            assert Readiness.objects.count() == count


def test_the_answers_are_measurements_for_the_warehouse() -> None:
    assert "health_record_observation" in fact("measurement").select
