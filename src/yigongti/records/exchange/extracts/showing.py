"""What the pages of extracts show: the columns and what they become, the frame of a case, what the check found."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.cases.models import CaseEvent
from yigongti.kernel.cases.presentation import actions_for, diagram, state_of, timeline
from yigongti.kernel.jobs.services import seen
from yigongti.kernel.ui.casepage import CasePage, Document
from yigongti.registry.organizations.models import Organization

from . import services, steps, texts
from .models import Extract
from .policies import PURPOSES, ExtractPolicy

TONES = {"pseudonym": "accent", "quasi": "warn", "shifted": "warn", "sensitive": "danger", "plain": "calm"}


@dataclass(frozen=True)
class Line:
    """One column: its title, its role, what it becomes."""

    name: str
    title: str
    role: str
    tone: str
    becomes: str
    meaning: str


@dataclass(frozen=True)
class Offer:
    """One extract that may be asked for, in words."""

    title: str
    summary: str
    grain: str
    purposes: str
    table: bool
    k: int
    most: str
    small_cells: int
    retention_days: int
    diversity: str
    removed: str
    columns: list[Line]
    policy: str

    @property
    def policy_url(self) -> str:
        """The page of the policy."""
        return reverse("policy:policy", args=self.policy.split("/"))


def offer(policy: ExtractPolicy) -> Offer:
    """The policy in words."""
    names, diverse = texts.category_names(), policy.diversity
    titles = {column.name: column.title for column in policy.columns}
    lines = []
    for column in policy.columns:
        needs = f"（批准开放“{names.get(column.needs, column.needs)}”后才有）" if column.needs else ""
        steps_told = texts.ladder(column)
        lines.append(
            Line(column.name, column.title, texts.role(column), TONES[column.role], steps_told, column.meaning + needs)
        )
    return Offer(
        title=policy.title,
        summary=policy.summary,
        grain=policy.grain,
        purposes="、".join(PURPOSES[code] for code in policy.purposes),
        table=policy.form == "table",
        k=policy.least,
        most=texts.percent(policy.suppression.most),
        small_cells=policy.small_cells,
        retention_days=policy.retention_days,
        diversity=f"{'、'.join(titles[n] for n in diverse.columns)}至少 {diverse.at_least} 种" if diverse else "",
        removed="、".join(policy.removed),
        columns=lines,
        policy=policy.policy,
    )


def whole(case: Extract, actor: Actor) -> dict[str, Any]:
    """Everything that the page of a case shows."""
    events = list(CaseEvent.objects.filter(case_id=case.pk).order_by("sequence"))
    policy = steps.approved_policy(case)
    job = seen(case.job) if case.state == "making" else None
    papers = services.papers(case)
    may_paper = actor.user_id == case.requested_by_id and case.state in ("requested", "prepared", "short")
    return {
        "page": frame(case, actor, events, papers),
        "case": case,
        "population": texts.population(case),
        "offer": offer(policy),
        "report": check(case),
        "job": job,
        "may_fetch": case.has_file and actor.user_id == case.recipient_id,
        "may_paper": may_paper,
    }


def frame(case: Extract, actor: Actor, events: list[CaseEvent], papers: Any) -> CasePage:
    """The frame of the page, derived from the declaration."""
    places = {event.organization_id for event in events if event.organization_id}
    names = dict(Organization.objects.filter(pk__in=places).values_list("pk", "name"))
    url = reverse("extracts:step", args=[case.pk, "STEP"]).replace("STEP", "{step}")
    own = {case.requested_by_id: "withdraw"}
    actions = [
        action
        for action in actions_for(case, actor, url)
        if action.key != "download"
        and (action.key != "withdraw" or own.get(actor.user_id or 0))
        and (action.key != "approve" or actor.user_id not in _not_second(case))
    ]
    people = [("申请人", case.requested_by), ("准备人", case.prepared_by), ("批准人", case.approved_by)]
    return CasePage(
        title=case.title,
        state=state_of(case, actor),
        actions=actions,
        facts=(
            ("申请机构", str(case.home_organization)),
            *((label, person.name) for label, person in people if person),
            ("领取人", case.recipient.name),
        ),
        timeline=timeline(case.flow, events, names)[::-1],
        documents=[
            Document(title=paper.name, url=reverse("extracts:paper", args=[case.pk, paper.pk]), kind="伦理审查批件")
            for paper in papers
        ],
        diagram=diagram(case.flow, case, passed=[event.to_state for event in events]),
        place="extracts.case",
    )


def _not_second(case: Extract) -> tuple[int | None, ...]:
    return case.requested_by_id, case.prepared_by_id, case.recipient_id


def check(case: Extract) -> dict[str, Any] | None:
    """What the check found, with words and shares for the page."""
    told = case.report
    if not told:
        return None
    attempts = [{**one, "share_words": texts.percent(one["share"])} for one in told["attempts"]]
    bars = [
        {**one, "words": f"{one['from']} 人及以上" if one["to"] is None else _span(one["from"], one["to"])}
        for one in told["histogram"]
    ]
    return {
        **told,
        "attempts": attempts,
        "final": attempts[-1],
        "histogram": bars,
        "largest": max((one["rows"] for one in bars), default=1),
        "most_words": texts.percent(told["most"]),
        "joined_words": texts.joined(told["joined"], told["k"]) if told.get("joined") else "",
    }


def _span(low: int, high: int) -> str:
    return f"{low} 人" if low == high else f"{low}–{high} 人"
