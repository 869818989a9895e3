"""What the page of a participant shows: every item with its value, how it became points, what was said of it."""

from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.cases.models import CaseEvent
from yigongti.kernel.cases.presentation import actions_for, diagram, state_of, timeline
from yigongti.kernel.ui.casepage import CasePage
from yigongti.registry.organizations.models import Organization

from . import houses, services
from .definitions import EvaluationPolicy, Item
from .drawing import Drawing, drawing
from .keeping import policy_of
from .known import known_indicators
from .models import BASES, Answer, Appeal, Change, Evidence, Remark, Score
from .outline import brief, curve_words
from .sight import awaited, explanation, fraction, places, status, tone

#: steps with a form of their own on the page
BESIDE = ("fill", "reply", "rule")
#: steps that only the participant's own people take
OF_THE_HOUSE = ("submit", "remark", "agree", "appeal", "finish")


@dataclass
class Line:
    """One item: the score, its curve with the point, evidence and appeal."""

    score: Score
    item: Item
    dimension: str
    drawing: Drawing
    rule: str
    url: str
    fraction: str
    tone: str
    basis: str
    computed: str
    stated: str
    judged: str
    value: str
    points: str
    weight: str
    target: str
    first: str
    status: str = ""
    scored: bool = False
    incomplete: bool = False
    evidence: list[Evidence] = field(default_factory=list)
    appeal: Appeal | None = None


def line(policy: EvaluationPolicy, answer: Answer, one: Score) -> Line:
    """An item in words and as a picture."""
    item, found = policy.item(one.item), known_indicators().get(one.indicator)
    first = f"{brief(one.first_value)}{one.unit}，{brief(one.first_points)} 分" if one.first_points is not None else ""
    changed = one.first_points is not None and (one.first_value, one.first_points) != (one.value, one.points)
    return Line(
        score=one,
        item=item,
        dimension=policy.dimensions.get(item.dimension, ""),
        drawing=drawing(item.curve, one.x, one.percent if one.status == "scored" else None, one.unit),
        rule=curve_words(item.curve, one.unit),
        url=explanation(answer.evaluation, answer, one),
        fraction=fraction(one),
        tone="n" if awaited(item, one) else tone(one.percent),
        basis=BASES[one.basis],
        computed=_with(one.computed, one.unit),
        stated=_with(one.stated, one.unit),
        judged=_with(one.judged, one.unit),
        value=_with(one.value, one.unit),
        points=brief(one.points),
        weight=brief(one.weight),
        target=_with(one.target, one.unit),
        first=first if changed else "",
        status=status(item, one),
        scored=not awaited(item, one) and (one.status == "scored" or bool(one.points)),
        incomplete=bool(found and found.incomplete(one.reported_months, one.expected_months)),
    )


def _with(value: Any, unit: str) -> str:
    if value is None:
        return ""
    return f"{brief(value)}{unit}" if unit in ("", "%") else f"{brief(value)} {unit}"


def lines(answer: Answer) -> list[Line]:
    """Every item; four statements."""
    policy = policy_of(answer.evaluation)
    found = [line(policy, answer, one) for one in Score.objects.filter(answer=answer).order_by("order")]
    by_item = {one.item.item: one for one in found}
    for paper in Evidence.objects.filter(answer=answer).defer("content"):
        if paper.item in by_item:
            by_item[paper.item].evidence.append(paper)
    for appeal in Appeal.objects.filter(answer=answer).select_related("made_by", "answered_by"):
        if appeal.item in by_item:
            by_item[appeal.item].appeal = appeal
    return found


def page(actor: Actor, answer: Answer) -> dict[str, Any]:
    """Everything that the page shows to the actor."""
    policy = policy_of(answer.evaluation)
    found = lines(answer)
    own = houses.answers_for(actor, answer.home_organization_id)
    conducts = services.conducts(actor, answer.evaluation)
    shown = conducts or answer.evaluation.shown_to_all
    return {
        "page": _frame(actor, answer),
        "answer": answer,
        "evaluation": answer.evaluation,
        "place": places(policy, [answer], {})[0],
        "lines": found,
        "shown": shown,
        "told": conducts or answer.evaluation.is_published,
        "own": own,
        "conducts": conducts,
        "may_fill": own and answer.state == "reporting",
        "may_add": own and answer.state in ("reporting", "commenting", "appealing"),
        "may_appeal": own and answer.state == "appealing",
        "may_rule": conducts and answer.state in ("appealing", "appealed"),
        "may_reply": conducts and answer.state in ("commenting", "heard"),
        "changes": [
            (one, next((a.name for a in policy.adjustments if a.adjustment == one.adjustment), one.adjustment))
            for one in Change.objects.filter(answer=answer).select_related("made_by")
        ],
        "remarks": [
            (one, next((entry.score.title for entry in found if entry.score.item == one.item), "整个考核"))
            for one in Remark.objects.filter(answer=answer).select_related("made_by")
        ],
        "papers": Evidence.objects.filter(answer=answer, item="").defer("content"),
        "policy_url": reverse("policy:policy", args=answer.evaluation.policy.split("/")),
    }


def _frame(actor: Actor, answer: Answer) -> CasePage:
    events = list(CaseEvent.objects.filter(case_id=answer.pk).order_by("sequence"))
    where = {event.organization_id for event in events if event.organization_id}
    names = dict(Organization.objects.filter(pk__in=where).values_list("pk", "name"))
    url = reverse("evaluation:answer-step", args=[answer.pk, "STEP"]).replace("STEP", "{step}")
    hidden = BESIDE if houses.answers_for(actor, answer.home_organization_id) else (*BESIDE, *OF_THE_HOUSE)
    return CasePage(
        title=f"{answer.title}：{answer.evaluation.title}",
        state=state_of(answer, actor),
        actions=[one for one in actions_for(answer, actor, url) if one.key not in hidden],
        facts=(("考核", answer.evaluation.number), ("考核状态", answer.evaluation.state_now.title)),
        timeline=timeline(answer.flow, events, names)[::-1],
        diagram=diagram(answer.flow, answer, passed=[event.to_state for event in events]),
        place="evaluation.answer",
    )
