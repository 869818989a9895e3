"""An evaluation, an answer, and every step of theirs."""

from functools import cached_property
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases import pages as cases
from yigongti.kernel.cases.declaration import Step
from yigongti.kernel.ui.command import CommandView
from yigongti.kernel.ui.view import ActorView

from .. import houses, schemas, scorecard, services, showing, texts
from ..models import Answer, Evaluation
from ..workflow import Answering, Evaluating
from .lists import CRUMBS

#: steps whose form is the page of the case itself
GRIDS = frozenset(
    step.name
    for step in (*Evaluating.steps.values(), *Answering.steps.values())
    if step.asks in (schemas.Marks, schemas.SelfReport, schemas.Areas)
)


class EvaluationView(ActorView):
    """One evaluation: ranking, heat table, differences, what was said."""

    title, permission = "考核评价", staticmethod(services.concerned)

    def get(self, request: HttpRequest, case_id: UUID) -> HttpResponse:
        """Show it."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        case = services.access_evaluation(actor, case_id)
        return render(request, "evaluation/case.html", {"crumbs": CRUMBS, **showing.page(actor, case)})


class AnswerView(ActorView):
    """One participant: every item, how it became points, what was said of it."""

    title, permission = "参评单位", staticmethod(services.concerned)

    def get(self, request: HttpRequest, answer_id: UUID) -> HttpResponse:
        """Show it."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        answer = services.access_answer(actor, answer_id)
        crumbs = (*CRUMBS, (answer.evaluation.title, answer.evaluation.get_absolute_url()))
        return render(request, "evaluation/answer.html", {"crumbs": crumbs, **scorecard.page(actor, answer)})


class StepView(cases.StepView[Evaluation]):
    """Any step of an evaluation."""

    title, permission, crumbs, elsewhere = "考核评价", staticmethod(services.concerned), CRUMBS, GRIDS

    def find(self, actor: Actor) -> Evaluation:
        return services.access_evaluation(actor, self.kwargs["case_id"])

    def choices(self, actor: Actor) -> dict[str, Any]:
        return texts.choices_of_evaluation(self.case)


class AnswerStepView(cases.StepView[Answer]):
    """Any step of an answer; what the participant says, only its own people say."""

    title, permission, crumbs, elsewhere = "参评", staticmethod(services.concerned), CRUMBS, GRIDS

    def find(self, actor: Actor) -> Answer:
        return services.access_answer(actor, self.kwargs["answer_id"])

    @cached_property
    def step(self) -> Step:
        """The step of the address."""
        step = super().step
        if step.name in scorecard.OF_THE_HOUSE:
            houses.require(self.request.actor, self.case.home_organization_id)  # type: ignore[attr-defined]
        return step

    def choices(self, actor: Actor) -> dict[str, Any]:
        return texts.choices_of_answer(self.case)


class Correct(CommandView):
    """Re-open a published evaluation as a new edition."""

    title, submit, schema, permission = "更正", "发起更正", schemas.Reason, Permission.EVALUATION_CONDUCT
    done, tone = "已发起更正；原结果在更正版发布前继续有效。", "danger"

    @cached_property
    def case(self) -> Evaluation:
        """The evaluation of the address."""
        return services.access_evaluation(self.request.actor, self.kwargs["case_id"])  # type: ignore[attr-defined]

    def context(self, actor: Actor) -> dict[str, Any]:
        effect = "原来的结果不改，新开一版；新版评审、定等、由另一人发布以后，以新版为准。"
        return {"effect": effect, "cancel": self.case.get_absolute_url(), "crumbs": CRUMBS}

    def run(self, actor: Actor, data: schemas.Reason, *, key: str, version: int | None) -> str:
        made = services.correct(actor, case=self.case, reason=data.note, key=UUID(key) if key else None)
        return made.get_absolute_url()
