"""The lists of reports, and how they are narrowed."""

from typing import Any

import django_filters as filters
import django_tables2 as tables
from django import forms
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.html import format_html

from yigongti.insight import periods
from yigongti.insight.indicators.definitions import PERIODS
from yigongti.kernel import clock
from yigongti.kernel.cases.advance import owner_title
from yigongti.kernel.ui.clocks import Clock
from yigongti.kernel.ui.columns import ClockColumn, TagColumn, WhenColumn
from yigongti.kernel.ui.register import RegisterTable

from .models import EDITABLE, Report
from .workflow import Reporting

#: does not break
KEPT = {"td": {"class": "y-nowrap"}}
STATES = [(name, state.title) for name, state in Reporting.states.items()]
TONES = {
    "draft": "calm",
    "submitted": "accent",
    "returned": "danger",
    "accepted": "calm",
    "correction": "warn",
    "correcting": "warn",
}


def running(record: Report) -> Clock | None:
    """The clock of an open step."""
    return Clock(record.due_at) if record.is_open and record.due_at else None


class ReportTable(RegisterTable):
    """What is reported by whom for which period, where it stands, whose turn it is."""

    unit_name = tables.Column("单位", orderable=False)
    title = tables.Column("填报", orderable=False)
    period = tables.Column("时期", orderable=False, attrs=KEPT)
    state = TagColumn(tones=TONES, labels=dict(STATES), verbose_name="状态", orderable=False)
    filled = tables.Column("已填", orderable=False, attrs=KEPT)
    next = tables.Column("该谁办", accessor="pk", orderable=False)
    due_at = ClockColumn(clock_of=running, verbose_name="时限", orderable=False)
    submitted_at = WhenColumn(verbose_name="提交", orderable=False, attrs=KEPT)

    def render_period(self, record: Report) -> str:
        return periods.title(record.period)

    def render_filled(self, record: Report) -> str:
        return f"{record.filled} / {record.asked}"

    def render_next(self, record: Report) -> str:
        """Nobody's turn once it is accepted."""
        return owner_title(record) if record.is_open and record.state != "accepted" else ""

    value_period, value_filled, value_next = render_period, render_filled, render_next

    def row_tone(self, record: Report) -> str:
        return "danger" if record.is_overdue else "warn" if record.state == "returned" else ""


class OwingTable(RegisterTable):
    """Who has not delivered what, and when they were urged last."""

    home_organization = tables.Column("机构", orderable=False)
    title = tables.Column("填报", orderable=False)
    period = tables.Column("时期", orderable=False)
    state = TagColumn(tones=TONES, labels=dict(STATES), verbose_name="状态", orderable=False)
    filled = tables.Column("已填", orderable=False, attrs=KEPT)
    due_at = ClockColumn(clock_of=running, verbose_name="时限", orderable=False)
    urged_at = WhenColumn(verbose_name="上次催报", orderable=False)
    urge = tables.Column("催报", accessor="pk", orderable=False, exclude_from_export=True)

    def render_period(self, record: Report) -> str:
        return periods.title(record.period)

    def render_filled(self, record: Report) -> str:
        return f"{record.filled} / {record.asked}"

    def render_urge(self, record: Report) -> str:
        """Opens the report, where the button is."""
        return format_html('<a href="{}">打开</a>', reverse("reporting:report", args=[record.pk]))

    value_period, value_filled = render_period, render_filled

    def row_tone(self, record: Report) -> str:
        return "danger" if record.is_overdue else ""


class ReportFilter(filters.FilterSet):
    """By unit, state, type of period, period, and what is overdue."""

    who = filters.CharFilter(label="单位或编号", method="by_who")
    state = filters.ChoiceFilter(label="状态", choices=STATES)
    period_type = filters.ChoiceFilter(label="时期类型", choices=list(PERIODS.items()))
    period = filters.CharFilter(label="时期", lookup_expr="exact")
    late = filters.BooleanFilter(
        label="超时", method="by_late", widget=forms.Select(choices=(("", "全部"), ("true", "是"), ("false", "否")))
    )

    class Meta:
        model = Report
        fields: list[str] = []

    def by_who(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Part of the unit's name, or the number."""
        return rows.filter(Q(unit_name__icontains=value.strip()) | Q(number=value.strip().upper()))

    def by_late(self, rows: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:
        """Open and past the deadline."""
        late = Q(closed_at=None, due_at__lt=clock.now())
        return rows.filter(late) if value else rows.exclude(late)


class OwingFilter(filters.FilterSet):
    """By organisation, plan, and what is overdue."""

    who = filters.CharFilter(label="机构", field_name="home_organization__name", lookup_expr="icontains")
    plan = filters.CharFilter(label="填报", field_name="title", lookup_expr="icontains")
    state = filters.ChoiceFilter(label="状态", choices=[one for one in STATES if one[0] in EDITABLE])
    late = filters.BooleanFilter(
        label="超时", method="by_late", widget=forms.Select(choices=(("", "全部"), ("true", "是"), ("false", "否")))
    )

    class Meta:
        model = Report
        fields: list[str] = []

    by_late = ReportFilter.by_late
