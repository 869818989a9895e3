"""Searching by token, date, reference, words; pages by cursor; nothing about a person in our own links."""

import json

import pytest
from django.test import Client
from fhir_people import Opening, Person, System
from records_community import Community


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("Patient?name=王秀", True),
        ("Patient?name=wangxiu", True),
        ("Patient?name:exact=王秀", False),
        ("Patient?name:contains=秀", True),
        ("Patient?birthdate=1958", True),
        ("Patient?birthdate=ge1958-03-13", False),
        ("Patient?birthdate=1958-03-12&gender=female", True),
        ("Patient?gender=male", False),
        ("Patient?gender:not=male", True),
        ("Patient?phone=13800138000", True),
        ("Patient?phone=13800138001", False),
        ("Patient?active=true&deceased=false", True),
        ("Observation?code=8480-6", True),
        ("Observation?code=http://loinc.org|8480-6", True),
        ("Observation?code=urn:yigongti:code-system:observation|sbp", True),
        ("Observation?code=http://snomed.info/sct|8480-6", False),
        ("Observation?code=http://loinc.org|14771-0", True),
        ("Observation?category=laboratory", True),
        ("Observation?date=ge2020-01-01", True),
        ("Observation?date=lt2020-01-01", False),
        ("Observation?patient.identifier=JK", False),
        ("Condition?code=http://hl7.org/fhir/sid/icd-10|I10.x00", True),
        ("Condition?code=urn:yigongti:code-system:his|GXY", True),
        ("Condition?clinical-status=active&onset-date=2019", True),
        ("Condition?clinical-status=resolved,remission", False),
        ("Encounter?class=AMB", True),
        ("Encounter?class=IMP", False),
        ("Encounter?date=sa2020-01-01&status=finished", True),
        ("MedicationStatement?status=active", True),
        ("MedicationRequest?authoredon=ge2020", True),
        ("Condition?onset-date:missing=true", False),
    ],
)
def test_parameters(person: Person, his: System, query: str, found: bool) -> None:
    assert bool(his.ids(query)) is found, his.get(query)[1]


def test_a_person_is_found_by_every_number(person: Person, his: System) -> None:
    for identifier in (
        person.number,
        person.id_number,
        f"urn:oid:2.16.156.10011.1.3|{person.id_number}",
        f"urn:yigongti:health-record-number|{person.number}",
    ):
        assert his.ids(f"Patient?identifier={identifier}") == [str(person.id)]
        assert his.ids(f"Condition?patient.identifier={identifier}") == [str(person.rows["Condition"].pk)]
        assert his.ids(f"Condition?patient:identifier={identifier}") == [str(person.rows["Condition"].pk)]
    assert his.ids("Patient?identifier=urn:other|1") == []


def test_our_links_tell_nothing_and_lead_on(person: Person, his: System, opened: Opening, community: Community) -> None:
    path = f"Observation?patient={person.id}&_sort=-date&_count=1&identifier:not=x"
    first = his.get(path)[1]
    assert len(first["entry"]) == 1
    for link in first["link"]:
        assert str(person.id) not in link["url"]
        assert set(link["url"].split("?")[1].split("=")[:1]) == {"_cursor"}
    following = next(link["url"] for link in first["link"] if link["relation"] == "next").split("/fhir/R4/")[1]
    second = his.get(following)[1]
    assert second["entry"][0]["resource"]["id"] != first["entry"][0]["resource"]["id"]
    assert [link["relation"] for link in second["link"]] == ["self"]
    assert opened(community.centre).get(following)[0] == 400
    assert his.get("Observation?_cursor=AAAA")[0] == 400


def test_includes_bring_what_is_named(person: Person, his: System) -> None:
    found = his.get(
        "Condition?_include=Condition:patient&_include=Condition:encounter&_include=Condition:organization"
    )[1]
    along = {one["resource"]["resourceType"] for one in found["entry"] if one["search"]["mode"] == "include"}
    assert along == {"Patient", "Encounter", "Organization"}
    back = his.get(f"Patient?_id={person.id}&_revinclude=Condition:patient&_revinclude=Observation:subject")[1]
    along = {one["resource"]["resourceType"] for one in back["entry"] if one["search"]["mode"] == "include"}
    assert along == {"Condition", "Observation"}


def test_the_body_of_a_post_searches(person: Person, his: System) -> None:
    answer = Client().post(
        "/fhir/R4/Patient/_search", {"identifier": person.id_number}, headers={"Authorization": f"Bearer {his.token}"}
    )
    assert [one["resource"]["id"] for one in answer.json()["entry"]] == [str(person.id)]
    assert person.id_number not in json.dumps(answer.json())


def test_unknown_parameters_are_told_or_refused(person: Person, his: System) -> None:
    found = his.get("Condition?colour=red")[1]
    assert [one["search"]["mode"] for one in found["entry"]] == ["match", "outcome"]
    status, told = his.get("Condition?colour=red", Prefer="handling=strict")
    assert status == 400
    assert "clinical-status" in told["issue"][0]["details"]["text"]
    for bad in (
        "Condition?onset-date=yesterday",
        "Condition?_count=many",
        "Condition?_sort=colour",
        "Patient?name:fuzzy=a",
    ):
        assert his.get(bad)[0] == 400, bad


def test_counts(person: Person, his: System) -> None:
    found = his.get("Observation?_summary=count")[1]
    assert (found["total"], "entry" in found) == (2, False)
    assert his.get("Observation?_count=0")[1]["total"] == 2
    assert his.get("Observation?_total=accurate&_count=1")[1]["total"] == 2
    part = his.get("Condition?_elements=onsetDateTime")[1]["entry"][0]["resource"]
    assert "onsetDateTime" in part
    assert "encounter" not in part
