"""Shapes: the rows that rules read. A room declares its columns once; expressions, forms and scans follow.

Numbers are compared as double precision in every engine, so one row in Python and ten million in DuckDB agree; money in
fen stays exact up to 2**53.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

from pydantic import BaseModel

from yigongti.kernel.errors import Invalid, NotFound
from yigongti.kernel.policy.problems import allowed_words

ColumnType = Literal["boolean", "integer", "decimal", "text", "date", "texts"]
Family = Literal["number", "text", "boolean", "date", "texts"]
Row = dict[str, Any]

FAMILIES: Mapping[str, Family] = {
    "boolean": "boolean",
    "integer": "number",
    "decimal": "number",
    "text": "text",
    "date": "date",
    "texts": "texts",
}
SQL_TYPES: Mapping[Family, str] = {
    "number": "DOUBLE",
    "text": "VARCHAR",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "texts": "VARCHAR[]",
}


@dataclass(frozen=True)
class Column:
    """A column of a shape: Chinese label, unit, and the limits outside which a typed value is a slip."""

    name: str
    type: ColumnType
    label: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    choices: Mapping[str, str] = field(default_factory=dict)

    @property
    def family(self) -> Family:
        """How expressions treat it."""
        return FAMILIES[self.type]

    def coerce(self, value: Any) -> Any:
        """The value as both engines see it: float, str, bool, date, tuple of texts or None.

        Raises :class:`Invalid` on another type.
        """
        if value is None:
            return None
        if self.family == "number" and isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            number = float(value)
            if math.isfinite(number):
                return number
        elif isinstance(value, {"boolean": bool, "text": str}.get(self.family, ())):
            return value
        elif self.family == "date" and isinstance(value, date):
            return value.date() if isinstance(value, datetime) else value
        elif self.family == "texts" and isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
            return tuple(value)
        raise Invalid(f"{self.label}不能是 {value!r}", hint=f"应为 {self.type}", field=self.name, value=value)

    def implausible(self, value: Any) -> str:
        """Why the value cannot have been meant (for example systolic 900), or an empty string."""
        if value is None:
            return ""
        if self.choices and value not in self.choices:
            return f"{self.label}没有 {value} 这一项，可选：{'、'.join(self.choices.values())}"
        too_low = self.low is not None and value < self.low
        too_high = self.high is not None and value > self.high
        if not (too_low or too_high):
            return ""
        limits = f"{'' if self.low is None else f'{self.low:g}'}–{'' if self.high is None else f'{self.high:g}'}"
        return f"{self.label} {value:g}{self.unit and ' ' + self.unit} 超出可录入范围 {limits}，请核对"


@dataclass(frozen=True)
class Shape:
    """A named row: its columns, what a rule over it may conclude, and a condition that every rule implies."""

    name: str
    label: str
    columns: Mapping[str, Column]
    consequence: type[BaseModel] | None = None
    implied: Callable[[BaseModel], str] | None = None
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @cached_property
    def names(self) -> frozenset[str]:
        """The column names."""
        return frozenset(self.columns)

    def column(self, name: str) -> Column:
        """The column, or :class:`NotFound` with the nearest name."""
        try:
            return self.columns[name]
        except KeyError:
            hint = allowed_words(name, self.columns)
            raise NotFound(f"{self.label}没有字段 {name}", hint=hint, field=name) from None

    def row(self, values: Mapping[str, Any], only: Iterable[str] | None = None) -> Row:
        """The columns ``only`` (default: all) of a row as both engines see them; what is absent is unknown (NULL)."""
        if stranger := values.keys() - self.names:
            self.column(min(stranger))
        get, columns = values.get, self.columns
        return {name: columns[name].coerce(get(name)) for name in (self.columns if only is None else only)}

    def implausible(self, values: Mapping[str, Any]) -> dict[str, str]:
        """Column name to reason, for every value that cannot have been meant."""
        found = {name: self.column(name).implausible(value) for name, value in values.items()}
        return {name: reason for name, reason in found.items() if reason}


_shapes: dict[str, Shape] = {}


def register_shape(
    name: str,
    columns: Iterable[Column],
    *,
    label: str,
    consequence: type[BaseModel] | None = None,
    implied: Callable[[BaseModel], str] | None = None,
    labels: Mapping[str, Mapping[str, str]] | None = None,
) -> Shape:
    """Declare a shape.

    ``consequence`` checks the ``then`` of rules, ``implied`` adds a condition derived from it, ``labels`` gives the
    Chinese words of its values by key.
    """
    shape = Shape(name, label, {column.name: column for column in columns}, consequence, implied, labels or {})
    _shapes[name] = shape
    return shape


def shapes() -> Mapping[str, Shape]:
    """Every declared shape by name."""
    return _shapes


def shape(name: str) -> Shape:
    """The declared shape, or :class:`NotFound` with the nearest name."""
    try:
        return _shapes[name]
    except KeyError:
        raise NotFound(f"没有名为 {name} 的数据行", hint=allowed_words(name, _shapes), field="shape") from None
