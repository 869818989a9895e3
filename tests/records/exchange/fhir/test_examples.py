"""The 71 official R4 examples: accepted where the type is supported, or refused with the reason; docs/fhir.md tells."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class
from fhir_people import ALL, Opening, System
from records_community import Community

from yigongti.config import configuration
from yigongti.records.exchange.fhir import documentation
from yigongti.records.exchange.fhir.comparing import lost
from yigongti.records.exchange.fhir.resources import RESOURCES

DOCUMENT = Path(__file__).parents[4] / "docs" / "fhir.md"
FIRST = ("Patient", "Encounter")
#: supported, but no resident's: refused with the reason
NOBODYS = {"observation-decimal.json"}


def examples() -> dict[str, dict]:
    """The examples by file, those first to which others refer."""
    folder = (configuration().data_dir or Path("/nowhere")) / "fhir-r4-examples"
    found = {path.name: json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))}
    if not found:
        pytest.skip("no examples: set YIGONGTI_DATA_DIR")
    types = {kind: place for place, kind in enumerate(FIRST)}
    return dict(sorted(found.items(), key=lambda one: types.get(one[1]["resourceType"], len(types))))


def people(value: Any) -> Iterator[str]:
    """The patients that a document names."""
    if isinstance(value, dict):
        reference = value.get("reference")
        if isinstance(reference, str) and reference.startswith("Patient/"):
            yield reference.removeprefix("Patient/")
        value = list(value.values())
    for one in value if isinstance(value, list) else []:
        yield from people(one)


def send(his: System, content: dict) -> tuple[int, dict]:
    """Alone, or as a transaction where the example is a Bundle."""
    if content["resourceType"] != "Bundle":
        return his("POST", content["resourceType"], content)
    requests = [
        {"resource": one["resource"], "request": {"method": "POST", "url": one["resource"]["resourceType"]}}
        for one in content["entry"]
    ]
    return his("POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": requests})


def named_elsewhere(his: System, every: dict[str, dict]) -> None:
    """Patients whom the examples name but who are not among them are sent with nothing but a name."""
    held = {
        c["id"] for content in every.values() for c in [content, *_inside(content)] if c["resourceType"] == "Patient"
    }
    wanted = {key for content in every.values() if _ours(content) for key in people(content)}
    for key in sorted(wanted - held):
        told = {"resourceType": "Patient", "id": key, "name": [{"text": f"病人{key}"}], "birthDate": "1970-01-01"}
        assert his("POST", "Patient", told)[0] in (200, 201), key


def _inside(content: dict) -> list[dict]:
    return [one["resource"] for one in content.get("entry", [])] if content["resourceType"] == "Bundle" else []


def _ours(content: dict) -> bool:
    return all(RESOURCES.get(c["resourceType"], None) is not None for c in (_inside(content) or [content]))


def test_every_example_is_accepted_or_refused_with_a_reason(community: Community, opened: Opening) -> None:
    his = opened(community.centre, [*ALL, "system/Patient.identifiers"])
    outcomes: dict[str, tuple[str, str]] = {}
    every = examples()
    named_elsewhere(his, every)
    for name, content in every.items():
        status, told = send(his, content)
        assert status in (200, 201, 404, 422), (name, told)
        if status in (404, 422):
            assert told["resourceType"] == "OperationOutcome", name
            words = told["issue"][0]["details"]["text"]
            outcomes[name] = ("refused", words.split("。可以写入")[0].replace("|", "/").replace("\n", " "))
        else:
            pairs = list(zip(_inside(content) or [content], _inside(told) or [told], strict=True))
            found = [_compared(his, name, *pair) for pair in pairs]
            outcomes[name] = ("accepted", "、".join(dict.fromkeys(one for part in found for one in part)))
    assert len(outcomes) == 71
    for name, content in every.items():
        writable = all(
            c["resourceType"] in RESOURCES and RESOURCES[c["resourceType"]].write for c in _inside(content) or [content]
        )
        assert outcomes[name][0] == ("accepted" if writable and name not in NOBODYS else "refused"), (
            name,
            outcomes[name],
        )
    if os.environ.get("YIGONGTI_WRITE_DOCS"):
        DOCUMENT.write_text(documentation.markdown(outcomes), "utf-8")
    assert DOCUMENT.read_text("utf-8") == documentation.markdown(outcomes)


def _compared(his: System, name: str, sent: dict, answered: dict) -> list[str]:
    """What was sent is read again, but for what the document says; returns what is not told again."""
    status, told = his.get(f"{answered['resourceType']}/{answered['id']}")
    assert status == 200, (name, told)
    get_fhir_model_class(told["resourceType"]).model_validate(told)
    round_trip(his, told, name)
    return [f"`{place}`" for place in lost(sent, told)]


def round_trip(his: System, told: dict, name: str) -> None:
    """What is read can be sent again as it is, and changes nothing that is stored."""
    status, again = his("PUT", f"{told['resourceType']}/{told['id']}", told)
    assert status == 200, (name, again)
    assert {**again, "meta": None} == {**told, "meta": None}, name


def test_the_document_names_every_type() -> None:
    text = DOCUMENT.read_text("utf-8")
    assert text.startswith(documentation.HEAD.rstrip())
    for kind in RESOURCES.values():
        assert f"`{kind.type}` {kind.title}" in text
