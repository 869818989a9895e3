"""Mutated resources, Bundles and searches are answered, never with a 5xx."""

import copy
import json
from typing import Any
from urllib.parse import quote

from fhir_people import Person, System
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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


@settings(max_examples=40, deadline=None, suppress_health_check=QUIET)
@given(data=st.data())
def test_mutated_resources_are_answered(his: System, data: st.DataObject) -> None:
    place = data.draw(st.sampled_from(places(OBSERVATION)))
    odd = data.draw(ODD)
    try:
        text = json.dumps(mutated(OBSERVATION, place, odd), ensure_ascii=data.draw(st.booleans()))
        text.encode()
    except UnicodeEncodeError:
        text = json.dumps(mutated(OBSERVATION, place, odd))
    assert his("POST", "Patient", PATIENT)[0] in (200, 201)
    status, told = his("POST", "Observation", text)
    assert status < 500, told
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": [{"request": {"method": "GET", "url": "Patient"}}]}
    place = data.draw(st.sampled_from(places(bundle)))
    sent = json.dumps(mutated(bundle, place, odd))
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
