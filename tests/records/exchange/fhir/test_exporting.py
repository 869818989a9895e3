"""Bulk export: asked for, worked off, fetched, expired; and $match."""

import json
from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client
from fhir_people import Opening, Person, System
from records_community import Community

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.jobs.running import run


def exported(his: System, path: str) -> dict:
    """The manifest of an export that was asked for and worked off."""
    assert his("GET", path, Prefer="respond-async")[0] == 202
    where = his.answer["Content-Location"].split("/fhir/R4/")[1]
    assert his("GET", where)[0] == 202
    run(UUID(where.rsplit("/", 1)[-1]))
    status, manifest = his("GET", where)
    assert status == 200
    return {"manifest": manifest, "where": where}


def lines(his: System, url: str) -> list[dict]:
    answer = his.client.get(url.rsplit("testserver", maxsplit=1)[-1], headers={"Authorization": f"Bearer {his.token}"})
    assert answer.status_code == 200
    return [json.loads(line) for line in b"".join(answer.streaming_content).decode().splitlines()]


@pytest.mark.django_db(transaction=True)
def test_an_export_is_asked_for_worked_off_fetched_and_expires(
    community: Community, person: Person, his: System, opened: Opening
) -> None:
    done = exported(his, f"Group/{community.centre.pk}/$export?_type=Patient,Observation,Condition")
    counts = {one["type"]: one["count"] for one in done["manifest"]["output"]}
    assert counts == {"Patient": 1, "Observation": 2, "Condition": 1}
    urls = {one["type"]: one["url"] for one in done["manifest"]["output"]}
    assert [one["id"] for one in lines(his, urls["Patient"])] == [str(person.id)]
    assert len(lines(his, urls["Observation"])) == 2
    with acting(SYSTEM):
        assert Entry.objects.filter(action=Entry.Action.EXPORT, resident_id=person.id).count() == 1
    other = opened(community.centre)
    assert other("GET", done["where"])[0] == 404
    assert Client().get(urls["Patient"]).status_code == 401
    since = exported(his, "Patient/$export?_type=Condition&_since=2999-01-01")
    assert since["manifest"]["output"] == []
    with clock.travelling(clock.now() + timedelta(hours=25)):
        assert his("GET", done["where"])[0] in (401, 404)


def test_what_cannot_be_exported_is_told(his: System, opened: Opening, community: Community) -> None:
    assert his("GET", "$export?_type=Appointment")[0] == 404
    assert his("GET", "$export?_outputFormat=csv")[0] == 400
    assert his("GET", "$export?_since=soon")[0] == 400
    assert opened(community.centre, ["system/Patient.read"])("GET", "$export?_type=Observation")[0] == 403


def asked(**patient: object) -> dict:
    return {
        "resourceType": "Parameters",
        "parameter": [{"name": "resource", "resource": {"resourceType": "Patient", **patient}}],
    }


def test_match_answers_candidates(community: Community, person: Person, his: System, opened: Opening) -> None:
    number = [{"system": "urn:oid:2.16.156.10011.1.3", "value": person.id_number}]
    status, found = his("POST", "Patient/$match", asked(identifier=number, name=[{"text": "王秀英"}]))
    assert status == 200
    told = found["entry"][0]
    assert (told["resource"]["id"], told["search"]["score"]) == (str(person.id), 1.0)
    assert told["search"]["extension"][0]["valueCode"] == "certain"
    alike = his("POST", "Patient/$match", asked(name=[{"family": "王", "given": ["秀英"]}], birthDate="1958-03-12"))[1]
    assert alike["entry"][0]["search"]["extension"][0]["valueCode"] in ("probable", "certain")
    assert his("POST", "Patient/$match", asked(name=[{"text": "无此人"}]))[1]["total"] == 0
    assert opened(community.foreign)("POST", "Patient/$match", asked(identifier=number))[1]["total"] == 0
    assert his("POST", "Patient/$match", {"resourceType": "Observation"})[0] == 422
