"""What the forms of the steps offer to choose from."""

from typing import Any

from .definitions import ADJUSTMENTS
from .keeping import policy_of
from .models import Answer, Appeal, Change, Evaluation, Remark
from .outline import adjustment_words, plain


def choices_of_evaluation(case: Evaluation) -> dict[str, Any]:
    """Participants, items, adjustments, and those that may be revoked."""
    policy = policy_of(case)
    names = {one.adjustment: one.name for one in policy.adjustments}
    changes = Change.objects.filter(answer__evaluation=case, revoked_at=None).select_related("answer")
    return {
        "answers": [(str(pk), title) for pk, title in _answers(case)],
        "items": [(item.item, item.title) for item in policy.items_],
        "adjustments": [
            (one.adjustment, f"{ADJUSTMENTS[one.kind]}：{one.name}（{adjustment_words(one)}）")
            for one in policy.adjustments
        ],
        "changes": [
            (one.pk, f"{one.answer.title} {names.get(one.adjustment, one.adjustment)} {plain(one.points)}")
            for one in changes
        ],
    }


def _answers(case: Evaluation) -> Any:
    return Answer.objects.filter(evaluation=case).order_by("title").values_list("pk", "title")


def choices_of_answer(case: Answer) -> dict[str, Any]:
    """Items, comments, open appeals and their outcomes."""
    policy = policy_of(case.evaluation)
    titles = {item.item: item.title for item in policy.items_}
    return {
        "items": list(titles.items()),
        "remarks": [(one.pk, f"{titles.get(one.item, '整个考核')}：{one.text[:40]}") for one in _of(Remark, case)],
        "appeals": [
            (one.pk, f"{titles.get(one.item, one.item)}：{one.reason[:40]}")
            for one in _of(Appeal, case)
            if one.outcome == "open"
        ],
        "outcomes": [("upheld", "维持原结果"), ("changed", "更正")],
    }


def _of(model: Any, case: Answer) -> Any:
    return model.objects.filter(answer=case)
