"""A client of another house (fhirpy) reads, searches, matches, writes and exports against the live server."""

import json
from uuid import UUID

import pytest
from fhir_people import Person, System
from fhirpy import SyncFHIRClient
from pytest_django.live_server_helper import LiveServer

from yigongti.kernel.jobs.running import run


@pytest.mark.django_db(transaction=True)
def test_fhirpy_reads_searches_matches_writes_and_exports(live_server: LiveServer, person: Person, his: System) -> None:
    client = SyncFHIRClient(f"{live_server.url}/fhir/R4", authorization=f"Bearer {his.token}")
    patient = client.reference("Patient", str(person.id)).to_resource()
    assert patient["name"][0]["text"] == "王秀英"
    values = client.resources("Observation").search(patient=str(person.id), date__ge="2020-01-01").limit(1).fetch_all()
    assert {str(person.rows[name].pk) for name in ("Observation", "Glucose")} == {one.id for one in values}
    named = client.resources("Condition").search(code="I10.x00").include("Condition", "patient").fetch_raw()
    assert {one.resource.resource_type for one in named.entry} == {"Condition", "Patient"}
    asked = {"resourceType": "Patient", "identifier": [{"value": person.id_number}], "name": [{"text": "王秀英"}]}
    parameters = {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": asked}]}
    found = client.execute("Patient/$match", method="post", data=parameters)
    assert found["entry"][0]["search"]["score"] == 1.0
    made = client.resource(
        "Condition",
        subject=patient.to_reference(),
        code={"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "E11.900", "display": "2 型糖尿病"}]},
        clinicalStatus={"coding": [{"code": "active"}]},
        onsetDateTime="2026-01-02",
    )
    made.save()
    assert made.id
    assert client.resources("Condition").search(code="E11.900").first().id == made.id
    his("GET", "Patient/$export?_type=Condition")
    where = his.answer["Content-Location"].split("/fhir/R4/", 1)[1]
    run(UUID(where.rsplit("/", 1)[-1]))
    manifest = client.execute(where, method="get")
    assert manifest["output"][0]["count"] == 2
    lines = his.client.get(
        manifest["output"][0]["url"].split("8000", 1)[-1].replace(live_server.url, ""),
        headers={"Authorization": f"Bearer {his.token}"},
    )
    assert len([json.loads(line) for line in b"".join(lines.streaming_content).splitlines()]) == 2
