"""``Patient/$match``: the index answers who somebody may be, among the residents that the system may see.

The score is the probability of the index, the grade what it would do: ``certain`` it would tie alone, ``probable`` and
``possible`` it would ask a person. A number of ours, or the key of a source system, is certain when the name agrees.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.dateparse import parse_date
from django.views.decorators.csrf import csrf_exempt

from yigongti.kernel.access.acting import acting
from yigongti.kernel.errors import Invalid
from yigongti.records.residents.identity import is_valid
from yigongti.records.residents.names import normalise
from yigongti.records.residents.services.matching import match as candidates

from . import conditions
from .access import Caller, caller_of, note_reading
from .answers import answering, base, bundle, entry, issue, outcome, reply
from .conditions import Where
from .people import GENDERS
from .resources import resource
from .rows import fetch
from .systems import ID_CARD, RECORD_NUMBER, SOURCE
from .views import content, not_allowed

GRADE = "http://hl7.org/fhir/StructureDefinition/match-grade"
DOCUMENTS = "urn:yigongti:identity-document:"
MOST = 50
PROBABLE = 0.5

Scored = dict[UUID, tuple[float, str]]


@csrf_exempt
@answering
def match(request: HttpRequest) -> HttpResponse:
    """``POST`` a Parameters resource with a Patient; answers candidates with score and grade, the best first."""
    not_allowed(request, "POST")
    caller = caller_of(request)
    caller.require("Patient", "read")
    patient, count, certain = _asked(content(request))
    with acting(caller.actor):
        scored = found(caller, patient)
        if certain:
            scored = _only_certain(scored)
        best = sorted(scored, key=lambda key: (-scored[key][0], str(key)))[:count]
        rows = fetch(resource("Patient"), [Where("e.id = ANY (%s)", (best,))], unmasked=caller.unmasked)
        texts = {one.row: one.text for one in rows}
        note_reading(caller, "match", texts)
    root = base(request)
    entries = [_entry(root, texts[key], key, *scored[key]) for key in best if key in texts]
    told = len(entries)
    if certain and not entries:
        words = issue("没有唯一确定的一位", code="not-found", severity="information")
        text = json.dumps(outcome(words), ensure_ascii=False)
        entries.append(entry("", text, "outcome").replace('"fullUrl": "", ', ""))
    return reply(bundle("searchset", entries, total=told))


def found(caller: Caller, patient: Mapping[str, Any]) -> Scored:
    """Residents who may be the person described, each with score and grade."""
    names = {normalise(name) for name in _names(patient.get("name"))}
    scored: Scored = {}
    for name in list(_names(patient.get("name")))[:3] or [""]:
        for one in candidates(caller.actor, {**demographics(patient), "name": name}, MOST):
            grade = "certain" if one.outcome == "link" else "probable" if one.probability >= PROBABLE else "possible"
            told = (round(one.probability, 6), grade)
            scored[one.resident_id] = max(scored.get(one.resident_id, (0.0, "")), told)
    for key, name in _numbered(patient):
        same = not names or normalise(name) in names
        scored[key] = (1.0, "certain") if same else scored.get(key, (0.6, "possible"))
    return scored


def _only_certain(scored: Scored) -> Scored:
    """The one who is certain; nobody where several are."""
    certain = {key: told for key, told in scored.items() if told[1] == "certain"}
    return certain if len(certain) == 1 else {}


def demographics(patient: Mapping[str, Any]) -> dict[str, Any]:
    """What the index compares, without the name."""
    born, gender = patient.get("birthDate"), patient.get("gender")
    sexes = GENDERS.get(gender, ()) if isinstance(gender, str) else ()
    place = next(iter(_listed(patient.get("address"))), {})
    return {
        "birth_date": _day(born),
        "sex": sexes[0] if len(sexes) == 1 else "",
        "id_number": next(_documents(patient), ""),
        "phone": next((v for s, v in _values(patient.get("telecom")) if s in ("phone", "sms", "")), ""),
        "address": place["text"] if isinstance(place.get("text"), str) else "",
    }


def _day(text: Any) -> str:
    try:
        return text if isinstance(text, str) and len(text) == 10 and parse_date(text) else ""
    except ValueError:
        return ""


def _documents(patient: Mapping[str, Any]) -> Iterator[str]:
    """Numbers of identity documents: by their system, or by what they are."""
    for system, value in _values(patient.get("identifier")):
        if (
            system == ID_CARD
            or system.startswith(DOCUMENTS)
            or (not system.startswith("urn:yigongti:") and is_valid(value))
        ):
            yield value


def _numbered(patient: Mapping[str, Any]) -> Iterator[tuple[UUID, str]]:
    """Residents who have the health record number, or whom a source system knows by the key."""
    by_number = resource("Patient").by_name["identifier"]
    for system, value in _values(patient.get("identifier")):
        if system == RECORD_NUMBER or system.startswith(SOURCE):
            for one in fetch(
                resource("Patient"), [conditions.token(by_number, "", f"{system}|{value}")], more="LIMIT 5"
            ):
                yield one.row, str(json.loads(one.text)["name"][0]["text"])


def _entry(root: str, text: str, key: UUID, score: float, grade: str) -> str:
    told = {"mode": "match", "score": score, "extension": [{"url": GRADE, "valueCode": grade}]}
    return f'{{"fullUrl": "{root}Patient/{key}", "resource": {text}, "search": {json.dumps(told)}}}'


def _asked(asked: Any) -> tuple[dict[str, Any], int, bool]:
    """The Patient, how many answers, whether only certain ones. Raises Invalid."""
    if isinstance(asked, dict) and asked.get("resourceType") == "Patient":
        return asked, MOST, False
    given = (
        {one["name"]: one for one in _listed(asked.get("parameter")) if isinstance(one.get("name"), str)}
        if isinstance(asked, dict)
        else {}
    )
    patient = given.get("resource", {}).get("resource")
    if not isinstance(patient, dict) or patient.get("resourceType") != "Patient":
        raise Invalid("$match 需要 Parameters，其中 resource 是 Patient", field="Parameters.parameter")
    count = given.get("count", {}).get("valueInteger", MOST)
    certain = given.get("onlyCertainMatches", {}).get("valueBoolean") is True
    return patient, min(count, MOST) if isinstance(count, int) and count > 0 else MOST, certain


def _listed(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _values(value: Any) -> list[tuple[str, str]]:
    """System and value of identifiers or telecoms."""
    return [
        (str(one.get("system") or ""), one["value"].strip())
        for one in _listed(value)
        if isinstance(one.get("value"), str) and one["value"].strip()
    ][:10]


def _names(value: Any) -> dict[str, None]:
    """Every way in which the person is called, in order."""
    names: dict[str, None] = {}
    for one in _listed(value):
        given = (
            [str(part) for part in one.get("given") or [] if isinstance(part, str)]
            if isinstance(one.get("given"), list)
            else []
        )
        family = one["family"] if isinstance(one.get("family"), str) else ""
        whole = " ".join([*given, family]) if "".join([*given, family]).isascii() else "".join([family, *given])
        text = one["text"] if isinstance(one.get("text"), str) else ""
        names |= dict.fromkeys(name.strip() for name in (text, whole) if name.strip())
    return names
