"""All kinds of comparison by name, and how one of them is applied to a field."""

from collections.abc import Mapping
from dataclasses import replace

from yigongti.records.linkage import codes, dates, names
from yigongti.records.linkage.levels import Kind, Level
from yigongti.records.linkage.prepared import Values

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in (*names.KINDS, *dates.KINDS, *codes.KINDS)}


def levels_of(kind: str, column: str, swap: str | None, m: Mapping[str, float]) -> tuple[Level, ...]:
    """The levels of a field, with the policy's own ``m`` where it gives one; the ``m`` of all add up to 1."""
    found = [replace(level, m=m.get(level.name, level.m)) for level in KINDS[kind].levels(column, swap)]
    total = sum(level.m for level in found)
    return tuple(replace(level, m=level.m / total) for level in found)


def prepare_value(kind: str, raw: str | None) -> dict[str, str | None]:
    """Suffix to prepared value of one field of one row."""
    values: dict[str, str | None] = {"raw": raw}
    for made in KINDS[kind].steps:
        values[made.suffix] = None if made.suffix and values[""] is None else made.value(_present(values))
    del values["raw"]
    return values


def _present(values: dict[str, str | None]) -> Values:
    return values
