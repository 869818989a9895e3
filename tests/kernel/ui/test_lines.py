"""Rows drawn at once show what django-tables2 would show, cell by cell."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import django_tables2 as tables
import pytest
from django.template import Context, Template
from django.utils.html import format_html

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.ui.columns import NumberColumn, TagColumn, WhenColumn
from yigongti.kernel.ui.lines import drawn
from yigongti.kernel.ui.register import RegisterTable
from yigongti.registry.organizations.models import Organization

SLOW = Template(
    '{% for row, url, tone in rows %}<tr{% if url %} data-href="{{ url }}"{% endif %}'
    '{% if tone %} class="y-row-{{ tone }}"{% endif %}>'
    '{% for column, cell in row.items %}<td {{ column.attrs.td.as_html }} data-label="{{ column.header }}">'
    '{% if forloop.first and url %}<a href="{{ url }}">{{ cell }}</a>{% else %}{{ cell }}{% endif %}</td>{% endfor %}'
    "</tr>\n{% endfor %}"
)


@dataclass
class Thing:
    """A row that is no model."""

    name: str
    price: Decimal | None = Decimal("1234.50")
    count: int = 0
    on: date | None = None
    state: str = "late"
    note: Any = ""

    @property
    def broken(self) -> str:
        raise ValueError("no value")

    def called(self) -> str:
        return f"called {self.name}"


class Things(RegisterTable):
    name = tables.Column("名称 <b>")
    price = NumberColumn(verbose_name="价格", unit="元")
    plain = tables.Column("原样", accessor="price")
    count = NumberColumn(verbose_name="数")
    on = WhenColumn(verbose_name="日期")
    day = tables.Column("日", accessor="on")
    state = TagColumn(tones={"late": "danger"}, labels={"late": "超时"}, verbose_name="状态")
    broken = tables.Column("坏")
    called = tables.Column("叫")
    note = tables.Column("说明", attrs={"td": {"class": "y-nowrap", "title": 'a"b'}})
    first = tables.Column("首字", accessor="name__0")
    linked = tables.Column("连", accessor="name", linkify=lambda record: f"/x/?a=1&b={record.name}")

    def render_note(self, value: Any, record: Thing, column: Any, bound_column: Any, bound_row: Any, table: Any) -> str:
        assert (column, table) == (bound_column.column, self)
        assert bound_row.record is record
        return format_html("<i>{}</i>", value)


class Varying(Things):
    name = tables.Column("名称", attrs={"td": {"data-of": lambda record: record.name}})


class Organizations(RegisterTable):
    name = tables.Column("名称")
    tier = tables.Column("级别")
    of = tables.Column("上级", accessor="part_of__name")
    tagged = TagColumn(accessor="tier", verbose_name="级别", tones={"town": "accent"})
    opened_on = tables.Column("开办")
    platform = tables.BooleanColumn(accessor="on_platform")


ROWS = [
    Thing("一<script>", note="<b>"),
    Thing("二", None, 12_345, date(2024, 3, 1), "here", 0),
    Thing("三", Decimal("0.1"), 3, date(2026, 1, 2), "", None),
]


def both(table: tables.Table) -> tuple[str, str]:
    """By the template, and at once."""
    rows = [
        (row, f"/p/?n={n}&x=1" if n % 2 == 0 else "", "danger" if n == 1 else "") for n, row in enumerate(table.rows)
    ]
    return SLOW.render(Context({"rows": rows})), drawn(table, rows)


@pytest.mark.parametrize("kind", [Things, Varying])
def test_rows_of_objects(kind: type[tables.Table]) -> None:
    slow, fast = both(kind(ROWS))
    assert fast == slow
    assert "&lt;script&gt;" in fast
    assert fast.count("<tr") == len(ROWS)


def test_rows_of_dictionaries() -> None:
    found = [vars(row) | {"broken": 1, "called": 2} for row in ROWS]
    slow, fast = both(Things(found, exclude=("linked",)))
    assert fast == slow


@pytest.mark.django_db
def test_rows_of_models() -> None:
    with acting(SYSTEM):
        town = Organization.objects.create(code="T1", name="镇卫生院", tier="township", opened_on=date(2024, 1, 1))
        Organization.objects.create(
            code="V1", name="村卫生室", tier="village", part_of=town, opened_on=date(2024, 1, 1)
        )
        slow, fast = both(Organizations(Organization.objects.select_related("part_of").order_by("code")))
    assert fast == slow
    assert "镇卫生院" in fast
