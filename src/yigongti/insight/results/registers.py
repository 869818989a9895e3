"""The lists of computations, and of published numbers that moved."""

from decimal import Decimal
from functools import cached_property
from typing import Any

import django_tables2 as tables

from yigongti.insight import periods
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.ui.columns import NumberColumn, WhenColumn
from yigongti.kernel.ui.register import RegisterTable, RegisterView

from . import queries, scope
from .models import Restatement, Run
from .telling import HIDDEN, why, worded
from .told import explained_url

ROOM = (("监测评价", ""), ("指标", "/indicators/"))


class Runs(RegisterView):
    """The computations."""

    class Table(RegisterTable):
        """One run a row."""

        at = WhenColumn(verbose_name="时间")
        snapshot = tables.Column("快照", orderable=False)
        results = NumberColumn(verbose_name="计算", orderable=False)
        moved = NumberColumn(verbose_name="变动", orderable=False)
        restated = NumberColumn(verbose_name="重述", orderable=False)
        seconds = NumberColumn(verbose_name="用时", unit="秒", orderable=False)

        def row_url(self, record: Any) -> str | None:
            return None

    title, key, permission, crumbs = "指标的计算记录", "results-runs", Permission.INDICATOR_READ, ROOM
    table_class = Table
    empty, empty_hint = "还没有计算过", "平台启动后自动计算，之后每夜一次。"

    def queryset(self, actor: Actor) -> Any:
        return Run.objects.order_by("-at")


class Restatements(RegisterView):
    """Published numbers that moved."""

    class Table(RegisterTable):
        """One number a row."""

        at = WhenColumn(verbose_name="时间", accessor="run__at", orderable=False)
        measure = tables.Column("指标", accessor="measure__title", orderable=False)
        unit = tables.Column("统计单位", accessor="unit__title", orderable=False)
        period = tables.Column("时期", orderable=False)
        former = NumberColumn(verbose_name="原值", empty_values=(), orderable=False)
        now = NumberColumn(verbose_name="现值", empty_values=(), orderable=False)
        why = tables.Column("原因", empty_values=(), orderable=False)

        def render_measure(self, record: Restatement) -> str:
            return record.measure.title

        def render_unit(self, record: Restatement) -> str:
            return f"{record.unit.title}（含下属站点）" if record.unit.level == "centre" else record.unit.title

        def render_period(self, record: Restatement) -> str:
            return periods.title(record.period)

        def render_former(self, record: Restatement) -> str:
            return self._shown(record, record.value_before, record.value)

        def render_now(self, record: Restatement) -> str:
            return self._shown(record, record.value, record.value_before)

        def render_why(self, record: Restatement) -> str:
            return why(record)

        @cached_property
        def held(self) -> scope.Duty:
            """For whose people the reader answers."""
            return scope.duty(self.request.actor)

        def _shown(self, record: Restatement, value: Decimal | None, beside: Decimal | None) -> str:
            return HIDDEN if scope.closed(self.held, record) else worded(record.measure.code, value, beside)

        value_unit, value_former, value_now, value_why = render_unit, render_former, render_now, render_why

        def row_url(self, record: Restatement) -> str | None:
            return explained_url(record.measure.code, record.unit.level, record.unit.key, record.period)

    title, key, permission, crumbs = "公布数的变动", "results-restatements", Permission.INDICATOR_READ, ROOM
    table_class = Table
    empty = "公布过的数没有变动"
    empty_hint = "时期结束以后，迟到或更正的记录使数值变动时，这里写明从多少变为多少、为什么。"

    def queryset(self, actor: Actor) -> Any:
        return scope.watched(queries.restatements()).filter(unit__in=scope.units(actor))
