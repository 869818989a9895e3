"""An evaluation, an answer, and every step of theirs."""

from functools import cached_property
from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from pydantic import BaseModel

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.advance import advance, may_take
from yigongti.kernel.cases.declaration import PLATFORM, Step, Workflow
from yigongti.kernel.cases.models import Case
from yigongti.kernel.errors import Forbidden, NotFound
from yigongti.kernel.ui.command import CommandView
from yigongti.kernel.ui.view import ActorView

from .. import houses, schemas, scorecard, services, showing, texts
from ..models import Answer, Evaluation
from ..workflow import Answering, Evaluating
from .lists import CRUMBS


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


class StepView(CommandView):
    """Any step of an evaluation or of an answer: what it asks is its form."""

    title, permission, crumbs = "考核评价", staticmethod(services.concerned), CRUMBS
    schema: ClassVar[type[BaseModel]] = schemas.Words
    flow: ClassVar[type[Workflow]] = Evaluating

    @cached_property
    def case(self) -> Any:
        """The case of the address, within reach."""
        return services.access_evaluation(self.request.actor, self.kwargs["case_id"])  # type: ignore[attr-defined]

    @cached_property
    def step(self) -> Step:
        """The step of the address. Raises NotFound, Forbidden."""
        step = self.flow.steps.get(self.kwargs["step"])
        if step is None or PLATFORM in step.by or step.asks in (schemas.Marks, schemas.SelfReport, schemas.Areas):
            raise NotFound("没有这一步", hint="请从页面上的按钮进入")
        case: Case = self.case
        if not any(may_take(self.request.actor, case, desk) for desk in step.by):  # type: ignore[attr-defined]
            raise Forbidden(f"“{step.title}”由{'、'.join(desk.title for desk in step.by)}办理")
        return step

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        actor = getattr(request, "actor", None)
        if actor is not None and services.concerned(actor):
            self.schema = self.step.asks  # type: ignore[misc]
            self.title = self.submit = self.step.title  # type: ignore[misc]
            self.done = f"“{self.step.title}”已办理。"  # type: ignore[misc]
            self.tone = "danger" if self.step.danger else "primary"  # type: ignore[misc]

    def choices(self, actor: Actor) -> dict[str, Any]:
        return texts.choices_of_evaluation(self.case)

    def initial(self, actor: Actor) -> dict[str, Any]:
        """What a button beside an item already knows."""
        return {name: self.request.GET[name] for name in self.schema.model_fields if name in self.request.GET}

    def context(self, actor: Actor) -> dict[str, Any]:
        return {"version": self.case.version, "cancel": self.case.get_absolute_url(), "hint": self.step.hint}

    def run(self, actor: Actor, data: BaseModel, *, key: str, version: int | None) -> str:
        request = UUID(key) if key else None
        advance(actor, self.flow, self.case.pk, self.step.name, data, version=version, key=request)
        return str(self.case.get_absolute_url())


class AnswerStepView(StepView):
    """Any step of an answer."""

    title = "参评"
    flow = Answering

    @cached_property
    def case(self) -> Answer:
        """The answer of the address, within reach."""
        return services.access_answer(self.request.actor, self.kwargs["answer_id"])  # type: ignore[attr-defined]

    @cached_property
    def step(self) -> Step:
        """The step of the address; what the participant says, only its own people say."""
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
