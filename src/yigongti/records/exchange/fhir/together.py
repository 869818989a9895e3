"""What the sources keep of a person beside our columns, told with the resident: the golden Patient.

Where a source says the same as we do (the same name, phone, address, number), its form stands. What it says beyond that
stands beside ours with the extension ``told-by``: which source says so. Without the scope for identifiers numbers,
phones, addresses, contacts and pictures are hidden.
"""

import json
from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any

from yigongti.kernel.errors import Invalid
from yigongti.records.residents.documents import DocumentKind

from ..patient_kept import ABSENT, DOCUMENT, LISTS, TOLD_BY, keys, masked

Json = dict[str, Any]
Said = Sequence[tuple[str, str | None]]
"""Source and what is kept of it (JSON), the latest first."""

MASKED = [{"url": ABSENT, "valueCode": "masked"}]
ESTIMATED = "urn:yigongti:extension:birth-date-estimated"
OWN_SYSTEM = "urn:yigongti:"
TEMPORARY = (DocumentKind.NEWBORN, DocumentKind.UNKNOWN)
#: what stays of an address
PLACE = {"use", "type", "city", "district", "state", "country", "period", "extension"}
CONTACT = {"relationship", "gender", "organization", "period", "extension"}
#: elements of which nothing stays
HIDDEN = ("photo", "contained", "modifierExtension")


def tell(resource: Json, said: Said) -> None:
    """Add to a Patient what the sources keep of the person."""
    for source, text in said:
        for name, value in json.loads(text or "{}").items():
            if isinstance(value, list) and not name.startswith("_"):
                resource[name] = _joined(name, resource.get(name, []), value, source)
            elif name.startswith("_"):
                continue
            elif _says(resource, name, value):
                _take(resource, name, value, json.loads(text or "{}").get(f"_{name}"), source)


def _joined(name: str, ours: list[Json], theirs: list[Json], source: str) -> list[Json]:
    told = list(ours)
    for one in theirs:
        same = next((place for place, other in enumerate(told) if _same(name, one, other)), None)
        if same is None:
            told.append(one if name == "contained" else _marked(one, source))
        elif same < len(ours) and TOLD_BY not in json.dumps(told[same]):
            told[same] = told[same] | one
    return told


def _same(name: str, one: Json, other: Json) -> bool:
    """Whether both say the same, however they put it."""
    if {k: v for k, v in other.items() if k != "extension"} == {k: v for k, v in one.items() if k != "extension"}:
        return True
    return bool({key for key in keys(name, one) if key.strip("|")} & set(keys(name, other)))


def _says(resource: Json, name: str, value: Any) -> bool:
    """Whether a single element of a source has a place: ours is not there, or says the same less exactly."""
    ours = resource.get(name)
    if name == "gender":
        return ours in (None, "unknown", value)
    if name == "birthDate":
        return ours is None or ours == value or (_estimated(resource) and str(ours).startswith(str(value)))
    if name.startswith("deceased"):
        died = resource.get("deceasedDateTime")
        return died is None or (name == "deceasedDateTime" and str(value).startswith(str(died)))
    return ours is None and not (
        name.startswith("multipleBirth") and any(n.startswith("multipleBirth") for n in resource)
    )


def _estimated(resource: Json) -> bool:
    return any(one.get("url") == ESTIMATED for one in resource.get("extension", []))


def _take(resource: Json, name: str, value: Any, beside: Any, source: str) -> None:
    new = name not in resource
    resource[name] = _marked(value, source) if isinstance(value, dict) else value
    if isinstance(beside, dict):
        resource[f"_{name}"] = beside
    if new and not isinstance(value, dict):
        resource[f"_{name}"] = _marked(resource.get(f"_{name}", {}), source)


def _marked(one: Json, source: str) -> Json:
    return {**one, "extension": [*one.get("extension", []), {"url": TOLD_BY, "valueString": source}]}


def hide(resource: Json) -> None:
    """Take out of a Patient what only the scope for identifiers opens; ends of numbers stay, for people to compare."""
    for name in HIDDEN:
        resource.pop(name, None)
    for name, form in (("identifier", _number), ("telecom", _point), ("address", _place), ("contact", _contact)):
        if name in resource:
            resource[name] = [form(one) for one in resource[name]]


def _number(one: Json) -> Json:
    system = str(one.get("system", ""))
    lasting = system.startswith(DOCUMENT) and system.removeprefix(DOCUMENT) not in TEMPORARY
    return _ends(one) if lasting or not system.startswith(OWN_SYSTEM) else one


def _point(one: Json) -> Json:
    return _ends(one) if one.get("system") in ("phone", "sms", "fax") else _ends(one, shown=False)


def _ends(one: Json, *, shown: bool = True) -> Json:
    value = one.get("value")
    if not isinstance(value, str):
        return one
    return {**one, "value": shortened(value) if shown else "****", "_value": {"extension": MASKED}}


def shortened(text: str) -> str:
    """The ends of a number, what is between them as stars."""
    first, last = (6, 4) if len(text) >= 15 else (3, 4) if len(text) >= 11 else (2, 2)
    return f"{text[:first]}{'*' * (len(text) - first - last)}{text[-last:]}" if len(text) > first + last else "****"


def _place(one: Json) -> Json:
    return {name: value for name, value in one.items() if name in PLACE} | {"_text": {"extension": MASKED}}


def _contact(one: Json) -> Json:
    shown = {name: value for name, value in one.items() if name in CONTACT}
    return shown | ({"name": {"_text": {"extension": MASKED}}} if one.get("name") else {})


def restored(content: Json, shown: Json, whole: Json) -> Json:
    """What is sent back by a system that read ``shown``, with what was hidden from it as it is in ``whole``.

    Raises Invalid for a hidden value that stands in another place or with other words beside it.
    """
    sent = deepcopy(content)
    for name, value in whole.items():
        seen = shown.get(name)
        if seen == value:
            continue
        if seen is None:
            sent.setdefault(name, value)
        elif isinstance(value, list) and isinstance(sent.get(name), list):
            pairs = list(zip(seen, value, strict=True))
            sent[name] = [next((full for one, full in pairs if one == item), item) for item in sent[name]]
    for name in _still_hidden(sent):
        raise Invalid(
            f"{name} 里有读取时遮住的内容，不能改写",
            hint="原样送回，或者写上完整的内容；查看完整内容需要 system/Patient.identifiers",
            field=f"Patient.{name}",
        )
    return sent


def _still_hidden(sent: Json) -> Iterator[str]:
    for name in LISTS:
        items = sent.get(name)
        parts = items if isinstance(items, list) else []
        if any(isinstance(one, dict) and (masked(one) or masked(one.get("name") or {})) for one in parts):
            yield name
