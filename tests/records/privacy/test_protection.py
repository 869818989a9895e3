"""Protected rows: marked by the database when they are written, shown to those whom policy and person let see them."""

from datetime import date, timedelta

import pytest
from django.db import connection
from records_community import Community, works_at

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor, GrantedRole
from yigongti.kernel.errors import Conflict, Forbidden, Invalid
from yigongti.records.health_record.models import (
    Condition,
    DiagnosticReport,
    Encounter,
    MedicationStatement,
    Observation,
)
from yigongti.records.health_record.overview import overview
from yigongti.records.health_record.timeline import timeline
from yigongti.records.privacy import services, settling
from yigongti.records.privacy.panels import hidden
from yigongti.records.privacy.policies import expanded, protection
from yigongti.records.residents import services as people
from yigongti.records.residents.models import CareRelation

Kind = CareRelation.Kind


@pytest.fixture
def resident(community: Community):
    settling.settle()
    found = community.resident()
    with acting(SYSTEM):
        people.open_relation(resident_id=found.pk, organization_id=community.hospital.pk, kind=Kind.ENCOUNTER)
    return found


def themselves(resident, home: Community) -> Actor:
    return Actor(None, resident.name, None, (GrantedRole("resident", home.centre.pk, frozenset({home.centre.pk})),),
                 resident_id=resident.pk)  # fmt: skip


def write(model, resident, organization, **content):
    row = model(resident=resident, organization=organization, **content)
    with acting(SYSTEM):
        row.save(force_insert=True)
    return row


def seen(actor, model=Condition) -> int:
    with acting(actor):
        return model.objects.count()


def category(row) -> str:
    with acting(SYSTEM):
        row.refresh_from_db()
    return row.sensitivity


def test_a_range_of_icd_10_is_its_three_character_codes():
    assert expanded("B20-B24") == ["B20", "B21", "B22", "B23", "B24"]
    assert expanded("Z71.7") == ["Z71.7"]


@pytest.mark.parametrize(
    ("code", "name", "expected"),
    [
        ("B20.100", "人类免疫缺陷病毒病", "hiv"),
        ("", "梅毒可疑", "hiv"),
        ("I10", "高血压", ""),
        ("F32.100", "抑郁发作", "mental"),
        ("F17.200", "烟草依赖", ""),
        ("F10.200", "酒精依赖", "substance"),
        ("Z71.700", "咨询", "hiv"),
        ("B18.100", "慢性乙型病毒性肝炎", "infectious"),
        ("R25.100", "shivering", ""),
        ("Z01", "抗HIV筛查", "hiv"),
    ],
)
def test_a_diagnosis_is_marked_by_its_code_or_words(community, resident, code, name, expected):
    row = write(Condition, resident, community.hospital, code=code, name=name)
    assert category(row) == expected


def test_what_was_written_at_a_protected_visit_goes_with_it(community, resident):
    visit = write(Encounter, resident, community.hospital, kind="outpatient", started_at=clock.now())
    drug = write(
        MedicationStatement, resident, community.hospital, encounter=visit, name="喹硫平", start=date(2026, 1, 1)
    )
    pulse = write(
        Observation, resident, community.hospital, encounter=visit, code="sbp", value=130, effective_at=clock.now()
    )
    assert (category(visit), category(drug)) == ("", "")
    write(Condition, resident, community.hospital, encounter=visit, code="F20.000", name="偏执型")
    assert (category(visit), category(drug), category(pulse)) == ("mental", "mental", "")
    late = write(DiagnosticReport, resident, community.hospital, encounter=visit, category="laboratory", name="血常规",
                 effective_at=clock.now())  # fmt: skip
    assert category(late) == "mental"


def test_a_department_marks_the_visit(community, resident):
    visit = write(Encounter, resident, community.hospital, kind="outpatient", started_at=clock.now(),
                  department_name="精神科门诊")  # fmt: skip
    assert category(visit) == "mental"


def test_a_marked_row_leaves_no_audit_of_a_change(community, resident):
    write(Condition, resident, community.hospital, code="B20", name="艾滋病")
    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM audit_entry WHERE subject = 'health_record_condition' AND action = 'UPDATE'"
        )
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT current_setting('pgtrigger.ignore', true)")
        assert cursor.fetchone()[0] in ("", "{}")


def test_those_who_wrote_see_and_others_count(community, resident):
    write(Condition, resident, community.hospital, code="B20", name="艾滋病")
    write(Condition, resident, community.hospital, code="I10", name="高血压")
    assert seen(community.specialist) == 2, "the organisation that wrote"
    assert seen(community.family_doctor) == 1, "another with a relation"
    assert seen(community.stranger) == 0
    assert seen(themselves(resident, community)) == 2
    office = works_at(community.hospital, "referral-office")
    assert seen(office) == 1, "the organisation alone is not enough: the role must need it"
    for actor, count in ((community.family_doctor, 1), (community.specialist, 0), (community.stranger, 0), (office, 1)):
        with acting(actor):
            assert hidden(resident.pk) == count
    with acting(community.family_doctor):
        assert [p.name for p in overview(resident.pk).problems] == ["高血压"]
        assert len(timeline(resident.pk, only=["condition"]).moments) == 1


def test_the_database_itself_refuses(community, resident):
    """Plain SQL as the role that serves people: no reader can forget the rule."""
    row = write(Condition, resident, community.hospital, code="B20", name="艾滋病")
    with acting(community.family_doctor), connection.cursor() as cursor:
        for statement in (
            "SELECT count(*) FROM health_record_condition WHERE id = %s",
            "WITH c AS (UPDATE health_record_condition SET name = '' WHERE id = %s RETURNING 1) SELECT count(*) FROM c",
            "WITH c AS (DELETE FROM health_record_condition WHERE id = %s RETURNING 1) SELECT count(*) FROM c",
        ):
            cursor.execute(statement, [row.pk])
            assert cursor.fetchone() == (0,), statement


#: relation of the reader's organisation, category, whether a doctor there sees it
TABLE = [
    (Kind.REGISTERED, "F20", False),
    (Kind.SIGNED, "F20", True),
    (Kind.GRID, "F20", True),
    (Kind.ENCOUNTER, "F20", False),
    (Kind.REFERRAL, "F20", True),
    (Kind.SIGNED, "B20", False),
    (Kind.REFERRAL, "B20", False),
    (Kind.SIGNED, "F10", True),
    (Kind.REGISTERED, "B18", True),
    (Kind.ENCOUNTER, "B18", True),
    (Kind.REGISTERED, "O04", False),
    (Kind.REFERRAL, "Q90", True),
]


@pytest.mark.parametrize(("kind", "code", "sees"), TABLE)
def test_what_a_relation_opens(community, resident, kind, code, sees):
    write(Condition, resident, community.hospital, code=code, name="病")
    with acting(SYSTEM):
        people.open_relation(resident_id=resident.pk, organization_id=community.foreign.pk, kind=kind)
    assert seen(community.stranger) == sees
    with acting(SYSTEM):
        people.close_relation(resident_id=resident.pk, organization_id=community.foreign.pk, kind=kind)
    assert seen(community.stranger) == 0


def test_breaking_the_glass_opens_it_to_the_one_who_broke_it(community, resident):
    write(Condition, resident, community.hospital, code="B20", name="艾滋病")
    colleague = works_at(community.centre, "family-doctor")
    people.open_in_emergency(community.family_doctor, resident_id=resident.pk, reason="life", text="昏迷抢救用药")
    assert seen(community.family_doctor) == 1
    assert seen(colleague) == 0


def test_a_hidden_category_is_left_to_those_who_treat(community, resident):
    write(Condition, resident, community.hospital, code="B18", name="乙肝")
    write(Condition, resident, community.hospital, code="F20", name="精神分裂症")
    me = themselves(resident, community)
    people.sign(community.family_doctor, resident_id=resident.pk, organization_id=community.centre.pk)
    assert seen(community.family_doctor) == 2
    services.hide(me, category="infectious")
    services.hide(me, category="mental")
    services.hide(me, category="mental")
    assert (seen(community.family_doctor), seen(community.specialist), seen(me)) == (0, 2, 2)
    people.open_in_emergency(community.family_doctor, resident_id=resident.pk, reason="life", text="昏迷抢救用药")
    assert seen(community.family_doctor) == 2, "an emergency is exempt"
    services.show(me, category="mental")
    with pytest.raises(Conflict):
        services.show(me, category="mental")
    with pytest.raises(Invalid):
        services.hide(me, category="nothing")
    with pytest.raises(Forbidden):
        services.hide(community.family_doctor, category="mental")


def test_many_rows_at_once_are_marked_as_a_set(community, resident):
    rows = [
        Observation(
            resident=resident,
            organization=community.hospital,
            code="sbp" if n % 100 else "56888-1",
            code_system="" if n % 100 else "loinc",
            value=1,
            effective_at=clock.now() - timedelta(days=n % 300),
        )
        for n in range(2000)
    ]
    with acting(SYSTEM):
        Observation.objects.bulk_create(rows)
        assert Observation.objects.filter(sensitivity="hiv").count() == 20
        assert Observation.objects.exclude(sensitivity="").count() == 20


def test_another_policy_marks_all_rows_again(community, resident):
    row = write(Condition, resident, community.hospital, code="B20", name="艾滋病")
    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute("DELETE FROM privacy_term; UPDATE privacy_category SET digest = 'old'")
        settling.mark_again()
        assert category(row) == ""
        assert settling.settle()
        assert not settling.settle()
        settling.mark_again()
    assert category(row) == "hiv"


@pytest.mark.django_db
def test_the_policy_names_only_what_there_is():
    policy = protection()
    assert list(policy.problems()) == []
    assert {c.id for c in policy.categories} >= {"hiv", "mental", "substance", "reproductive", "genetic"}
