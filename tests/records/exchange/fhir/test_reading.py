"""Every type leaves as valid FHIR, to whom it may, and every look is noted."""

import pytest
from fhir.resources.R4B import get_fhir_model_class
from fhir_people import Opening, Person, System
from records_community import Community

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.audit.models import Entry
from yigongti.records.exchange.fhir.resources import RESOURCES
from yigongti.records.health_record import models
from yigongti.records.health_record.services import correct_entry, void_entry

CLINICAL = [kind.type for kind in RESOURCES.values() if kind.chained]


def valid(resource: dict) -> dict:
    """The resource, if the library takes it."""
    get_fhir_model_class(resource["resourceType"]).model_validate(resource)
    return resource


@pytest.mark.parametrize("type_", CLINICAL)
def test_every_type_of_the_record_is_valid_fhir(person: Person, his: System, type_: str) -> None:
    row = person.rows[type_]
    status, found = his.get(f"{type_}/{row.pk}")
    assert status == 200, found
    valid(found)
    assert found["id"] == str(row.pk)
    assert found["meta"]["versionId"] == "1"
    subject = found.get("subject") or found["patient"]
    assert subject == {"reference": f"Patient/{person.id}"}
    assert (
        his.ids(f"{type_}?patient={person.id}")[0] == str(row.pk) or len(his.ids(f"{type_}?patient={person.id}")) == 2
    )
    assert his.ids(f"{type_}?patient={person.id}&_lastUpdated=lt2000") == []


def test_the_person_is_masked_unless_the_scope_says_otherwise(
    community: Community, person: Person, his: System, opened: Opening
) -> None:
    found = valid(his.get(f"Patient/{person.id}")[1])
    assert found["name"][0] == {"use": "official", "text": "王秀英", "family": "王", "given": ["秀英"]}
    assert (found["gender"], found["birthDate"]) == ("female", "1958-03-12")
    number = found["identifier"][0]
    assert (number["system"], number["value"]) == (
        "urn:oid:2.16.156.10011.1.3",
        f"431127********{person.id_number[-4:]}",
    )
    assert found["telecom"][0]["value"] == "138****8000"
    whole = opened(community.centre, ["system/Patient.read", "system/Patient.identifiers"])
    found = valid(whole.get(f"Patient/{person.id}")[1])
    assert found["identifier"][0]["value"] == person.id_number
    assert found["telecom"][0]["value"] == "13800138000"


def test_measurements_carry_loinc_first_and_our_code_second(person: Person, his: System) -> None:
    found = his.get(f"Observation/{person.rows['Observation'].pk}")[1]
    assert [(c["system"].rsplit("/", 1)[-1], c["code"]) for c in found["code"]["coding"]] == [
        ("loinc.org", "8480-6"),
        ("urn:yigongti:code-system:observation", "sbp"),
    ]
    assert found["valueQuantity"] == {
        "value": 152,
        "unit": "mmHg",
        "system": "http://unitsofmeasure.org",
        "code": "mm[Hg]",
    }
    glucose = his.get(f"Observation/{person.rows['Glucose'].pk}")[1]
    assert glucose["valueQuantity"]["value"] == 7.8
    assert len(glucose["code"]["coding"]) == 2
    report = his.get(f"DiagnosticReport/{person.rows['DiagnosticReport'].pk}")[1]
    assert report["result"] == [{"reference": f"Observation/{glucose['id']}"}]
    condition = his.get(f"Condition/{person.rows['Condition'].pk}")[1]
    assert [c["code"] for c in condition["code"]["coding"]] == ["I10.x00", "GXY"]


def test_who_and_where_we_are(community: Community, person: Person, his: System) -> None:
    practitioner = community.practitioner(community.family_doctor)
    with acting(SYSTEM):
        position = community.post(practitioner, community.centre)
    for type_, key in (
        ("Organization", community.station.pk),
        ("Practitioner", practitioner.pk),
        ("PractitionerRole", position.pk),
    ):
        valid(his.get(f"{type_}/{key}")[1])
    station = his.get(f"Organization/{community.station.pk}")[1]
    assert station["partOf"] == {"reference": f"Organization/{community.centre.pk}"}
    assert {e["url"].rsplit("/", 1)[-1] for e in station["extension"]} >= {
        "hc-mdm-operatingstatus",
        "hc-mdm-healthcareinstitutionstype",
    }
    assert his.ids("Organization?identifier=C1") == [str(community.centre.pk)]


def test_strangers_find_nothing(community: Community, person: Person, opened: Opening) -> None:
    stranger = opened(community.foreign)
    assert stranger.get(f"Patient/{person.id}")[0] == 404
    assert stranger.get(f"Condition/{person.rows['Condition'].pk}")[0] == 404
    for type_ in CLINICAL:
        assert stranger.ids(f"{type_}?patient={person.id}") == []


def test_a_token_opens_what_its_scopes_say(community: Community, person: Person, opened: Opening) -> None:
    narrow = opened(community.centre, ["system/Patient.read"])
    assert narrow.get(f"Patient/{person.id}")[0] == 200
    status, told = narrow.get("Observation")
    assert (status, told["issue"][0]["code"]) == (403, "forbidden")
    assert System("wrong", 0).get("Patient")[0] == 401
    answer = narrow.client.post(
        "/api/residents/search", {"q": "王"}, "application/json", headers={"Authorization": f"Bearer {narrow.token}"}
    )
    assert answer.status_code == 403
    assert narrow.get("metadata")[0] == 200


def test_every_look_leaves_one_entry_for_each_resident(community: Community, person: Person, his: System) -> None:
    his.get(f"Observation?patient={person.id}")
    his.get(f"Patient/{person.id}/$everything")
    with acting(SYSTEM):
        noted = Entry.objects.filter(user_id=his.user_id, action="READ").order_by("pk")
        assert [(one.subject, one.resident_id) for one in noted] == [
            ("fhir:search-Observation", person.id),
            ("fhir:everything", person.id),
        ]


def test_a_correction_keeps_the_id_and_every_version(community: Community, person: Person, his: System) -> None:
    row = person.rows["Condition"]
    new = correct_entry(community.family_doctor, models.Condition, row.pk, name="高血压 2 级")
    for key in (row.pk, new.pk):
        found = his.get(f"Condition/{key}")[1]
        assert (found["id"], found["meta"]["versionId"], found["code"]["text"]) == (str(row.pk), "2", "高血压 2 级")
    assert his.answer["ETag"] == 'W/"2"'
    assert his.get(f"Condition/{row.pk}/_history/1")[1]["code"]["text"] == "原发性高血压"
    history = his.get(f"Condition/{row.pk}/_history")[1]
    assert [e["resource"]["meta"]["versionId"] for e in history["entry"]] == ["2", "1"]
    void_entry(community.family_doctor, models.Condition, new.pk, reason="写错了人")
    assert his.get(f"Condition/{row.pk}")[0] == 410
    assert his.ids(f"Condition?patient={person.id}") == []


def test_what_hangs_on_a_corrected_visit_names_its_lasting_id(
    community: Community, person: Person, his: System
) -> None:
    visit = person.rows["Encounter"]
    correct_entry(community.family_doctor, models.Encounter, visit.pk, complaint="头痛")
    found = his.get(f"Condition/{person.rows['Condition'].pk}")[1]
    assert found["encounter"] == {"reference": f"Encounter/{visit.pk}"}
    assert his.ids(f"Condition?encounter=Encounter/{visit.pk}") == [str(person.rows["Condition"].pk)]


def test_everything_about_a_person(person: Person, his: System) -> None:
    found = his.get(f"Patient/{person.id}/$everything")[1]
    types = {one["resource"]["resourceType"] for one in found["entry"]}
    assert types >= {"Patient", *CLINICAL, "Organization"}
    few = his.get(f"Patient/{person.id}/$everything?_type=Condition&start=2020-01-01")[1]
    assert {one["resource"]["resourceType"] for one in few["entry"]} == {"Patient"}


def test_unknown_addresses_and_types_are_told(his: System) -> None:
    status, told = his.get("Appointment")
    assert (status, told["issue"][0]["code"]) == (404, "not-supported")
    assert "Observation" in told["issue"][0]["details"]["text"]
    assert his.get("Patient/not-a-key")[0] == 404
    assert his("DELETE", "Patient/1")[0] == 405
    assert his.get("a/b/c/d")[0] == 404


def test_the_statement_names_what_is_there(his: System) -> None:
    statement = valid(his.get("metadata")[1])
    assert {one["type"] for one in statement["rest"][0]["resource"]} == set(RESOURCES)


def test_the_content_of_a_document_is_fetched(
    community: Community, person: Person, his: System, opened: Opening
) -> None:
    document = his.get(f"DocumentReference/{person.rows['DocumentReference'].pk}")[1]
    path = f"/fhir/R4/{document['content'][0]['attachment']['url']}"
    answer = his.client.get(path, headers={"Authorization": f"Bearer {his.token}"})
    assert (answer.content.decode(), answer["Content-Type"]) == ("内容", "text/plain")
    stranger = opened(community.foreign)
    assert stranger.client.get(path, headers={"Authorization": f"Bearer {stranger.token}"}).status_code == 404
