from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from records_community import Community

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.audit.models import Entry as AuditEntry
from yigongti.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from yigongti.kernel.events.models import Outbox
from yigongti.kernel.facts.declaration import fact
from yigongti.records.health_record import services
from yigongti.records.health_record.models import Encounter, MedicationStatement, Observation
from yigongti.records.health_record.observations import CATALOGUE, checked
from yigongti.records.residents import services as residents
from yigongti.records.residents.models import CareRelation


def follow_up(community: Community, resident: object, **details: object) -> Encounter:
    details = {"kind": "follow-up", "measurements": {"sbp": "152", "dbp": "94", "heart_rate": ""}, **details}
    return services.record_encounter(community.village_doctor, resident_id=resident.pk, **details)


def test_a_follow_up_is_one_step(community: Community, django_assert_max_num_queries) -> None:
    resident = community.resident()
    with django_assert_max_num_queries(12):
        encounter = follow_up(community, resident, complaint="头晕三天")
    with acting(community.village_doctor):
        values = dict(Observation.objects.filter(encounter=encounter).values_list("code", "value"))
    assert values == {"sbp": Decimal(152), "dbp": Decimal(94)}
    assert encounter.recorded_by == community.village_doctor.user_id
    assert CareRelation.objects.filter(resident=resident, organization=community.station, kind="encounter").count() == 1
    follow_up(community, resident)
    assert CareRelation.objects.filter(resident=resident, organization=community.station, kind="encounter").count() == 1
    news = Outbox.objects.get(name="EncounterRecorded", payload__encounter=str(encounter.pk)).payload
    assert news == {
        "resident": str(resident.pk),
        "encounter": str(encounter.pk),
        "organization": community.station.pk,
        "kind": "follow-up",
    }


@pytest.mark.parametrize(
    ("code", "typed"),
    [("sbp", "900"), ("sbp", "abc"), ("dbp", "-1"), ("temperature", "nan"), ("spo2", "1e3"), ("potassium", "79")],
)
def test_what_nobody_can_have_is_refused_with_the_field_named(community: Community, code: str, typed: str) -> None:
    resident = community.resident()
    with pytest.raises(Invalid) as refused:
        follow_up(community, resident, measurements={code: typed})
    assert refused.value.field == code
    assert CATALOGUE[code].name in refused.value.message
    with acting(SYSTEM):
        assert not Encounter.objects.exists()


def test_a_zero_is_an_answer() -> None:
    assert checked({"smoking": 0, "condition_stable": Decimal(0), "sbp": None, "dbp": " "}) == {
        "smoking": Decimal(0),
        "condition_stable": Decimal(0),
    }


def test_pressures_the_wrong_way_round_are_noticed() -> None:
    with pytest.raises(Invalid, match="填反"):
        checked({"sbp": 80, "dbp": 120})


@given(height=st.decimals(120, 210, places=1), weight=st.decimals(25, 200, places=1))
def test_the_body_mass_index_follows_from_height_and_weight(height: Decimal, weight: Decimal) -> None:
    values = checked({"height": height, "weight": weight})
    exact = weight / (height / 100) ** 2
    if "bmi" in values:
        assert abs(values["bmi"] - exact) <= Decimal("0.05")
    else:
        assert not 8 <= exact <= 80


@given(st.sampled_from(sorted(CATALOGUE)), st.text(max_size=12))
def test_any_typed_text_is_a_value_within_limits_or_refused_by_name(code: str, typed: str) -> None:
    values = {}
    try:
        values = checked({code: typed})
    except Invalid as refused:
        wrong = refused.field
    else:
        wrong = code
    assert wrong == code
    for value in values.values():
        assert CATALOGUE[code].low <= value <= CATALOGUE[code].high


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_the_usual_range_lies_within_the_limits_of_entry(code: str) -> None:
    item = CATALOGUE[code]
    below, above = item.normal
    assert item.low < item.high
    assert below is None or item.low <= below
    assert above is None or above <= item.high
    assert below is None or above is None or below < above


def test_the_same_request_has_one_effect(community: Community) -> None:
    resident = community.resident()
    first = follow_up(community, resident, source="api", source_key="k1")
    again = follow_up(community, resident, source="api", source_key="k1")
    assert first.pk == again.pk
    with acting(SYSTEM):
        assert Observation.objects.count() == 2


def test_the_same_request_has_one_effect_after_a_correction_too(community: Community) -> None:
    resident = community.resident()
    first = follow_up(community, resident, source="api", source_key="k1")
    services.correct_entry(community.village_doctor, Encounter, first.pk, complaint="更正")
    assert follow_up(community, resident, source="api", source_key="k1").pk == first.pk


@pytest.mark.django_db
@pytest.mark.parametrize("replaced", [True, False])
def test_an_earlier_request_is_found_by_its_key_however_many_there_are(replaced: bool) -> None:
    wanted = Encounter.objects.filter(source="api", source_key="k1", replaced_by__isnull=not replaced)
    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = wanted.order_by("source_key")[:1].explain()
    assert ("encounter_source_before" if replaced else "encounter_source_once") in plan


def test_nobody_writes_about_strangers_or_without_permission(community: Community) -> None:
    resident = community.resident()
    with pytest.raises(NotFound):
        services.record_encounter(community.stranger, resident_id=resident.pk, kind="outpatient")
    with pytest.raises(Forbidden):
        services.record_encounter(
            community.village_doctor, resident_id=resident.pk, kind="outpatient", organization_id=community.centre.pk
        )


def test_time_makes_sense(community: Community) -> None:
    resident = community.resident()
    for wrong in (clock.now() + timedelta(hours=1), datetime(1950, 1, 1, tzinfo=UTC)):
        with pytest.raises(Invalid) as refused:
            follow_up(community, resident, started_at=wrong)
        assert refused.value.field == "started_at"
    with pytest.raises(Invalid):
        follow_up(community, resident, next_due=clock.today() - timedelta(days=1))
    residents.record_death(community.family_doctor, resident_id=resident.pk, died_on=clock.today() - timedelta(days=2))
    with pytest.raises(Conflict):
        follow_up(community, resident)
    follow_up(community, resident, started_at=clock.now() - timedelta(days=4))


def test_an_admission_is_told_to_the_house(community: Community) -> None:
    resident = community.resident()
    follow_up(community, resident, kind="inpatient")
    assert Outbox.objects.get(name="AdmittedElsewhere").payload["organization"] == community.station.pk


def test_a_diagnosis_puts_on_the_register_once(community: Community) -> None:
    resident = community.resident()
    found = services.diagnose(community.family_doctor, resident_id=resident.pk, code="i10.x00", name="原发性高血压")
    assert (found.code, found.register) == ("I10.X00", "hypertension")
    with pytest.raises(Conflict):
        services.diagnose(community.village_doctor, resident_id=resident.pk, code="I10.X00", name="高血压")
    services.settle(community.family_doctor, condition_id=found.pk, status="resolved")
    services.diagnose(community.village_doctor, resident_id=resident.pk, code="I10.X00", name="高血压")


def test_a_drug_is_taken_until_it_is_stopped(community: Community) -> None:
    resident = community.resident()
    drug = services.prescribe(
        community.family_doctor, resident_id=resident.pk, name="氨氯地平片", dose="5 mg", frequency="每日一次"
    )
    stopped = services.stop_medication(community.village_doctor, medication_id=drug.pk)
    assert stopped.until == clock.today()
    with pytest.raises(Conflict):
        services.stop_medication(community.village_doctor, medication_id=drug.pk)


def test_a_correction_is_a_new_row_and_only_of_those_who_wrote(community: Community) -> None:
    resident = community.resident()
    encounter = follow_up(community, resident)
    with acting(SYSTEM):
        value = Observation.objects.get(encounter=encounter, code="sbp")
    residents.open_relation(resident_id=resident.pk, organization_id=community.hospital.pk, kind="referral")
    with pytest.raises(Forbidden):
        services.correct_entry(community.specialist, Observation, value.pk, value=Decimal(142))
    right = services.correct_entry(community.village_doctor, Observation, value.pk, value=Decimal(142))
    with pytest.raises(Stale):
        services.correct_entry(community.village_doctor, Observation, value.pk, value=Decimal(143))
    with pytest.raises(Invalid):
        services.correct_entry(community.village_doctor, Observation, right.pk, value=Decimal(900))
    earlier = clock.now() - timedelta(days=1)
    moved = services.correct_entry(community.village_doctor, Encounter, encounter.pk, started_at=earlier)
    with acting(SYSTEM):
        in_force = Observation.objects.in_force().filter(code="sbp")
        assert [(row.value, row.encounter_id, row.effective_at) for row in in_force] == [(142, moved.pk, earlier)]
        changes = AuditEntry.objects.filter(subject="health_record_observation", action="UPDATE")
        assert changes.exists()


def test_void_takes_along_what_hangs_on_it(community: Community) -> None:
    resident = community.resident()
    encounter = follow_up(community, resident)
    services.prescribe(
        community.village_doctor,
        resident_id=resident.pk,
        name="硝苯地平",
        dose="10 mg",
        frequency="bid",
        encounter_id=encounter.pk,
    )
    services.void_entry(community.village_doctor, Encounter, encounter.pk, reason="录错人")
    with acting(SYSTEM):
        assert not Observation.objects.in_force().exists()
        assert not MedicationStatement.objects.in_force().exists()
        assert Observation.objects.count() == 2
        assert {row.voided_at is None for row in Observation.objects.all()} == {False}


def changed(name: str, since: datetime) -> list[dict[str, object]]:
    """Rows of a fact that an incremental load from ``since`` takes."""
    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({fact(name).sql}) f WHERE changed_at >= %s", [since])
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def test_what_became_void_is_loaded_again(community: Community) -> None:
    encounter = follow_up(community, community.resident())
    follow_up(community, community.resident())
    later = clock.now() + timedelta(days=3)
    with clock.travelling(later):
        services.void_entry(community.village_doctor, Encounter, encounter.pk, reason="录错人")
    assert [(row["encounter_id"], row["in_force"]) for row in changed("encounter", later)] == [(encounter.pk, False)]
    assert [row["in_force"] for row in changed("measurement", later)] == [False, False]


def test_measurements_that_move_with_a_corrected_visit_are_loaded_again(community: Community) -> None:
    encounter = follow_up(community, community.resident())
    later = clock.now() + timedelta(days=3)
    with clock.travelling(later):
        new = services.correct_entry(community.village_doctor, Encounter, encounter.pk, complaint="头晕")
    assert {row["encounter_id"] for row in changed("measurement", later)} == {new.pk}
    assert {row["encounter_id"] for row in changed("encounter", later)} == {encounter.pk, new.pk}


def test_only_harmless_files_are_attached(community: Community) -> None:
    resident = community.resident()
    give = {"resident_id": resident.pk, "title": "心电图", "kind": "report"}
    stored = services.attach(community.family_doctor, content=b"%PDF-1.7 ...", **give)
    assert stored.media_type == "application/pdf"
    for content in (b"", b"<html><script>", b"%PDF-" + b"x" * (10 * 1024 * 1024)):
        with pytest.raises(Invalid):
            services.attach(community.family_doctor, content=content, **give)
