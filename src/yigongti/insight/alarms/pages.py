"""The pages of suggestions: the register, one suggestion with its chart, its steps."""

from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases import pages as cases
from yigongti.kernel.ui.register import RegisterView
from yigongti.kernel.ui.view import ActorView

from . import services, showing, steps
from .models import Alarm
from .tables import AlarmFilter, AlarmTable

CRUMBS = (("监测评价", ""), ("预警提示", "/alarms/"))


class Alarms(RegisterView):
    """Every suggestion within reach: what is open first, the most pressing on top."""

    title, key, permission = "预警提示", "alarms", Permission.ALARM_HANDLE
    table_class, filterset_class, crumbs = AlarmTable, AlarmFilter, CRUMBS
    empty = "没有预警提示"
    empty_hint = "每次更新指标以后，平台按预警规则检查各月的数，超出通常波动或越过界值的会出现在这里。"

    def queryset(self, actor: Actor) -> QuerySet[Alarm]:
        rows = services.watched(services.alarms(actor)).select_related(*services.SHOWN)
        return rows.order_by(F("closed_at").desc(nulls_first=True), F("due_at").asc(nulls_last=True), "pk")

    def context(self, actor: Actor) -> dict[str, Any]:
        """What a suggestion is."""
        return {"lead": "数值越过界值，或变动超出通常的波动，由平台提示给负责人。提示不改变任何数据和考核结果。"}


class AlarmView(ActorView):
    """One suggestion."""

    title, permission = "预警提示", Permission.ALARM_HANDLE

    def get(self, request: HttpRequest, alarm_id: UUID) -> HttpResponse:
        """Show it."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        alarm = services.access_alarm(actor, alarm_id)
        return render(request, "alarms/alarm.html", {"crumbs": CRUMBS, **showing.page(actor, alarm)})


class StepView(cases.StepView[Alarm]):
    """Any step of a suggestion."""

    title, permission, crumbs = "预警提示", Permission.ALARM_HANDLE, CRUMBS

    def find(self, actor: Actor) -> Alarm:
        return services.access_alarm(actor, self.kwargs["alarm_id"])

    @property
    def whose(self) -> str:
        """The desks of the place that the suggestion is for."""
        return f"{self.case.home_organization}的"

    def choices(self, actor: Actor) -> dict[str, Any]:
        return {"reasons": [(one.id, one.name) for one in steps.reasons(self.case.place).reasons]}

    def initial(self, actor: Actor) -> dict[str, Any]:
        """What was planned before."""
        return {"action": self.case.action, "planned_on": self.case.planned_on}

    def context(self, actor: Actor) -> dict[str, Any]:
        alarm = self.case
        about = f"{alarm.title}，{alarm.unit.title} {alarm.period}：{alarm.get_cause_display()}"
        return super().context(actor) | {"effect": about}
