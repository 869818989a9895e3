"""A FHIR Patient as it came: what of it the mapping reads first, and what is kept of it beside the columns.

The columns of a source identity hold one name, one number, one phone, one address. The whole of what a sender tells of
a person (:data:`ELEMENTS`) is kept with its identity, sealed, and told again with the resident it is tied to. What the
house tells itself (numbers of identity documents, whether somebody is registered here, who merged into whom) is not.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from yigongti.records.residents.normal_forms import phone_digits

Json = dict[str, Any]

ID_CARD = "urn:oid:2.16.156.10011.1.3"
DOCUMENT = "urn:yigongti:identity-document:"
#: an element that another source told says so; whoever sends it back did not tell it
TOLD_BY = "urn:yigongti:extension:told-by"
ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
#: the ``id`` of the name in pinyin that we add
PINYIN = "pinyin"
LISTS = ("identifier", "name", "telecom", "address", "contact", "communication", "photo", "generalPractitioner", "link")
#: what is kept of a Patient; the others are ours alone
ELEMENTS = frozenset(
    {*LISTS, "extension", "modifierExtension", "contained", "language", "gender", "birthDate", "maritalStatus"}
    | {"deceasedBoolean", "deceasedDateTime", "multipleBirthBoolean", "multipleBirthInteger"}
)
#: types of identifiers (v2-0203) by which an identity document is known
DOCUMENTS = {"NNCHN": ID_CARD, "CIN": ID_CARD, "PPN": f"{DOCUMENT}03", "PRC": f"{DOCUMENT}92"}
LAST = 99
USES: Mapping[str, tuple[str, ...]] = {
    "name": ("official", "usual", "", "temp", "nickname", "anonymous"),
    "telecom": ("mobile", "home", "", "work", "temp"),
    "address": ("home", "", "temp", "work"),
}


def kept(resource: Json) -> str | None:
    """The elements that are told again as they came, as JSON; None where nothing is left."""
    held = {name: value for name, value in returned(resource).items() if _is_kept(name)}
    for name in ("identifier", "extension"):
        held[name] = [one for one in _listed(held.get(name)) if not _is_ours(one)]
    held["name"] = [one for one in _listed(held.get("name")) if one.get("id") != PINYIN]
    held = {name: value for name, value in held.items() if value not in ([], {}, None)}
    return json.dumps(held, ensure_ascii=False) if held else None


def _is_kept(name: str) -> bool:
    return name.removeprefix("_") in ELEMENTS


def _is_ours(one: Json) -> bool:
    """An identifier or extension of our own, or the number of an identity document: that has its column."""
    system = one.get("system") or one.get("url")
    return isinstance(system, str) and (system.startswith("urn:yigongti:") or system == ID_CARD)


def returned(resource: Json, own: str = "") -> Json:
    """A resource that is sent back: without what other sources told, and without the mark of the ``own`` one."""
    allowed = ("", own)
    sent = {
        name: _mine(value, allowed)
        for name, value in resource.items()
        if told_by(resource.get(f"_{name}")) in allowed and told_by(value) in allowed
    }
    return {name: value for name, value in sent.items() if value != {}}


def _mine(value: Any, allowed: tuple[str, str]) -> Any:
    if isinstance(value, list):
        return [_mine(one, allowed) for one in value if told_by(one) in allowed]
    if not told_by(value):
        return value
    rest = [one for one in _extensions(value) if one.get("url") != TOLD_BY]
    bare = {name: inside for name, inside in value.items() if name != "extension"}
    return bare | ({"extension": rest} if rest else {})


def told_by(one: Any) -> str:
    """The source that an element names as the one who told it; empty where it names none."""
    marks = (mark.get("valueString", "") for mark in _extensions(one) if mark.get("url") == TOLD_BY)
    return str(next(marks, ""))


def _extensions(one: Any) -> list[Json]:
    return _listed(one.get("extension")) if isinstance(one, dict) else []


def _listed(value: Any) -> list[Json]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def prepare(made: Json) -> None:
    """Put first what the mapping reads: the identity document, the name, phone and address in use; nothing masked."""
    sent = returned(made)
    made.clear()
    made.update(sent)
    for name in ("identifier", "telecom", "address"):
        if name in made:
            made[name] = [one for one in _listed(made[name]) if not masked(one)]
    for one in _listed(made.get("identifier")):
        if not one.get("system") and (system := _document(one)):
            one["system"] = system
    for name, rank in RANKS.items():
        if isinstance(made.get(name), list):
            made[name] = sorted(_listed(made[name]), key=rank)


def masked(one: Json) -> bool:
    """Whether a part of it was hidden from the one who read it."""
    reasons = (e.get("valueCode") for name in one if name.startswith("_") for e in _extensions(one[name]))
    return "masked" in reasons


def _document(one: Json) -> str:
    kind = one.get("type")
    codes = [str(coding.get("code")) for coding in _listed(kind.get("coding"))] if isinstance(kind, dict) else []
    return next((DOCUMENTS[code] for code in codes if code in DOCUMENTS), "")


def _over(one: Json) -> bool:
    period = one.get("period")
    return one.get("use") in ("old", "maiden") or (isinstance(period, dict) and bool(period.get("end")))


def _used(name: str, one: Json) -> int:
    use = one.get("use") or ""
    return USES[name].index(use) if use in USES[name] else LAST


def _number(one: Json) -> tuple[Any, ...]:
    system = str(one.get("system") or "")
    return (_over(one), 0 if system == ID_CARD else 1 if system.startswith(DOCUMENT) else 2)


def _name(one: Json) -> tuple[Any, ...]:
    return (_over(one), not (one.get("text") or one.get("family") or one.get("given")), _used("name", one))


def _point(one: Json) -> tuple[Any, ...]:
    rank = one.get("rank")
    phone = one.get("system") == "phone" and bool(one.get("value"))
    return (not phone, _over(one), rank if isinstance(rank, int) else LAST, _used("telecom", one))


def _place(one: Json) -> tuple[Any, ...]:
    return (_over(one), not (one.get("text") or one.get("line")), _used("address", one))


RANKS: Mapping[str, Callable[[Json], tuple[Any, ...]]] = {
    "identifier": _number,
    "name": _name,
    "telecom": _point,
    "address": _place,
}


def spelled(name: Json) -> str:
    """A name in one line, as the mapping reads it: for knowing it again."""
    if isinstance(name.get("text"), str):
        return str(name["text"]).strip()
    given = [part for part in name.get("given") or [] if isinstance(part, str)][:1]
    family = [name["family"]] if isinstance(name.get("family"), str) else []
    whole = "".join([*family, *given])
    return " ".join([*given, *family]) if whole.isascii() else whole


def keys(name: str, one: Json) -> Iterator[str]:
    """By what an item of a list is known as the same as another one."""
    if name == "name":
        yield spelled(one)
    elif name == "telecom":
        yield phone_digits(str(one.get("value") or ""))
    elif name == "address":
        lines = one.get("line")
        yield from (str(text) for text in (one.get("text"), *(lines[:1] if isinstance(lines, list) else ())) if text)
    elif name == "identifier":
        yield f"{one.get('system') or ''}|{one.get('value') or ''}"


def further(kept: str | None) -> Iterator[tuple[str, str]]:
    """Every name and telephone in what is kept of a person, with its kind (``name``, ``phone``)."""
    held = json.loads(kept) if kept else {}
    for one in _listed(held.get("name")):
        if text := spelled(one):
            yield "name", text
    for one in _listed(held.get("telecom")):
        if one.get("system") in ("phone", "sms") and isinstance(one.get("value"), str):
            yield "phone", one["value"]
