"""Mutated resources, Bundles and searches are answered, never with a 5xx; what is accepted is told again as it came.

``YIGONGTI_MUTATED=10000`` says how many resources; they come from the official examples.
"""

import copy
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fhir.resources.R4B import get_fhir_model_class
from fhir_people import Person, System
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from rounds import Round, named, rounds

from yigongti.config import configuration
from yigongti.records.exchange.fhir.resources import RESOURCES

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**25), 10**25),
    st.floats(allow_nan=False),
    st.text(max_size=12),
    st.sampled_from(
        ["2026-02-30", "9999-12-31T23:59:60Z", "\ud800", "\x00", "Patient/", "urn:uuid:", "x" * 5000, "%", "'; --"]
    ),
    st.just([]),
    st.just({}),
    st.just([{}]),
    st.just({"reference": "Patient/x"}),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a document."""
    found = [path] if path else []
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return found + [place for key, one in inside for place in places(one, (*path, key))]


def mutated(content: dict, place: tuple[Any, ...], odd: Any) -> dict:
    """The document with something odd at a place."""
    changed = copy.deepcopy(content)
    held = changed
    for key in place[:-1]:
        held = held[key]
    held[place[-1]] = odd
    return changed


PATIENT = {"resourceType": "Patient", "id": "p-1", "name": [{"text": "周大山"}], "birthDate": "1961-07-08"}
OBSERVATION: dict[str, Any] = {
    "resourceType": "Observation",
    "id": "o-1",
    "status": "final",
    "category": [{"coding": [{"code": "laboratory"}]}],
    "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}], "text": "心率"},
    "subject": {"reference": "Patient/p-1"},
    "effectiveDateTime": "2026-03-28",
    "valueQuantity": {"value": 80, "unit": "次/分"},
    "component": [{"code": {"text": "a"}, "valueQuantity": {"value": 1}}],
}
QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def subjects() -> dict[str, dict]:
    """What is mutated: the official examples that are accepted, where they are there, and the observation above."""
    folder = (configuration().data_dir or Path("/nowhere")) / "fhir-r4-examples"
    found = {path.name: json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))}
    writable = {name: one for name, one in found.items() if getattr(RESOURCES.get(one["resourceType"]), "write", "")}
    for one in writable.values():
        one.pop("text", None)
        for element in ("subject", "patient"):
            if element in one:
                one[element] = {"reference": "Patient/p-1"}
    return {"observation": OBSERVATION, **writable}


def told_again(his: System, told: dict) -> None:
    """What was accepted is read as valid FHIR, and can be sent again as it is."""
    status, read = his.get(f"{told['resourceType']}/{told['id']}")
    assert status == 200, read
    get_fhir_model_class(read["resourceType"]).model_validate(read)
    status, again = his("PUT", f"{read['resourceType']}/{read['id']}", read)
    assert status in (200, 202), (read, again)
    if status == 200:
        assert {**again, "meta": None} == {**read, "meta": None}


@pytest.fixture
def known(his: System) -> System:
    """A system that has sent its patient."""
    assert his("POST", "Patient", PATIENT)[0] == 201
    return his


def tried(his: System, every: dict[str, dict], data: st.DataObject) -> None:
    """One mutated resource, sent alone or in a transaction."""
    content = every[data.draw(st.sampled_from(sorted(every)))]
    changed = content
    for _ in range(data.draw(st.integers(1, 2))):
        changed = mutated(changed, data.draw(st.sampled_from(places(changed))), data.draw(ODD))
    text = json.dumps(changed, ensure_ascii=True)
    type_ = content["resourceType"]
    if data.draw(st.booleans()):
        status, told = his("POST", type_, text)
    else:
        request = {"method": "POST", "url": type_}
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [{"resource": changed, "request": request}]}
        status, told = his("POST", "", json.dumps(bundle))
        told = told["entry"][0].get("resource", {}) if status == 200 else told
    assert status < 500, told
    if told.get("resourceType") == type_ and status < 300:
        told_again(his, told)
    else:
        assert told == {} or told["resourceType"] == "OperationOutcome", told


@pytest.mark.parametrize("one", rounds(usual=40, size=250), ids=named)
def test_mutated_resources_are_answered(known: System, one: Round) -> None:
    every = subjects()

    @seed(20260301 + one.number)
    @settings(max_examples=one.examples, deadline=None, suppress_health_check=QUIET, database=None)
    @given(data=st.data())
    def send(data: st.DataObject) -> None:
        tried(known, every, data)

    send()


def test_what_says_nothing_is_not_told_again(known: System) -> None:
    """Found by a long run: FHIR knows no null, and yet some send it."""
    resource = {
        "resourceType": "Immunization",
        "status": "completed",
        "patient": {"reference": "Patient/p-1"},
        "vaccineCode": {"text": "流感疫苗", "coding": None},
        "occurrenceDateTime": "2026-03-28",
    }
    status, told = known("POST", "Immunization", resource)
    assert status == 201, told
    told_again(known, told)
    assert None not in told["vaccineCode"].get("coding", [])


@pytest.mark.parametrize("reference", ["/", "Practitioner/", "/7", "a-b/7"])
def test_a_reference_that_names_nobody_is_told_again_as_it_came(known: System, reference: str) -> None:
    """Found by a long run: it became an identifier without a value."""
    resource = {
        "resourceType": "Immunization",
        "status": "completed",
        "patient": {"reference": "Patient/p-1"},
        "vaccineCode": {"text": "流感疫苗"},
        "occurrenceDateTime": "2026-03-28",
        "performer": [{"actor": {"reference": reference}}],
    }
    status, told = known("POST", "Immunization", resource)
    assert status == 201, told
    told_again(known, told)
    assert told["performer"] == resource["performer"]


def test_the_address_of_a_leaflet_is_not_a_reference(known: System) -> None:
    """Found by a long run: ``Immunization.education.reference`` is an address, which may look like a reference."""
    resource = {
        "resourceType": "Immunization",
        "status": "completed",
        "patient": {"reference": "Patient/p-1"},
        "vaccineCode": {"text": "流感疫苗"},
        "occurrenceDateTime": "2026-03-28",
        "education": [{"reference": "Patient/x"}],
    }
    status, told = known("POST", "Immunization", resource)
    assert status == 201, told
    told_again(known, told)
    assert told["education"] == resource["education"]


def test_null_does_not_stand_for_what_is_required(known: System) -> None:
    """Found by a long run: the models take null for a required element of a contained resource."""
    seal = {"type": [{"code": "x"}], "when": "2026-03-28T08:00:00+08:00", "who": None, "data": "c2VhbA=="}
    resource = {
        "resourceType": "Immunization",
        "status": "completed",
        "patient": {"reference": "Patient/p-1"},
        "vaccineCode": {"text": "流感疫苗"},
        "occurrenceDateTime": "2026-03-28",
        "contained": [{"resourceType": "Bundle", "type": "collection", "signature": seal}],
    }
    status, told = known("POST", "Immunization", resource)
    assert status == 422, told
    assert "signature.who" in str(told["issue"])


@settings(max_examples=40, deadline=None, suppress_health_check=QUIET)
@given(data=st.data())
def test_mutated_bundles_are_answered(his: System, data: st.DataObject) -> None:
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": [{"request": {"method": "GET", "url": "Patient"}}]}
    place = data.draw(st.sampled_from(places(bundle)))
    sent = json.dumps(mutated(bundle, place, data.draw(ODD)))
    assert his("POST", "", sent)[0] < 500


@settings(max_examples=120, deadline=None, suppress_health_check=QUIET)
@given(
    type_=st.sampled_from(list(RESOURCES)),
    data=st.data(),
    value=st.one_of(
        st.text(max_size=20),
        st.sampled_from(
            ["ge2026-13", "eq", "|", "a|b|c", ",", "\\,", "Patient/1", "0", "-1", "ne9999", "99999999999999999999"]
        ),
    ),
    modifier=st.sampled_from(["", ":not", ":missing", ":exact", ":contains", ":identifier", ":x"]),
)
def test_odd_searches_are_answered(
    person: Person, his: System, type_: str, data: st.DataObject, value: str, modifier: str
) -> None:
    names = [one.name for one in RESOURCES[type_].parameters]
    extra = ["_id", "_lastUpdated", "_sort", "_count", "_include", "_cursor", "patient.name"]
    name = data.draw(st.sampled_from([*names, *extra]))
    value = value.encode("utf-8", "ignore").decode()
    status, told = his.get(f"{type_}?{name}{modifier}={quote(value)}")
    assert status < 500, told
    assert told["resourceType"] in ("Bundle", "OperationOutcome")
