"""Who somebody is: $match asks the index, and a record that became part of another one leads to it."""

from dataclasses import replace

import pytest
from fhir.resources.R4B import get_fhir_model_class
from fhir_people import Opening, Person, System, exported, lines
from records_community import Community, works_at

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.cases.advance import advance
from yigongti.records.residents.models import Resident
from yigongti.records.residents.services.merging import propose_merge
from yigongti.records.residents.workflow import ResidentMerging


def asked(count: int = 0, certain: bool = False, **patient: object) -> dict:
    more = [{"name": "count", "valueInteger": count}] if count else []
    more += [{"name": "onlyCertainMatches", "valueBoolean": True}] if certain else []
    resource = {"resourceType": "Patient", **patient}
    return {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": resource}, *more]}


def grades(found: dict) -> list[tuple[str, str]]:
    """Whom it may be and how sure, in order."""
    return [
        (one["resource"]["id"], one["search"]["extension"][0]["valueCode"])
        for one in found.get("entry", [])
        if one["search"]["mode"] == "match"
    ]


def test_match_asks_the_index(community: Community, person: Person, his: System, opened: Opening) -> None:
    number = [{"system": "urn:oid:2.16.156.10011.1.3", "value": person.id_number}]
    status, found = his("POST", "Patient/$match", asked(identifier=number, name=[{"text": "王秀英"}]))
    assert status == 200
    assert grades(found) == [(str(person.id), "certain")]
    assert 0.99 < found["entry"][0]["search"]["score"] <= 1
    get_fhir_model_class("Bundle").model_validate(found)
    with acting(SYSTEM):
        assert Entry.objects.filter(subject="fhir:match", resident_id=person.id).count() == 1
    # the same person with a slip of the pen, and no number
    slip = asked(name=[{"family": "王", "given": ["秀瑛"]}], birthDate="1958-03-12", gender="female")
    slip["parameter"][0]["resource"]["telecom"] = [{"system": "phone", "value": "13800138000"}]
    assert [key for key, _ in grades(his("POST", "Patient/$match", slip)[1])] == [str(person.id)]
    assert his("POST", "Patient/$match", asked(name=[{"text": "无此人"}]))[1]["total"] == 0
    assert opened(community.foreign)("POST", "Patient/$match", asked(identifier=number))[1]["total"] == 0
    assert his("POST", "Patient/$match", {"resourceType": "Observation"})[0] == 422
    told = opened(community.centre, ["system/Observation.read"])("POST", "Patient/$match", asked(identifier=number))
    assert (told[0], told[1]["issue"][0]["code"]) == (403, "forbidden")


def test_only_certain_matches_are_one_or_none(community: Community, person: Person, his: System) -> None:
    own = [{"system": "urn:yigongti:health-record-number", "value": person.number}]
    assert grades(his("POST", "Patient/$match", asked(certain=True, identifier=own))[1]) == [
        (str(person.id), "certain")
    ]
    community.resident(replace(community.family_doctor, everything=True), phone="")
    vague = his("POST", "Patient/$match", asked(certain=True, name=[{"text": "王秀英"}], birthDate="1958-03-12"))[1]
    assert (vague["total"], vague["entry"][-1]["search"]["mode"]) == (0, "outcome")


@pytest.mark.django_db(transaction=True)
def test_a_merged_record_leads_to_the_one_that_it_became_part_of(
    community: Community, person: Person, his: System, opened: Opening
) -> None:
    loser = community.resident(replace(community.family_doctor, everything=True), phone="")
    before = his.get(f"Patient/{person.id}")[1]["meta"]["lastUpdated"]
    begun = clock.now().isoformat(timespec="milliseconds").replace("+", "%2B")
    one, two = (
        works_at(community.centre, "data-office", name="甲"),
        works_at(community.centre, "data-office", name="乙"),
    )
    case = propose_merge(one, one=person.id, two=loser.pk)
    if case.state == "proposed":
        advance(two, ResidentMerging, case.pk, "approve")
    with acting(SYSTEM):
        gone = Resident.objects.get(merged_into__isnull=False)
    survivor = {person.id, loser.pk} - {gone.pk}
    (kept,) = survivor
    status, told = his.get(f"Patient/{gone.pk}")
    assert status == 200
    get_fhir_model_class("Patient").model_validate(told)
    assert told["active"] is False
    assert told["link"] == [{"other": {"reference": f"Patient/{kept}"}, "type": "replaced-by"}]
    found = his.get(f"Patient/{kept}")[1]
    assert found["link"] == [{"other": {"reference": f"Patient/{gone.pk}"}, "type": "replaces"}]
    assert found["meta"]["lastUpdated"] > before
    assert his.ids(f"Patient?_id={gone.pk}") == his.ids("Patient?name=王秀英") == [str(kept)]
    assert his.ids(f"Patient?identifier={gone.number}") == [str(kept)]
    assert his.ids(f"Condition?patient={gone.pk}") == [str(person.rows["Condition"].pk)]
    assert str(kept) in his.ids(f"Patient?_lastUpdated=ge{begun}")
    manifest = exported(his, f"Patient/$export?_type=Patient&_since={begun}")["manifest"]
    told = {one["id"]: one["active"] for one in lines(his, manifest["output"][0]["url"])}
    assert told == {str(kept): True, str(gone.pk): False}
    assert opened(community.foreign).get(f"Patient/{gone.pk}")[0] == 404
