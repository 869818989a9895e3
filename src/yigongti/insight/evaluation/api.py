"""Evaluations over REST: open one, its ranking and scores, one participant with everything that its steps name.

Steps are those of the cases: ``POST /api/evaluations/{id}/<step>`` and ``POST /api/evaluation-answers/{id}/<step>``.
"""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Field, Header, Router, Schema

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.api import KEY

from . import schemas, services
from .keeping import policy_of
from .models import Answer, Appeal, Change, Evaluation, Evidence, Remark, Score

router = Router(tags=["考核评价"])
ANY = (Permission.EVALUATION_CONDUCT, Permission.EVALUATION_ANSWER)
NUMBERS = (
    *("numerator", "denominator", "computed", "target", "stated", "judged", "value", "rank", "peers"),
    *("percent", "weight", "points", "first_value", "first_points"),
)


class ScoreOut(Schema):
    """An item: what was computed, said and judged, what counts (``basis``), and its points."""

    item: str
    title: str
    kind: str = Field(description="computed 计算，reported 填报，judged 按材料评判")
    unit: str
    indicator: str
    numerator: Decimal | None
    denominator: Decimal | None
    computed: Decimal | None
    target: Decimal | None
    stated: Decimal | None = Field(description="自评值")
    stated_note: str
    flagged: bool = Field(description="自评与计算的差异超出容差")
    judged: Decimal | None
    judged_note: str
    value: Decimal | None = Field(description="计分值")
    basis: str = Field(description="computed、reported、self、judged、appeal；空为没有值")
    status: str
    rank: int | None
    peers: int | None
    percent: Decimal | None
    weight: Decimal | None
    points: Decimal | None
    first_value: Decimal | None = Field(description="申诉或更正前的值")
    first_points: Decimal | None


class RemarkOut(Schema):
    """A comment; ``id`` is what ``reply`` asks for."""

    id: int
    item: str
    text: str
    made_at: datetime
    reply: str


class AppealOut(Schema):
    """An appeal; ``id`` is what ``rule`` asks for."""

    id: int
    item: str
    wanted: Decimal | None
    reason: str
    outcome: str
    answer: str
    value_before: Decimal | None
    value_after: Decimal | None


class ChangeOut(Schema):
    """An adjustment; ``id`` is what ``revoke`` asks for."""

    id: int
    adjustment: str
    points: Decimal
    at_most: Decimal | None
    reason: str
    revoked: bool


class PlaceOut(Schema):
    """A participant: its sum, grade and rank among ``peers``; empty until it may be seen."""

    id: UUID = Field(description="参评的标识：/api/evaluation-answers/{id}")
    unit: str
    title: str
    organization_id: int
    area: str
    state: str
    total: Decimal | None
    full: Decimal | None
    grade: str
    rank: int | None
    peers: int | None
    award: int | None = Field(description="奖励，分；发布后可见")
    alone: int | None = Field(description="没有片区连带时的奖励，分")


class AnswerOut(PlaceOut):
    """A participant with everything about it."""

    evaluation_id: UUID
    version: int
    scores: list[ScoreOut]
    remarks: list[RemarkOut]
    appeals: list[AppealOut]
    changes: list[ChangeOut]
    evidence: list[str]


class EvaluationOut(Schema):
    """An evaluation with those who take part; ``version`` goes into ``If-Match``."""

    id: UUID
    number: str
    title: str
    policy: str
    policy_hash: str
    period: str
    level: str
    edition: int
    corrects: UUID | None
    state: str
    state_title: str
    version: int
    snapshot: str
    digest: str
    taken_at: datetime | None
    scored_at: datetime | None
    conclusion: str
    pool: int | None = Field(description="奖励资金，分；发布后可见")
    places: list[PlaceOut]


def place_out(one: Answer, *, shown: bool, told: bool) -> dict[str, Any]:
    """A participant; scores as far as they may be seen."""
    sums = ("total", "full", "rank", "peers")
    return {
        "id": one.pk,
        "organization_id": one.home_organization_id,
        **{name: getattr(one, name) for name in ("unit", "title", "area", "state")},
        **{name: getattr(one, name) if shown else None for name in sums},
        "grade": one.grade if shown else "",
        "award": one.award if told else None,
        "alone": one.alone if told else None,
    }


def evaluation_out(actor: Actor, case: Evaluation) -> dict[str, Any]:
    """The representation of an evaluation to a reader."""
    conducts = services.conducts(actor, case)
    shown, told = conducts or case.shown_to_all, conducts or case.is_published
    rows = services.answers(actor).filter(evaluation=case) if not shown else Answer.objects.filter(evaluation=case)
    same = ("number", "title", "policy", "policy_hash", "period", "level", "edition", "state", "version", "snapshot")
    return {
        "id": case.pk,
        "corrects": case.corrects_id,
        "state_title": case.state_now.title,
        **{name: getattr(case, name) for name in (*same, "taken_at", "scored_at")},
        "digest": case.digest if shown else "",
        "conclusion": case.conclusion if told else "",
        "pool": case.pool if told else None,
        "places": [
            place_out(one, shown=shown, told=told) for one in rows.order_by("rank" if shown else "title", "title")
        ],
    }


@router.post("/evaluations", response={201: EvaluationOut}, summary="发起考核", url_name="evaluation_open")
def begin(
    request: HttpRequest,
    response: HttpResponse,
    data: schemas.Opening,
    key: Annotated[UUID | None, Header(alias=KEY)] = None,
) -> tuple[int, dict[str, Any]]:
    """Take what is stored of the participants and score it; the same key answers the same evaluation."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    case = services.open_evaluation(actor, data=data, key=key)
    response["ETag"] = f'"{case.version}"'
    with acting(actor):
        return 201, evaluation_out(actor, case)


@router.get("/evaluations/{case_id}", response=EvaluationOut, summary="名次和总分", url_name="evaluation_one")
def one_evaluation(request: HttpRequest, response: HttpResponse, case_id: UUID) -> dict[str, Any]:
    """The ranking as far as the reader may see it; who takes part sees all once it is circulated."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    case = services.access_evaluation(actor, case_id)
    response["ETag"] = f'"{case.version}"'
    return evaluation_out(actor, case)


@router.post(
    "/evaluations/{case_id}/correction", response={201: EvaluationOut}, summary="更正", url_name="evaluation_correct"
)
def correction(
    request: HttpRequest,
    response: HttpResponse,
    case_id: UUID,
    data: schemas.Reason,
    key: Annotated[UUID | None, Header(alias=KEY)] = None,
) -> tuple[int, dict[str, Any]]:
    """Re-open a published evaluation as a new edition."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    former = services.access_evaluation(actor, case_id)
    case = services.correct(actor, case=former, reason=data.note, key=key)
    response["ETag"] = f'"{case.version}"'
    with acting(actor):
        return 201, evaluation_out(actor, case)


@router.get("/answers/{answer_id}", response=AnswerOut, summary="一家参评单位", url_name="evaluation_answer")
def one_answer(request: HttpRequest, response: HttpResponse, answer_id: UUID) -> dict[str, Any]:
    """Every item, comment, appeal and adjustment; judgements and points once they may be seen."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    answer = services.access_answer(actor, answer_id)
    conducts = services.conducts(actor, answer.evaluation)
    shown, told = conducts or answer.evaluation.shown_to_all, conducts or answer.evaluation.is_published
    response["ETag"] = f'"{answer.version}"'
    return {
        **place_out(answer, shown=shown, told=told),
        "evaluation_id": answer.evaluation_id,
        "version": answer.version,
        "scores": list(_scores(answer, shown=shown)),
        "remarks": list(Remark.objects.filter(answer=answer).values("id", "item", "text", "made_at", "reply")),
        "appeals": [_appeal(one) for one in Appeal.objects.filter(answer=answer)],
        "changes": [_change(one) for one in Change.objects.filter(answer=answer)] if shown else [],
        "evidence": list(Evidence.objects.filter(answer=answer).values_list("name", flat=True)),
    }


def _scores(answer: Answer, *, shown: bool) -> Any:
    policy = policy_of(answer.evaluation)
    said = ("item", "title", "unit", "indicator", "stated_note", "flagged")
    always = ("numerator", "denominator", "computed", "target", "stated")
    for one in Score.objects.filter(answer=answer).order_by("order"):
        yield {
            **{name: getattr(one, name) for name in said},
            "kind": policy.item(one.item).kind,
            **{name: getattr(one, name) if shown or name in always else None for name in NUMBERS},
            **{name: getattr(one, name) if shown else "" for name in ("judged_note", "basis", "status")},
        }


def _appeal(one: Appeal) -> dict[str, Any]:
    same = ("item", "wanted", "reason", "outcome", "value_before", "value_after")
    return {"id": one.pk, "answer": one.answer_text, **{name: getattr(one, name) for name in same}}


def _change(one: Change) -> dict[str, Any]:
    same = ("adjustment", "points", "at_most", "reason")
    return {"id": one.pk, "revoked": one.revoked_at is not None, **{name: getattr(one, name) for name in same}}


begin.permission = Permission.EVALUATION_CONDUCT  # type: ignore[attr-defined]
correction.permission = Permission.EVALUATION_CONDUCT  # type: ignore[attr-defined]
one_evaluation.permission = one_answer.permission = ANY  # type: ignore[attr-defined]
