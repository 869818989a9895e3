"""``Patient/$match``: the index answers who somebody may be, among the residents that the system may see."""

import json
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from yigongti.kernel.access.acting import acting
from yigongti.kernel.ciphers.blind import blind_index
from yigongti.kernel.errors import Invalid
from yigongti.records.residents.models import Resident
from yigongti.records.residents.names import normalise

from .access import caller_of, note_reading
from .answers import answering, base, bundle
from .conditions import Where
from .people import GENDERS
from .resources import resource
from .rows import fetch
from .systems import RECORD_NUMBER
from .views import content, not_allowed

GRADE = "http://hl7.org/fhir/StructureDefinition/match-grade"
MOST = 50


@csrf_exempt
@answering
def match(request: HttpRequest) -> HttpResponse:
    """``POST`` a Parameters resource with a Patient; answers candidates with score and grade, the best first."""
    not_allowed(request, "POST")
    caller = caller_of(request)
    caller.require("Patient", "read")
    asked = content(request)
    patient, count, certain = _asked(asked)
    with acting(caller.actor):
        scored = _candidates(patient)[:count]
        if certain:
            scored = [one for one in scored if one[2] == "certain"]
        rows = fetch(
            resource("Patient"), [Where("e.id = ANY (%s)", ([key for key, _, _ in scored],))], unmasked=caller.unmasked
        )
        texts = {one.row: one for one in rows}
        note_reading(caller, "match", texts)
    root = base(request)
    entries = [_entry(root, texts[key].text, key, score, grade) for key, score, grade in scored if key in texts]
    from .answers import reply

    return reply(bundle("searchset", entries, total=len(entries)))


def _entry(root: str, text: str, key: UUID, score: float, grade: str) -> str:
    told = {"mode": "match", "score": score, "extension": [{"url": GRADE, "valueCode": grade}]}
    return f'{{"fullUrl": "{root}Patient/{key}", "resource": {text}, "search": {json.dumps(told)}}}'


def _asked(asked: Any) -> tuple[dict[str, Any], int, bool]:
    """The Patient, how many answers, whether only certain ones. Raises Invalid."""
    if isinstance(asked, dict) and asked.get("resourceType") == "Patient":
        return asked, MOST, False
    listed = asked.get("parameter") if isinstance(asked, dict) else None
    given = (
        {one["name"]: one for one in listed if isinstance(one, dict) and isinstance(one.get("name"), str)}
        if isinstance(listed, list)
        else {}
    )
    patient = given.get("resource", {}).get("resource")
    if not isinstance(patient, dict) or patient.get("resourceType") != "Patient":
        raise Invalid("$match 需要 Parameters，其中 resource 是 Patient", field="Parameters.parameter")
    count = given.get("count", {}).get("valueInteger", MOST)
    certain = given.get("onlyCertainMatches", {}).get("valueBoolean") is True
    return patient, min(count, MOST) if isinstance(count, int) and count > 0 else MOST, certain


def _candidates(patient: dict[str, Any]) -> list[tuple[UUID, float, str]]:
    """Who it may be: the same identity number or our own number with the same name is certain."""
    numbers, names = _texts(patient.get("identifier"), "value", "system"), _names(patient.get("name"))
    found: dict[UUID, tuple[float, str]] = {}
    for system, value in numbers:
        index = list(blind_index("id_number", value)) if system != RECORD_NUMBER else []
        held = (
            Resident.objects.filter(number=value)
            if system == RECORD_NUMBER
            else Resident.objects.filter(id_number_index__in=index)
        )
        for one in held.only("id", "name")[:MOST]:
            same = not names or normalise(one.name) in names
            found[one.pk] = (1.0, "certain") if same else (0.6, "possible")
    for one in _alike(patient, names):
        found.setdefault(one.pk, (0.8, "probable"))
    return sorted(((key, *value) for key, value in found.items()), key=lambda one: -one[1])


def _alike(patient: dict[str, Any], names: set[str]) -> list[Resident]:
    born, gender = patient.get("birthDate"), patient.get("gender")
    if not names or not isinstance(born, str) or len(born) != 10:
        return []
    from django.utils.dateparse import parse_date

    try:
        day = parse_date(born)
    except ValueError:
        day = None
    if day is None:
        return []
    same = Resident.objects.filter(name__in=names, birth_date=day)
    sexes = GENDERS.get(gender, ()) if isinstance(gender, str) else ()
    return list((same.filter(sex__in=sexes) if sexes else same).only("id", "name")[:MOST])


def _texts(listed: Any, name: str, other: str) -> list[tuple[str, str]]:
    held = listed if isinstance(listed, list) else []
    return [
        (str(one.get(other) or ""), one[name])
        for one in held
        if isinstance(one, dict) and isinstance(one.get(name), str) and one[name].strip()
    ][:10]


def _names(listed: Any) -> set[str]:
    names = set()
    for one in listed if isinstance(listed, list) else []:
        if isinstance(one, dict):
            given = one.get("given") if isinstance(one.get("given"), list) else []
            parts = [one.get("text") or "", "".join(str(part) for part in (one.get("family") or "", *(given or [])))]
            names |= {normalise(part) for part in parts if isinstance(part, str) and part.strip()}
    return names
