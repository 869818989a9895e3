from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from records_community import Community, works_at

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.errors import Forbidden, Invalid, NotFound, Stale
from yigongti.kernel.events.models import Outbox
from yigongti.records.residents import services
from yigongti.records.residents.identity import generate
from yigongti.records.residents.models import CareRelation, Resident


def relations(resident: Resident) -> set[tuple[str, str]]:
    found = CareRelation.objects.filter(resident=resident).in_force().select_related("organization")
    return {(relation.kind, relation.organization.code) for relation in found}


def test_an_id_card_fills_sex_and_birth_date_and_the_address_finds_who_is_responsible(community: Community) -> None:
    resident = community.resident(name=" 单 小明 ")
    assert (resident.name, resident.sex, resident.birth_date) == ("单小明", "2", date(1958, 3, 12))
    assert (resident.name_pinyin, resident.other_pinyin) == ("shanxiaoming", "danxiaoming")
    assert resident.given_name == "小明"
    assert resident.number.startswith("JK000000")
    assert int(resident.number[2:11]) * 100 % 97 + int(resident.number[11:]) == 98
    assert relations(resident) == {("registered", "C1"), ("grid", "C1"), ("grid", "V1")}


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"birth_date": date(1958, 3, 13)}, "birth_date"),
        ({"sex": "1"}, "sex"),
        ({"name": "  "}, "name"),
        ({"phone": "12"}, "phone"),
        ({"area_code": "999999999999"}, "area"),
        ({"identity_kind": "91"}, "identity_kind"),
    ],
)
def test_what_does_not_agree_is_refused_with_its_field(community: Community, typed: dict, field: str) -> None:
    number = generate(date(1958, 3, 12), "2", "431127", 7)
    with pytest.raises(Invalid) as refused:
        services.register(community.family_doctor, **{"name": "王秀英", "id_number": number, **typed})
    assert refused.value.field == field


@given(digit=st.integers(0, 17), put=st.sampled_from("0123456789X"))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_one_wrong_character_never_registers(community: Community, digit: int, put: str) -> None:
    number = generate(date(1970, 5, 6), "1", "431127", 3)
    wrong = number[:digit] + put + number[digit + 1 :]
    if wrong == number:
        return
    with pytest.raises(Invalid):
        services.register(community.family_doctor, name="张三", id_number=wrong)


def test_the_second_registration_leads_to_the_first_even_if_it_is_invisible(community: Community) -> None:
    first = community.resident()
    number = str(first.id_number)
    with pytest.raises(services.AlreadyRegistered) as refused:
        services.register(community.stranger, name="王秀英", id_number=number)
    assert refused.value.resident_id == first.pk
    assert "王**" in refused.value.message
    assert "秀英" not in str(refused.value)


def test_only_those_who_may_register_do(community: Community) -> None:
    office = works_at(community.hospital, "referral-office")
    with pytest.raises(Forbidden):
        community.resident(office)


def test_a_newborn_is_called_after_the_mother_and_registered_once(community: Community) -> None:
    mother = community.resident(name="陈静")
    child = services.register_newborn(community.family_doctor, mother_id=mother.pk, sex="1", order=1)
    assert child.name == "陈静之子"
    assert str(child.id_number).startswith("N")
    assert relations(child) >= {("grid", "V1")}
    with pytest.raises(services.AlreadyRegistered):
        services.register_newborn(community.family_doctor, mother_id=mother.pk, sex="1", order=1)
    assert services.register_newborn(community.family_doctor, mother_id=mother.pk, sex="2", order=2).name == "陈静之女2"


def test_the_unknown_becomes_someone(community: Community) -> None:
    doctor = community.specialist
    someone = services.register_unknown(
        doctor, sex="1", estimated_age=60, place="塔峰镇汽车站", features="右手缺一指，灰色夹克"
    )
    assert someone.name.startswith("无名氏")
    assert someone.birth_estimated
    number = generate(date(1963, 1, 2), "1", "431127", 9)
    known = services.identify(doctor, resident_id=someone.pk, version=someone.version, name="周大山", id_number=number)
    assert (known.pk, known.name, known.birth_date) == (someone.pk, "周大山", date(1963, 1, 2))
    assert not known.birth_estimated
    with pytest.raises(services.AlreadyRegistered):
        services.register(community.family_doctor, name="周大山", id_number=number)


def test_a_correction_of_an_old_page_is_refused(community: Community) -> None:
    resident = community.resident()
    after = services.correct(community.family_doctor, resident_id=resident.pk, version=1, phone="0746-2213456")
    assert after.version == 2
    with pytest.raises(Stale):
        services.correct(community.village_doctor, resident_id=resident.pk, version=1, name="王秀")
    with pytest.raises(Invalid) as refused:
        services.correct(community.family_doctor, resident_id=resident.pk, version=2, birth_date=date(1950, 1, 1))
    assert refused.value.field == "birth_date"


def test_a_resident_out_of_reach_cannot_be_corrected(community: Community) -> None:
    resident = community.resident()
    with pytest.raises(NotFound):
        services.correct(community.stranger, resident_id=resident.pk, version=1, name="改名")


def test_the_responsible_centre_follows_the_address(community: Community) -> None:
    resident = community.resident()
    moved = services.move(
        community.family_doctor,
        resident_id=resident.pk,
        version=1,
        area_code=community.other_village.pk,
        address="8 组",
    )
    assert relations(moved) == {("registered", "C1"), ("grid", "H1")}
    back = services.move(community.family_doctor, resident_id=resident.pk, version=2, area_code=community.village.pk)
    assert relations(back) == {("registered", "C1"), ("grid", "C1"), ("grid", "V1")}
    assert CareRelation.objects.filter(resident=resident, kind="grid").count() == 5
    assert Outbox.objects.filter(name="ResponsibilityChanged").count() == 2


def test_death_is_undone_completely(community: Community) -> None:
    resident = community.resident()
    doctor = community.family_doctor
    services.sign(doctor, resident_id=resident.pk, organization_id=community.centre.pk)
    before = relations(resident)
    services.record_death(doctor, resident_id=resident.pk, died_on=clock.today() - timedelta(days=1))
    with pytest.raises(Invalid):
        services.record_moved(doctor, resident_id=resident.pk, moved_on=clock.today() + timedelta(days=1))
    alive = services.undo_death(doctor, resident_id=resident.pk)
    assert alive.died_on is None
    assert relations(resident) == before
    names = list(Outbox.objects.order_by("id").values_list("name", flat=True))
    assert names == ["ResidentDied", "ResidentDeathCorrected"]


def test_who_moved_away_is_in_nobodys_grid_until_they_return(community: Community) -> None:
    resident = community.resident()
    services.record_moved(community.family_doctor, resident_id=resident.pk, to="广东东莞")
    assert relations(resident) == {("registered", "C1")}
    services.undo_moved(community.family_doctor, resident_id=resident.pk)
    assert relations(resident) == {("registered", "C1"), ("grid", "C1"), ("grid", "V1")}


def test_the_audit_never_holds_the_number(community: Community) -> None:
    from yigongti.kernel.audit.models import Entry

    resident = community.resident()
    with acting(SYSTEM):
        entry = Entry.objects.get(subject="residents_resident", action="INSERT", resident_id=resident.pk)
    assert str(resident.id_number) not in str(entry.data)
    assert "13800138000" not in str(entry.data)
