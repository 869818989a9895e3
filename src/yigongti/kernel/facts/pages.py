"""The data dictionary in the product: the register of facts, and the columns of one fact."""

from typing import Any

import django_filters
import django_tables2 as tables
from django.http import Http404
from django.urls import reverse

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.roles import Commission, Council, DataOffice
from yigongti.kernel.errors import NotFound
from yigongti.kernel.ui.register import RegisterTable, RegisterView

from . import types
from .declaration import Column, Fact, fact, facts

READERS = {DataOffice, Council, Commission}


def may_read(actor: Actor) -> bool:
    """The dictionary is for those who steer and those who work with data."""
    return actor.everything or not READERS.isdisjoint(actor.roles)


class Rows(list[Any]):
    """Declarations as rows; filter sets ask rows for their model."""

    model = None


class WordFilter(django_filters.FilterSet):
    """Search in a list of declarations: every word typed stands somewhere in the row."""

    q = django_filters.CharFilter(label="查找", method="nothing")

    @property
    def qs(self) -> list[Any]:
        """The rows that hold every word."""
        words = (self.data or {}).get(self._name("q"), "").lower().split()
        return [row for row in self.queryset if all(word in row.text for word in words)]

    def _name(self, name: str) -> str:
        return f"{self.form_prefix}-{name}" if self.form_prefix else name

    def nothing(self, queryset: Any, name: str, value: Any) -> Any:
        """Rows are declarations, not a table: :attr:`qs` searches them."""
        return queryset


class FactRow:
    """A fact as a row."""

    def __init__(self, declared: Fact) -> None:
        self.name, self.title, self.grain = declared.name, declared.title, declared.grain
        self.source_room, self.columns = declared.source_room, len(declared.columns)
        self.personal = "含个人数据" if declared.personal else ""
        words = [declared.name, declared.title, declared.grain, declared.meaning, declared.source_room]
        words += [text for column in declared.columns for text in (column.name, column.title, column.meaning)]
        self.text = " ".join(words).lower()


class ColumnRow:
    """A column as a row."""

    def __init__(self, column: Column) -> None:
        self.name, self.title, self.unit, self.meaning = column.name, column.title, column.unit, column.meaning
        self.type = types.in_words(column.type)
        self.personal = "个人" if column.personal else ""
        self.text = " ".join([column.name, column.title, column.meaning, self.type]).lower()


class Facts(RegisterView):
    """The register of facts."""

    class Table(RegisterTable):
        """What is counted."""

        name = tables.Column("事实")
        title = tables.Column("名称")
        grain = tables.Column("一行是什么")
        source_room = tables.Column("来源模块")
        columns_ = tables.Column("字段数", accessor="columns")
        personal = tables.Column("个人数据")

        def row_url(self, record: Any) -> str:
            """The columns of the fact."""
            return reverse("facts:fact", args=[record.name])

    title = "数据字典"
    key = "facts"
    permission = staticmethod(may_read)
    table_class = Table
    filterset_class = WordFilter
    empty = "没有找到"
    empty_hint = "指标、绩效、结算都由这里的事实计算；请换一个词查找。"

    def queryset(self, actor: Any) -> Rows:
        """All facts: declarations are no secret to those who may read the dictionary."""
        return Rows(FactRow(declared) for declared in facts().values())

    def context(self, actor: Any) -> dict[str, Any]:
        """What a fact is."""
        return {"lead": "指标、绩效、结算和监管只读这些事实；每个字段的含义以此为准。可按字段名或中文名查找。"}


class FactPage(RegisterView):
    """The columns of one fact."""

    class Table(RegisterTable):
        """What each column means."""

        name = tables.Column("字段")
        title = tables.Column("名称")
        type = tables.Column("类型")
        unit = tables.Column("单位")
        meaning = tables.Column("含义")
        personal = tables.Column("个人数据")

    title, permission = "事实的字段", staticmethod(may_read)
    table_class = Table
    filterset_class = WordFilter
    per_page = 100
    empty = "没有找到这个字段"

    def setup(self, request: Any, *args: Any, **kwargs: Any) -> None:
        """Find the fact of the address."""
        super().setup(request, *args, **kwargs)
        try:
            self.fact = fact(kwargs["name"])
        except NotFound as missing:
            raise Http404(missing.message) from missing
        self.title = f"{self.fact.title}（{self.fact.name}）"  # type: ignore[misc]
        self.key = f"facts-{self.fact.name}"  # type: ignore[misc]
        self.crumbs = (("数据字典", reverse("facts:facts")), (self.fact.title, ""))  # type: ignore[misc]

    def queryset(self, actor: Any) -> Rows:
        """The columns in the order of the declaration."""
        return Rows(ColumnRow(column) for column in self.fact.columns)

    def context(self, actor: Any) -> dict[str, Any]:
        """Grain, source, partition and watermark in one line."""
        told = self.fact
        parts = [f"{told.grain}。{told.meaning}", f"来源：{told.source_room}"]
        parts += [f"按 {told.column(told.time_column).title} 分年月"] if told.time_column else []
        parts += [f"增量水位：{told.watermark_column}"] if told.watermark_column else ["每次整表装载"]
        return {"lead": "；".join(parts)}
