"""Open an evaluation, correct one, find one's own."""

import copy
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import Q, QuerySet

from yigongti.kernel import clock, prepared
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.advance import enter, happened, open_case
from yigongti.kernel.cases.worklists import owed, visible
from yigongti.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from yigongti.kernel.policy.editions import Edition

from . import houses, keeping, participants, schemas
from .definitions import EvaluationPolicy
from .models import Answer, Change, Evaluation, Score
from .rating import answers_of, rate, scores_of
from .steps import fill
from .values import Taken, taken
from .workflow import Answering, Evaluating

P = Permission


def concerned(actor: Actor) -> bool:
    """Whether evaluations are any of the actor's business."""
    return actor.may(P.EVALUATION_CONDUCT) or actor.may(P.EVALUATION_ANSWER)


def conducts(actor: Actor, evaluation: Evaluation) -> bool:
    """Whether the actor conducts this evaluation."""
    return actor.may(P.EVALUATION_CONDUCT, evaluation.home_organization_id)


def evaluations(actor: Actor) -> "QuerySet[Evaluation]":
    """Those that an organisation of the actor's conducts or takes part in."""
    rows = visible(actor, Evaluation, P.EVALUATION_CONDUCT, P.EVALUATION_ANSWER).defer("sheet", "texts")
    return rows.select_related("home_organization", "owner_organization", "consortium")


def answers(actor: Actor) -> "QuerySet[Answer]":
    """The answers that the actor may see: those of the own organisations, and those of evaluations one conducts."""
    own = Q(home_organization_id__in=actor.organizations(P.EVALUATION_ANSWER)) & ~Q(state="waiting")
    conducted = Q(counterpart_organization_id__in=actor.organizations(P.EVALUATION_CONDUCT))
    rows = Answer.objects.all() if actor.everything else Answer.objects.filter(own | conducted)
    return rows.select_related("evaluation", "home_organization", "owner_organization", "counterpart_organization")


def access_evaluation(actor: Actor, case_id: UUID) -> Evaluation:
    """One evaluation within reach. Raises NotFound."""
    with acting(actor):
        found = (
            evaluations(actor).filter(pk=case_id).defer(None).select_related("opened_by", "decided_by", "published_by")
        )
        case = found.first()
    if case is None:
        raise NotFound("没有找到这次考核，或者它不在您的权限范围内", hint="请从考核评价列表打开")
    return case


def access_answer(actor: Actor, case_id: UUID) -> Answer:
    """One answer within reach: one's own, or of an evaluation that one conducts. Raises NotFound."""
    with acting(actor):
        case = answers(actor).filter(pk=case_id).first()
    if case is None:
        raise NotFound("没有找到这家参评单位，或者它不在您的权限范围内", hint="请从考核评价列表打开")
    return case


def to_handle(actor: Actor) -> int:
    """How many steps wait for the actor: evaluations one conducts, answers one owes, appeals to be answered."""
    return owed_evaluations(actor).order_by().count() + owed_answers(actor).order_by().count()


def owed_evaluations(actor: Actor) -> "QuerySet[Evaluation]":
    """Those whose next step the actor owes."""
    return owed(actor, Evaluation)


def owed_answers(actor: Actor) -> "QuerySet[Answer]":
    """Self-reports, comments and appeals that wait for the actor."""
    own = Q(state__in=["reporting", "commenting", "appealing"], home_organization_id__in=houses.houses(actor))
    return owed(actor, Answer).filter(own | Q(state="appealed"))


def open_evaluation(actor: Actor, *, data: schemas.Opening, key: UUID | None = None) -> Evaluation:
    """Begin an evaluation: who takes part, what is stored of them, what that scores. Raises Invalid, Conflict."""
    home = actor.organization_id
    actor.require(P.EVALUATION_CONDUCT, home)
    if home is None:
        raise Forbidden("由机构组织考核")
    edition = keeping.edition_in_force(data.policy)
    policy = edition.body
    assert isinstance(policy, EvaluationPolicy)
    participants.check_period(data.period, policy.period)
    with acting(actor):
        who = _participants(actor, policy, data)
        found = taken(policy, [one.unit for one in who], data.period)
        case = _case(actor, home, edition, data, who, found)
        _refuse_twice(case)
        try:
            with transaction.atomic():
                outcome = open_case(actor, case, key=key, data={"note": f"{len(who)} 家参评"})
        except IntegrityError as twice:
            raise Conflict(f"{case.title}已经有了", hint="请从考核评价列表打开") from twice
        assert isinstance(outcome.case, Evaluation)
        if not outcome.repeated:
            _lay_out(actor, outcome.case, policy, who, found)
        return outcome.case


def _participants(actor: Actor, policy: EvaluationPolicy, data: schemas.Opening) -> list[participants.Participant]:
    day = participants.ends_on(data.period)
    if policy.level == "consortium":
        who = participants.communities(actor, day)
    elif data.consortium not in dict(participants.consortia(actor)):
        raise Invalid("请选择医共体", hint="只能考核您负责的医共体的成员", field="consortium")
    else:
        who = participants.members(data.consortium or 0, policy.peers, day)
    if not who:
        raise Invalid(f"{participants.spoken(data.period)}末没有可参评的单位", hint="核对方案中的参评范围和医共体成员")
    return who


def _refuse_twice(case: Evaluation) -> None:
    same = Evaluation.objects.filter(
        policy=case.policy,
        period=case.period,
        consortium=case.consortium,
        home_organization_id=case.home_organization_id,
    )
    if number := same.exclude(state="cancelled").values_list("number", flat=True).first():
        raise Conflict(f"{case.title}已经有了：{number}", hint="请从考核评价列表打开", field="period")


def _case(
    actor: Actor,
    home: int,
    edition: Edition,
    data: schemas.Opening,
    who: Sequence[participants.Participant],
    found: Taken,
) -> Evaluation:
    policy = edition.body
    assert isinstance(policy, EvaluationPolicy)
    return Evaluation(
        workflow=Evaluating.name,
        state="preparing",
        home_organization_id=home,
        policy=policy.policy,
        policy_hash=edition.hash,
        texts=keeping.keep(edition),
        title=f"{participants.spoken(data.period)}{policy.title}",
        level=policy.level,
        period_type=policy.period,
        period=data.period,
        consortium_id=data.consortium if policy.level == "centre" else None,
        participants=sorted({one.organization_id for one in who}),
        snapshot=found.snapshot,
        taken_at=clock.now(),
        opened_by_id=actor.user_id,
    )


def _numbers(prefix: str, count: int) -> list[str]:
    """Several numbers of cases at once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('case_number') FROM generate_series(1, %s)", [count])
        return [f"{prefix}{clock.now():%Y%m%d}-{number:06d}" for (number,) in cursor.fetchall()]


def _lay_out(
    actor: Actor,
    case: Evaluation,
    policy: EvaluationPolicy,
    who: Sequence[participants.Participant],
    found: Taken,
) -> None:
    """The answers and their scores, and a first scoring; a handful of statements for any number of participants."""
    moment, events, made = clock.now(), [], []
    areas = _areas(case, policy, who)
    for number, one in zip(_numbers(Answering.number_prefix, len(who)), who, strict=True):
        answer = Answer(
            workflow=Answering.name,
            state="waiting",
            number=number,
            home_organization_id=one.organization_id,
            counterpart_organization_id=case.home_organization_id,
            evaluation=case,
            unit=one.unit,
            title=one.title,
            area=areas.get(one.unit, ""),
            opened_at=moment,
        )
        enter(answer, answer.state_now, moment)
        answer.parties = answer.concerned()
        events.append(happened(actor, answer, step="open", from_state="", at=moment))
        made.append(answer)
    prepared.together(prepared.inserting(*events))
    prepared.together(prepared.inserting(*made))
    Score.objects.bulk_create(_score(policy, one, n, found) for one in made for n in range(len(policy.items_)))
    rate(case, policy, answers_of(case), scores_of(case))
    prepared.update(case, ["sheet", "digest", "scored_at"])


def _areas(case: Evaluation, policy: EvaluationPolicy, who: Sequence[participants.Participant]) -> dict[str, str]:
    """Unit → area, where the policy binds areas: those of the regional centres, else as in the last evaluation."""
    if policy.linked is None:
        return {}
    if told := {one.unit: one.area for one in who if one.area}:
        return told
    same = Evaluation.objects.filter(policy=case.policy, consortium=case.consortium).exclude(pk=case.pk)
    last = same.exclude(state="cancelled").order_by("-opened_at").values("pk")[:1]
    return dict(Answer.objects.filter(evaluation__in=last).exclude(area="").values_list("unit", "area"))


def _score(policy: EvaluationPolicy, answer: Answer, number: int, found: Taken) -> Score:
    item = policy.items_[number]
    one = Score(answer=answer, item=item.item, order=number, title=item.title, unit=item.unit, indicator=item.indicator)
    fill(one, item, answer.unit, found)
    return one


def correct(actor: Actor, *, case: Evaluation, reason: str, key: UUID | None = None) -> Evaluation:
    """Re-open a published evaluation as a new edition; the former one stands until the new one is published.

    Raises Conflict where it is not published or a correction is under way.
    """
    actor.require(P.EVALUATION_CONDUCT, case.home_organization_id)
    if len(reason.strip()) < 4:
        raise Invalid("请写明为什么更正", field="note")
    with acting(actor):
        if case.state != "published":
            raise Conflict("只有已发布的考核才能更正")
        if Evaluation.objects.filter(corrects=case).exclude(state="cancelled").exists():
            raise Conflict("已经有更正版", hint="请打开更正版办理")
        Evaluation.objects.filter(corrects=case, state="cancelled").update(corrects=None)
        new = copy.copy(case)
        new.__dict__ = {**case.__dict__, "_state": copy.copy(case._state)}
        new.pk, new.number, new.edition, new.corrects_id = Evaluation().pk, "", case.edition + 1, case.pk
        new._state.adding = True
        new.version, new.happened, new.closed_at, new.state, new.entered_at = 1, 0, None, "judging", None  # type: ignore[assignment]
        new.decided_by_id, new.published_by_id, new.pool = None, None, None
        new.opened_by_id = actor.user_id
        outcome = open_case(actor, new, key=key, step="correct", data={"note": reason.strip()})
        assert isinstance(outcome.case, Evaluation)
        if not outcome.repeated:
            _copy_answers(actor, case, outcome.case)
        return outcome.case


def _copy_answers(actor: Actor, former: Evaluation, case: Evaluation) -> None:
    """The answers with their scores and adjustments as they were published; what counted then counts as judged."""
    old = list(Answer.objects.filter(evaluation=former).order_by("pk"))
    moment, events, made = clock.now(), [], {}
    for number, one in zip(_numbers(Answering.number_prefix, len(old)), old, strict=True):
        answer = Answer(
            **{
                name: getattr(one, name) for name in ("workflow", "home_organization_id", "counterpart_organization_id")
            },
            **{name: getattr(one, name) for name in ("unit", "title", "area", "statement", "submitted_at")},
            state="submitted",
            number=number,
            evaluation=case,
            opened_at=moment,
            before=one.total,
        )
        enter(answer, answer.state_now, moment)
        answer.parties = answer.concerned()
        events.append(happened(actor, answer, step="open", from_state="", at=moment))
        made[one.pk] = answer
    prepared.together(prepared.inserting(*events))
    prepared.together(prepared.inserting(*made.values()))
    Score.objects.bulk_create(_again(one, made) for one in Score.objects.filter(answer__in=old))
    Change.objects.bulk_create(_again(one, made) for one in Change.objects.filter(answer__in=old, revoked_at=None))
    policy = keeping.policy_of(case)
    rate(case, policy, answers_of(case), scores_of(case))
    prepared.update(case, ["sheet", "digest", "scored_at"])


def _again(one: Any, made: dict[UUID, Answer]) -> Any:
    """A row for the new answer; a value that an appeal had corrected goes on as judged."""
    one.pk, one._state.adding = None, True
    one.answer = made[one.answer_id]
    if isinstance(one, Score):
        one.first_value, one.first_points = one.value, one.points
        if one.basis == "appeal":
            one.judged, one.judged_note = one.value, "上一版申诉更正"
    return one
