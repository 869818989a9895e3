"""The 71 official R4 examples: accepted where the type is supported, or refused with the reason; docs/fhir.md tells."""

import json
import os
from pathlib import Path

import pytest
from fhir.resources.R4B import get_fhir_model_class
from fhir_people import System

from yigongti.config import configuration
from yigongti.records.exchange.fhir import documentation
from yigongti.records.exchange.fhir.resources import RESOURCES

DOCUMENT = Path(__file__).parents[4] / "docs" / "fhir.md"
FIRST = ("Patient", "Encounter")
ACCEPTED = {
    "patient-example.json",
    "encounter-example.json",
    "condition-example.json",
    "observation-example.json",
    "allergyintolerance-example.json",
    "immunization-example.json",
    "familymemberhistory-example.json",
}


def examples() -> dict[str, dict]:
    """The examples by file, those first to which others refer."""
    folder = (configuration().data_dir or Path("/nowhere")) / "fhir-r4-examples"
    found = {path.name: json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))}
    if not found:
        pytest.skip("no examples: set YIGONGTI_DATA_DIR")
    types = {kind: place for place, kind in enumerate(FIRST)}
    return dict(sorted(found.items(), key=lambda one: types.get(one[1]["resourceType"], len(types))))


def send(his: System, content: dict) -> tuple[int, dict]:
    """Alone, or as a batch where the example is a Bundle."""
    if content["resourceType"] != "Bundle":
        return his("POST", content["resourceType"], content)
    requests = [
        {"resource": one["resource"], "request": {"method": "POST", "url": one["resource"]["resourceType"]}}
        for one in content["entry"]
    ]
    status, done = his("POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": requests})
    return status, done


def test_every_example_is_accepted_or_refused_with_a_reason(his: System) -> None:
    outcomes = {}
    accepted: dict[str, dict] = {}
    for name, content in examples().items():
        status, told = send(his, content)
        assert status in (200, 201, 404, 422), (name, told)
        if status in (404, 422):
            assert told["resourceType"] == "OperationOutcome", name
            words = told["issue"][0]["details"]["text"]
            outcomes[name] = ("refused", words.split("。可以写入")[0].replace("|", "/").replace("\n", " "))
        else:
            get_fhir_model_class(told["resourceType"]).model_validate(told)
            outcomes[name] = ("accepted", "")
            accepted[name] = told
    assert len(outcomes) == 71
    assert accepted.keys() >= ACCEPTED
    for name, told in accepted.items():
        round_trip(his, told, name)
    if os.environ.get("YIGONGTI_WRITE_DOCS"):
        DOCUMENT.write_text(documentation.markdown(outcomes), "utf-8")
    assert DOCUMENT.read_text("utf-8") == documentation.markdown(outcomes)


def round_trip(his: System, told: dict, name: str) -> None:
    """What is read can be sent again as it is, and changes nothing that is stored."""
    status, again = his("PUT", f"{told['resourceType']}/{told['id']}", told)
    assert status == 200, (name, again)
    for volatile in ("meta", "issued", "recordedDate"):
        told.pop(volatile, None)
        again.pop(volatile, None)
    assert again == told, name


def test_the_document_names_every_type() -> None:
    text = DOCUMENT.read_text("utf-8")
    assert text.startswith(documentation.HEAD.rstrip())
    for kind in RESOURCES.values():
        assert f"`{kind.type}` {kind.title}" in text
