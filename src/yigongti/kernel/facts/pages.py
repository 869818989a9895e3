"""The data dictionary in the product: the register of facts, and the columns of one fact."""

from collections.abc import Iterable
from typing import Any

import django_filters
import django_tables2 as tables
from django.http import Http404
from django.urls import reverse

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.access.roles import Commission, Council, DataOffice
from yigongti.kernel.errors import NotFound
from yigongti.kernel.ui.columns import NumberColumn, TagColumn
from yigongti.kernel.ui.register import RegisterTable, RegisterView

from . import types
from .declaration import Column
from .entries import Entry, Use, entries, entry, uses

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


class EntryFilter(WordFilter):
    """Search, and how a fact comes about."""

    kind = django_filters.ChoiceFilter(
        label="来历", choices=[("声明", "各模块声明"), ("派生", "数据仓库派生")], empty_label="全部", method="nothing"
    )

    @property
    def qs(self) -> list[Any]:
        """Those of the kind that is asked for."""
        kind = (self.data or {}).get(self._name("kind"), "")
        return [row for row in super().qs if kind in ("", row.kind)]


class EntryRow:
    """A fact as a row."""

    def __init__(self, told: Entry, used: Iterable[Use]) -> None:
        self.name, self.title, self.grain, self.kind = told.name, told.title, told.grain, told.kind
        self.source, self.columns = told.source, len(told.columns)
        self.users = len({use.code for use in used})
        self.personal = "有" if told.personal else ""
        words = [told.name, told.title, told.grain, told.meaning, told.source, *told.reads]
        words += [text for column in told.columns for text in (column.name, column.title, column.meaning)]
        self.text = " ".join(words).lower()


class ColumnRow:
    """A column as a row."""

    def __init__(self, column: Column, used: Iterable[Use]) -> None:
        self.name, self.title, self.unit, self.meaning = column.name, column.title, column.unit, column.meaning
        self.type = types.in_words(column.type)
        self.personal = "个人" if column.personal else ""
        users = [use for use in used if column.name in use.columns]
        self.users = "、".join(use.code for use in users[:3]) + (f" 等 {len(users)} 项" if len(users) > 3 else "")
        self.text = " ".join([column.name, column.title, column.meaning, self.type]).lower()


class Facts(RegisterView):
    """The register of facts."""

    class Table(RegisterTable):
        """What is counted."""

        name = tables.Column("事实")
        title = tables.Column("名称")
        grain = tables.Column("一行是什么")
        kind = TagColumn(verbose_name="来历", tones={"派生": "accent"})
        source = tables.Column("来源模块或步骤")
        columns_ = NumberColumn(verbose_name="字段数", accessor="columns")
        users = NumberColumn(verbose_name="用到的指标", unit="项")
        personal = tables.Column("个人数据")

        def row_url(self, record: Any) -> str:
            """The columns of the fact."""
            return reverse("facts:fact", args=[record.name])

    title = "数据字典"
    key = "facts"
    permission = staticmethod(may_read)
    table_class = Table
    filterset_class = EntryFilter
    per_page = 50
    empty = "没有找到"
    empty_hint = "指标、绩效、结算都由这里的事实计算；请换一个词查找。"

    def queryset(self, actor: Any) -> Rows:
        """All facts: declarations are no secret to those who may read the dictionary."""
        used: dict[str, list[Use]] = {}
        for use in uses():
            used.setdefault(use.fact, []).append(use)
        return Rows(EntryRow(told, used.get(told.name, ())) for told in entries().values())

    def context(self, actor: Any) -> dict[str, Any]:
        """What a fact is."""
        lead = (
            "指标、绩效、结算和监管只读这些事实；每个字段的含义以此为准。"
            "声明的事实由各模块给出，派生的由数据仓库从它们逐月算出。可按字段名或中文名查找。"
        )
        return {"lead": lead}


class FactPage(RegisterView):
    """The columns of one fact, how it comes about, and the indicators that use it."""

    class Table(RegisterTable):
        """What each column means."""

        name = tables.Column("字段")
        title = tables.Column("名称")
        type = tables.Column("类型")
        unit = tables.Column("单位")
        meaning = tables.Column("含义")
        personal = tables.Column("个人数据")
        users = tables.Column("用到的指标")

    title, permission = "事实的字段", staticmethod(may_read)
    table_class = Table
    filterset_class = WordFilter
    template_name = "facts/fact.html"
    per_page = 100
    empty = "没有找到这个字段"

    def setup(self, request: Any, *args: Any, **kwargs: Any) -> None:
        """Find the fact of the address."""
        super().setup(request, *args, **kwargs)
        try:
            self.fact = entry(kwargs["name"])
        except NotFound as missing:
            raise Http404(missing.message) from missing
        self.used = uses(self.fact.name)
        self.title = f"{self.fact.title}（{self.fact.name}）"  # type: ignore[misc]
        self.key = f"facts-{self.fact.name}"  # type: ignore[misc]
        self.crumbs = (("数据字典", reverse("facts:facts")), (self.fact.title, ""))  # type: ignore[misc]

    def queryset(self, actor: Any) -> Rows:
        """The columns in the order of the declaration."""
        return Rows(ColumnRow(column, self.used) for column in self.fact.columns)

    def context(self, actor: Any) -> dict[str, Any]:
        """Grain, origin, partition and watermark in one line; the SQL; what reads it."""
        told, known = self.fact, entries()
        titles = {column.name: column.title for column in told.columns}
        parts = [f"{told.grain}。{told.meaning}", f"来源：{told.source}"]
        if told.derived:
            parts.append("由数据仓库逐月算出")
        else:
            parts += [f"按 {titles[told.time_column]} 分年月"] if told.time_column else []
            parts += [f"增量水位：{told.watermark_column}"] if told.watermark_column else ["每次整表装载"]
        reads = [(known.get(name), name, back) for name, back in told.reads.items()]
        after = [one for one in known.values() if told.name in one.reads]
        users = [
            (use, "、".join(titles[name] for name in titles if name in use.columns))
            for use in sorted(self.used, key=lambda use: use.code)
        ]
        may = actor.may(Permission.POLICY_READ)
        return {"lead": "；".join(parts), "fact": told, "reads": reads, "after": after, "users": users, "linked": may}
