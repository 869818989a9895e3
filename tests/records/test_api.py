import json

import pytest
from django.test import Client
from records_community import Community

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor, GrantedRole
from yigongti.kernel.access.models import Grant, User
from yigongti.kernel.audit.models import Entry
from yigongti.records.health_record.models import Encounter
from yigongti.records.residents import health_code


class Caller:
    """A logged-in caller of the API."""

    def __init__(self, actor: object) -> None:
        [granted] = actor.grants
        with acting(SYSTEM):
            Grant.objects.create(user_id=actor.user_id, role=granted.role, organization_id=granted.organization_id)
        self.client = Client()
        self.client.force_login(
            User.objects.get(pk=actor.user_id), backend="yigongti.kernel.access.backends.GrantedBackend"
        )

    def post(self, path: str, data: dict, **headers: str) -> tuple[int, dict]:
        answer = self.client.post(f"/api{path}", json.dumps(data), content_type="application/json", headers=headers)
        return answer.status_code, answer.json()

    def get(self, path: str) -> tuple[int, dict]:
        answer = self.client.get(f"/api{path}")
        return answer.status_code, answer.json()


@pytest.fixture
def doctor(community: Community) -> Caller:
    return Caller(community.family_doctor)


def test_people_are_registered_once_and_found(community: Community, doctor: Caller) -> None:
    given = {"name": "周大山", "id_number": "431127196107080038"}
    status, problem = doctor.post("/residents/", {**given, "id_number": "431127196107080030"})
    assert status == 422
    assert problem["errors"][0]["field"] == "id_number"
    from datetime import date

    from yigongti.records.residents.identity import generate

    given["id_number"] = str(generate(date(1961, 7, 8), "1", "431127", 3))
    status, made = doctor.post("/residents/", given)
    assert status == 201
    assert made["masked_id"].endswith(given["id_number"][-4:])
    assert given["id_number"] not in json.dumps(made)
    status, problem = doctor.post("/residents/", given)
    assert (status, problem["type"].rsplit("/", 1)[-1]) == (409, "already-registered") or status == 409
    assert [r["id"] for r in doctor.post("/residents/search", {"q": "zds"})[1]] == [made["id"]]
    assert doctor.get(f"/residents/{made['id']}")[1]["version"] == 1


def test_a_stranger_reads_after_receiving(community: Community) -> None:
    resident = community.resident()
    stranger = Caller(community.stranger)
    assert stranger.get(f"/residents/{resident.pk}")[0] == 404
    assert stranger.get(f"/record/{resident.pk}/timeline")[0] == 404
    assert stranger.post("/residents/receive", {"id_number": "E00000000"})[0] == 404
    shown = {"health_code": health_code.issue(resident.pk, clock.now())}
    assert stranger.post("/residents/receive", shown)[1]["id"] == str(resident.pk)
    assert stranger.get(f"/residents/{resident.pk}")[0] == 200


def test_an_encounter_with_a_key_has_one_effect(community: Community, doctor: Caller) -> None:
    resident = community.resident()
    path = f"/record/{resident.pk}/encounters"
    given = {"kind": "follow-up", "measurements": {"sbp": 152, "dbp": 94}}
    first, again = (doctor.post(path, given, **{"Idempotency-Key": "k-1"}) for _ in range(2))
    assert first[0] == 201
    assert first == again
    with acting(SYSTEM):
        assert Encounter.objects.count() == 1
    status, problem = doctor.post(path, {"kind": "follow-up", "measurements": {"sbp": 900}})
    assert (status, problem["errors"][0]["field"]) == (422, "sbp")
    page = doctor.get(f"/record/{resident.pk}/timeline")[1]
    assert [(item["kind"], item["values"][0]["text"]) for item in page["items"]] == [("encounter", "152/94")]
    assert any(item["code"] == "sbp" for item in doctor.get("/record/catalogue")[1])


def test_residents_read_their_own_record_and_nobody_elses(community: Community, doctor: Caller) -> None:
    mine, other = community.resident(), community.resident(name="李秀兰")
    doctor.post(f"/record/{mine.pk}/encounters", {"kind": "follow-up", "measurements": {"sbp": 152, "dbp": 94}})
    with acting(SYSTEM):
        user = User.objects.create(username="wang", name=mine.name, resident_id=mine.pk)
    own = Caller(Actor(user.pk, user.name, community.centre.pk, (granted(community.centre.pk),), resident_id=mine.pk))
    assert own.get("/residents/me") == own.get(f"/residents/{mine.pk}")
    assert own.get("/residents/me")[1]["id"] == str(mine.pk)
    status, timeline = own.get(f"/record/{mine.pk}/timeline")
    assert (status, timeline["items"][0]["values"][0]["text"]) == (200, "152/94")
    for path in (f"/residents/{other.pk}", f"/record/{other.pk}/timeline"):
        assert own.get(path)[0] == 403
    assert own.post("/residents/search", {"q": "李秀兰"})[0] == 403
    assert own.post(f"/record/{mine.pk}/encounters", {"kind": "follow-up"})[0] == 403
    assert doctor.get("/residents/me")[0] == 403
    looked = Entry.objects.filter(user_id=user.pk, action="READ", resident_id=mine.pk)
    assert {entry.subject for entry in looked} == {"api:read_resident", "api:read_timeline"}


def granted(organization_id: int) -> GrantedRole:
    return GrantedRole("resident", organization_id, frozenset({organization_id}))
