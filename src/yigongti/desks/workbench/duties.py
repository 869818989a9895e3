"""What an organisation owes to monitoring and evaluation: figures to report or review, self-reports, appeals, targets.

One statement for all; each line opens the form itself and says until when.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from yigongti.insight import periods
from yigongti.insight.evaluation import services as evaluation
from yigongti.insight.evaluation.targets import services as targets
from yigongti.insight.evaluation.targets.workflow import Planning
from yigongti.insight.evaluation.workflow import Answering, Evaluating
from yigongti.insight.reporting import services as reporting
from yigongti.insight.reporting.models import EDITABLE
from yigongti.kernel import prepared
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.ui.clocks import Clock

from .cards import Card, Cell

MOST = 8
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Duty:
    """One thing that is owed: what it is, of which case, where it is done, until when (None: no limit)."""

    what: str
    case: str
    url: str
    due: datetime | None

    @property
    def cells(self) -> tuple[Cell, ...]:
        """As a line of the card."""
        told = Clock(self.due)
        until = f"{self.due.astimezone():%m-%d %H:%M}" if self.due else ""
        return Cell(self.what, url=self.url), Cell(self.case), Cell(until), Cell(told.text, tone=told.tone)


def card(actor: Actor) -> Card | None:
    """What the actor owes, the most pressing first; None where nothing is owed. One statement."""
    if not (reporting.working(actor) or evaluation.concerned(actor)):
        return None
    told = prepared.read(
        reports=reporting.to_handle(actor).values("pk", "title", "unit_name", "period", "state", "due_at"),
        answers=evaluation.owed_answers(actor).values("pk", "title", "evaluation__title", "state", "due_at"),
        evaluations=evaluation.owed_evaluations(actor).values("pk", "title", "state", "due_at"),
        plans=targets.owed_plans(actor).values("pk", "title", "state", "due_at"),
        rounds=targets.owed_rounds(actor).values("pk", "title", "state", "due_at"),
    )
    found = [duty for name, rows in told.items() for row in rows for duty in [READ[name](row)]]
    if not found:
        return None
    found.sort(key=lambda one: (one.due is None, one.due.timestamp() if one.due else 0, one.case))
    return Card(
        title=f"要填报、审核和答复的 {len(found)} 件",
        heads=("要办的事", "哪一件", "截止", "时限"),
        rows=[one.cells for one in found[:MOST]],
        url=reverse("reporting:list" if told["reports"] else "evaluation:list"),
        wide=True,
    )


def _due(row: Row) -> datetime | None:
    return datetime.fromisoformat(row["due_at"]) if row["due_at"] else None


def _report(row: Row) -> Duty:
    state = row["state"]
    page = "entry" if state in EDITABLE else "review" if state == "submitted" else "report"
    what = {"entry": "填写指标" if state == "draft" else "修改指标", "review": "审核填报"}.get(page, "答复更正申请")
    case = f"{row['title']} · {row['unit_name']} · {periods.title(row['period'])}"
    return Duty(what, case, reverse(f"reporting:{page}", args=[row["pk"]]), _due(row))


ANSWER = {
    "reporting": "填写自评",
    "commenting": "看得分、提意见",
    "appealing": "申诉或确认结果",
    "appealed": "答复申诉",
}


def _answer(row: Row) -> Duty:
    page = "self-report" if row["state"] == "reporting" else "answer"
    what = ANSWER.get(row["state"], Answering.states[row["state"]].title)
    case = f"{row['evaluation__title']} · {row['title']}"
    return Duty(what, case, reverse(f"evaluation:{page}", args=[row["pk"]]), _due(row))


def _evaluation(row: Row) -> Duty:
    what = f"办理考核：{Evaluating.states[row['state']].title}"
    return Duty(what, row["title"], reverse("evaluation:case", args=[row["pk"]]), _due(row))


def _plan(row: Row) -> Duty:
    what = f"办理服务目标：{Planning.states[row['state']].title}"
    return Duty(what, row["title"], reverse("targets:case", args=[row["pk"]]), _due(row))


def _round(row: Row) -> Duty:
    return Duty("对服务目标提意见", row["title"], reverse("targets:case", args=[row["pk"]]), _due(row))


READ: Mapping[str, Callable[[Row], Duty]] = {
    "reports": _report,
    "answers": _answer,
    "evaluations": _evaluation,
    "plans": _plan,
    "rounds": _round,
}


def on(cards: list[Card], actor: Actor) -> Iterator[Card]:
    """The cards of a desk with this one before them."""
    mine = card(actor)
    if mine is not None:
        yield mine
    yield from cards
