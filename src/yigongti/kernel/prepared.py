"""Statements sent with every request: their SQL is made once, and PostgreSQL plans them once for each connection.

Django makes the SQL of a query anew each time, which takes longer than running a statement that finds one row by its
key. The few statements of every step (session, user, lock, event, case) go through here; everything else is the ORM.
Where somebody listens to statements (tests, debug), they go through Django's own cursor with the same SQL.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any, Generic, TypeVar
from uuid import UUID

import psycopg
from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection, connections, models, router
from django.db.models.query import get_related_populators

M = TypeVar("M", bound=models.Model)
MARKS: dict[type, Callable[[int], Any]] = {
    UUID: lambda n: UUID(int=0x7F4D_0000_0000 + n),
    int: lambda n: -1_204_871 - n,
    str: lambda n: f"mark-{n}-0b1f",
    list: lambda n: [-1_204_871 - n],
    date: lambda n: date(4711, 1, 1) + timedelta(n),
    datetime: lambda n: datetime.fromisoformat("4712-01-01T00:00:00+00:00") + timedelta(n),
}


def run(sql: str, params: Sequence[Any] | Mapping[str, Any]) -> tuple[list[tuple[Any, ...]], int]:
    """Run a statement on the current connection, prepared; returns the rows (if any) and how many were touched."""
    here = connections[DEFAULT_DB_ALIAS]
    here.close_if_health_check_failed()  # as Django's own cursor: the server may have restarted since the last request
    here.ensure_connection()
    if here.queries_logged or here.execute_wrappers:
        with here.cursor() as wrapped:
            wrapped.execute(sql, params)
            return (wrapped.fetchall() if wrapped.description else []), wrapped.rowcount
    here.validate_no_broken_transaction()
    with here.wrap_database_errors, psycopg.Cursor(here.connection) as cursor:
        cursor.execute(sql, params, prepare=True)
        # not cursor.description: it makes an object of every column
        return (cursor.fetchall() if cursor.pgresult and cursor.pgresult.nfields else []), cursor.rowcount


class Query(Generic[M]):
    """A query of one model, with what ``select_related`` joins, as a function of its parameters.

    ``make(*parameters)`` builds the query set once, with marks of the given ``types`` in the place of values.
    """

    def __init__(self, make: Callable[..., "models.QuerySet[M]"], *types: type) -> None:
        self.make, self.types = make, types
        self._made: tuple[str, tuple[Any, ...], dict[int, int], Callable[[tuple[Any, ...]], M]] | None = None

    def __call__(self, *values: Any) -> list[M]:
        """The objects."""
        sql, fixed, places, build = self._made = self._made or self._make()
        params = [values[places[n]] if n in places else value for n, value in enumerate(fixed)]
        return [build(row) for row in run(sql, params)[0]]

    def first(self, *values: Any) -> M | None:
        """The first object, or None."""
        return next(iter(self(*values)), None)

    def _make(self) -> tuple[str, tuple[Any, ...], dict[int, int], Callable[[tuple[Any, ...]], M]]:
        marks = [MARKS[kind](n) for n, kind in enumerate(self.types)]
        found = self.make(*marks)
        compiler = found.query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        places = {n: marks.index(param) for n, param in enumerate(params) if param in marks}
        if missing := set(range(len(marks))) - set(places.values()):
            raise TypeError(f"the query does not use its parameters {sorted(missing)}")
        return sql, tuple(params), places, self._builder(found, compiler)

    def _builder(self, found: "models.QuerySet[M]", compiler: Any) -> Callable[[tuple[Any, ...]], M]:
        names = [compiler.select[n][0].target.attname for n in compiler.klass_info["select_fields"]]
        start, end = compiler.klass_info["select_fields"][0], compiler.klass_info["select_fields"][-1] + 1
        extra = dict(compiler.annotation_col_map or {})
        converters = [
            (n, functions, expression)
            for n, (functions, expression) in compiler.get_converters([c[0] for c in compiler.select]).items()
        ]
        model: type[M] = found.model
        joined = get_related_populators(compiler.klass_info, compiler.select, connection.alias)  # type: ignore[call-arg]  # stubs of 6.1

        def build(row: tuple[Any, ...]) -> M:
            values = list(row)
            for n, functions, expression in converters:
                for function in functions:
                    values[n] = function(values[n], expression, connection)
            made = model.from_db(connection.alias, names, values[start:end])
            for name, n in extra.items():
                setattr(made, name, values[n])
            for populator in joined:
                populator.populate(values, made)
            return made

        return build


def read(**wanted: "models.QuerySet[Any]") -> dict[str, list[dict[str, Any]]]:
    """The rows of several query sets, each with ``values(…)``, in one statement.

    Values are those of JSON: keys, days and times as text (ISO 8601), numbers with a point as Decimal. A query set
    that cannot have rows is not asked for.
    """
    parts: list[str] = []
    params: list[Any] = []
    for n, rows in enumerate(wanted.values()):
        try:
            sql, given = rows.query.sql_with_params()
        except EmptyResultSet:
            parts.append("NULL")
            continue
        columns = ", ".join(f"c{m}" for m in range(len(rows._fields)))  # type: ignore[attr-defined]
        parts.append(f"(SELECT jsonb_agg(jsonb_build_array({columns}))::text FROM ({sql}) q{n}({columns}))")  # noqa: S608
        params += given
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", params)
        found = cursor.fetchone()
    return {
        name: [dict(zip(rows._fields, row, strict=True)) for row in json.loads(text or "[]", parse_float=Decimal)]  # type: ignore[attr-defined]
        for (name, rows), text in zip(wanted.items(), found, strict=True)
    }


@dataclass(frozen=True)
class Write:
    """An INSERT or UPDATE that has not been sent yet. What is ``named`` can be read by those that follow it."""

    sql: str
    params: Sequence[Any]
    named: str = ""


def together(*writes: Write) -> int:
    """Send several writes as one statement; returns how many rows the last one touched.

    All see the rows as they were before the first. No two may touch the same row.
    """
    sql = _joined(tuple((write.named, write.sql) for write in writes))
    return run(sql, [value for write in writes for value in write.params])[1]


@lru_cache(maxsize=1024)
def _joined(parts: tuple[tuple[str, str], ...]) -> str:
    *before, (_, last) = parts
    named = ", ".join(f"{name or f'write_{n}'} AS ({sql})" for n, (name, sql) in enumerate(before))
    return f"WITH {named} {last}" if before else last


@cache
def _insert(model: type[models.Model], rows: int) -> tuple[str, list[Any]]:
    fields = list(model._meta.concrete_fields)
    columns = ", ".join(f'"{field.column}"' for field in fields)
    marks = ", ".join([f"({', '.join(['%s'] * len(fields))})"] * rows)
    return f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES {marks}', fields  # noqa: S608


def inserting(*made: models.Model) -> Write:
    """The insertion of objects of one model that have their keys already."""
    model = type(made[0])
    sql, fields = _insert(model, len(made))
    here = connections[DEFAULT_DB_ALIAS]
    values = [field.get_db_prep_save(field.pre_save(one, add=True), here) for one in made for field in fields]
    for one in made:
        one._state.adding, one._state.db = False, router.db_for_write(model)
    return Write(sql, values)


def insert(made: M) -> M:
    """Insert an object that has its key already."""
    together(inserting(made))
    return made


@cache
def _update(model: type[models.Model], names: tuple[str, ...]) -> tuple[str, list[Any]]:
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    columns = ", ".join(f'"{field.column}" = %s' for field in fields)
    return f'UPDATE "{model._meta.db_table}" SET {columns} WHERE "{model._meta.pk.column}" = %s', fields  # noqa: S608


def updating(changed: models.Model, names: Iterable[str]) -> Write:
    """The change of the named fields (at least one) of an object."""
    sql, fields = _update(type(changed), tuple(names))
    here = connections[DEFAULT_DB_ALIAS]
    values = [field.get_db_prep_save(field.pre_save(changed, add=False), here) for field in fields]
    return Write(sql, [*values, changed.pk])


def update(changed: models.Model, names: Iterable[str]) -> None:
    """Write the named fields of an object. Raises LookupError when the row is gone or out of reach."""
    listed = tuple(names)
    if listed and not together(updating(changed, listed)):
        raise LookupError(f"{type(changed).__name__} {changed.pk} is not there")
