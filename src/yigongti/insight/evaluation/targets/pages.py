"""The pages of targets: the register, a plan with its grid, the remarks."""

from collections import defaultdict
from dataclasses import replace
from functools import cached_property
from typing import Any
from uuid import UUID

import django_tables2 as tables
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases import pages as cases
from yigongti.kernel.cases.advance import advance, owner_title
from yigongti.kernel.cases.models import CaseEvent
from yigongti.kernel.cases.presentation import actions_for, diagram, state_of, timeline
from yigongti.kernel.errors import Forbidden, Invalid, NotFound, YigongtiError
from yigongti.kernel.ui.casepage import Action, CasePage
from yigongti.kernel.ui.clocks import Clock
from yigongti.kernel.ui.columns import ClockColumn, WhenColumn
from yigongti.kernel.ui.command import CommandView
from yigongti.kernel.ui.register import RegisterTable, RegisterView
from yigongti.kernel.ui.view import ActorView
from yigongti.registry.organizations.models import Organization

from .. import houses, participants
from ..grids import version
from ..pages import CRUMBS as ABOVE
from ..services import concerned
from . import schemas, services, steps, texts
from .models import Plan, Target, TargetRemark
from .workflow import Planning

CRUMBS = (*ABOVE[:1], ("服务目标", "/evaluation/targets/"))
GRIDS = ("apportion", "revise")


class PlanTable(RegisterTable):
    """Targets by period."""

    title = tables.Column("目标", orderable=False)
    consortium = tables.Column("医共体", orderable=False)
    participants = tables.Column("中心", orderable=False)
    state = tables.Column("状态", orderable=False)
    next = tables.Column("该谁办", accessor="pk", orderable=False)
    due_at = ClockColumn(
        clock_of=lambda record: Clock(record.due_at) if record.is_open else None, verbose_name="时限", orderable=False
    )
    opened_at = WhenColumn(verbose_name="拟定", orderable=False)

    def render_participants(self, record: Plan) -> str:
        return f"{len(record.participants)} 家"

    def render_state(self, record: Plan) -> str:
        return record.state_now.title

    def render_next(self, record: Plan) -> str:
        return owner_title(record) if record.is_open else ""

    value_participants, value_state, value_next = render_participants, render_state, render_next

    def row_tone(self, record: Plan) -> str:
        return "danger" if record.is_overdue else ""


class Plans(RegisterView):
    """Every plan within reach, the newest first."""

    title, key, permission = "服务目标", "targets", staticmethod(concerned)
    table_class, template_name, crumbs = PlanTable, "targets/list.html", CRUMBS
    empty, empty_hint = "还没有服务目标", "按各中心的人口和重点人群分解，经两轮征求意见定稿；用于考核的目标完成率。"

    def queryset(self, actor: Actor) -> QuerySet[Plan]:
        return services.plans(actor).order_by("-opened_at")

    def context(self, actor: Actor) -> dict[str, Any]:
        return {"may_open": actor.may(Permission.EVALUATION_CONDUCT)}


class Draft(CommandView):
    """Compute a proposal."""

    title, submit, schema = "拟定服务目标", "计算建议", schemas.Drafting
    done = "已按人数和权重算出建议，请核对后征求意见。"
    permission, crumbs = Permission.EVALUATION_CONDUCT, (*CRUMBS, ("拟定", ""))

    def choices(self, actor: Actor) -> dict[str, Any]:
        return {
            "policies": [(one.policy, one.title) for one in texts.in_force_policies()],
            "consortia": participants.consortia(actor),
        }

    def initial(self, actor: Actor) -> dict[str, Any]:
        offered, rules = participants.consortia(actor), texts.in_force_policies()
        return {
            "policy": rules[0].policy if len(rules) == 1 else None,
            "consortium": offered[0][0] if len(offered) == 1 else None,
        }

    def context(self, actor: Actor) -> dict[str, Any]:
        return {"cancel": reverse("targets:list")}

    def run(self, actor: Actor, data: schemas.Drafting, *, key: str, version: int | None) -> str:
        return services.draft(actor, data=data, key=UUID(key) if key else None).get_absolute_url()


class PlanView(ActorView):
    """A plan: totals, each centre's targets with the counts they come from, what was said in the rounds."""

    title, permission = "服务目标", staticmethod(concerned)

    @cached_property
    def case(self) -> Plan:
        """The plan of the address."""
        return services.access_plan(self.request.actor, self.kwargs["case_id"])  # type: ignore[attr-defined]

    def get(self, request: HttpRequest, case_id: UUID) -> HttpResponse:
        """Show it."""
        return self.show(request)

    def post(self, request: HttpRequest, case_id: UUID) -> HttpResponse:
        """Save the grid: other totals, or other targets."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        step = request.POST.get("step", "")
        if step not in GRIDS:
            raise NotFound("没有这一步")
        data = {"numbers": [{"key": k, "value": v} for k, v in _numbers(request, step)]}
        try:
            advance(actor, Planning, self.case.pk, step, data, version=version(request.POST))
        except (Forbidden, NotFound):
            raise
        except YigongtiError as error:
            del self.case
            with acting(actor):
                return self.show(request, error)
        messages.success(request, "已保存。")
        return HttpResponseRedirect(self.case.get_absolute_url())

    def show(self, request: HttpRequest, error: YigongtiError | None = None) -> HttpResponse:
        """The page."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        case = self.case
        conducts = actor.may(Permission.EVALUATION_CONDUCT, case.home_organization_id)
        mine = houses.houses(actor) & set(case.participants)
        remarks = list(TargetRemark.objects.filter(plan=case).select_related("organization", "made_by"))
        policy = steps.policy_of(case)
        context = {
            "crumbs": CRUMBS,
            "page": _frame(actor, case),
            "case": case,
            "policy": policy,
            "rows": _rows(case, request),
            "totals": [(item, case.totals[item.item]) for item in policy.items_],
            "remarks": [(one, _title(policy, one.item)) for one in remarks],
            "may_total": conducts and case.state in ("drafting", "revising"),
            "may_revise": conducts and case.state in ("revising", "deciding"),
            "may_say": bool(mine) and case.state in steps.ROUNDS,
            "policy_url": reverse("policy:policy", args=case.policy.split("/")),
            "base": participants.spoken(case.base),
            "error": error,
        }
        return render(request, "targets/case.html", context, status=error.status if error else 200)


def _title(policy: Any, code: str) -> str:
    return next((item.name for item in policy.items_ if item.item == code), "全部")


def _numbers(request: HttpRequest, step: str) -> list[tuple[str, str]]:
    prefix = f"{step}:"
    found = []
    for name, text in request.POST.items():
        if name.startswith(prefix):
            value = str(text).strip().replace(",", "")
            if not (value.isascii() and value.isdecimal()):
                raise Invalid(f"“{text}”不是整数", hint="填 0 或正整数")
            found.append((name.removeprefix(prefix), value))
    return found


def _rows(case: Plan, request: HttpRequest) -> list[dict[str, Any]]:
    """One line a centre: counts, and of each item what was proposed and what stands."""
    policy = steps.policy_of(case)
    by_unit: dict[str, dict[str, Target]] = defaultdict(dict)
    for one in Target.objects.filter(plan=case).select_related("organization"):
        by_unit[one.unit][one.item] = one
    rows = []
    for unit, told in by_unit.items():
        counts: dict[str, str] = {}
        cells = []
        for item in policy.items_:
            target = told[item.item]
            counts |= target.factors
            key = f"{unit}:{item.item}"
            cells.append(
                {
                    "key": key,
                    "target": target,
                    "typed": request.POST.get(f"revise:{key}", str(target.standing)),
                    "share": f"{target.share * 100:.2f}%",
                    "moved": target.standing - target.proposed,
                }
            )
        first = next(iter(told.values()))
        rows.append(
            {
                "organization": first.organization,
                "counts": [
                    (name, counts.get(name, ""), _explain(case, unit, policy.factors[name].indicator))
                    for name in policy.factors
                ],
                "cells": cells,
            }
        )
    return sorted(rows, key=lambda row: row["organization"].code)


def _explain(case: Plan, unit: str, code: str) -> str:
    return reverse("results:explain", args=[*code.split("/", 1), "centre", unit, case.base])


def _offered(one: Action, case: Plan, actor: Actor) -> Action:
    """A step as it is offered: who made the plan final sees why another one approves it."""
    own = one.key == "approve" and case.decided_by_id == actor.user_id
    return replace(one, blocked="是您定的稿，须由另一位批准") if own else one


def _frame(actor: Actor, case: Plan) -> CasePage:
    events = list(CaseEvent.objects.filter(case_id=case.pk).order_by("sequence"))
    where = {event.organization_id for event in events if event.organization_id}
    names = dict(Organization.objects.filter(pk__in=where).values_list("pk", "name"))
    url = reverse("targets:step", args=[case.pk, "STEP"]).replace("STEP", "{step}")
    people = (("拟定人", case.opened_by), ("定稿人", case.decided_by), ("批准人", case.approved_by))
    return CasePage(
        title=case.title,
        state=state_of(case, actor),
        actions=[_offered(one, case, actor) for one in actions_for(case, actor, url) if one.key not in GRIDS],
        facts=(
            ("医共体", str(case.consortium)),
            ("人数取自", participants.spoken(case.base)),
            *((label, person.name) for label, person in people if person),
        ),
        timeline=timeline(case.flow, events, names)[::-1],
        diagram=diagram(case.flow, case, passed=[event.to_state for event in events]),
        place="targets.case",
    )


class StepView(cases.StepView[Plan]):
    """Any step of a plan."""

    title, permission, crumbs, elsewhere = "服务目标", staticmethod(concerned), CRUMBS, frozenset(GRIDS)

    def find(self, actor: Actor) -> Plan:
        return services.access_plan(actor, self.kwargs["case_id"])


class Say(CommandView):
    """A centre answers in a round."""

    title, submit, done, schema = "回复目标", "提交", "已提交。", schemas.TargetRemarking
    permission, crumbs = Permission.EVALUATION_ANSWER, CRUMBS

    @cached_property
    def case(self) -> Plan:
        """The plan of the address."""
        return services.access_plan(self.request.actor, self.kwargs["case_id"])  # type: ignore[attr-defined]

    def choices(self, actor: Actor) -> dict[str, Any]:
        mine = houses.houses(actor) & set(self.case.participants)
        rows = Organization.objects.filter(pk__in=mine).order_by("code")
        return {
            "organizations": [(one.pk, one.name) for one in rows],
            "items": [(item.item, item.name) for item in steps.policy_of(self.case).items_],
        }

    def initial(self, actor: Actor) -> dict[str, Any]:
        offered = self.choices(actor)["organizations"]
        return {"organization": offered[0][0] if len(offered) == 1 else None}

    def context(self, actor: Actor) -> dict[str, Any]:
        return {"cancel": self.case.get_absolute_url(), "hint": "同意就直接提交；要改数请写理由。"}

    def run(self, actor: Actor, data: schemas.TargetRemarking, *, key: str, version: int | None) -> str:
        services.remark(actor, case=self.case, data=data)
        return self.case.get_absolute_url()
