"""Scores as they stand: the value that counts of each item, one statement that scores them, one that writes them."""

import json
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import OuterRef, Subquery, TextField
from django.db.models.functions import Cast, JSONObject

from yigongti.kernel import clock

from .definitions import EvaluationPolicy
from .models import Answer, Appeal, Change, Evaluation, Score
from .scoring import Change as Moved
from .scoring import Given, Outcome, score, sheet

#: columns of a score that are written when it is scored, with their types
COLUMNS = {
    **dict.fromkeys(("numerator", "denominator", "computed", "target", "judged", "value", "x"), "numeric"),
    **dict.fromkeys(("percent", "weight", "points"), "numeric"),
    **dict.fromkeys(("reported_months", "expected_months", "rank", "peers"), "int"),
    **dict.fromkeys(("definition", "judged_note", "basis", "status"), "text"),
    "judged_by": "bigint",
    "flagged": "boolean",
}
WRITTEN = f"""
WITH given AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%(scores)s::jsonb)
        AS g(id bigint, {", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())})
), scored AS (
    UPDATE evaluation_score s
    SET {", ".join(f"{name} = g.{name}" for name in COLUMNS)},
        first_value = CASE WHEN %(freeze)s THEN s.value ELSE s.first_value END,
        first_points = CASE WHEN %(freeze)s THEN s.points ELSE s.first_points END
    FROM given g WHERE g.id = s.id
)
UPDATE evaluation_answer a
SET items_points = t.items, changed = t.changed, total = t.total, grade = t.grade, rank = t.rank, peers = t.peers,
    "full" = t.whole, before = CASE WHEN %(freeze)s THEN a.total ELSE a.before END
FROM jsonb_to_recordset(%(totals)s::jsonb) AS t(
    id uuid, items numeric, changed numeric, total numeric, grade text, rank int, peers int, whole numeric)
WHERE t.id = a.id
"""


def counted(one: Score, kind: str, change: Decimal | None) -> tuple[Decimal | None, str]:
    """The value that counts and whose it is: an appeal's correction, else judged, computed or self-reported."""
    if change is not None:
        return change, "appeal"
    if one.judged is not None:
        return one.judged, "judged"
    if one.computed is not None:
        return one.computed, "computed" if kind == "computed" else "reported"
    if kind == "reported" and one.stated is not None:
        return one.stated, "self"
    return None, ""


def flagged(one: Score, tolerance: Decimal) -> bool:
    """Whether the self-report differs from the computed value by more than the policy tolerates."""
    difference = one.difference
    return difference is not None and abs(difference) > tolerance


def answers_of(evaluation: Evaluation, *, nowait: bool = False) -> list[Answer]:
    """Its answers, locked, each with its adjustments in force (``adjusting``): one statement."""
    content = JSONObject(
        adjustment="adjustment", points=Cast("points", TextField()), at_most=Cast("at_most", TextField())
    )
    changes = Change.objects.filter(answer=OuterRef("pk"), revoked_at=None).order_by("pk").values(content=content)
    rows = Answer.objects.select_for_update(of=("self", "evaluation"), nowait=nowait).filter(evaluation=evaluation)
    found: list[Answer] = list(
        rows.select_related("evaluation").annotate(adjusting=ArraySubquery(changes)).order_by("pk")
    )
    if not nowait:
        for one in found:
            one.evaluation = evaluation
    return found


def scores_of(evaluation: Evaluation) -> list[Score]:
    """Its scores, each with what an appeal made of its value (``corrected``): one statement."""
    changed = Appeal.objects.filter(answer=OuterRef("answer"), item=OuterRef("item"), outcome="changed")
    rows = Score.objects.filter(answer__evaluation=evaluation).annotate(
        corrected=Subquery(changed.values("value_after")[:1])
    )
    found: list[Score] = list(rows.order_by("answer_id", "order"))
    return found


def rate(
    evaluation: Evaluation,
    policy: EvaluationPolicy,
    answers: Sequence[Answer],
    scores: Sequence[Score],
    *,
    freeze: bool = False,
) -> Outcome:
    """Score everything anew and write it; ``freeze`` keeps what stood before as the first result. Two statements.

    ``answers`` and ``scores`` are those of :func:`answers_of` and :func:`scores_of`, with what was changed in memory.
    The sheet and its digest stand on the evaluation.
    """
    units = {one.pk: one.unit for one in answers}
    weigh(policy, scores)
    given = [Given(units[one.answer_id], one.item, one.value, below(one), one.target) for one in scores]
    told = sheet(policy, units.values(), given, list(moved_by(answers)))
    found = score(told)
    _write(policy, scores, answers, found, freeze=freeze)
    evaluation.sheet, evaluation.digest, evaluation.scored_at = told, found.digest, clock.now()
    return found


def moved_by(answers: Iterable[Answer]) -> Iterator[Moved]:
    """The adjustments that count, of :func:`answers_of`."""
    for one in answers:
        for change in one.adjusting:  # type: ignore[attr-defined]
            top = change["at_most"]
            yield Moved(one.unit, Decimal(change["points"]), Decimal(top) if top is not None else None)


def below(one: Score) -> Decimal | None:
    """The denominator, where the value that counts is the computed one."""
    return one.denominator if one.basis == "computed" else None


def weigh(policy: EvaluationPolicy, scores: Iterable[Score]) -> None:
    """Settle for each score which value counts, and whether the self-report differs."""
    items = {item.item: item for item in policy.items_}
    for one in scores:
        item = items[one.item]
        one.value, one.basis = counted(one, item.kind, getattr(one, "corrected", None))
        one.flagged = flagged(one, item.report.tolerance)


def _write(
    policy: EvaluationPolicy, scores: Sequence[Score], answers: Sequence[Answer], found: Outcome, *, freeze: bool
) -> None:
    units = {one.unit: one for one in answers}
    placed = {(one.unit, one.item): one for one in found.scores}
    keys = {one.pk: one.unit for one in answers}
    rows = []
    for one in scores:
        got = placed[keys[one.answer_id], one.item]
        for name in ("status", "rank", "peers", "x", "percent", "weight", "points"):
            setattr(one, name, getattr(got, name))
        rows.append({"id": one.pk, **{name: getattr(one, name) for name in COLUMNS}})
    totals = []
    for told in found.totals:
        answer = units[told.unit]
        row = {"id": str(answer.pk), **{k: v for k, v in vars(told).items() if k != "unit"}, "whole": policy.total}
        totals.append(row)
        if freeze:
            answer.before = answer.total
        answer.items_points, answer.changed, answer.total = told.items, told.changed, told.total
        answer.grade, answer.rank, answer.peers, answer.full = told.grade, told.rank, told.peers, policy.total
    with connection.cursor() as cursor:
        cursor.execute(WRITTEN, {"scores": _json(rows), "totals": _json(totals), "freeze": freeze})


def _json(rows: list[dict[str, Any]]) -> str:
    return json.dumps(rows, default=str, ensure_ascii=False)
