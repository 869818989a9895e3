"""Rows of a type as finished resources: the one place that runs the statements."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from .conditions import Where
from .resources import Resource


@dataclass(frozen=True)
class Found:
    """A resource as JSON text, with the keys that it is known by and whom it is about."""

    type: str
    row: Any
    id: str
    resident: UUID | None
    text: str
    sorted: Any = None


def fetch(
    kind: Resource,
    conditions: Sequence[Where],
    *,
    unmasked: bool = False,
    current: bool = True,
    sort: str = "",
    more: str = "",
) -> list[Found]:
    """The resources that fulfil all conditions; one statement."""
    sql = kind.select([one.sql for one in conditions], current=current, sort=sort, more=more)
    with connection.cursor() as cursor:
        cursor.execute(sql, [value for one in conditions for value in one.values])
        return finished(kind, cursor.fetchall(), unmasked)


def finished(kind: Resource, rows: Sequence[tuple[Any, ...]], unmasked: bool) -> list[Found]:
    """Rows of the statement; what is sealed is opened where the type has such columns."""
    texts: Iterable[str] = (row[3] for row in rows)
    if kind.finish and rows:
        resources = [json.loads(text) for text in texts]
        kind.finish(resources, [row[5:] for row in rows], unmasked)
        texts = [json.dumps(one, ensure_ascii=False) for one in resources]
    return [Found(kind.type, r[0], r[1], r[2], text, r[4]) for r, text in zip(rows, texts, strict=True)]


def stream(kind: Resource, conditions: Sequence[Where], unmasked: bool, batch: int) -> Iterator[list[Found]]:
    """All of them in batches, by a cursor of the database: flat memory."""
    sql = kind.select([one.sql for one in conditions])
    connection.ensure_connection()
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, [value for one in conditions for value in one.values])
        while rows := cursor.fetchmany(batch):
            yield finished(kind, rows, unmasked)
