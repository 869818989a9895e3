"""The register of suggestions."""

from decimal import Decimal
from functools import cached_property
from typing import Any

import django_filters
import django_tables2 as tables
from django.db.models import Q, QuerySet

from yigongti.insight.indicators.definitions import LEVELS
from yigongti.insight.results import scope
from yigongti.insight.results.telling import HIDDEN, plain
from yigongti.kernel.cases.advance import owner_title
from yigongti.kernel.ui.clocks import Clock
from yigongti.kernel.ui.columns import ClockColumn, TagColumn, WhenColumn
from yigongti.kernel.ui.register import RegisterTable

from . import services
from .models import Alarm, Cause
from .workflow import Alarming

TONES = {"opened": "warn", "acknowledged": "accent"}
STATES = [(name, state.title) for name, state in Alarming.states.items()]


class AlarmFilter(django_filters.FilterSet):
    """By words, state, cause, kind of unit and period."""

    q = django_filters.CharFilter(label="指标或单位", method="search")
    state = django_filters.ChoiceFilter(
        label="状态", choices=[("unclosed", "未办结"), *STATES], method="of_state", empty_label="全部"
    )
    cause = django_filters.ChoiceFilter(label="原因", choices=Cause.choices, empty_label="全部")
    level = django_filters.ChoiceFilter(
        label="层次", choices=list(LEVELS.items())[:4], field_name="unit__level", empty_label="全部"
    )

    period = django_filters.CharFilter(label="时期", help_text="如 2026-10、2026Q3")

    class Meta:
        model = Alarm
        fields = ("q", "state", "cause", "level", "period")

    def search(self, rows: QuerySet[Alarm], name: str, value: str) -> QuerySet[Alarm]:
        """By the indicator's name or code, the unit, or the beginning of the number."""
        text = value.strip()
        found = Q(title__contains=text) | Q(unit__title__contains=text) | Q(number__startswith=text.upper())
        return rows.filter(found | Q(measure__code__startswith=text))

    def of_state(self, rows: QuerySet[Alarm], name: str, value: str) -> QuerySet[Alarm]:
        """One state, or all that are open."""
        return rows.filter(closed_at=None) if value == "unclosed" else rows.filter(state=value)


class AlarmTable(RegisterTable):
    """What is unusual, where, since when, whose turn it is."""

    title = tables.Column("指标", orderable=False)
    unit = tables.Column("单位", orderable=False)
    cause = TagColumn(verbose_name="原因", orderable=False, tones=dict.fromkeys(Cause.values, "warn"))
    period = tables.Column("时期", orderable=False, attrs={"td": {"class": "y-nowrap"}})
    value = tables.Column("数值", orderable=False, attrs={"td": {"class": "y-number"}, "th": {"class": "y-number"}})
    limit = tables.Column(
        "界限", accessor="pk", orderable=False, attrs={"td": {"class": "y-number"}, "th": {"class": "y-number"}}
    )
    state = TagColumn(verbose_name="状态", orderable=False, tones=TONES, labels=dict(STATES))
    next = tables.Column("该谁办", accessor="pk", orderable=False)
    due_at = ClockColumn(
        clock_of=lambda record: Clock(record.due_at) if record.is_open else None, verbose_name="时限", orderable=False
    )
    opened_at = WhenColumn(verbose_name="提示时间", orderable=False)

    def render_unit(self, record: Alarm) -> str:
        return record.unit.title

    @cached_property
    def held(self) -> scope.Duty:
        """For whose people the reader answers."""
        return scope.duty(self.request.actor)

    def render_value(self, record: Alarm) -> str:
        return HIDDEN if services.closed(self.held, record) else figure(record, record.value)

    def render_limit(self, record: Alarm) -> str:
        return HIDDEN if crossed_closed(self.held, record) else figure(record, crossed(record))

    def render_next(self, record: Alarm) -> str:
        return owner_title(record) if record.is_open else ""

    value_unit, value_next = render_unit, render_next

    def value_value(self, record: Alarm) -> Any:
        return HIDDEN if services.closed(self.held, record) else record.value

    def value_limit(self, record: Alarm) -> Any:
        return HIDDEN if crossed_closed(self.held, record) else crossed(record)

    def row_tone(self, record: Alarm) -> str:
        return "danger" if record.is_overdue else ""


def crossed(alarm: Alarm) -> Any:
    """The limit that was crossed: of the threshold, of the chart, or the centre line."""
    if alarm.cause.startswith("threshold"):
        return alarm.limit
    if alarm.cause.startswith("run"):
        return alarm.centre
    return alarm.lower if alarm.low else alarm.upper


def crossed_closed(held: scope.Duty, alarm: Alarm) -> bool:
    """Whether that limit is not for a reader."""
    if alarm.cause.startswith("threshold"):
        return services.closed(held, alarm)
    return services.limits_closed(held, alarm)


def figure(alarm: Alarm, number: Any) -> str:
    """A number of the indicator with its unit: at most its decimals, no zeros at the end."""
    if number is None:
        return "—"
    return f"{plain(Decimal(number).quantize(Decimal(1).scaleb(-alarm.decimals)))}{alarm.measured_in}"
