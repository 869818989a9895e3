"""What the steps of an evaluation check and do."""

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q

from yigongti.kernel import clock, prepared
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.errors import Conflict, Forbidden, Invalid, NotFound

from . import schemas
from .awarding import Standing, awards
from .definitions import Adjustment, Item
from .keeping import policy_of
from .models import Answer, Appeal, Change, Evaluation, Score
from .moving import moving
from .rating import answers_of, rate, scores_of
from .values import Taken, taken


def start(case: Evaluation, actor: Actor, data: schemas.Words) -> None:
    """Everybody is asked."""
    _together(case, actor, "begin")


def end_reports(case: Evaluation, actor: Actor, data: schemas.Words) -> None:
    """Who has not handed in by then is judged by what is there."""
    _rate(case, _together(case, actor, "report_over"))


def circulate(case: Evaluation, actor: Actor, data: schemas.Words) -> None:
    """Score; everybody sees everybody's. Raises Conflict while an item is not judged."""
    scores = _judged(case)
    rate(case, policy_of(case), _together(case, actor, "hear"), scores)


def _judged(case: Evaluation) -> list[Score]:
    """All scores. Raises Conflict while an item that must be judged is not."""
    policy, scores = policy_of(case), scores_of(case)
    judged = {item.item for item in policy.items_ if item.kind == "judged"}
    open_ = {one.item: one.title for one in scores if one.item in judged and one.judged is None}
    if open_:
        raise Conflict(f"还有没评的项目：{'、'.join(sorted(open_.values()))}", hint="先在评审表中逐个单位评完")
    return scores


def open_appeals(case: Evaluation, actor: Actor, data: schemas.Words) -> None:
    """What stands now is the first result; appeals change beside it."""
    _rate(case, _together(case, actor, "let_appeal"), freeze=True)


def end_appeals(case: Evaluation, actor: Actor, data: schemas.Words) -> None:
    """Who has not answered by then has accepted."""
    _rate(case, _together(case, actor, "settle"))


def straight(case: Evaluation, actor: Actor, data: schemas.Words) -> None:
    """A correction is scored at once."""
    scores = _judged(case)
    rate(case, policy_of(case), answers_of(case), scores)


def decide(case: Evaluation, actor: Actor, data: schemas.Decision) -> None:
    """The conclusion; the pool is shared out by the parts of the grades and areas, to the fen."""
    policy, answers = policy_of(case), answers_of(case)
    _rate(case, answers)
    case.conclusion, case.decided_by_id, case.published_by_id = data.conclusion, actor.user_id, None
    case.pool = int(data.pool * 100) if data.pool is not None else None
    given = awards(policy, case.pool or 0, [Standing(one.unit, one.grade, one.area) for one in answers])
    for one in answers:
        found = given[one.unit] if case.pool is not None else None
        one.award, one.alone = (found.award, found.alone if policy.linked else None) if found else (None, None)
    case.besides.extend(prepared.updating(one, ["award", "alone"]) for one in answers)


def areas(case: Evaluation, actor: Actor, data: schemas.Areas) -> None:
    """Who answers for whom. Raises Conflict where the policy does not bind areas, NotFound, Invalid."""
    if policy_of(case).linked is None:
        raise Conflict("这个方案没有片区连带", hint="方案里写了 linked 才划分片区")
    answers = {str(one.pk): one for one in answers_of(case)}
    for told in data.areas:
        if told.answer not in answers:
            raise NotFound("没有这家参评单位", hint="请刷新页面")
        answers[told.answer].area = told.area
    members = Counter(one.area for one in answers.values() if one.area)
    if lone := sorted(area for area, count in members.items() if count == 1):
        raise Invalid(
            f"{'、'.join(lone)}只有一家，无从连带", hint="一个片区至少两家；不连带的留空", field=_first(answers, lone)
        )
    case.besides.extend(prepared.updating(one, ["area"]) for one in answers.values())


def _first(answers: Mapping[str, Answer], areas: Sequence[str]) -> str:
    return next(key for key, one in answers.items() if one.area in areas)


def publish(case: Evaluation, actor: Actor, data: schemas.Words) -> None:
    """Final: the answers are closed with it."""
    case.published_by_id = actor.user_id
    _together(case, actor, "close")


def send_back(case: Evaluation, actor: Actor, data: schemas.Reason) -> None:
    """The second person does not agree."""
    case.decided_by_id = None


def cancel(case: Evaluation, actor: Actor, data: schemas.Reason) -> None:
    """Nothing comes of it."""
    _together(case, actor, "abandon", note=data.note)


def take(case: Evaluation, actor: Actor, data: schemas.Nothing) -> None:
    """Take what is stored of the indicators now; what people said and judged stays."""
    policy, answers, scores = policy_of(case), answers_of(case), scores_of(case)
    found = taken(policy, [one.unit for one in answers], case.period)
    units = {one.pk: one.unit for one in answers}
    for one in scores:
        fill(one, policy.item(one.item), units[one.answer_id], found)
    case.snapshot, case.taken_at = found.snapshot, clock.now()
    rate(case, policy, answers, scores)


def fill(one: Score, item: Item, unit: str, found: Taken) -> None:
    """Put what was taken into a score."""
    got = found.results.get((unit, item.indicator))
    one.numerator, one.denominator = (got.numerator, got.denominator) if got else (None, None)
    one.computed = got.value if got else None
    one.reported_months, one.expected_months = (got.reported, got.expected) if got else (0, 0)
    one.definition = got.definition if got else ""
    one.target = found.targets.get((unit, item.item))


def judge(case: Evaluation, actor: Actor, data: schemas.Marks) -> None:
    """Write the judgements down; several at once. Raises Invalid, NotFound."""
    policy, answers, scores = policy_of(case), answers_of(case), scores_of(case)
    known = {(str(one.answer_id), one.item): one for one in scores}
    for mark in data.marks:
        one = known.get((mark.answer, mark.item))
        if one is None:
            raise NotFound(f"没有项目 {mark.item}", hint="请刷新页面")
        if (one.judged, one.judged_note) == (mark.value, mark.note):
            continue
        item = policy.item(mark.item)
        check_value(item, mark.value, field=mark.answer)
        if item.kind != "judged" and mark.value is not None and not mark.note:
            raise Invalid(f"{one.title}改用评审值须写明理由", field=mark.answer)
        one.judged, one.judged_note, one.judged_by = mark.value, mark.note, actor.user_id
    rate(case, policy, answers, scores)


def check_value(item: Item, value: Decimal | None, *, field: str = "") -> None:
    """Raises Invalid where the value cannot be: judged items are in percent."""
    if value is not None and item.kind == "judged" and not 0 <= value <= 100:
        raise Invalid(f"{item.title}按达到标准的百分比评，应在 0 到 100 之间", field=field or item.item)


def adjust(case: Evaluation, actor: Actor, data: schemas.Adjusting) -> None:
    """A veto, deduction or bonus. Raises Invalid beyond what the policy allows."""
    policy, answers = policy_of(case), answers_of(case)
    answer = next((one for one in answers if str(one.pk) == data.answer), None)
    told = next((one for one in policy.adjustments if one.adjustment == data.adjustment), None)
    if answer is None or told is None:
        raise NotFound("没有这家参评单位，或方案里没有这一项", hint="请刷新页面")
    used = [one for one in answer.adjusting if one["adjustment"] == told.adjustment]  # type: ignore[attr-defined]
    _check_adjustment(told, data.points, sum((abs(Decimal(one["points"])) for one in used), Decimal(0)))
    points = {"veto": 0, "deduction": -1, "bonus": 1}[told.kind] * data.points
    made = Change(answer=answer, adjustment=told.adjustment, points=points, at_most=told.at_most)
    made.reason, made.made_by_id = data.reason, actor.user_id
    made.save()
    answer.adjusting.append({"points": str(points), "at_most": told.at_most})  # type: ignore[attr-defined]
    _rate(case, answers)


def _check_adjustment(told: Adjustment, points: Decimal, used: Decimal) -> None:
    if told.kind == "veto":
        return
    assert told.most is not None
    if points <= 0:
        raise Invalid("请填写分值", field="points")
    if used + points > told.most:
        left = f"已用 {used:f} 分" if used else ""
        raise Invalid(f"“{told.name}”最多 {told.most:f} 分", hint=left, field="points")


def revoke(case: Evaluation, actor: Actor, data: schemas.Revoking) -> None:
    """An adjustment no longer counts; it stays on record."""
    found = Change.objects.filter(pk=data.change, answer__evaluation=case, revoked_at=None)
    if not found.update(revoked_at=clock.now()):
        raise NotFound("没有这一项加减分，或已撤销")
    _rate(case, answers_of(case))


def _rate(case: Evaluation, answers: Sequence[Answer], *, freeze: bool = False) -> None:
    rate(case, policy_of(case), answers, scores_of(case), freeze=freeze)


def _together(case: Evaluation, actor: Actor, step: str, *, note: str = "") -> list[Answer]:
    """Move the answers on with the evaluation; they are locked and returned."""
    answers = answers_of(case)
    case.besides.extend(moving(actor, answers, step, note=note))
    return answers


def _waiting(case: Evaluation, state: str) -> list[str]:
    found = Answer.objects.filter(evaluation=case, state=state).order_by("title")
    return list(found.values_list("title", flat=True))


def _until(case: Evaluation, what: str, missing: list[str]) -> None:
    """Raises Conflict while somebody has not answered and there is still time."""
    if missing and (case.due_at is None or case.due_at > clock.now()):
        raise Conflict(
            f"还有 {len(missing)} 家没有{what}：{'、'.join(missing[:5])}{'等' if len(missing) > 5 else ''}",
            hint="等全部办完，或等期满后再办",
        )


def all_reported(case: Evaluation, actor: Actor, data: schemas.Words) -> None:
    """Everybody has handed in, or the time is over."""
    _until(case, "提交自评", _waiting(case, "reporting"))


def all_heard(case: Evaluation, actor: Actor, data: schemas.Words) -> None:
    """Everybody has commented, or the time is over."""
    _until(case, "回复意见", _waiting(case, "commenting"))


def all_settled(case: Evaluation, actor: Actor, data: schemas.Words) -> None:
    """No appeal is open; everybody has accepted, or the time is over."""
    found = Answer.objects.filter(evaluation=case).order_by("title")
    found = found.annotate(asking=Exists(Appeal.objects.filter(answer=OuterRef("pk"), outcome="open")))
    rows = list(found.filter(Q(asking=True) | Q(state="appealing")).values_list("title", "asking"))
    if names := [title for title, asking in rows if asking]:
        raise Conflict(f"还有申诉没有答复：{'、'.join(names)}", hint="先在各单位的页面答复")
    _until(case, "确认结果", [title for title, _ in rows])


def is_correction(case: Evaluation, actor: Actor, data: schemas.Words) -> None:
    """Only a correction goes straight on."""
    if case.corrects_id is None:
        raise Conflict("第一版须征求意见并开放申诉")


def another_person(case: Evaluation, actor: Actor, data: schemas.Words) -> None:
    """Who publishes is not who decided."""
    if actor.user_id is None or actor.user_id == case.decided_by_id:
        raise Forbidden("发布的人不能是定等的人", hint="请由另一位有考核权限的人复核后发布")
