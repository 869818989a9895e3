"""Does a fact tell what its declaration promises? Columns and types on the real schema, nothing personal in clear."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import sqlglot
from django.apps import apps
from django.db import connection
from sqlglot import exp

from yigongti.kernel.ciphers.fields import BlindIndexField, EncryptedTextField

from . import types
from .declaration import Fact, concealed


def problems(fact: Fact) -> list[str]:
    """What is wrong with a fact, one sentence each; empty when it holds. Needs the database."""
    return [*personal_problems(fact), *shape_problems(fact)]


def shape_problems(fact: Fact) -> Iterator[str]:
    """Where the result of the SELECT differs from the declared columns."""
    result = result_columns(fact)
    found = tuple(name for name, *_ in result)
    if found != fact.names:
        yield f"{fact.name} returns {found}, declared are {fact.names}"
        return
    for column, (name, internal, precision, scale) in zip(fact.columns, result, strict=True):
        if not types.fits(column.type, internal, precision, scale):
            given = f"{internal}({precision},{scale})" if precision else internal
            yield f"{fact.name}.{name} is {given}, declared is {column.type}"


def result_columns(fact: Fact) -> list[tuple[str, str, int | None, int | None]]:
    """Name, PostgreSQL type, precision and scale of each result column."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({fact.sql}) fact LIMIT 0")  # noqa: S608
        described = cursor.cursor.description or ()
        registered = connection.connection.adapters.types
        return [(c.name, _type_name(registered, c.type_code), c.precision, c.scale) for c in described]


def _type_name(registered: Any, oid: int) -> str:
    found = registered.get(oid)
    if found is None:
        return str(oid)
    return f"_{found.name}" if found.array_oid == oid else str(found.name)


def personal_problems(fact: Fact) -> Iterator[str]:
    """Where the SELECT reads what no fact may read, or everything (``*``) without saying what."""
    tree = sqlglot.parse_one(fact.sql, dialect="postgres")
    forbidden = forbidden_columns()
    tables = {table.alias_or_name: table.name for table in tree.find_all(exp.Table)}
    for column in tree.find_all(exp.Column):
        places = [column.table] if column.table else list(tables)
        for place in places:
            if column.name in forbidden.get(tables.get(place, ""), frozenset()):
                yield f"{fact.name} reads {tables[place]}.{column.name}, which no fact may read"
    if any(isinstance(chosen, exp.Star) for select in tree.find_all(exp.Select) for chosen in select.expressions):
        yield f"{fact.name} selects *: name the columns"


def forbidden_columns() -> Mapping[str, frozenset[str]]:
    """Table → columns that are encrypted, indexed blindly or concealed by their room."""
    found: dict[str, set[str]] = {table: set(columns) for table, columns in concealed().items()}
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, EncryptedTextField | BlindIndexField):
                found.setdefault(model._meta.db_table, set()).add(str(field.column))
    return {table: frozenset(columns) for table, columns in found.items()}


def plan(fact: Fact) -> dict[str, Any]:
    """How PostgreSQL would run the SELECT (EXPLAIN, as a tree)."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {fact.sql}")
        answer = cursor.fetchone()[0]
    return dict((json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"])


def nodes(tree: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every node of a plan."""
    yield tree
    for below in tree.get("Plans", ()):
        yield from nodes(below)
