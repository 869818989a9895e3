"""The page of an evaluation: what it shows to whom, and what can be done there."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.urls import reverse

from yigongti.insight.results import scope
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.cases.models import CaseEvent
from yigongti.kernel.cases.presentation import actions_for, diagram, state_of, timeline
from yigongti.kernel.ui.casepage import Action, CasePage, Document
from yigongti.registry.organizations.models import Organization

from . import houses, services
from .keeping import policy_of
from .models import Answer, Evaluation, Report
from .outline import linked_words
from .participants import spoken
from .sight import sight, yuan

#: steps that stand on the page themselves: a grid, or a button beside what it is about
BESIDE = ("judge", "revoke", "group")


def page(actor: Actor, evaluation: Evaluation) -> dict[str, Any]:
    """Everything that the page shows to the actor."""
    conducts = services.conducts(actor, evaluation)
    events = list(CaseEvent.objects.filter(case_id=evaluation.pk).order_by("sequence"))
    shown, told = conducts or evaluation.shown_to_all, conducts or evaluation.is_published
    reports = list(Report.objects.filter(evaluation=evaluation).defer("content")) if told else []
    own = [] if conducts else list(_own(actor, evaluation))
    held, within = (scope.ALL, None) if conducts else (scope.duty(actor), {one.pk for one in own})
    successor = Evaluation.objects.filter(corrects=evaluation).exclude(state="cancelled").defer("sheet").first()
    return {
        "page": _frame(actor, evaluation, events, reports, conducts),
        "case": evaluation,
        "sight": sight(evaluation, held, within) if shown else None,
        "conducts": conducts,
        "own": own,
        "may_judge": conducts and evaluation.state in ("judging", "commenting"),
        "may_revoke": conducts and evaluation.state in ("judging", "commenting", "deciding"),
        "may_correct": conducts and evaluation.state == "published" and successor is None,
        "may_report": conducts and evaluation.digest,
        "successor": successor,
        "policy_url": reverse("policy:policy", args=evaluation.policy.split("/")),
        "told": told,
        "pool": yuan(evaluation.pool) if told else "",
        "linked": linked_words(policy) if (policy := policy_of(evaluation)).linked else "",
    }


def _own(actor: Actor, evaluation: Evaluation) -> Iterable[Answer]:
    rows = services.answers(actor).filter(evaluation=evaluation)
    return rows.filter(home_organization_id__in=houses.houses(actor)).order_by("title")


def _frame(
    actor: Actor, evaluation: Evaluation, events: list[CaseEvent], reports: list[Report], conducts: bool
) -> CasePage:
    where = {event.organization_id for event in events if event.organization_id}
    names = dict(Organization.objects.filter(pk__in=where).values_list("pk", "name"))
    url = reverse("evaluation:step", args=[evaluation.pk, "STEP"]).replace("STEP", "{step}")
    actions = [one for one in actions_for(evaluation, actor, url) if one.key not in BESIDE]
    if evaluation.decided_by_id == actor.user_id:
        blocked = "等次是您定的，须由另一位复核后发布"
        actions = [replace(one, blocked=blocked) if one.key == "publish" else one for one in actions]
    if evaluation.corrects_id is None:
        actions = [one for one in actions if one.key != "straight"]
    people = (("发起人", evaluation.opened_by), ("定等人", evaluation.decided_by), ("发布人", evaluation.published_by))
    return CasePage(
        title=evaluation.title + (f"（第 {evaluation.edition} 版）" if evaluation.edition > 1 else ""),
        state=state_of(evaluation, actor),
        actions=[
            *actions,
            *([_grid(evaluation)] if conducts and evaluation.state in ("judging", "commenting") else []),
            *([_areas(evaluation)] if _groups(evaluation, conducts) else []),
        ],
        facts=(
            ("组织", str(evaluation.home_organization)),
            ("时期", spoken(evaluation.period)),
            ("参评", f"{len(evaluation.participants)} 家"),
            *((label, person.name) for label, person in people if person),
        ),
        timeline=timeline(evaluation.flow, events, names)[::-1],
        documents=[
            Document(
                title=f"考核报告（{one.get_kind_display()}）",
                url=reverse("evaluation:file", args=[evaluation.pk, one.pk]),
                kind="" if one.scores == evaluation.digest else "得分已变动",
                at=one.made_at,
            )
            for one in reports
        ],
        diagram=diagram(evaluation.flow, evaluation, passed=[event.to_state for event in events]),
        place="evaluation.case",
    )


def _groups(evaluation: Evaluation, conducts: bool) -> bool:
    bound = policy_of(evaluation).linked is not None
    return conducts and bound and evaluation.state in ("preparing", "reporting", "judging")


def _areas(evaluation: Evaluation) -> Action:
    url = reverse("evaluation:areas", args=[evaluation.pk])
    return Action(key="areas", label="划分片区", url=url, page=True, icon="users-group")


def _grid(evaluation: Evaluation) -> Action:
    url = reverse("evaluation:judging", args=[evaluation.pk])
    return Action(key="grid", label="评审表", url=url, page=True, icon="table")
