"""Changing keys while people work: every stored value under an older key is sealed, or indexed, anew.

There is no state to keep: each value names its key. A walk over the primary key takes the rows that still use an old
one, batch by batch, each in one short transaction; a row that someone changed in between is left for the next walk.
A rotation that was stopped is continued by starting it again.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from psycopg import sql

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.ciphers import blind, keyfile, keys, sm4
from yigongti.kernel.ciphers.fields import BlindIndexField, EncryptedTextField

BATCH = 1000
"""Rows in one transaction."""
WALKS = 20
"""Walks over one table after which a rotation gives up on rows that are being written all the time."""

Progress = Callable[[str, int], None]
"""Called after each batch with the table and the rows re-sealed in it so far."""
Row = tuple[Any, ...]
Change = tuple[Row, list[bytes | None]]
"""A row as it was read, primary key first, and its columns under the active keys."""


@dataclass(frozen=True)
class SealedTable:
    """A table with encrypted columns, and the blind indexes that are made from them."""

    table: str
    key: "models.Field[Any, Any]"
    texts: tuple[EncryptedTextField, ...]
    indexes: tuple[BlindIndexField, ...]

    @property
    def columns(self) -> list[str]:
        """The sealed columns and then the indexes."""
        return [str(f.column) for f in (*self.texts, *self.indexes)]


@dataclass
class Outcome:
    """What a rotation did to one table. ``conflicts`` are rows whose new index another row already holds."""

    resealed: int = 0
    conflicts: list[str] = field(default_factory=list)
    left: int = 0


def sealed_tables() -> list[SealedTable]:
    """All tables of this installation that hold encrypted columns."""
    found = []
    for model in apps.get_models():
        fields = model._meta.local_concrete_fields
        texts = tuple(f for f in fields if isinstance(f, EncryptedTextField))
        indexes = tuple(f for f in fields if isinstance(f, BlindIndexField))
        if texts and model._meta.pk is not None and not model._meta.proxy:
            found.append(SealedTable(model._meta.db_table, model._meta.pk, texts, indexes))
    return found


def as_system() -> AbstractContextManager[None]:
    """The transaction of one batch: the machine itself, which row-level security lets see every row."""
    return acting(SYSTEM)


def rotate(
    progress: Progress, *, tables: Sequence[SealedTable] | None = None, settle: float = 3.0
) -> dict[str, Outcome]:
    """Bring every stored value under the active keys, then retire the older index keys.

    ``settle``: seconds to wait before the last walk, so that every other process has seen the new key file.
    """
    keys.refresh()
    chosen = sealed_tables() if tables is None else tables
    outcomes = {table.table: Outcome() for table in chosen}
    for wait in (0.0, settle):
        time.sleep(wait)
        for table in chosen:
            _rotate_table(table, outcomes[table.table], progress)
    if not any(o.left or o.conflicts for o in outcomes.values()):
        keyfile.retire(keys.path(), "data")
        keyfile.retire(keys.path(), "index")
        keys.refresh()
    return outcomes


def _rotate_table(table: SealedTable, outcome: Outcome, progress: Progress) -> None:
    """Walk until no row is left under an older key, or rows keep changing under our hands."""
    conflicts: set[str] = set()
    for _ in range(WALKS):
        outcome.left = 0
        for rows in _walk(table):
            pending = [row for row in rows if str(row[0]) not in conflicts]
            written, refused = _write(table, pending)
            conflicts |= refused
            outcome.resealed += written
            outcome.left += len(pending) - written - len(refused)
            progress(table.table, outcome.resealed)
        if not outcome.left:
            break
    outcome.conflicts = sorted(conflicts)


def _walk(table: SealedTable) -> Iterator[list[Row]]:
    """The rows with a value under an older key, in batches in the order of the primary key."""
    after: Any = None
    while True:
        with as_system(), connection.cursor() as cursor:
            cursor.execute(_select(table, after), _old(table) + ([after] if after is not None else []))
            rows = [tuple(_plain(v) for v in row) for row in cursor.fetchall()]
        if not rows:
            return
        yield rows
        after = rows[-1][0]


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def _select(table: SealedTable, after: Any) -> sql.Composed:
    key = sql.Identifier(str(table.key.column))
    return sql.SQL("SELECT {key}, {columns} FROM {table} WHERE ({old}) {after} ORDER BY {key} LIMIT {batch}").format(
        key=key,
        columns=sql.SQL(", ").join(map(sql.Identifier, table.columns)),
        table=sql.Identifier(table.table),
        old=_is_old(table),
        after=sql.SQL("AND {} > %s").format(key) if after is not None else sql.SQL(""),
        batch=sql.Literal(BATCH),
    )


def _is_old(table: SealedTable) -> sql.Composed:
    """A sealed value begins with version and key number, an index with the key number alone."""
    texts = [sql.SQL("substring({} for 3) <> %s").format(sql.Identifier(str(f.column))) for f in table.texts]
    indexes = [sql.SQL("substring({} for 2) <> %s").format(sql.Identifier(str(f.column))) for f in table.indexes]
    return sql.SQL(" OR ").join([*texts, *indexes])


def _old(table: SealedTable) -> list[Any]:
    ring = keys.ring()
    return [sm4.header(ring.data.active)] * len(table.texts) + [ring.index.active.prefix] * len(table.indexes)


def _anew(table: SealedTable, row: Row) -> list[bytes | None]:
    """The columns of ``row`` (without its primary key) under the active keys."""
    head = sm4.header(keys.ring().data.active)
    plain: dict[str, str] = {}
    fresh: list[bytes | None] = []
    for text, old in zip(table.texts, row[1:], strict=False):
        if old is None:
            fresh.append(None)
            continue
        associated = text.associated.encode()
        plain[text.name] = sm4.decrypt(old, associated).decode()
        fresh.append(old if old.startswith(head) else sm4.encrypt(plain[text.name].encode(), associated))
    return fresh + [blind.index_value(i.label, plain.get(i.of)) for i in table.indexes]


def _write(table: SealedTable, rows: Sequence[Row]) -> tuple[int, set[str]]:
    """Rows written, and the primary keys of those that a unique index refused."""
    changes = [(row, _anew(table, row)) for row in rows]
    try:
        with as_system():
            return _update(table, changes), set()
    except IntegrityError:
        return _write_singly(table, changes)


def _write_singly(table: SealedTable, changes: Sequence[Change]) -> tuple[int, set[str]]:
    written, refused = 0, set()
    with as_system():
        for change in changes:
            try:
                with transaction.atomic():
                    written += _update(table, [change])
            except IntegrityError:
                refused.add(str(change[0][0]))
    return written, refused


def _update(table: SealedTable, changes: Sequence[Change]) -> int:
    """Write the rows that still are as they were read."""
    if not changes:
        return 0
    count = len(table.columns)
    arrays: list[list[Any]] = [[row[0] for row, _ in changes]]
    arrays += [[fresh[n] for _, fresh in changes] for n in range(count)]
    arrays += [[row[n + 1] for row, _ in changes] for n in range(count)]
    with connection.cursor() as cursor:
        cursor.execute(_update_statement(table), arrays)
        return int(cursor.rowcount)


def _update_statement(table: SealedTable) -> sql.Composed:
    columns = [sql.Identifier(c) for c in table.columns]
    new = [sql.Identifier(f"new_{n}") for n in range(len(columns))]
    old = [sql.Identifier(f"old_{n}") for n in range(len(columns))]
    key_type = str(table.key.rel_db_type(connection))
    types = [sql.SQL(key_type), *[sql.SQL("bytea")] * (2 * len(columns))]
    same = [sql.SQL("t.{} IS NOT DISTINCT FROM v.{}").format(*pair) for pair in zip(columns, old, strict=True)]
    return sql.SQL(
        "UPDATE {table} t SET {sets} FROM unnest({arrays}) v({names}) WHERE t.{key} = v.id AND {same}"
    ).format(
        table=sql.Identifier(table.table),
        sets=sql.SQL(", ").join(sql.SQL("{} = v.{}").format(*pair) for pair in zip(columns, new, strict=True)),
        arrays=sql.SQL(", ").join(sql.SQL("%s::{}[]").format(t) for t in types),
        names=sql.SQL(", ").join([sql.Identifier("id"), *new, *old]),
        key=sql.Identifier(str(table.key.column)),
        same=sql.SQL(" AND ").join(same),
    )


def waiting(tables: Sequence[SealedTable] | None = None) -> dict[str, int]:
    """Rows of every table that still have a value under an older key."""
    found: dict[str, int] = {}
    for table in sealed_tables() if tables is None else tables:
        statement = sql.SQL("SELECT count(*) FROM {table} WHERE {old}").format(
            table=sql.Identifier(table.table), old=_is_old(table)
        )
        with as_system(), connection.cursor() as cursor:
            cursor.execute(statement, _old(table))
            found[table.table] = cursor.fetchone()[0]
    return found


def usage(tables: Sequence[SealedTable] | None = None) -> dict[str, dict[str, int]]:
    """For every sealed column and index, how many values stand under each key: ``{"t.phone": {"k1": 3}}``."""
    found: dict[str, dict[str, int]] = {}
    for table in sealed_tables() if tables is None else tables:
        for column, start in [(f.column, 2) for f in table.texts] + [(f.column, 1) for f in table.indexes]:
            statement = sql.SQL(
                "SELECT get_byte({c}, {a}) * 256 + get_byte({c}, {b}) AS k, count(*) FROM {t}"
                " WHERE {c} IS NOT NULL GROUP BY 1 ORDER BY 1"
            ).format(
                c=sql.Identifier(str(column)),
                t=sql.Identifier(table.table),
                a=sql.Literal(start - 1),
                b=sql.Literal(start),
            )
            with as_system(), connection.cursor() as cursor:
                cursor.execute(statement)
                found[f"{table.table}.{column}"] = {f"k{n}": count for n, count in cursor.fetchall()}
    return found
