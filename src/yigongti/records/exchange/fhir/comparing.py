"""What of a resource that was sent is not told again when it is read: for the test and the document of the examples."""

from collections.abc import Iterator
from typing import Any

#: ours by design: keys, versions, where a row belongs
OURS = frozenset({"id", "meta", "subject", "patient", "encounter"})


def lost(sent: dict[str, Any], told: dict[str, Any]) -> list[str]:
    """The elements of ``sent`` that ``told`` does not say, each named once, without list indices."""
    return list(dict.fromkeys(_lost(sent, told, "")))


def _lost(sent: Any, told: Any, place: str) -> Iterator[str]:
    if isinstance(sent, dict):
        if (
            isinstance(sent.get("reference"), str)
            and isinstance(told, dict)
            and {"identifier", "reference"} & told.keys()
        ):
            return
        for name, value in sent.items():
            if place or name not in OURS:
                inside = told.get(name) if isinstance(told, dict) else None
                yield from _lost(value, inside, f"{place}.{name}".lstrip("."))
    elif isinstance(sent, list):
        yield from _listed(sent, told, place)
    elif sent != told:
        yield place


def _listed(sent: list[Any], told: Any, place: str) -> Iterator[str]:
    """Each item is looked for wherever it stands."""
    held = told if isinstance(told, list) else []
    for one in sent:
        missing = [list(_lost(one, other, place)) for other in held] or [list(_lost(one, None, place))]
        yield from min(missing, key=len)
