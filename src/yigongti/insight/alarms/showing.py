"""What the page of a suggestion shows."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.urls import reverse

from yigongti.insight.results import scope
from yigongti.insight.results.telling import HIDDEN
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.models import CaseEvent
from yigongti.kernel.cases.presentation import actions_for, diagram, state_of, timeline
from yigongti.kernel.ui.casepage import CasePage
from yigongti.registry.organizations.models import Organization

from . import drawing, services, steps
from .control import KINDS, Point
from .definitions import POLICY
from .models import Alarm
from .tables import crossed, crossed_closed, figure


def page(actor: Actor, alarm: Alarm) -> dict[str, Any]:
    """State, buttons, the chart, what the limits are, what was planned and came of it."""
    events = list(CaseEvent.objects.filter(case_id=alarm.pk).order_by("sequence"))
    held = scope.duty(actor)
    points, limits = drawing.series(alarm, held), None if services.limits_closed(held, alarm) else alarm.limits
    rule = services.rule_of(alarm)
    shown = CasePage(
        title=f"{alarm.title} · {alarm.unit.title}",
        state=state_of(alarm, actor),
        actions=actions_for(alarm, actor, reverse("alarms:step", args=[alarm.pk, "STEP"]).replace("STEP", "{step}")),
        timeline=timeline(alarm.flow, events, organizations(events)),
        diagram=diagram(alarm.flow, alarm, {event.to_state for event in events}),
        facts=tuple(facts(alarm, held)),
        place="alarms.alarm",
    )
    return {
        "page": shown,
        "alarm": alarm,
        "plot": drawing.plot(alarm, points, limits),
        "words": list(words(alarm, closed=limits is None)),
        "now": newest(alarm, points),
        "rule": rule,
        "policy": reverse("policy:policy", args=POLICY.split("/")) if actor.may(Permission.POLICY_READ) else "",
        "reason": reason(alarm),
    }


def organizations(events: Sequence[CaseEvent]) -> dict[int, str]:
    """The names of the organisations that took a step."""
    found = {event.organization_id for event in events if event.organization_id}
    return {one.pk: str(one) for one in Organization.objects.filter(pk__in=found)} if found else {}


def facts(alarm: Alarm, held: scope.Duty) -> Iterator[tuple[str, str]]:
    """Beside the state, as far as it is for the reader."""
    yield "时期", alarm.period
    yield "数值", HIDDEN if services.closed(held, alarm) else figure(alarm, alarm.value)
    yield "原因", alarm.get_cause_display()
    yield "界限", HIDDEN if crossed_closed(held, alarm) else figure(alarm, crossed(alarm))


def newest(alarm: Alarm, points: Sequence[Point]) -> str:
    """The newest stored value, where there is one after the period."""
    last = points[-1] if points else None
    if last is None or last.period <= alarm.period:
        return ""
    return f"{last.period} 为 {drawing.plain_of(last.value, alarm)}{alarm.measured_in}"


def reason(alarm: Alarm) -> str:
    """Why it was dismissed, in words."""
    if not alarm.reason:
        return ""
    listed = {one.id: one.name for one in steps.reasons(alarm.place).reasons}
    return listed.get(alarm.reason, alarm.reason)


def words(alarm: Alarm, *, closed: bool) -> Iterator[tuple[str, str]]:
    """How the limits came about, where they are for the reader, and what would close it."""
    if alarm.limits is not None and closed:
        yield KINDS[alarm.chart], f"由此前 {alarm.baseline} 期算出；其中有不对您显示的数，界限也不显示"
    elif alarm.limits is not None:
        yield (
            KINDS[alarm.chart],
            f"由此前 {alarm.baseline} 期算出中心线 {figure(alarm, alarm.centre)}；{formula(alarm)}",
        )
        if alarm.lower is not None or alarm.upper is not None:
            yield "这一期的界限", f"{figure(alarm, alarm.lower)} 至 {figure(alarm, alarm.upper)}"
    if alarm.limit is not None:
        running = f"，连续 {alarm.during} 期" if alarm.during > 1 else ""
        yield "界值", f"{'不低于' if alarm.low else '不高于'} {figure(alarm, alarm.limit)}{running}"
    yield "为什么提示", meaning(alarm)
    yield "怎样关闭", f"{back(alarm)}连续 {alarm.recover} 期，或这一期的数据更正后不再超出，平台自动关闭"


def formula(alarm: Alarm) -> str:
    """How wide the limits are."""
    return {
        "p": "界限为中心线加减 3 个标准差，标准差 = √(p̄(1 − p̄) ÷ 当期分母)",
        "u": "界限为中心线加减 3 个标准差，标准差 = √(ū ÷ 当期分母)",
        "xmr": f"界限为中心线加减 3 个标准差，标准差 = 平均移动极差 ÷ 1.128 = {figure(alarm, alarm.spread)}",
    }[alarm.chart]


def meaning(alarm: Alarm) -> str:
    """What the test says."""
    if alarm.cause.startswith("beyond"):
        return "只靠偶然，约三百七十期才有一期落在 3 个标准差之外，多半有具体的原因"
    if alarm.cause.startswith("run"):
        return "单期都在界限以内，但连续多期在中心线同一侧，说明水平可能已经移动"
    return "越过了政策规定的界值"


def back(alarm: Alarm) -> str:
    """What counts as recovered."""
    if alarm.cause.startswith("run"):
        return f"回到中心线{'以上' if alarm.low else '以下'}，"
    return "回到界值以内，" if alarm.limit is not None else "回到控制界限以内，"
