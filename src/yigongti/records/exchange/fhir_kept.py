"""A FHIR resource as it came: what a mapping reads of it, and what is kept of it beside the columns of the record.

Our columns hold one of most things. What they cannot hold whole is kept as received (``kept``) and told again when the
resource is read, under three rules: who it is about and where it belongs is always ours; narrative (``text``) and
``meta`` are not kept; a reference to what is not here becomes a logical one, with the key that the sender uses
(system :data:`SENDER`, which stands for the sender's own).
"""

import json
import re
from calendar import monthrange
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from . import patient_kept

OURS = "urn:yigongti:"
#: stands for ``urn:yigongti:source:<the sender>`` until the row is read
SENDER = "urn:yigongti:source:-"
PRACTITIONER_CODE = "urn:yigongti:practitioner-code"
ORGANIZATION_CODE = "urn:yigongti:organization-code"
REGISTRY = ("Practitioner", "PractitionerRole", "Organization", "Location")
UNKEPT = frozenset({"resourceType", "id", "meta", "text", "implicitRules", "subject", "patient"})
#: elements of which one form is there: what our columns tell gives way to the form that was sent
FORMS: Mapping[str, tuple[str, ...]] = {
    "value": ("valueQuantity", "valueBoolean", "valueCodeableConcept", "valueString"),
    "effective": ("effectiveDateTime", "effectivePeriod"),
    "medication": ("medicationCodeableConcept",),
    "onset": ("onsetDateTime",),
    "abatement": ("abatementDateTime",),
    "performed": ("performedDateTime", "performedPeriod"),
    "occurrence": ("occurrenceDateTime",),
    "deceased": ("deceasedBoolean", "deceasedDateTime"),
}
PARTIAL = re.compile(r"\d{4}(-\d{2})?")
DATES = frozenset(
    {"date", "start", "end", "created", "creation", "issued", "authoredOn", "dateAsserted", "recordedDate", "recorded"}
    | {"whenHandedOver", "whenPrepared", "expirationDate", "occurrenceDateTime", "effectiveDateTime", "onsetDateTime"}
    | {"abatementDateTime", "performedDateTime", "deceasedDateTime"}
)
Json = dict[str, Any]


def read(resource: Json) -> tuple[Json, str | None, str | None, str | None]:
    """What the mapping reads, what is kept (JSON), the codes of a practitioner and an organisation of the registry."""
    return (
        prepared(resource),
        kept(resource),
        _registered(resource, PRACTITIONER_CODE),
        _registered(resource, ORGANIZATION_CODE),
    )


def kept(resource: Json) -> str | None:
    """The elements that are told again as they came, as JSON; None where nothing is left."""
    if resource.get("resourceType") == "Patient":
        return patient_kept.kept(logical(resource))
    held = logical({name: value for name, value in resource.items() if name not in UNKEPT})
    for name in ("identifier", "extension"):
        if isinstance(held.get(name), list):
            held[name] = [one for one in held[name] if not _ours(one)]
    held = _without_content({name: value for name, value in held.items() if value not in ([], {}, None)})
    if not held:
        return None
    instead = [
        other
        for prefix, forms in FORMS.items()
        if any(name.startswith(prefix) and name[len(prefix) : len(prefix) + 1].isupper() for name in held)
        for other in forms
        if other not in held
    ]
    if "component" in held or "dataAbsentReason" in held:
        instead += [form for form in FORMS["value"] if form not in held]
    told = {"fhir": held} | ({"instead": sorted(set(instead))} if instead else {})
    return json.dumps(told, ensure_ascii=False)


def _ours(one: Any) -> bool:
    """An identifier or an extension that we made ourselves."""
    named = (one.get("system") or one.get("url")) if isinstance(one, dict) else None
    return isinstance(named, str) and named.startswith(OURS)


def _without_content(held: Json) -> Json:
    """The first attachment of a document is kept once: in the column of its content."""
    listed = held.get("content")
    attached = (
        listed[0].get("attachment") if isinstance(listed, list) and listed and isinstance(listed[0], dict) else None
    )
    if not isinstance(attached, dict) or "data" not in attached:
        return held
    bare = {name: value for name, value in attached.items() if name != "data"}
    return {**held, "content": [{**listed[0], "attachment": bare}, *listed[1:]]}  # type: ignore[index]


ADDRESSES = ("education",)
"""Elements whose ``reference`` is the address of a page (Immunization.education), not of a resource."""


def logical(value: Any) -> Any:
    """The same with references to what is not here as logical references, and without what says nothing (null)."""
    if isinstance(value, list):
        return [logical(one) for one in value]
    if not isinstance(value, dict):
        return value
    inside = {name: one if name in ADDRESSES else logical(one) for name, one in value.items() if one is not None}
    reference = inside.get("reference")
    if not isinstance(reference, str) or reference.startswith("#") or ":" in reference or "/" not in reference:
        return inside
    type_, _, key = reference.partition("/_history")[0].rpartition("/")
    type_ = type_.rpartition("/")[2]
    if not key or not (type_.isascii() and type_.isalpha()):
        return inside  # it names nobody's record
    identifier = inside.get("identifier")
    if type_ in REGISTRY and _ours(identifier):
        return inside
    inside.pop("reference")
    return {"type": type_, "identifier": identifier or {"system": SENDER, "value": key}} | inside


def _references(value: Any) -> Iterator[Json]:
    if isinstance(value, list):
        for one in value:
            yield from _references(one)
    elif isinstance(value, dict):
        if isinstance(value.get("identifier"), dict):
            yield value
        for name, one in value.items():
            if name != "contained":
                yield from _references(one)


def _registered(resource: Json, system: str) -> str | None:
    """The first identifier of that system among the references."""
    for one in _references(resource):
        identifier = one["identifier"]
        if identifier.get("system") == system and isinstance(identifier.get("value"), str):
            return str(identifier["value"])
    return None


def prepared(resource: Json) -> Json:
    """The resource as the mapping reads it: contained drugs and people in place, dates complete, values in words."""
    made = _complete(deepcopy(resource))
    contained = made.get("contained")
    inside = {
        one["id"]: one
        for one in (contained if isinstance(contained, list) else [])
        if isinstance(one, dict) and isinstance(one.get("id"), str)
    }
    _drug(made, inside)
    _named(made, inside)
    if made.get("resourceType") == "Observation":
        _valued(made)
    if made.get("resourceType") == "Patient":
        patient_kept.prepare(made)
    return made


def _complete(value: Any, name: str = "") -> Any:
    """A year or a month as its first day; as its last where a period ends."""
    if isinstance(value, dict):
        return {key: _complete(one, key) for key, one in value.items()}
    if isinstance(value, list):
        return [_complete(one) for one in value]
    if name in DATES and isinstance(value, str) and PARTIAL.fullmatch(value):
        year, month = int(value[:4]), int(value[5:] or (12 if name == "end" else 1))
        if not (year and 0 < month < 13):
            return value
        return f"{year:04}-{month:02}-{monthrange(year, month)[1] if name == 'end' else 1:02}"
    return value


def _drug(made: Json, inside: Mapping[str, Json]) -> None:
    reference = made.get("medicationReference")
    if not isinstance(reference, dict) or "medicationCodeableConcept" in made:
        return
    drug = inside.get(str(reference.get("reference", "")).removeprefix("#"), {})
    code = drug.get("code") if isinstance(drug.get("code"), dict) else {}
    words = reference.get("display") or (reference.get("identifier") or {}).get("value") or reference.get("reference")
    made["medicationCodeableConcept"] = code or {"text": words}


def _named(made: Json, inside: Mapping[str, Json]) -> None:
    """A contained person is named where the reference to them says nothing."""
    for name in ("performer", "requester", "recorder", "author", "participant", "asserter"):
        listed = made.get(name)
        for one in listed if isinstance(listed, list) else [listed]:
            held = (one.get("actor") or one.get("individual") or one) if isinstance(one, dict) else None
            if not isinstance(held, dict) or held.get("display"):
                continue
            person = inside.get(str(held.get("reference", "")).removeprefix("#"), {})
            if words := _name(person.get("name")):
                held["display"] = words


def _name(name: Any) -> str:
    one = name[0] if isinstance(name, list) and name else name
    if not isinstance(one, dict):
        return one if isinstance(one, str) else ""
    given = one.get("given") if isinstance(one.get("given"), list) else []
    parts = [part for part in (*(given or []), one.get("family")) if isinstance(part, str)]
    text = one.get("text")
    return (text if isinstance(text, str) else " ".join(parts))[:64]


def _valued(made: Json) -> None:
    """Values that have no column of their own in words: of the observation, and of its components together."""
    parts = [one for one in made.get("component") or [] if isinstance(one, dict)]
    for one in (made, *parts):
        words = _words(one)
        if words and "valueString" not in one:
            one["valueString"] = words[:512]
    if parts and not any(name.startswith("value") for name in made):
        told = [f"{_text(one.get('code'))} {_said(one)}".strip() for one in parts]
        made["valueString"] = "；".join(part for part in told if part)[:512]


def _words(one: Json) -> str:
    """The value where it is of a form without a column, or why there is none."""
    for name, form in WORDS.items():
        if isinstance(one.get(name), dict):
            return form(one[name])
    for name in ("valueTime", "valueDateTime"):
        if isinstance(one.get(name), str):
            return str(one[name])
    if not any(name.startswith("value") for name in one) and isinstance(one.get("dataAbsentReason"), dict):
        return f"（无结果：{_text(one['dataAbsentReason'])}）"
    return ""


def _quantity(one: Any) -> str:
    if not isinstance(one, dict) or one.get("value") is None:
        return ""
    return " ".join(str(part) for part in (f"{one.get('comparator', '')}{one['value']}", _unit(one)) if part)


def _unit(one: Json) -> str:
    return str(one.get("unit") or one.get("code") or "")


def _sampled(one: Json) -> str:
    return f"（波形：{one.get('dimensions', '')} 维，周期 {one.get('period', '')} ms）"


WORDS = {
    "valueRange": lambda one: f"{_quantity(one.get('low'))} – {_quantity(one.get('high'))}",
    "valueRatio": lambda one: f"{_quantity(one.get('numerator'))} : {_quantity(one.get('denominator'))}",
    "valuePeriod": lambda one: f"{one.get('start', '')} – {one.get('end', '')}",
    "valueSampledData": _sampled,
}


def _text(concept: Any) -> str:
    if not isinstance(concept, dict):
        return ""
    listed = concept.get("coding") if isinstance(concept.get("coding"), list) else []
    first = next((one for one in listed or [] if isinstance(one, dict)), {})
    return str(concept.get("text") or first.get("display") or first.get("code") or "")


def _said(one: Json) -> str:
    if isinstance(one.get("valueQuantity"), dict):
        return _quantity(one["valueQuantity"])
    if isinstance(one.get("valueCodeableConcept"), dict):
        return _text(one["valueCodeableConcept"])
    for name in ("valueString", "valueInteger", "valueBoolean"):
        if one.get(name) is not None:
            return str(one[name])
    return ""
