"""Which facts there are and what columns they have: from the rooms' declarations, or from a file beside the facts."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from yigongti.kernel.errors import Invalid, NotFound
from yigongti.kernel.facts import types
from yigongti.kernel.facts.declaration import Fact
from yigongti.kernel.policy.problems import allowed_words
from yigongti.kernel.policy.shapes import Column as ShapeColumn
from yigongti.kernel.policy.shapes import ColumnType, Shape

#: the type of a fact's column → how conditions treat it
TREATED: Mapping[str, ColumnType] = {
    "text": "text",
    "uuid": "text",
    "int": "integer",
    "bigint": "integer",
    "bool": "boolean",
    "date": "date",
    "timestamp": "date",
    "list(text)": "texts",
}
CHOICE = re.compile("([a-z0-9][a-z0-9-]*) ([\u4e00-\u9fff][\u4e00-\u9fff（）]*)")
"""A value and its word as a meaning lists them."""


@dataclass(frozen=True)
class TableColumn:
    """A column of a fact as definitions see it."""

    name: str
    type: str
    title: str = ""
    unit: str = ""
    meaning: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)

    @property
    def treated(self) -> ColumnType | None:
        """How conditions treat it; None where they cannot (lists of other things than texts)."""
        return "decimal" if self.type.startswith("decimal") else TREATED.get(self.type)


@dataclass(frozen=True)
class FactTable:
    """A fact as the engine sees it.

    ``time`` decides the month of a row, ``key`` names the row, ``organization`` is the organisation that it counts
    for. A ``stock`` is a picture at the end of each month (one row a month and thing): a period shows its last month.
    """

    name: str
    columns: Mapping[str, TableColumn]
    title: str = ""
    grain: str = ""
    time: str = ""
    key: str = ""
    organization: str = "organization_id"
    stock: bool = False

    @cached_property
    def shape(self) -> Shape:
        """The row that conditions read."""
        columns = {
            c.name: ShapeColumn(c.name, c.treated, c.title or c.name, c.unit, choices=c.choices)
            for c in self.columns.values()
            if c.treated
        }
        return Shape(f"fact.{self.name}", self.title or self.name, columns)


Dictionary = Mapping[str, FactTable]


def table(dictionary: Dictionary, name: str) -> FactTable:
    """The fact of that name. Raises NotFound with the nearest name."""
    try:
        return dictionary[name]
    except KeyError:
        raise NotFound(f"没有名为 {name} 的事实", hint=allowed_words(name, dictionary), field="fact") from None


def choices(meaning: str) -> Mapping[str, str]:
    """The values that a meaning lists with their words: ``up 上转、down 下转``; fewer than two are no list."""
    parts = (CHOICE.fullmatch(part.strip()) for part in re.split("[、；：]", meaning.rstrip("。")))
    found = {one[1]: one[2].removesuffix("等") for one in parts if one}
    return found if len(found) > 1 else {}


def of_fact(fact: Fact) -> FactTable:
    """A declared fact as the engine sees it."""
    columns = {
        c.name: TableColumn(c.name, c.type, c.title, c.unit, c.meaning, choices(c.meaning)) for c in fact.columns
    }
    return FactTable(
        fact.name, columns, fact.title, fact.grain, fact.time_column, fact.names[0], _organization(columns)
    )


def _organization(columns: Iterable[str]) -> str:
    """The organisation a row counts for where the definition does not say."""
    names = list(columns)
    return next((n for n in ("organization_id", "from_organization_id", "grid_organization_id") if n in names), "")


_more: list[Callable[[], Iterable[FactTable]]] = []


def also(source: Callable[[], Iterable[FactTable]]) -> None:
    """Facts beside those that rooms declare (the warehouse adds what it derives)."""
    _more.append(source)


def declared() -> Dictionary:
    """Every fact of the platform: declared by rooms, and derived."""
    from yigongti.kernel.facts.declaration import facts

    found = {fact.name: of_fact(fact) for fact in facts().values()}
    for source in _more:
        found.update({one.name: one for one in source()})
    return found


KEYS = ("columns", "title", "grain", "time", "key", "stock", "organization")


def from_values(values: Mapping[str, Any]) -> Dictionary:
    """The dictionary in a file: ``{visit: {time: day, key: visit_id, columns: {visit_id: bigint, day: date}}}``.

    Raises Invalid naming fact, column and what would be allowed.
    """
    return {str(name): _from_value(str(name), given) for name, given in values.items()}


def _from_value(name: str, given: Any) -> FactTable:
    if not isinstance(given, Mapping) or not isinstance(given.get("columns"), Mapping):
        raise Invalid(f"事实 {name} 没有写明 columns", hint="columns: {列名: 类型, …}")
    for key in given:
        if key not in KEYS:
            raise Invalid(f"事实 {name}：不认识的键 {key}", hint=allowed_words(str(key), KEYS))
    columns = {str(column): _column(name, str(column), told) for column, told in given["columns"].items()}
    times = [column.name for column in columns.values() if column.treated == "date"]
    for key, allowed in (("time", times), ("key", columns), ("organization", columns)):
        if given.get(key) and str(given[key]) not in allowed:
            wanted = "时间列" if key == "time" else "列"
            raise Invalid(
                f"事实 {name} 的 {key}：没有{wanted} {given[key]}", hint=allowed_words(str(given[key]), allowed)
            )
    if not isinstance(given.get("stock", False), bool):
        raise Invalid(f"事实 {name} 的 stock：{given['stock']}", hint="true 或 false")
    rest = {key: given[key] for key in ("title", "grain", "time", "key", "stock") if key in given}
    return FactTable(name, columns, organization=given.get("organization") or _organization(columns), **rest)


def _column(fact: str, name: str, told: Any) -> TableColumn:
    parts = dict(told) if isinstance(told, Mapping) else {"type": told}
    kind = str(parts.get("type", "")).lower().replace(" ", "")
    if not types.known(kind):
        allowed = (*types.PLAIN, "decimal(18,2)", "list(text)")
        raise Invalid(f"事实 {fact} 的列 {name}：不认识的类型“{kind}”", hint=allowed_words(kind, allowed))
    known = ("type", "title", "unit", "meaning", "choices")
    if strange := [key for key in parts if key not in known]:
        raise Invalid(f"事实 {fact} 的列 {name}：不认识的键 {strange[0]}", hint=allowed_words(str(strange[0]), known))
    return TableColumn(name, **(parts | {"type": kind}))
