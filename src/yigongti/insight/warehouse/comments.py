"""The data dictionary inside the data: what a Parquet file says of itself in its key-value metadata.

``yigongti.fact``, ``.title``, ``.grain``, ``.meaning`` and ``.source`` tell the fact; ``yigongti.column.NAME`` tells a
column as JSON: title, type, unit, meaning, whether it is personal. A file is still named by its rows alone.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from yigongti.kernel.facts.entries import Entry, entries

PREFIX = "yigongti."


def comments(fact: str) -> Mapping[str, str]:
    """What the files of a fact say; nothing for one that the dictionary does not know."""
    told = entries().get(fact)
    return _comments(told) if told else {}


def _comments(told: Entry) -> dict[str, str]:
    found = {
        "fact": told.name,
        "title": told.title,
        "grain": told.grain,
        "meaning": told.meaning,
        "source": told.source,
    }
    for column in told.columns:
        said = {"title": column.title, "type": column.type, "unit": column.unit, "meaning": column.meaning}
        found[f"column.{column.name}"] = json.dumps(said | {"personal": column.personal}, ensure_ascii=False)
    return {f"{PREFIX}{name}": text for name, text in found.items()}


def option(told: Mapping[str, str]) -> str:
    """The comments as an option of DuckDB's COPY; empty where there are none."""
    if not told:
        return ""
    pairs = ", ".join(f"{_quoted(name)}: {_quoted(text)}" for name, text in told.items())
    return f", KV_METADATA {{{pairs}}}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def written(path: Path) -> dict[str, str] | None:
    """What a file says of itself; None where it cannot be read."""
    try:
        found = pq.read_metadata(path).metadata or {}
    except pa.ArrowInvalid:
        return None
    return {name.decode(): text.decode() for name, text in found.items() if name.startswith(PREFIX.encode())}
