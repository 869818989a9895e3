"""The pages of suggestions: the register, one suggestion with its chart, its steps."""

from functools import cached_property
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from pydantic import BaseModel

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.advance import advance, may_take
from yigongti.kernel.cases.declaration import PLATFORM, Step
from yigongti.kernel.errors import Forbidden, NotFound
from yigongti.kernel.ui.command import CommandView
from yigongti.kernel.ui.register import RegisterView
from yigongti.kernel.ui.view import ActorView

from . import schemas, services, showing, steps
from .models import Alarm
from .tables import AlarmFilter, AlarmTable
from .workflow import Alarming

CRUMBS = (("监测评价", ""), ("预警提示", "/alarms/"))


class Alarms(RegisterView):
    """Every suggestion within reach: what is open first, the most pressing on top."""

    title, key, permission = "预警提示", "alarms", Permission.ALARM_HANDLE
    table_class, filterset_class, crumbs = AlarmTable, AlarmFilter, CRUMBS
    empty = "没有预警提示"
    empty_hint = "每次更新指标以后，平台按预警规则检查各月的数，超出通常波动或越过界值的会出现在这里。"

    def queryset(self, actor: Actor) -> QuerySet[Alarm]:
        rows = services.alarms(actor).select_related(*services.SHOWN)
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


class StepView(CommandView):
    """Any step of a suggestion: what it asks is its form."""

    title, permission, crumbs = "预警提示", Permission.ALARM_HANDLE, CRUMBS
    schema: ClassVar[type[BaseModel]] = schemas.Plan

    @cached_property
    def alarm(self) -> Alarm:
        """The suggestion of the address, within reach."""
        return services.access_alarm(self.request.actor, self.kwargs["alarm_id"])  # type: ignore[attr-defined]

    @cached_property
    def step(self) -> Step:
        """The step of the address. Raises NotFound, Forbidden."""
        step = Alarming.steps.get(self.kwargs["step"])
        if step is None or PLATFORM in step.by:
            raise NotFound("没有这一步", hint="请从页面上的按钮进入")
        if not any(may_take(self.request.actor, self.alarm, desk) for desk in step.by):  # type: ignore[attr-defined]
            raise Forbidden(
                f"“{step.title}”由{self.alarm.home_organization}的{'、'.join(desk.title for desk in step.by)}办理"
            )
        return step

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        actor = getattr(request, "actor", None)
        if actor is not None and services.concerned(actor):
            self.schema = self.step.asks  # type: ignore[misc]
            self.title = self.submit = self.step.title  # type: ignore[misc]
            self.done = f"“{self.step.title}”已办理。"  # type: ignore[misc]
            self.tone = "danger" if self.step.danger else "primary"  # type: ignore[misc]

    def choices(self, actor: Actor) -> dict[str, Any]:
        return {"reasons": [(one.id, one.name) for one in steps.reasons(self.alarm.place).reasons]}

    def initial(self, actor: Actor) -> dict[str, Any]:
        """What was planned before."""
        return {"action": self.alarm.action, "planned_on": self.alarm.planned_on}

    def context(self, actor: Actor) -> dict[str, Any]:
        alarm = self.alarm
        about = f"{alarm.title}，{alarm.unit.title} {alarm.period}：{alarm.get_cause_display()}"
        return {"version": alarm.version, "cancel": alarm.get_absolute_url(), "hint": self.step.hint, "effect": about}

    def run(self, actor: Actor, data: BaseModel, *, key: str, version: int | None) -> str:
        request = UUID(key) if key else None
        advance(actor, Alarming, self.alarm.pk, self.step.name, data, version=version, key=request)
        return self.alarm.get_absolute_url()
