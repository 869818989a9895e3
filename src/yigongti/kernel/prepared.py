"""Statements sent with every request: their SQL is made once, and PostgreSQL plans them once for each connection.

Django makes the SQL of a query anew each time, which takes longer than running a statement that finds one row by its
key. The few statements of every step (session, user, lock, event, case) go through here; everything else is the ORM.
Where somebody listens to statements (tests, debug), they go through Django's own cursor with the same SQL.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Generic, TypeVar
from uuid import UUID

import psycopg
from django.db import connection, models, router

M = TypeVar("M", bound=models.Model)
MARKS: dict[type, Callable[[int], Any]] = {
    UUID: lambda n: UUID(int=0x7F4D_0000_0000 + n),
    int: lambda n: -1_204_871 - n,
    str: lambda n: f"mark-{n}-0b1f",
    date: lambda n: date(4711, 1, 1) + timedelta(n),
    datetime: lambda n: datetime.fromisoformat("4712-01-01T00:00:00+00:00") + timedelta(n),
}


def run(sql: str, params: Sequence[Any]) -> tuple[list[tuple[Any, ...]], int]:
    """Run a statement on the current connection, prepared; returns the rows (if any) and how many were touched."""
    connection.ensure_connection()
    if connection.queries_logged or connection.execute_wrappers:
        with connection.cursor() as wrapped:
            wrapped.execute(sql, params)
            return (wrapped.fetchall() if wrapped.description else []), wrapped.rowcount
    connection.validate_no_broken_transaction()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(sql, params, prepare=True)
        return (cursor.fetchall() if cursor.description else []), cursor.rowcount


class Query(Generic[M]):
    """A query of one model, without joined relations, as a function of its parameters.

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

        def build(row: tuple[Any, ...]) -> M:
            values = list(row)
            for n, functions, expression in converters:
                for function in functions:
                    values[n] = function(values[n], expression, connection)
            made = model.from_db(connection.alias, names, values[start:end])
            for name, n in extra.items():
                setattr(made, name, values[n])
            return made

        return build


@cache
def _insert(model: type[models.Model]) -> tuple[str, list[Any]]:
    fields = list(model._meta.concrete_fields)
    columns = ", ".join(f'"{field.column}"' for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    return f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES ({marks})', fields  # noqa: S608


def insert(made: M) -> M:
    """Insert an object that has its key already."""
    sql, fields = _insert(type(made))
    run(sql, [field.get_db_prep_save(field.pre_save(made, add=True), connection) for field in fields])
    made._state.adding, made._state.db = False, router.db_for_write(type(made))
    return made


@cache
def _update(model: type[models.Model], names: tuple[str, ...]) -> str:
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    columns = ", ".join(f'"{field.column}" = %s' for field in fields)
    return f'UPDATE "{model._meta.db_table}" SET {columns} WHERE "{model._meta.pk.column}" = %s'  # noqa: S608


def update(changed: models.Model, names: Iterable[str]) -> None:
    """Write the named fields of an object. Raises LookupError when the row is gone or out of reach."""
    listed = tuple(names)
    if not listed:
        return
    model = type(changed)
    fields: list[Any] = [model._meta.get_field(name) for name in listed]
    values = [field.get_db_prep_save(field.pre_save(changed, add=False), connection) for field in fields]
    if not run(_update(model, listed), [*values, changed.pk])[1]:
        raise LookupError(f"{model.__name__} {changed.pk} is not there")
