"""Create, update, conditional create, transaction and batch; refusals say why."""

import json

from fhir_people import Person, System
from records_community import Community

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.records.health_record.models import Observation

PATIENT = {
    "resourceType": "Patient",
    "id": "p-1",
    "name": [{"text": "周大山"}],
    "gender": "male",
    "birthDate": "1961-07-08",
}


def observation(patient: str, value: float = 80, **more: object) -> dict:
    coding = [
        {"system": "http://loinc.org", "code": "8867-4"},
        {"system": "urn:oid:1.2.3", "code": "HR", "display": "心率"},
    ]
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": coding},
        "subject": {"reference": patient},
        "effectiveDateTime": "2026-03-28T08:00:00+08:00",
        "valueQuantity": {"value": value, "unit": "次/分"},
        **more,
    }


def texts(told: dict) -> str:
    return json.dumps(told, ensure_ascii=False)


def test_a_person_and_a_value_are_created_read_and_changed(his: System) -> None:
    status, patient = his("POST", "Patient", PATIENT)
    assert status == 201, texts(patient)
    assert patient["name"][0]["text"] == "周大山"
    assert (
        his.answer["Location"].endswith(f"Patient/{patient['id']}/_history/1")
        or patient["id"] in his.answer["Location"]
    )
    assert his("POST", "Patient", PATIENT)[0] == 200
    status, made = his("POST", "Observation", observation("Patient/p-1"))
    assert status == 201, texts(made)
    assert made["valueQuantity"]["value"] == 80
    assert {c["code"] for c in made["code"]["coding"]} >= {"8867-4", "heart_rate"}
    assert made["subject"] == {"reference": f"Patient/{patient['id']}"}
    status, changed = his("PUT", f"Observation/{made['id']}", observation(f"Patient/{patient['id']}", 84))
    assert (status, changed["id"], changed["meta"]["versionId"]) == (200, made["id"], "2"), texts(changed)
    assert changed["valueQuantity"]["value"] == 84
    assert his.get(f"Observation/{made['id']}/_history/1")[1]["valueQuantity"]["value"] == 80
    assert his("PUT", f"Observation/{made['id']}", observation("Patient/p-1", 85), **{"If-Match": 'W/"1"'})[0] == 412


def test_the_resident_of_the_house_may_be_named(person: Person, his: System) -> None:
    status, made = his("POST", "Observation", observation(f"Patient/{person.id}"))
    assert status == 201, texts(made)
    assert made["subject"] == {"reference": f"Patient/{person.id}"}
    row = person.rows["Condition"]
    condition = his.get(f"Condition/{row.pk}")[1]
    assert his("PUT", f"Condition/{row.pk}", condition)[0] == 403
    visit = {"encounter": {"reference": f"Encounter/{person.rows['Encounter'].pk}"}}
    assert his("POST", "Observation", observation(f"Patient/{person.id}", **visit))[0] == 403


def test_refusals_say_why(person: Person, his: System) -> None:
    status, told = his("POST", "Observation", observation("Patient/nobody"))
    assert (status, told["issue"][0]["code"]) == (422, "not-found"), texts(told)
    status, told = his("POST", "Observation", observation(f"Patient/{person.id}", 9000))
    assert status == 422
    assert "超出可能范围" in texts(told)
    status, told = his("POST", "Observation", {"resourceType": "Observation", "status": 3})
    assert status == 422
    assert {one["code"] for one in told["issue"]} == {"structure"}
    status, told = his("POST", "Appointment", {"resourceType": "Appointment"})
    assert (status, told["issue"][0]["code"]) == (404, "not-supported")
    assert "可以写入" in texts(told)
    assert his("POST", "Organization", {"resourceType": "Organization", "name": "x"})[0] == 404
    assert his("POST", "Patient", "{broken")[0] == 422
    assert his("POST", "Patient", observation("x"))[0] == 422


def test_a_conditional_create_happens_once(person: Person, his: System) -> None:
    unless = {"If-None-Exist": f"identifier=urn:yigongti:health-record-number|{person.number}"}
    status, found = his("POST", "Patient", PATIENT, **unless)
    assert (status, found["id"]) == (200, str(person.id))
    assert his("POST", "Patient", PATIENT, **{"If-None-Exist": "colour=red"})[0] == 400


def entry(resource: dict, full: str = "", method: str = "POST") -> dict:
    return {"fullUrl": full, "resource": resource, "request": {"method": method, "url": resource["resourceType"]}}


def test_a_transaction_is_all_or_nothing(his: System) -> None:
    patient = {**PATIENT, "id": None, "name": [{"text": "吴小兰"}], "gender": "female"}
    patient.pop("id")
    entries = [
        entry(patient, "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a"),
        entry(observation("urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a"), "urn:uuid:b"),
    ]
    bad = entry(observation("urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a", 9000), "urn:uuid:c")
    status, told = his("POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": [*entries, bad]})
    assert status == 422, texts(told)
    assert his.ids("Patient?name=吴小兰") == []
    status, done = his("POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": entries})
    assert status == 200, texts(done)
    assert [one["response"]["status"] for one in done["entry"]] == ["201 Created", "201 Created"]
    assert done["entry"][1]["resource"]["subject"]["reference"] == f"Patient/{done['entry'][0]['resource']['id']}"


def test_a_batch_answers_each(person: Person, his: System) -> None:
    get = {"request": {"method": "GET", "url": f"Patient/{person.id}"}}
    search = {"request": {"method": "GET", "url": f"Condition?patient={person.id}"}}
    entries = [entry(observation(f"Patient/{person.id}")), entry(observation("Patient/nobody")), get, search]
    done = his("POST", "", {"resourceType": "Bundle", "type": "batch", "entry": entries})[1]
    assert [one["response"]["status"].split()[0] for one in done["entry"]] == ["201", "422", "200", "200"], texts(done)


def test_a_conditional_update_writes_the_one_that_is_found(his: System) -> None:
    assert his("POST", "Patient", PATIENT)[0] == 201
    where = "Observation?identifier=HR-1"
    status, made = his("PUT", where, {**observation("Patient/p-1"), "id": "HR-1"})
    assert status == 201, texts(made)
    status, changed = his("PUT", where, {**observation("Patient/p-1", 90), "id": "HR-1"})
    assert (status, changed["id"], changed["meta"]["versionId"]) == (200, made["id"], "2"), texts(changed)
    bundle = {
        "resource": observation("Patient/p-1", 91),
        "request": {"method": "PUT", "url": where, "ifMatch": 'W/"1"'},
    }
    status, told = his("POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": [bundle]})
    assert (status, told["issue"][0]["code"]) == (412, "conflict")
    assert his("PUT", "Observation?code=8867-4&_id=x", observation("Patient/p-1"))[0] in (200, 201)
    assert his("PUT", "Observation", observation("Patient/p-1"))[0] == 422


def test_what_the_source_withdraws_is_void(his: System) -> None:
    assert his("POST", "Patient", PATIENT)[0] == 201
    made = his("POST", "Observation", {**observation("Patient/p-1"), "id": "HR-2"})[1]
    assert his("DELETE", f"Observation/{made['id']}")[0] == 405
    wrong = {**observation("Patient/p-1"), "status": "entered-in-error"}
    assert his("PUT", f"Observation/{made['id']}", wrong)[0] == 200
    assert his.get(f"Observation/{made['id']}")[0] == 410
    assert his("POST", "Observation", {**wrong, "id": "never-sent"})[0] == 422
    made = his("POST", "Observation", {**observation("Patient/p-1"), "id": "HR-3"})[1]
    assert his("POST", "Observation", {**wrong, "id": "HR-3"})[0] == 200
    assert his.get(f"Observation/{made['id']}")[0] == 410


def test_everything_that_was_sent_is_told_again_or_listed(his: System, person: Person) -> None:
    sent = observation(
        f"Patient/{person.id}",
        bodySite={"text": "左上臂"},
        method={"coding": [{"system": "http://snomed.info/sct", "code": "37931006"}, {"code": "b"}], "text": "听诊"},
        note=[{"text": "一"}, {"text": "二"}],
        device={"reference": "Device/17", "display": "监护仪"},
        text={"status": "generated", "div": "<div xmlns='http://www.w3.org/1999/xhtml'>x</div>"},
    )
    status, told = his("POST", "Observation", sent, Prefer="return=OperationOutcome")
    assert status == 201, texts(told)
    assert [one["expression"] for one in told["issue"]] == [["Observation.text.status"], ["Observation.text.div"]]
    key = his.answer["Location"].split("Observation/")[1].split("/")[0]
    found = his.get(f"Observation/{key}")[1]
    for name in ("bodySite", "method", "note"):
        assert found[name] == sent[name]
    source = found["meta"]["source"]
    assert found["device"] == {"type": "Device", "identifier": {"system": source, "value": "17"}, "display": "监护仪"}
    assert his("POST", "Observation", sent, Prefer="return=minimal")[0] == 201
    assert his.answer.content == b""


def test_people_of_the_registry_are_named_by_identifier(his: System, community: Community) -> None:
    doctor = community.practitioner(community.family_doctor)
    code = {"system": "urn:yigongti:practitioner-code", "value": doctor.code}
    assert his("POST", "Patient", PATIENT)[0] == 201
    told = his("POST", "Observation", observation("Patient/p-1", performer=[{"identifier": code}]))[1]
    assert told["performer"][0]["reference"] == f"Practitioner/{doctor.pk}"
    assert his.ids(f"Observation?performer=Practitioner/{doctor.pk}") == [told["id"]]
    # a number alone may be the sender's own
    told = his(
        "POST", "Observation", observation("Patient/p-1", 70, performer=[{"reference": f"Practitioner/{doctor.pk}"}])
    )[1]
    assert "reference" not in told["performer"][0]
    found = his("POST", "Observation", {**observation("Patient?name=周大山"), "note": [{"text": "c"}]})
    assert found[0] == 201, texts(found[1])
    assert his("POST", "Observation", observation("Patient?name=无此人"))[0] == 412


def test_what_is_nobodys_is_refused_with_the_reason(his: System) -> None:
    for subject, words in ((None, "没有 subject"), ({"reference": "Group/1"}, "subject 是 Group")):
        sent = {**observation("x"), "subject": subject}
        status, told = his("POST", "Observation", {name: value for name, value in sent.items() if value})
        assert (status, told["issue"][0]["expression"]) == (422, ["Observation.subject"])
        assert words in texts(told)


def pressure(patient: str, **values: float) -> dict:
    """A blood pressure of which each value is a component."""
    codes = {"sbp": "8480-6", "dbp": "8462-4", "map": "8478-0"}
    part = [
        {
            "code": {"coding": [{"system": "http://loinc.org", "code": codes[name]}]},
            "valueQuantity": {"value": value, "unit": "mmHg"},
        }
        for name, value in values.items()
    ]
    told = observation(patient, component=part, id="bp-1", code={"coding": [{"code": "85354-9", "display": "血压"}]})
    del told["valueQuantity"]
    return told


def test_a_component_that_a_correction_leaves_out_is_taken_back(his: System) -> None:
    his("POST", "Patient", PATIENT)
    status, made = his("POST", "Observation", pressure("Patient/p-1", sbp=150, dbp=95, map=113))
    assert status == 201, texts(made)
    values = "Observation?patient.identifier=p-1&code=http://loinc.org|"
    assert [len(his.ids(values + code)) for code in ("8480-6", "8462-4", "8478-0")] == [1, 1, 1]
    [mean] = his.ids(values + "8478-0")
    status, changed = his("PUT", f"Observation/{made['id']}", pressure("Patient/p-1", sbp=148, dbp=95))
    assert (status, len(changed["component"])) == (200, 2), texts(changed)
    assert [len(his.ids(values + code)) for code in ("8480-6", "8462-4", "8478-0")] == [1, 1, 0]
    assert his.get(f"Observation/{mean}")[0] == 410
    with acting(SYSTEM):
        [gone] = Observation.objects.filter(source_key="bp-1.3")
        assert (gone.voided_reason, gone.value) == ("来源系统更正时删去", 113)
    # what comes again is the next version of it
    assert his("PUT", f"Observation/{made['id']}", pressure("Patient/p-1", sbp=148, dbp=95, map=113))[0] == 200
    assert his.ids(values + "8478-0") == [mean]
    assert his.get(f"Observation/{mean}")[1]["meta"]["versionId"] == "2"
    # nor does one stay when none is left
    assert his("PUT", f"Observation/{made['id']}", {**observation("Patient/p-1"), "id": "bp-1"})[0] == 200
    with acting(SYSTEM):
        left = Observation.objects.in_force().filter(source_key__startswith="bp-1.")
        assert not left.exists()
