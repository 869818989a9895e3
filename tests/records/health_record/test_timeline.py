from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from records_community import Community
from records_life import received

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.cases.keys import new_id
from yigongti.records.health_record import queries, services, timeline
from yigongti.records.health_record.banner import banner
from yigongti.records.health_record.models import Encounter, Observation
from yigongti.records.health_record.overview import overview
from yigongti.records.health_record.pages import offered
from yigongti.records.residents import services as residents
from yigongti.records.residents.models import Resident
from yigongti.registry.terminology.models import CodeSystem, Concept


def lived(community: Community) -> Resident:
    """A resident with one thing of each kind."""
    doctor, resident = community.family_doctor, community.resident()
    who = {"resident_id": resident.pk}
    services.record_encounter(
        doctor,
        **who,
        kind="outpatient",
        started_at=clock.now() - timedelta(days=40),
        measurements={"sbp": 162, "dbp": 101, "heart_rate": 88},
        complaint="头晕",
        assessment="原发性高血压",
        advice="加用氨氯地平",
    )
    services.diagnose(doctor, **who, code="I10", name="原发性高血压", onset_on=clock.today() - timedelta(days=39))
    services.prescribe(doctor, **who, name="氨氯地平片", dose="5 mg", frequency="每日一次")
    services.record_allergy(doctor, **who, substance="青霉素", reaction="皮疹")
    services.attach(doctor, **who, title="心电图", kind="report", content=b"%PDF-1.4")
    services.record_measurements(doctor, **who, values={"fasting_glucose": "6.8"})
    received(resident, community.centre)
    return resident


def test_everything_is_there_newest_first_in_one_statement(
    community: Community, django_assert_num_queries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timeline, "_sources", {})
    resident = lived(community)
    with acting(community.village_doctor), django_assert_num_queries(1):
        page = timeline.timeline(resident.pk)
    assert sorted(moment.kind for moment in page.moments) == sorted(timeline.KINDS)
    assert [m.at for m in page.moments] == sorted((m.at for m in page.moments), reverse=True)
    visit = page.moments[-1]
    assert (visit.title, visit.note, visit.organization) == ("门诊", "原发性高血压", "楠市镇卫生院")
    assert [(v.name, v.text, v.flag) for v in visit.values] == [("血压", "162/101", "↑"), ("心率", "88", "")]
    assert ("主诉", "头晕") in visit.details
    assert page.next is None


def test_a_stranger_sees_an_empty_timeline(community: Community) -> None:
    resident = lived(community)
    with acting(community.stranger):
        assert timeline.timeline(resident.pk).moments == []


@pytest.mark.parametrize("kind", sorted(timeline.KINDS))
def test_a_filter_shows_that_alone(community: Community, kind: str) -> None:
    resident = lived(community)
    with acting(community.village_doctor):
        assert {moment.kind for moment in timeline.timeline(resident.pk, only=[kind]).moments} == {kind}


def test_pages_neither_lose_nor_repeat_even_at_the_same_moment(community: Community) -> None:
    resident = community.resident()
    at = clock.now() - timedelta(days=1)
    for minutes in (0, 0, 0, 1, 2, 2, 3):
        services.record_encounter(
            community.village_doctor, resident_id=resident.pk, kind="home", started_at=at + timedelta(minutes=minutes)
        )
    seen: list[UUID] = []
    with acting(community.village_doctor):
        below = None
        while True:
            page = timeline.timeline(resident.pk, below=below, most=2)
            seen += [moment.id for moment in page.moments]
            if page.next is None:
                break
            below = page.next
        assert sorted(seen) == sorted(Encounter.objects.values_list("id", flat=True))


def test_another_room_adds_its_own(community: Community, monkeypatch: pytest.MonkeyPatch) -> None:
    resident = lived(community)
    monkeypatch.setattr(timeline, "_sources", {})

    @timeline.timeline_source("referral", "转诊")
    def referrals(resident_id: UUID, below: timeline.Key, most: int) -> list[timeline.Moment]:
        return [timeline.Moment(kind="referral", id=new_id(), at=clock.now() - timedelta(days=20), title="上转")]

    with acting(community.village_doctor):
        assert "referral" in timeline.kinds()
        found = [moment.kind for moment in timeline.timeline(resident.pk).moments]
        assert "referral" in found
        assert [m.title for m in timeline.timeline(resident.pk, only=["referral"]).moments] == ["上转"]


def test_what_is_void_or_corrected_is_not_shown(community: Community) -> None:
    resident = community.resident()
    encounter = services.record_encounter(
        community.village_doctor, resident_id=resident.pk, kind="home", measurements={"sbp": 150}
    )
    with acting(community.village_doctor):
        [value] = Observation.objects.all()
    services.correct_entry(community.village_doctor, Observation, value.pk, value=Decimal(140))
    with acting(community.village_doctor):
        [moment] = timeline.timeline(resident.pk).moments
        assert [v.text for v in moment.values] == ["140"]
    services.void_entry(community.village_doctor, Encounter, encounter.pk, reason="录错人")
    with acting(community.village_doctor):
        assert timeline.timeline(resident.pk).moments == []
        assert queries.latest_values(resident.pk, ["sbp"]) == {}


def test_the_latest_values_and_their_course(community: Community) -> None:
    resident = community.resident()
    days: list[datetime] = [clock.now() - timedelta(days=d) for d in (30, 20, 10)]
    for at, sbp in zip(days, (160, 150, 140), strict=True):
        services.record_encounter(
            community.village_doctor, resident_id=resident.pk, kind="home", started_at=at, measurements={"sbp": sbp}
        )
    with acting(community.village_doctor):
        assert queries.latest_values(resident.pk, ["sbp", "dbp"])["sbp"].value == 140
        assert queries.trend(resident.pk, ["sbp", "dbp"]) == {
            "sbp": list(zip(days, map(Decimal, (160, 150, 140)), strict=True)),
            "dbp": [],
        }
        assert [v for _, v in queries.trend(resident.pk, ["sbp"], most=2)["sbp"]] == [150, 140]


def test_the_banner_says_who_it_is_in_one_statement(community: Community, django_assert_num_queries) -> None:
    resident = lived(community)
    doctor = community.practitioner(community.family_doctor)
    residents.sign(
        community.family_doctor, resident_id=resident.pk, organization_id=community.centre.pk, doctor_id=doctor.pk
    )
    with acting(community.village_doctor), django_assert_num_queries(1):
        shown = banner(resident)
    assert (shown.allergies, shown.registers) == (("青霉素",), ("高血压",))
    assert (shown.contract_doctor, shown.contract_centre) == ("李医生", "楠市镇卫生院")
    assert shown.masked_id.startswith("431127****")
    assert str(resident.id_number) not in str(shown)
    assert shown.phone == "138****8000"


def test_never_asked_is_not_the_same_as_none(community: Community) -> None:
    resident = community.resident()
    with acting(community.village_doctor):
        assert banner(resident).allergies is None
    services.record_allergy(community.village_doctor, resident_id=resident.pk, substance=queries.NO_KNOWN_ALLERGY)
    with acting(community.village_doctor):
        assert banner(resident).allergies == ()


def test_what_was_received_says_its_source_and_its_own_range(community: Community) -> None:
    resident = lived(community)
    with acting(community.village_doctor):
        [report] = timeline.timeline(resident.pk, only=["report"]).moments
        side = overview(resident.pk)
    assert (report.title, report.note, report.source, report.version) == ("报告：血常规", "白细胞偏高", "lis", 1)
    assert [(v.name, v.text, v.unit, v.flag, v.range) for v in report.values] == [
        ("白细胞", "12.4", "10^9/L", "↑", "3.5–9.5")
    ]
    assert {(drug.name, drug.prescribed) for drug in side.drugs} == {("氨氯地平片", False), ("缬沙坦胶囊", True)}
    assert [r.name for r in side.reports] == ["血常规"]
    assert side.family == [("父亲", "高血压")]
    assert [line.measured.name for line in side.lines][-1] == "白细胞"
    assert side.lines[-1].flag == "↑"


def test_the_national_name_comes_first_and_the_words_of_the_source_beside_it(community: Community) -> None:
    resident = community.resident()
    with acting(SYSTEM):
        system = CodeSystem.objects.create(code="icd-10", name="ICD-10")
        Concept.objects.create(system=system, code="I10.X00", name="特发性高血压")
    services.diagnose(community.family_doctor, resident_id=resident.pk, code="I10.X00", name="高血压病")
    with acting(community.village_doctor):
        [moment] = timeline.timeline(resident.pk).moments
        [problem] = overview(resident.pk).problems
    assert moment.title == "诊断：特发性高血压"
    assert ("来源名称", "高血压病") in moment.details
    assert problem.name == "特发性高血压"


@pytest.mark.parametrize(
    ("wanted", "kinds"),
    [
        ({"text": "青霉"}, {"allergy"}),
        ({"text": "白细胞"}, {"report"}),
        ({"text": "100%"}, set()),
        ({"since": 10}, set(timeline.KINDS) - {"encounter", "condition"}),
        ({"until": 10}, {"encounter", "condition"}),
        ({"organization_id": -1}, set()),
    ],
)
def test_the_timeline_is_narrowed_by_words_days_and_place(
    community: Community, wanted: dict[str, object], kinds: set[str]
) -> None:
    resident = lived(community)
    days = {k: clock.today() - timedelta(days=v) for k, v in wanted.items() if k in ("since", "until")}
    with acting(community.village_doctor):
        page = timeline.timeline(resident.pk, wanted=timeline.Wanted(**{**wanted, **days}))
    assert {moment.kind for moment in page.moments} == kinds


def test_an_assessment_is_two_lines_and_not_fifteen_values(community: Community) -> None:
    resident = community.resident()
    services.record_measurements(
        community.family_doctor,
        resident_id=resident.pk,
        values={"condition_stable": 1, "plan_settled": 1, "diagnosis_clear": 0},
    )
    with acting(community.village_doctor):
        [moment] = timeline.timeline(resident.pk).moments
    assert moment.title == "病情评估"
    assert moment.values == ()
    assert dict(moment.details) == {"是": "病情稳定、治疗方案确定", "否": "诊断明确"}


def test_only_kinds_that_there_are_are_offered(community: Community) -> None:
    resident = community.resident()
    services.prescribe(
        community.family_doctor, resident_id=resident.pk, name="氨氯地平片", dose="5 mg", frequency="每日一次"
    )
    with acting(community.village_doctor):
        assert overview(resident.pk).kinds == {"medication"}
    assert "medication" in offered(frozenset({"medication"}))
    assert "procedure" not in offered(frozenset({"medication"}))
