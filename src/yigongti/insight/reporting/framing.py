"""The frame of the page of a report: state, actions, facts, time line."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from django.urls import reverse

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.cases.models import CaseEvent
from yigongti.kernel.cases.presentation import actions_for, diagram, state_of, timeline
from yigongti.kernel.ui.casepage import Action, CasePage
from yigongti.registry.organizations.models import Organization

from . import duties, houses
from .models import Report
from .workflow import Reporting

#: steps that have a page of their own, or none
OF_THE_HOUSE = {"fill", "submit", "recall", "ask_correction"}

APART = {"fill", "submit", "review", "accept", "send_back"}


def frame(report: Report, actor: Actor) -> CasePage:
    """The frame of the page of a report."""
    events = list(CaseEvent.objects.filter(case_id=report.pk).order_by("sequence"))
    places = {event.organization_id for event in events if event.organization_id}
    names = dict(Organization.objects.filter(pk__in=places).values_list("pk", "name"))
    url = reverse("reporting:step", args=[report.pk, "STEP"]).replace("STEP", "{step}")
    second = actor.user_id != report.submitted_by_id and actor.user_id not in report.authors
    own = houses.enters(actor, report)
    offered = [action for action in actions_for(report, actor, url) if own or action.key not in OF_THE_HOUSE]
    keys = {action.key for action in offered}
    actions = [action for action in offered if action.key not in APART and _sensible(action.key, report)]
    if "fill" in keys:
        entry = reverse("reporting:entry", args=[report.pk])
        actions.insert(0, Action(key="fill", label="填写", url=entry, page=True, main=True))
        submit = next(action for action in offered if action.key == "submit")
        actions.insert(1, replace(submit, main=False))
    if "accept" in keys:
        blocked = "" if second else "您填写过这份填报，须由另一人审核"
        review = reverse("reporting:review", args=[report.pk])
        actions.insert(0, Action(key="review", label="审核", url=review, page=True, main=True, blocked=blocked))
    people = [("提交人", report.submitted_by), ("审核人", report.accepted_by)]
    return CasePage(
        title=f"{report.title} · {report.unit_name} · {report.period_title}",
        state=state_of(report, actor) if report.state != Reporting.accepted.name else _locked(report, actor),
        actions=actions,
        facts=(
            ("填报单位", str(report.home_organization)),
            ("审核单位", str(report.counterpart_organization)),
            ("已填", f"{report.filled} / {report.asked} 项"),
            ("版次", f"第 {report.edition} 版" + _in_force(report)),
            *((label, person.name) for label, person in people if person),
        ),
        timeline=timeline(report.flow, events, names, details=_told(report))[::-1],
        diagram=diagram(report.flow, report, passed=[event.to_state for event in events]),
        place="reporting.report",
    )


def _locked(report: Report, actor: Actor) -> Any:
    """What is accepted waits for nobody."""
    return replace(state_of(report, actor), who="", mine=False, tone="calm", note="有错误时可以申请更正")


def _in_force(report: Report) -> str:
    if not report.accepted_edition:
        return "，尚未接受"
    return "，在用" if report.edition == report.accepted_edition else f"，在用的是第 {report.accepted_edition} 版"


def _sensible(step: str, report: Report) -> bool:
    """Steps that the guard would refuse are not offered."""
    if step == "give_up":
        return report.accepted_edition > 0
    return step != "excuse" or not report.accepted_edition


def _told(report: Report) -> Callable[[CaseEvent], Iterable[tuple[str, str]]]:
    """What a step of the time line adds, with the names of the items."""
    names = {item.indicator: item.name for item in duties.asked(report)}
    return lambda event: _details(event, names)


def _details(event: CaseEvent, names: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    data = event.data
    if event.step == "fill":
        yield "改动", f"{len(data.get('items', []))} 项"
    if returned := [one for one in data.get("verdicts", []) if one.get("verdict") == "returned"]:
        yield "退回", "；".join(f"{names.get(one['item'], one['item'])}：{one['reason']}" for one in returned)
    if event.step in ("ask_correction", "demand"):
        yield "更正", "、".join(names.get(code, code) for code in data.get("items", []))
