"""The temporary tables that a tie works on, and how its statements are sent.

A few identities (what arrives by message) find the tables where the last tie of the connection left them, empty, and
statements that PostgreSQL has planned already: by their keys, one after the other. More make their tables anew, have
them analysed and their statements planned for what is in them. A whole load is joined by hashing, with memory for it:
what the planner believes of the tables it writes was true before the load, and a row for a row is hours then.
"""
# ruff: noqa: S608

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any

from django.db import connection

from yigongti.kernel import prepared

FEW = 100
"""Identities up to which a tie is one of a few."""
TABLES: Mapping[str, Mapping[str, str]] = {
    "index_asked": {"identity": "uuid"},
    "index_tied": {
        "identity": "uuid",
        "held": "uuid",
        "source": "varchar",
        "source_key": "varchar",
        "mother_key": "varchar",
        "written": "varchar",
        "sex": "varchar",
        "born": "date",
        "kind": "varchar",
        "phone_index": "bytea",
        "insurance_number_index": "bytea",
        "health_number": "varchar",
        "area": "varchar",
        "name": "varchar",
        "pinyin": "varchar",
        "sorted": "varchar",
        "number_index": "bytea",
        "valid": "boolean",
        "found": "uuid",
        "rule": "varchar",
        "probability": "double precision",
        "match": "jsonb",
        "outcome": "varchar",
        "leader": "uuid",
    },
    "index_numbers": {
        "identity": "uuid",
        "valid": "boolean",
        "number_index": "bytea",
        "kind": "varchar",
        "born": "date",
        "sex": "varchar",
        "sealed": "bytea",
    },
    "index_names": {
        "written": "varchar",
        "name": "varchar",
        "pinyin": "varchar",
        "initials": "varchar",
        "other_pinyin": "varchar",
        "other_initials": "varchar",
        "given": "varchar",
        "sorted": "varchar",
    },
    "index_known": {
        "resident": "uuid",
        "number_index": "bytea",
        "insurance_index": "bytea",
        "health_number": "varchar",
        "name": "varchar",
        "pinyin": "varchar",
        "born": "date",
        "sex": "varchar",
    },
    "index_left": {
        "identity": "uuid",
        "held": "uuid",
        "name": "varchar",
        "surname": "varchar",
        "pinyin": "varchar",
        "born": "date",
        "year": "integer",
        "day": "varchar",
        "sex": "varchar",
        "phone_index": "bytea",
        "number_index": "bytea",
    },
    "index_residents": {
        "id": "uuid",
        "name": "varchar",
        "surname": "varchar",
        "pinyin": "varchar",
        "born": "date",
        "year": "integer",
        "day": "varchar",
        "sex": "varchar",
        "phone_index": "bytea",
        "number_index": "bytea",
    },
    "index_pairs": {
        "identity": "uuid",
        "resident": "uuid",
        "other": "uuid",
        "rank": "integer",
        "same_number": "boolean",
    },
    "index_found": {
        "identity": "uuid",
        "found": "uuid",
        "leader": "uuid",
        "rule": "varchar",
        "probability": "double precision",
        "match": "text",
    },
    "index_new": {
        "identity": "uuid",
        "resident": "uuid",
        "numbered": "boolean",
        "mother": "uuid",
        "kind": "varchar",
        "source": "varchar",
        "area": "varchar",
    },
    "index_keys": {"identity": "uuid", "resident": "uuid"},
    "index_called": {
        "identity": "uuid",
        "name": "varchar",
        "pinyin": "varchar",
        "initials": "varchar",
        "other_pinyin": "varchar",
        "other_initials": "varchar",
        "given": "varchar",
    },
    "index_asked_pairs": {
        "id": "uuid",
        "identity": "uuid",
        "resident": "uuid",
        "other": "uuid",
        "rule": "varchar",
        "probability": "double precision",
        "match": "text",
    },
    "index_questions": {
        "id": "uuid",
        "identity": "uuid",
        "resident": "uuid",
        "candidate": "uuid",
        "rule": "varchar",
        "probability": "double precision",
        "match": "jsonb",
    },
    "index_surviving": {"resident": "uuid"},
    "index_said": {
        "resident": "uuid",
        "id": "uuid",
        "told": "varchar",
        "received_at": "timestamptz",
        "system": "varchar",
        "name": "varchar",
        "sex": "varchar",
        "birth_date": "date",
        "phone": "bytea",
        "phone_index": "bytea",
        "address": "bytea",
        "area_id": "varchar",
        "died_on": "date",
        "number_valid": "boolean",
        "id_number": "bytea",
        "id_number_index": "bytea",
        "identity_kind": "varchar",
        "renumbers": "boolean",
    },
    "index_best": {
        "resident": "uuid",
        "told": "varchar",
        "received_at": "timestamptz",
        "trust": "integer",
        "name": "varchar",
    },
    "index_won": {
        "written": "varchar",
        "name": "varchar",
        "pinyin": "varchar",
        "initials": "varchar",
        "other_pinyin": "varchar",
        "other_initials": "varchar",
        "given": "varchar",
        "sorted": "varchar",
    },
}
#: by the keys of a few rows, never through a whole table
BY_KEYS = """
SELECT set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
       set_config('enable_seqscan', 'off', true)
"""
AS_EVER = BY_KEYS.replace("'off'", "'on'")
WHOLE = 100_000
"""Identities from which on a tie is a whole load."""
BY_HASH = """
SELECT set_config('enable_nestloop', 'off', true), set_config('enable_mergejoin', 'off', true),
       set_config('work_mem', '256MB', true)
"""
BEFORE = """
SELECT current_setting('enable_nestloop'), current_setting('enable_mergejoin'), current_setting('work_mem')
"""
AS_BEFORE = """
SELECT set_config('enable_nestloop', %s, true), set_config('enable_mergejoin', %s, true),
       set_config('work_mem', %s, true)
"""
THERE = "SELECT to_regclass('pg_temp.index_tied') IS NOT NULL"
EMPTIED = f"""WITH {", ".join(f"{name}_gone AS (DELETE FROM {name})" for name in TABLES)} SELECT"""
_few: ContextVar[bool | None] = ContextVar("few", default=None)
_whole: ContextVar[bool] = ContextVar("whole", default=False)


def run(sql: str, params: Sequence[Any] = ()) -> int:
    """A statement; how many rows it touched."""
    if _few.get():
        return prepared.run(sql, params)[1]
    with connection.cursor() as cursor:
        cursor.execute(sql, params or None)
        return int(cursor.rowcount)


def rows(sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """All rows of a query, or of a statement that returns some."""
    if _few.get():
        return prepared.run(sql, params)[0]
    with connection.cursor() as cursor:
        cursor.execute(sql, params or None)
        return list(cursor.fetchall())


def filled(name: str) -> None:
    """The table has its rows: those of a whole load are counted for the planner."""
    if not _few.get():
        run(f"ANALYZE {name}")


def indexed(name: str, column: str) -> None:
    """More than a few are looked up by this column, if they are no whole load."""
    if not _few.get() and not whole():
        run(f"CREATE INDEX ON {name} ({column})")


def stage(name: str, content: Iterable[Sequence[Any]]) -> int:
    """Rows into one of :data:`TABLES`; returns how many."""
    lines = list(content)  # it may ask the database itself, which a running COPY forbids
    columns = TABLES[name]
    if not lines:
        return 0
    if _few.get():
        arrays = ", ".join(f"%s::{kind}[]" for kind in columns.values())
        run(f"INSERT INTO {name} SELECT * FROM unnest({arrays})", [list(c) for c in zip(*lines, strict=True)])
        return len(lines)
    with connection.cursor() as cursor, cursor.copy(f"COPY {name} FROM STDIN") as copy:
        copy.set_types(list(columns.values()))
        for line in lines:
            copy.write_row(line)
    filled(name)
    return len(lines)


@contextmanager
def opened(count: int) -> Iterator[None]:
    """The tables, empty, for a tie of ``count`` identities; inside another such block, those of that."""
    if _few.get() is not None:
        yield
        return
    few = count <= FEW
    ready(few)
    tokens = _few.set(few), _whole.set(count >= WHOLE)
    try:
        if few:
            run(BY_KEYS)
        with _hashing() if whole() else nullcontext():
            yield
        if few:
            run(AS_EVER)
    finally:
        _few.reset(tokens[0])
        _whole.reset(tokens[1])
    if not few:
        _drop()


@contextmanager
def _hashing() -> Iterator[None]:
    """Joins by hashing. Nothing of a load is garbage before its end, so that nobody looks for it among its rows."""
    before, collecting = rows(BEFORE)[0], gc.isenabled()
    run(BY_HASH)
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
    run(AS_BEFORE, before)


def whole() -> bool:
    """Whether a whole load is tied."""
    return _whole.get()


def inside() -> bool:
    """Whether the tables are open already."""
    return _few.get() is not None


def ready(few: bool = True) -> None:
    """The tables, empty; nothing to do inside :func:`opened`."""
    if _few.get() is not None:
        return
    there = prepared.run(THERE, [])[0][0][0]
    if there and few:
        prepared.run(EMPTIED, [])
        return
    if there:
        _drop()
    _execute("; ".join(_create(name, columns, few) for name, columns in TABLES.items()))


def _drop() -> None:
    _execute(f"DROP TABLE {', '.join(f'pg_temp.{name}' for name in TABLES)}")


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def _create(name: str, columns: Mapping[str, str], few: bool) -> str:
    declared = ", ".join(f"{column} {kind}" for column, kind in columns.items())
    return f"CREATE TEMP TABLE {name} ({declared}) ON COMMIT {'DELETE ROWS' if few else 'DROP'}"
