"""PID and NK1 of an HL7 v2 message as FHIR Patient elements: what the columns of a source identity cannot hold.

Every repetition of PID-3, PID-5, PID-11, PID-13 and PID-14, the language, the marital status, the order of birth, and
the next of kin. The choice follows the HL7 v2-to-FHIR maps; codes that they leave open are told in words.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Json = dict[str, Any]
Fields = Mapping[str, str]

TABLE = "http://terminology.hl7.org/CodeSystem/v2-"
MOTHER = "http://hl7.org/fhir/StructureDefinition/patient-mothersMaidenName"
#: national identity numbers have a column of their own
NATIONAL = frozenset({"NI", "NNCHN", "SFZ", "SFZH", "01"})
NAME_USES = {"L": "official", "D": "usual", "M": "maiden", "N": "nickname", "S": "anonymous", "BAD": "old", "T": "temp"}
PLACE_USES = {"H": "home", "B": "work", "O": "work", "C": "temp", "BA": "old"}
POINT_USES = {"PRN": "home", "VHN": "home", "WPN": "work", "PRS": "mobile"}
POINT_SYSTEMS = {"PH": "phone", "CP": "phone", "FX": "fax", "BP": "pager", "INTERNET": "email", "X.400": "email"}
MOST = 20
"""Repetitions of a field that are looked at."""


def kept(segments: Sequence[tuple[str, Fields]]) -> str | None:
    """The elements as JSON; None where the message tells nothing of a person."""
    told = next((fields for name, fields in segments if name == "PID"), None)
    if told is None:
        return None
    held: Json = {
        "identifier": [*_identifiers(told)],
        "name": [*_names(told, "PID-5"), *({**one, "use": "nickname"} for one in _names(told, "PID-9"))],
        "telecom": [*_points(told, "PID-13", "home"), *_points(told, "PID-14", "work")],
        "address": [*_places(told, "PID-11")],
        "contact": [one for name, fields in segments if name == "NK1" for one in _contacts(fields)],
        **_single(told),
    }
    held = {name: value for name, value in held.items() if value not in ([], None)}
    return json.dumps(held, ensure_ascii=False) if held else None


def _repeated(fields: Fields, path: str) -> Iterator[str]:
    """The path of each repetition of a field that says anything."""
    for place in range(1, MOST + 1):
        again = f"{path}[{place}]" if place > 1 else path
        if any(name.startswith(f"{again}.") for name in fields):
            yield again


def _some(**members: Any) -> Json:
    return {name: value for name, value in members.items() if value not in ("", None, [], {})}


def _coded(fields: Fields, path: str, table: str) -> Json:
    """A coded field as a concept."""
    code, words = fields.get(f"{path}.1", ""), fields.get(f"{path}.2", "")
    coding = [_some(system=f"{TABLE}{table}", code=code, display=words)] if code else []
    return _some(coding=coding, text=words)


def _identifiers(fields: Fields) -> Iterator[Json]:
    """Numbers of PID-3 after the first, which is the key, and those of PID-2 and PID-4."""
    for path in (*list(_repeated(fields, "PID-3"))[1:], *_repeated(fields, "PID-4"), *_repeated(fields, "PID-2")):
        kind, value = fields.get(f"{path}.5", ""), fields.get(f"{path}.1", "")
        if not value or kind.upper() in NATIONAL:
            continue
        types = {"coding": [{"system": f"{TABLE}0203", "code": kind}]} if kind else {}
        yield _some(type=types, system=_authority(fields, f"{path}.4"), value=value, period=_period(fields, path, 7, 8))


def _authority(fields: Fields, path: str) -> str:
    """The assigning authority: its universal id where it has one, else its name."""
    name, universal, kind = (fields.get(f"{path}{part}", "") for part in ("", ".2", ".3"))
    if universal:
        return f"urn:oid:{universal}" if kind.upper() == "ISO" else universal
    return f"urn:hl7:{name}" if name else ""


def _names(fields: Fields, path: str) -> Iterator[Json]:
    for again in _repeated(fields, path):
        yield from [told] if (told := _name(fields, again)) else []


def _name(fields: Fields, path: str) -> Json:
    family = fields.get(f"{path}.1", "")
    given = [fields[f"{path}.{part}"] for part in (2, 3) if fields.get(f"{path}.{part}")]
    if not family and not given:
        return {}
    suffix = [fields[f"{path}.4"]] if fields.get(f"{path}.4") else []
    use = NAME_USES.get(fields.get(f"{path}.7", "").upper())
    return _some(use=use, family=family, given=given, suffix=suffix, period=_period(fields, path, 12, 13))


def _places(fields: Fields, path: str) -> Iterator[Json]:
    for again in _repeated(fields, path):
        use = PLACE_USES.get(fields.get(f"{again}.7", "").upper())
        parts = {"city": 3, "state": 4, "postalCode": 5, "country": 6, "district": 9}
        told = _some(
            line=[fields[f"{again}.{part}"] for part in (1, 2) if fields.get(f"{again}.{part}")],
            **{name: fields.get(f"{again}.{part}", "") for name, part in parts.items()},
        )
        if told:
            whole = "".join(fields.get(f"{again}.{part}", "") for part in (4, 3, 1, 2))
            yield _some(use=use, text=whole, **told, period=_period(fields, again, 13, 14))


def _points(fields: Fields, path: str, use: str) -> Iterator[Json]:
    for again in _repeated(fields, path):
        kind = fields.get(f"{again}.3", "").upper()
        system = POINT_SYSTEMS.get(kind) or ("email" if fields.get(f"{again}.2", "").upper() == "NET" else "phone")
        value = fields.get(f"{again}.4", "") if system == "email" else ""
        value = value or fields.get(f"{again}.1", "") or fields.get(f"{again}.12", "")
        told = "mobile" if kind == "CP" else POINT_USES.get(fields.get(f"{again}.2", "").upper(), use)
        if value:
            yield _some(system=system, value=value, use=told)


def _period(fields: Fields, path: str, start: int, end: int) -> Json:
    return _some(start=_day(fields.get(f"{path}.{start}", "")), end=_day(fields.get(f"{path}.{end}", "")))


def _day(text: str) -> str:
    return f"{text[:4]}-{text[4:6]}-{text[6:8]}" if len(text) >= 8 and text[:8].isdigit() else ""


def _contacts(fields: Fields) -> Iterator[Json]:
    """The next of kin: who, how related, where to be reached."""
    named = next(_names(fields, "NK1-2"), {})
    related = _coded(fields, "NK1-3", "0131")
    told = _some(
        relationship=[related] if related else [],
        name=named,
        telecom=[*_points(fields, "NK1-5", "home"), *_points(fields, "NK1-6", "work")],
        address=next(_places(fields, "NK1-4"), {}),
    )
    if named or told.get("telecom"):
        yield told


def _single(fields: Fields) -> Json:
    """Elements that stand once."""
    language = _coded(fields, "PID-15", "0296")
    born = {"Y": True, "N": False}.get(fields.get("PID-24.1", "").upper())
    order = fields.get("PID-25.1", "")
    mother = _name(fields, "PID-6")
    several: Json = {} if born is None else {"multipleBirthBoolean": born}
    if born and order.isascii() and order.isdigit():
        several = {"multipleBirthInteger": int(order[:2])}
    maiden = "".join([mother.get("family", ""), *mother.get("given", [])])
    return {
        "communication": [{"language": language}] if language else None,
        "maritalStatus": _coded(fields, "PID-16", "0002") or None,
        "extension": [{"url": MOTHER, "valueString": maiden}] if maiden else None,
        **several,
    }
