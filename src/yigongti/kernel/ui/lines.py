"""The table of a register as HTML. Columns are made ready once for a page; a cell then costs a call and a join.

A template that asks for every attribute of every cell takes ten times as long, and lists are what people look at all
day. A cell shows what django-tables2 would show; columns that it treats in a way of their own are left to it.
"""

import html
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from inspect import signature
from operator import methodcaller
from typing import Any, TypeAlias

import django_tables2 as tables
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.template import Context
from django.template.base import render_value_in_context
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django_tables2.columns import BoundColumn, ManyToManyColumn
from django_tables2.columns.linkcolumn import BaseLinkColumn
from django_tables2.rows import BoundRow

Cell: TypeAlias = Callable[[BoundRow], Any]
#: numbers, dates and the rest of what is no text, as templates show them
PLAIN = Context()


def shown(value: Any) -> str:
    """A value as ``{{ value }}`` shows it."""
    if isinstance(value, SafeString):
        return value
    return html.escape(value) if type(value) is str else render_value_in_context(value, PLAIN)


@cache
def reader(kind: type, name: str) -> Callable[[Any], Any] | None:
    """How an attribute is read from objects of a class, a choice by its label; None where that depends on more."""
    if "__" in name or "." in name or hasattr(kind, "__getitem__"):
        return None
    if issubclass(kind, Model):
        try:
            field = kind._meta.get_field(name)
        except FieldDoesNotExist:
            field = None
        if getattr(field, "choices", ()) and hasattr(kind, f"get_{name}_display"):
            return methodcaller(f"get_{name}_display")

    def read(record: Any) -> Any:
        try:
            value = getattr(record, name)
            return value() if callable(value) and not getattr(value, "do_not_call_in_templates", False) else value
        except Exception:  # as django-tables2: a value that cannot be read is an empty cell
            return None

    return read


@cache
def wanted(function: Any) -> frozenset[str] | None:
    """The names of what a ``render`` function takes; None when it takes everything."""
    parameters = signature(function).parameters.values()
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return None
    return frozenset(p.name for p in parameters) - {"self"}


def cell_of(table: tables.Table, bound: BoundColumn, kind: type) -> Cell:
    """How a column shows the rows of one class."""
    column, name = bound.column, bound.name
    read = reader(kind, str(bound.accessor))
    takes = wanted(getattr(bound.render, "__func__", bound.render))
    own = isinstance(column, BaseLinkColumn | ManyToManyColumn) or bound.link or takes is None or read is None
    if own:
        return lambda row: row.get_cell(name)
    assert takes is not None
    assert read is not None
    draw, empty, default = bound.render, column.empty_values, bound.default
    given = {"column": column, "bound_column": bound, "table": table}
    fixed = {key: given[key] for key in given if key in takes}
    value_too, record_too, row_too = ("value" in takes), ("record" in takes), ("bound_row" in takes)

    def cell(row: BoundRow) -> Any:
        value = read(row.record)
        if value in empty:
            return default
        filled = dict(fixed)
        if value_too:
            filled["value"] = value
        if record_too:
            filled["record"] = row.record
        if row_too:
            filled["bound_row"] = row
        return draw(**filled)

    return cell


def varies(attrs: Any) -> bool:
    """Whether an attribute of a cell depends on the row."""
    return callable(attrs) or (isinstance(attrs, dict) and any(varies(value) for value in attrs.values()))


def opening(bound: BoundColumn) -> str:
    """The tag that opens a cell."""
    return f'<td {bound.attrs["td"].as_html()} data-label="{conditional_escape(bound.header)}">'


def drawn(table: tables.Table, rows: Iterable[tuple[BoundRow, str, str]]) -> SafeString:
    """The rows, each with its address and its tone."""
    return mark_safe("".join(_lines(table, rows)))  # noqa: S308 - every part is escaped


def _lines(table: tables.Table, rows: Iterable[tuple[BoundRow, str, str]]) -> Iterator[str]:
    columns = list(table.columns)
    steady = not varies(table.attrs) and not any(varies(bound.column.attrs) for bound in columns)
    heads = [opening(bound) for bound in columns] if steady else []
    cells: dict[type, list[Cell]] = {}
    for row, url, tone in rows:
        if not steady:
            texts = []
            heads = []
            for bound, text in row.items():
                heads.append(opening(bound))
                texts.append(text)
        else:
            kind = type(row.record)
            ready = cells.get(kind) or cells.setdefault(kind, [cell_of(table, bound, kind) for bound in columns])
            texts = [cell(row) for cell in ready]
        link = html.escape(url)
        yield "<tr" + (f' data-href="{link}"' if url else "") + (f' class="y-row-{tone}"' if tone else "") + ">"
        for n, text in enumerate(texts):
            if n == 0 and url:
                yield f'{heads[n]}<a href="{link}">{shown(text)}</a></td>'
            else:
                yield f"{heads[n]}{shown(text)}</td>"
        yield "</tr>\n"
