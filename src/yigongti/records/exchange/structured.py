"""Files without columns into the bench: JSON lines, FHIR resources, HL7 messages; one document, one row."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TextIO

import duckdb
import pyarrow

from .bench import quoted
from .files import LONGEST_LINE, Delivered, note, utf8
from .mappings import Read

BROKEN_BYTE = re.compile("[\ud800-\udfff]")
TOGETHER = 5_000
"""Rows of one Arrow batch."""


def read_jsonl(connection: duckdb.DuckDBPyConnection, name: str, read: Read, one: Delivered) -> None:
    """JSON lines: the whole line as ``document``, and its top-level keys as columns."""
    rows = (
        (line, [text, *(_plain_json(document, column) for column in (*read.columns, *read.optional))])
        for line, text, document in _documents(connection, name, one)
    )
    order = ["document", *read.columns, *read.optional]
    insert(connection, name, one, order, rows)


def _plain_json(document: Any, key: str) -> str | None:
    value = document.get(key) if isinstance(document, dict) else None
    if value is None or value == "":
        return None
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def read_fhir(connection: duckdb.DuckDBPyConnection, name: str, read: Read, one: Delivered) -> None:
    """NDJSON, one resource, or a Bundle: one row for each resource of the read's type, counted from 1."""
    from . import fhir_kept
    from .fhir_files import resources

    def rows() -> Iterator[tuple[int, list[str | None]]]:
        for line, resource, fault in resources(utf8(one)):
            if fault:
                note(connection, name, one, line, "", fault)
            elif not read.type or resource.get("resourceType") == read.type:
                try:
                    read_, *held = fhir_kept.read(resource)
                except (TypeError, AttributeError, ValueError, LookupError, RecursionError):
                    note(connection, name, one, line, "", "资源的结构不符合 FHIR R4")
                    continue
                yield line, [json.dumps(read_, ensure_ascii=False), str(resource["resourceType"]), _id(resource), *held]

    insert(connection, name, one, list(NATURAL_FHIR), rows())


def _id(resource: dict[str, Any]) -> str | None:
    """The key at the sender: ``id``, or the first identifier of a resource that has none."""
    listed = resource.get("identifier")
    first_ = listed[0] if isinstance(listed, list) and listed else listed
    key = resource.get("id") or (first_.get("value") if isinstance(first_, dict) else None)
    return key if isinstance(key, str) else None


NATURAL_FHIR = ("resource", "type", "id", "kept", "practitioner", "organization")


def read_hl7(connection: duckdb.DuckDBPyConnection, name: str, read: Read, one: Delivered) -> None:
    """A file of HL7 v2 messages, each beginning with MSH; one row a message, or one for each segment of the type."""
    from .hl7v2 import messages

    def rows() -> Iterator[tuple[int, list[str | None]]]:
        for place, row in enumerate(messages(utf8(one).read_text("utf-8"), read.type), start=1):
            if row.fault:
                note(connection, name, one, place, "", row.fault)
            else:
                yield place, [row.document, row.event, row.control_id, row.kept]

    insert(connection, name, one, ["message", "event", "control_id", "kept"], rows())


def _documents(connection: duckdb.DuckDBPyConnection, name: str, one: Delivered) -> Iterator[tuple[int, str, Any]]:
    with utf8(one, broken=True).open(encoding="utf-8-sig", errors="surrogateescape") as file:
        for line, text in enumerate(_lines(file), start=1):
            if not text.strip():
                continue
            if BROKEN_BYTE.search(text):
                note(connection, name, one, line, BROKEN_BYTE.sub("�", text[:200]), "不是有效的文字编码")
                continue
            try:
                yield line, text.strip(), json.loads(text)
            except (ValueError, RecursionError):
                note(connection, name, one, line, text[:200], "不是有效的 JSON")


def _lines(file: TextIO) -> Iterator[str]:
    while text := file.readline(LONGEST_LINE):
        yield text


def insert(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    one: Delivered,
    order: Sequence[str],
    rows: Iterable[tuple[int, Sequence[str | None]]],
) -> None:
    """Rows in batches of Arrow columns: a batch is what is in memory."""
    names = ", ".join(quoted(column) for column in order)
    lines: list[int] = []
    columns: list[list[str | None]] = [[] for _ in order]

    def flush() -> None:
        if not lines:
            return
        table = pyarrow.table(
            {
                "line": pyarrow.array(lines, pyarrow.int64()),
                **{f"c{n}": pyarrow.array(c, pyarrow.string()) for n, c in enumerate(columns)},
            }
        )
        connection.register("batch", table)
        connection.execute(f'INSERT INTO "{name}" (line, {names}) SELECT * FROM batch')
        connection.unregister("batch")
        lines.clear()
        for column in columns:
            column.clear()

    for line, values in rows:
        lines.append(one.after + line)
        for column, value in zip(columns, values, strict=True):
            column.append(value)
        if len(lines) >= TOGETHER:
            flush()
    flush()
