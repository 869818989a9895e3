"""Whoever registers sees who is there already, and is asked once more before a second record is made."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from index_people import tied, told
from records_community import Community

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.models import Grant, User
from yigongti.kernel.errors import Forbidden, NotFound
from yigongti.records.residents import services
from yigongti.records.residents.identity import generate
from yigongti.records.residents.models import Resident
from yigongti.records.residents.services.lookalikes import lookalikes, newborn_lookalikes, unknown_lookalikes


@pytest.fixture(autouse=True)
def counted(community: Community) -> None:
    """The odds follow from how many residents PostgreSQL believes there are: not from what other tests left behind."""
    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute("SELECT residents_analyze()")


def client(actor: Actor, role: str) -> Client:
    with acting(SYSTEM):
        user = User.objects.get(pk=actor.user_id)
        Grant.objects.create(user=user, role=role, organization_id=actor.organization_id, start=date(2024, 1, 1))
    browser = Client()
    browser.force_login(user, backend="yigongti.kernel.access.backends.GrantedBackend")
    return browser


def typed(resident: Resident, **changes: Any) -> dict[str, Any]:
    who = {"name": resident.name, "birth_date": resident.birth_date, "sex": resident.sex, "phone": str(resident.phone)}
    return {**who, "address": resident.address, **changes}


def test_people_like_the_one_typed_are_shown_with_the_evidence(community: Community) -> None:
    resident = community.resident(name="王秀英", address="上洞村3组12号")
    here = lookalikes(community.family_doctor, typed(resident))
    assert [one.resident.pk for one in here.found] == [resident.pk]
    assert "<svg" in here.found[0].drawn
    assert here.elsewhere == 0
    assert lookalikes(community.family_doctor, {"name": "王秀英"}).found == ()
    assert (
        lookalikes(
            community.family_doctor,
            typed(resident, name="李四", phone="13100000000", address="", birth_date=date(1990, 1, 1)),
        ).found
        == ()
    )


def test_of_people_out_of_reach_only_the_number_is_told(community: Community) -> None:
    resident = community.resident(name="王秀英")
    away = lookalikes(community.stranger, typed(resident))
    assert (away.found, away.elsewhere) == ((), 1)
    page = client(community.stranger, "specialist").post(
        "/residents/lookalikes/", {**typed(resident), "birth_date": resident.birth_date.isoformat(), "address": ""}
    )
    assert "不在您机构的服务范围内" in page.content.decode()
    assert "王秀英" not in page.content.decode()


def test_a_second_record_is_made_only_after_a_second_look(community: Community) -> None:
    resident = community.resident(name="王秀英", address="上洞村3组12号")
    doctor = client(community.family_doctor, "family-doctor")
    filled = {
        "identity_kind": "01",
        "id_number": generate(resident.birth_date, "2", "431127", 480),
        "name": "王秀英",
        "sex": "2",
        "birth_date": resident.birth_date.isoformat(),
        "phone": "13800138000",
        "address": "上洞村3组12号",
        "idempotency_key": "k",
    }
    shown = doctor.post("/residents/lookalikes/", filled).content.decode()
    assert "就是此人" in shown
    assert str(resident.pk) in shown
    refused = doctor.post("/residents/new/", filled)
    assert refused.status_code == 422
    assert "很可能是同一人" in refused.content.decode()
    assert "就是此人" in refused.content.decode()
    assert doctor.post("/residents/new/", {**filled, "seen": str(resident.pk)}).status_code == 302


def test_an_unknown_patient_who_is_brought_again_is_seen(community: Community) -> None:
    doctor = community.family_doctor
    first = services.register_unknown(doctor, sex="1", estimated_age=60, place="车站", features="左臂刺青")
    found = unknown_lookalikes(doctor, sex="1", estimated_age=55)
    assert [one.resident.pk for one in found.found] == [first.pk]
    assert unknown_lookalikes(doctor, sex="2", estimated_age=55).found == ()
    assert unknown_lookalikes(doctor, sex="1", estimated_age=20).found == ()
    away = unknown_lookalikes(community.stranger, sex="0", estimated_age=60)
    assert (away.found, away.elsewhere) == ((), 1)
    page = client(doctor, "family-doctor").post("/residents/lookalikes/unknown/", {"sex": "1", "estimated_age": "58"})
    assert "左臂刺青" in page.content.decode()
    assert client(community.village_doctor, "village-doctor").get("/residents/unknown/").status_code == 200


def test_a_newborn_with_a_record_is_seen_on_the_mothers_page(community: Community) -> None:
    mother = community.resident(name="陈静")
    doctor = community.family_doctor
    child = services.register_newborn(doctor, mother_id=mother.pk, sex="1", birth_date=date(2026, 11, 1))
    found = newborn_lookalikes(doctor, mother_id=mother.pk, birth_date=date(2026, 11, 2))
    assert [one.resident.pk for one in found.found] == [child.pk]
    with pytest.raises(NotFound):
        newborn_lookalikes(community.stranger, mother_id=mother.pk, birth_date=date(2026, 11, 2))
    page = client(doctor, "family-doctor").post(
        f"/residents/{mother.pk}/newborn/lookalikes/", {"birth_date": "2026-11-01"}
    )
    assert "陈静之子" in page.content.decode()


def test_only_who_registers_may_ask(house: Community) -> None:
    tied(told())
    nobody = Actor(house.family_doctor.user_id, "居民", house.centre.pk)
    with pytest.raises(Forbidden):
        lookalikes(nobody, {"name": "张建国", "birth_date": date(1965, 3, 12)})
