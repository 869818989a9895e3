"""The temporary tables that a tie works on, and how its statements are sent.

A few identities (what arrives by message) take few statements that PostgreSQL has planned already, by their keys: what
one statement needs of another is named within it (:func:`through`, ``given``), and the tables that stay between them
are where the last tie of the connection left them, empty. More make their tables anew, have them analysed and their
statements planned for what is in them. A whole load is joined by hashing, with memory for it: what the planner
believes of the tables it writes was true before the load, and a row for a row is hours then.
"""
# ruff: noqa: S608

import gc
import json
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
        "initials": "varchar",
        "other_pinyin": "varchar",
        "other_initials": "varchar",
        "given": "varchar",
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
        "named": "boolean",
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
STAYING = ("index_tied", "index_pairs", "index_new", "index_called", "index_questions")
"""What statements of a few identities hand on to later ones: their rows are deleted at the end of a tie. (Emptied by
the commit, all tables together took 4 ms of it.)"""
CROWDED = 256 * 1024
"""Bytes of a staying table at which they are made anew: deleted rows leave something behind."""
#: how large they are; by the keys of a few rows, never through a whole table, and planned once
BY_KEYS = f"""
SELECT greatest({", ".join(f"pg_relation_size(to_regclass('pg_temp.{name}'))" for name in STAYING)}),
       set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
       set_config('enable_seqscan', 'off', true), set_config('plan_cache_mode', 'force_generic_plan', true)
"""
#: the tables empty, settings and triggers as ever
AS_EVER = f"""
WITH {", ".join(f"{name}_gone AS (DELETE FROM {name})" for name in STAYING)}
SELECT set_config('enable_hashjoin', 'on', true), set_config('enable_mergejoin', 'on', true),
       set_config('enable_seqscan', 'on', true), set_config('plan_cache_mode', 'auto', true),
       set_config('pgtrigger.ignore', '{{}}', true)
"""
AUDITED = "SELECT set_config('pgtrigger.ignore', '{}', true)"
"""Every trigger does its work again."""
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
_few: ContextVar[bool | None] = ContextVar("few", default=None)
_whole: ContextVar[bool] = ContextVar("whole", default=False)
Lines = Iterable[Sequence[Any]]


def run(sql: str, params: Sequence[Any] = (), **given: Lines) -> int:
    """A statement; how many rows it touched. ``given``: rows of :data:`TABLES` that it reads."""
    return _run(sql, params, given)[1]


def rows(sql: str, params: Sequence[Any] = (), **given: Lines) -> list[tuple[Any, ...]]:
    """All rows of a query, or of a statement that returns some. ``given`` as :func:`run`."""
    return _run(sql, params, given)[0]


def _run(sql: str, params: Sequence[Any], given: Mapping[str, Lines]) -> tuple[list[tuple[Any, ...]], int]:
    if _few.get():
        named = ", ".join(f"{name} AS MATERIALIZED (SELECT * FROM {_content(name)})" for name in given)
        return prepared.run(
            _within(named, sql) if given else sql,
            [*(_text(lines, TABLES[name]) for name, lines in given.items()), *params],
        )
    for name, lines in given.items():
        stage(name, lines)
    with connection.cursor() as cursor:
        cursor.execute(sql, params or None)
        return (list(cursor.fetchall()) if cursor.description else []), int(cursor.rowcount)


def through(name: str, select: str, *statements: str, indexes: Sequence[str] = ()) -> list[tuple[Any, ...]]:
    """The rows of statements that read what ``select`` finds for a table; more than a few are looked up by
    ``indexes`` of it, if they are no whole load.
    """
    columns = ", ".join(TABLES[name])
    if _few.get():
        named = f"{name} ({columns}) AS MATERIALIZED ({select})"
        return [row for sql in statements for row in rows(_within(named, sql))]
    if not run(f"INSERT INTO {name} ({columns}) {select}"):
        return []
    for column in indexes:
        indexed(name, column)
    filled(name)
    return [row for sql in statements for row in rows(sql)]


def _within(named: str, sql: str) -> str:
    return f"WITH {named} {sql}"


def _content(name: str) -> str:
    """Rows of a table that come as one JSON text: a statement is the same whatever of them is unknown."""
    columns = ", ".join(f"{column} {kind}" for column, kind in TABLES[name].items())
    return f"json_to_recordset(%s::json) AS given({columns})"


def _text(lines: Lines, columns: Iterable[str]) -> str:
    return json.dumps([dict(zip(columns, line, strict=True)) for line in lines], default=_plain, ensure_ascii=False)


def _plain(value: Any) -> str:
    """What is no JSON as PostgreSQL reads it."""
    return f"\\x{value.hex()}" if isinstance(value, bytes) else str(value)


def filled(name: str) -> None:
    """The table has its rows: those of a whole load are counted for the planner."""
    if not _few.get():
        run(f"ANALYZE {name}")


def indexed(name: str, column: str) -> None:
    """More than a few are looked up by this column, if they are no whole load."""
    if not _few.get() and not whole():
        run(f"CREATE INDEX ON {name} ({column})")


def stage(name: str, content: Lines) -> int:
    """Rows into one of :data:`TABLES`, for more than a few; returns how many."""
    lines = list(content)  # it may ask the database itself, which a running COPY forbids
    if not lines:
        return 0
    with connection.cursor() as cursor, cursor.copy(f"COPY {name} FROM STDIN") as copy:
        copy.set_types(list(TABLES[name].values()))
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
    _ready(few)
    tokens = _few.set(few), _whole.set(not few and count >= WHOLE)
    try:
        with _hashing() if whole() else nullcontext():
            yield
        run(AS_EVER if few else AUDITED)
    finally:
        _few.reset(tokens[0])
        _whole.reset(tokens[1])
    if not few:
        _drop(TABLES)


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


def inside() -> bool | None:
    """Whether the tables are open already: True for a few."""
    return _few.get()


def _ready(few: bool) -> None:
    """The tables, empty, and the settings of a few."""
    if few:
        size = prepared.run(BY_KEYS, [])[0][0][0]
        if size is not None and size < CROWDED:
            return
        there = size is not None
    else:
        there = prepared.run(THERE, [])[0][0][0]
    if there:
        _drop(STAYING)
    _execute("; ".join(_create(name, few) for name in (STAYING if few else TABLES)))


def _drop(names: Iterable[str]) -> None:
    _execute(f"DROP TABLE {', '.join(f'pg_temp.{name}' for name in names)}")


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def _create(name: str, few: bool) -> str:
    declared = ", ".join(f"{column} {kind}" for column, kind in TABLES[name].items())
    return f"CREATE TEMP TABLE {name} ({declared}) {'' if few else 'ON COMMIT DROP'}"
