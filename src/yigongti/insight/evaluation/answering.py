"""What the steps of an answer check and do."""

from decimal import Decimal

from django.db import OperationalError

from yigongti.kernel import clock, prepared
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.cases.declaration import State
from yigongti.kernel.errors import Conflict, Invalid, NotFound

from . import houses, schemas
from .keeping import policy_of
from .models import Answer, Appeal, Evaluation, Remark, Score
from .rating import answers_of, flagged, rate, scores_of
from .steps import check_value


def own_house(case: Answer, actor: Actor, data: object) -> None:
    """Only the participant speaks for itself. Raises Forbidden."""
    houses.require(actor, case.home_organization_id)


def fill(case: Answer, actor: Actor, data: schemas.SelfReport) -> None:
    """The participant's own values. Raises Invalid, NotFound."""
    policy = policy_of(case.evaluation)
    scores = {one.item: one for one in Score.objects.filter(answer=case)}
    touched = []
    for said in data.values:
        one = scores.get(said.item)
        if one is None:
            raise NotFound(f"没有项目 {said.item}", hint="请刷新页面")
        item = policy.item(said.item)
        if item.report.asked == "no" and said.value is not None:
            raise Invalid(f"{one.title}不需要自评", field=said.item)
        check_value(item, said.value)
        one.stated, one.stated_note = said.value, said.note
        one.flagged = flagged(one, item.report.tolerance)
        touched.append(one)
    Score.objects.bulk_update(touched, ["stated", "stated_note", "flagged"])


def complete(case: Answer, actor: Actor, data: schemas.Submission) -> None:
    """What must be said is said. Raises Forbidden, Invalid."""
    own_house(case, actor, data)
    check_said(case)


def check_said(case: Answer) -> None:
    """Raises Invalid where an item must be stated and is not, or differs beyond the tolerance without a word."""
    policy = policy_of(case.evaluation)
    required = {item.item for item in policy.items_ if item.report.asked == "required"}
    scores = list(Score.objects.filter(answer=case).order_by("order"))
    if missing := [one for one in scores if one.item in required and one.stated is None]:
        titles = "、".join(one.title for one in missing)
        raise Invalid(f"还没有自评：{titles}", hint="先在自评表中填写", field=missing[0].item)
    if silent := [one for one in scores if one.flagged and not one.stated_note]:
        titles = "、".join(one.title for one in silent)
        raise Invalid(f"与计算值差异超出容差，须写说明：{titles}", hint="在自评表中补写说明", field=silent[0].item)


def submit(case: Answer, actor: Actor, data: schemas.Submission) -> None:
    """Handed in."""
    case.statement, case.submitted_at = data.statement, clock.now()


def still_reporting(case: Answer, actor: Actor, data: schemas.Reason) -> None:
    """Only while self-reports are taken. Raises Conflict."""
    if case.evaluation.state != "reporting":
        raise Conflict("自评期已结束，不能退回")


def remark(case: Answer, actor: Actor, data: schemas.Remarking) -> None:
    """A comment."""
    Remark.objects.create(answer=case, item=data.item or "", text=data.text, made_by_id=actor.user_id)


def reply(case: Answer, actor: Actor, data: schemas.Replying) -> None:
    """The conductor answers a comment. Raises NotFound."""
    found = Remark.objects.filter(answer=case, pk=data.remark)
    if not found.update(reply=data.text, replied_at=clock.now()):
        raise NotFound("没有这条意见")


def appealable(case: Answer, actor: Actor, data: schemas.Appealing) -> None:
    """Each item once, until the answer. Raises Forbidden, Conflict, Invalid."""
    own_house(case, actor, data)
    policy = policy_of(case.evaluation)
    if data.item not in {item.item for item in policy.items_}:
        raise Invalid("没有这个项目", field="item")
    if Appeal.objects.filter(answer=case, item=data.item).exists():
        raise Conflict("这个项目已经申诉过", hint="每个项目申诉一次；可在说明材料中补充")
    check_value(policy.item(data.item), data.wanted)


def appeal(case: Answer, actor: Actor, data: schemas.Appealing) -> None:
    """Keep it, with what stands now."""
    one = Score.objects.get(answer=case, item=data.item)
    Appeal.objects.create(
        answer=case,
        item=data.item,
        wanted=data.wanted,
        reason=data.reason,
        made_by_id=actor.user_id,
        value_before=one.value,
        points_before=one.points,
    )


def finish(case: Answer, actor: Actor, data: schemas.Nothing) -> State | None:
    """With an open appeal the conductor is next, else the result is accepted."""
    open_ = Appeal.objects.filter(answer=case, outcome="open").exists()
    return case.flow.states["appealed"] if open_ else None


def rule(case: Answer, actor: Actor, data: schemas.Ruling) -> State | None:
    """Uphold or change, with a reason; a change scores everybody anew. The last answer settles the case."""
    appeals = {one.pk: one for one in Appeal.objects.select_for_update().filter(answer=case)}
    found = appeals.get(data.appeal)
    if found is None:
        raise NotFound("没有这件申诉")
    if found.outcome != "open":
        raise Conflict("这件申诉已经答复")
    found.outcome, found.answer_text = Appeal.Outcome(data.outcome), data.reason
    found.answered_by_id, found.answered_at = actor.user_id, clock.now()
    if data.outcome == "changed":
        if data.value is None:
            raise Invalid("更正须填更正值", field="value")
        found.value_after = data.value
        _score_again(case, found)
    answered = ["outcome", "answer_text", "answered_by", "answered_at", "value_after"]
    case.besides.append(prepared.updating(found, answered))
    open_ = any(one.outcome == "open" for one in appeals.values())
    return case.flow.states["settled"] if case.state == "appealed" and not open_ else None


def _score_again(case: Answer, found: Appeal) -> None:
    """Score everybody with the corrected value. Raises Conflict while the evaluation is being moved on."""
    try:
        answers = answers_of(Evaluation(pk=case.evaluation_id), nowait=True)
    except OperationalError as busy:
        raise Conflict("考核正在办理另一步", hint="请稍后再试") from busy
    evaluation = answers[0].evaluation
    policy, scores = policy_of(evaluation), scores_of(evaluation)
    check_value(policy.item(found.item), found.value_after)
    for one in scores:
        if (one.answer_id, one.item) == (case.pk, found.item):
            one.corrected = found.value_after
    rate(evaluation, policy, answers, scores)
    case.besides.append(prepared.updating(evaluation, ["sheet", "digest", "scored_at"]))
    _copy(next(one for one in answers if one.pk == case.pk), case)


def _copy(source: Answer, case: Answer) -> None:
    """The case in hand has the totals that were just written."""
    for name in ("items_points", "changed", "total", "grade", "rank", "peers", "full"):
        value: Decimal | str | int | None = getattr(source, name)
        setattr(case, name, value)
