"""FHIR content as resources: NDJSON, a single resource, a Bundle of any size, or a JSON list."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LONGEST = 256 << 20
"""A single JSON document may be this long (bytes); larger deliveries come as NDJSON."""

Found = tuple[int, dict[str, Any], str]
"""Line (or place in the Bundle, from 1), the resource, or what is wrong."""


def resources(path: Path) -> Iterator[Found]:
    """Every resource of a file. A broken line is answered with its fault and the others are read on."""
    with path.open(encoding="utf-8-sig") as file:
        first = file.readline()
        try:
            one = json.loads(first)
        except (ValueError, RecursionError):
            one = None
        if isinstance(one, dict) and one.get("resourceType") not in (None, "Bundle"):
            yield from _ndjson(path)
            return
    if path.stat().st_size > LONGEST:
        yield 1, {}, "单个 JSON 超过 256 MB，请改用 NDJSON（每行一个资源）"
        return
    try:
        document = json.loads(path.read_text("utf-8-sig"))
    except (ValueError, RecursionError):
        yield from _ndjson(path)
        return
    yield from inside(document)


def inside(document: Any) -> Iterator[Found]:
    """The resources of a parsed document."""
    if isinstance(document, list):
        entries: list[Any] = document
    elif isinstance(document, dict) and document.get("resourceType") == "Bundle":
        held = document.get("entry") or []
        entries = (
            [entry.get("resource") if isinstance(entry, dict) else entry for entry in held]
            if isinstance(held, list)
            else [held]
        )
    else:
        entries = [document]
    for place, entry in enumerate(entries, start=1):
        yield place, *_resource(entry)


def _ndjson(path: Path) -> Iterator[Found]:
    with path.open(encoding="utf-8-sig") as file:
        for line, text in enumerate(file, start=1):
            if not text.strip():
                continue
            try:
                document = json.loads(text)
            except (ValueError, RecursionError):
                yield line, {}, "不是有效的 JSON"
                continue
            yield line, *_resource(document)


def _resource(document: Any) -> tuple[dict[str, Any], str]:
    if not isinstance(document, dict):
        return {}, "不是 FHIR 资源"
    if not isinstance(document.get("resourceType"), str):
        return {}, "缺少 resourceType"
    return document, ""
