"""Which facts there are and what columns they have: from the rooms' declarations, or from a file beside the facts."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any

from pydantic import Field, model_validator

from yigongti.kernel.duck import reserved
from yigongti.kernel.errors import NotFound
from yigongti.kernel.facts import types
from yigongti.kernel.facts.declaration import Fact
from yigongti.kernel.policy.kinds import Path, Strict
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


FILE = "dictionary.yaml"
"""The dictionary beside facts from elsewhere."""
PLAIN_NAME = "用英文字母开头，由字母、数字和 _ 组成，不是 SQL 的保留字"


def plain(name: str) -> bool:
    """Whether every engine reads a name without quotes."""
    return re.fullmatch("[A-Za-z][A-Za-z0-9_]*", name) is not None and name.lower() not in reserved()


class ToldColumn(Strict):
    """A column in a dictionary file: its type, or this."""

    type: str
    title: str = ""
    unit: str = ""
    meaning: str = ""
    choices: dict[str, str] = {}

    @model_validator(mode="before")
    @classmethod
    def _short(cls, given: Any) -> Any:
        return {"type": given} if isinstance(given, str) else given

    @property
    def kind(self) -> str:
        """The type as it is written everywhere."""
        return self.type.lower().replace(" ", "")


class ToldFact(Strict):
    """A fact in a dictionary file; without ``organization`` its name says which column that is."""

    columns: Annotated[dict[str, ToldColumn], Field(min_length=1)]
    title: str = ""
    grain: str = ""
    time: str = ""
    key: str = ""
    organization: str = ""
    stock: bool = False

    @property
    def counted_for(self) -> str:
        """The column of the organisation that a row counts for; empty without one."""
        return self.organization or _organization(self.columns)

    def problems(self) -> Iterator[tuple[Path, str, str]]:
        """Types, names and columns that cannot be: path, message, what is allowed."""
        from .making import MONTH

        small: dict[str, str] = {}
        for name, column in self.columns.items():
            if not types.known(column.kind):
                allowed = allowed_words(column.kind, (*types.PLAIN, "decimal(18,2)", "list(text)"))
                yield ("columns", name), f"不认识的类型“{column.type}”", allowed
            if name == MONTH:
                yield ("columns", name), f"列不能叫 {MONTH}", "计算时另有这一列"
            if name.lower() in small:
                yield ("columns", name), f"和列 {small[name.lower()]} 只差大小写", "列名不分大小写"
            small[name.lower()] = name
        times = [name for name, column in self.columns.items() if column.kind in ("date", "timestamp")]
        for key, named, known in (
            ("time", self.time, times),
            ("key", self.key, self.columns),
            ("organization", self.organization, self.columns),
        ):
            if named and named not in known:
                yield (key,), f"没有{'时间列' if key == 'time' else '列'} {named}", allowed_words(named, known)
        if self.organization in self.columns and not plain(self.organization):
            yield ("organization",), f"机构的列不能叫 {self.organization}", PLAIN_NAME


class ToldFacts(Strict):
    """A dictionary file: ``facts: {visit: {time: day, key: visit_id, columns: {visit_id: bigint, day: date}}}``."""

    facts: Annotated[dict[str, ToldFact], Field(min_length=1)]

    def problems(self) -> Iterator[tuple[Path, str, str]]:
        """What the facts say wrong of themselves, and organisations that are not of one type."""
        first = ""
        for name, told in self.facts.items():
            if not plain(name) or name == "hierarchy":
                yield ("facts", name), f"事实不能叫 {name}", PLAIN_NAME
            for path, message, allowed in told.problems():
                yield ("facts", name, *path), message, allowed
            if (column := told.columns.get(told.counted_for)) is None:
                continue
            first = first or column.kind
            if TREATED.get(column.kind) != TREATED.get(first):
                wrong = f"机构的列 {told.counted_for} 是 {column.kind}，前面的事实是 {first}"
                yield ("facts", name, "organization"), wrong, "各事实的机构用同一种类型"

    def dictionary(self) -> Dictionary:
        """The facts as the engine sees them."""
        return {name: _of_told(name, told) for name, told in self.facts.items()}


def _of_told(name: str, told: ToldFact) -> FactTable:
    columns = {
        column: TableColumn(column, said.kind, said.title, said.unit, said.meaning, said.choices)
        for column, said in told.columns.items()
    }
    return FactTable(name, columns, told.title, told.grain, told.time, told.key, told.counted_for, told.stock)


def from_values(values: Mapping[str, Any]) -> Dictionary:
    """The facts of a dictionary file that is right."""
    return ToldFacts.model_validate({"facts": values}).dictionary()
