"""The pages of evaluations: registers, one evaluation, one participant, the grids, the steps, the files."""

from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import quote
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from pydantic import BaseModel

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.advance import advance, may_take
from yigongti.kernel.cases.declaration import PLATFORM, Step, Workflow
from yigongti.kernel.cases.models import Case
from yigongti.kernel.errors import Forbidden, NotFound, YigongtiError
from yigongti.kernel.ui.command import CommandView
from yigongti.kernel.ui.register import RegisterView
from yigongti.kernel.ui.view import ActorView

from . import filing, grids, houses, participants, schemas, scorecard, services, showing, texts
from .definitions import in_force_policies
from .keeping import policy_of
from .models import Answer, Evaluation
from .outline import linked_words
from .tables import AnswerTable, EvaluationTable
from .workflow import Answering, Evaluating

CRUMBS = (("监测评价", ""), ("考核评价", "/evaluation/"))
PRIVATE = {"Cache-Control": "no-store"}


class Evaluations(RegisterView):
    """Every evaluation within reach, the newest first."""

    title, key, permission = "考核评价", "evaluations", staticmethod(services.concerned)
    table_class, template_name, crumbs = EvaluationTable, "evaluation/list.html", CRUMBS
    empty, empty_hint = "还没有考核", "由卫生健康委或医共体理事会按考核方案发起；计算值取自已有的指标结果。"

    def queryset(self, actor: Actor) -> QuerySet[Evaluation]:
        return services.evaluations(actor).order_by("-opened_at")

    def context(self, actor: Actor) -> dict[str, Any]:
        return {"may_open": actor.may(Permission.EVALUATION_CONDUCT)}


class Own(RegisterView):
    """The answers of the own organisations."""

    title, key, permission = "本单位的考核", "evaluation-own", Permission.EVALUATION_ANSWER
    table_class, crumbs = AnswerTable, (*CRUMBS, ("本单位", ""))
    empty, empty_hint = "还没有参加过考核", "考核启动后，这里能看到本单位的计算值、自评和得分。"

    def queryset(self, actor: Actor) -> QuerySet[Answer]:
        own = houses.houses(actor)
        rows = services.answers(actor).filter(home_organization_id__in=own).exclude(state="waiting")
        return rows.order_by("-opened_at", "title")


class OpenEvaluation(CommandView):
    """Begin an evaluation."""

    title, submit, schema = "发起考核", "发起", schemas.Opening
    done = "已发起，请核对计算值后启动自评。"
    permission, crumbs = Permission.EVALUATION_CONDUCT, (*CRUMBS, ("发起", ""))

    def choices(self, actor: Actor) -> dict[str, Any]:
        return {
            "policies": [(one.policy, one.title) for one in in_force_policies()],
            "consortia": participants.consortia(actor),
        }

    def initial(self, actor: Actor) -> dict[str, Any]:
        offered = participants.consortia(actor)
        return {"period": participants.latest("quarter"), "consortium": offered[0][0] if len(offered) == 1 else None}

    def context(self, actor: Actor) -> dict[str, Any]:
        return {"cancel": reverse("evaluation:list")}

    def run(self, actor: Actor, data: schemas.Opening, *, key: str, version: int | None) -> str:
        made = services.open_evaluation(actor, data=data, key=UUID(key) if key else None)
        return made.get_absolute_url()


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


class Grid(ActorView):
    """A table of fields: shown, checked, handed to a step; what was typed is kept when it is refused."""

    template_name: ClassVar[str]

    def show(self, request: HttpRequest, error: YigongtiError | None = None) -> HttpResponse:
        """The table, with what is stored or what was typed."""
        raise TypeError

    def save(self, request: HttpRequest) -> str:
        """Call the step; where to go on."""
        raise TypeError

    def get(self, request: HttpRequest, **keys: Any) -> HttpResponse:
        """Show the table."""
        return self.show(request)

    def post(self, request: HttpRequest, **keys: Any) -> HttpResponse:
        """Save, or show it again with what is wrong."""
        try:
            target = self.save(request)
        except (Forbidden, NotFound):
            raise
        except YigongtiError as error:
            with acting(request.actor):  # type: ignore[attr-defined]
                return self.show(request, error)
        messages.success(request, "已保存。")
        return HttpResponseRedirect(target)


class SelfReportGrid(Grid):
    """The self-report: computed values beside the participant's own."""

    title, permission = "填写自评", Permission.EVALUATION_ANSWER

    @cached_property
    def answer(self) -> Answer:
        """The answer of the address. Raises NotFound, Forbidden."""
        found = services.access_answer(self.request.actor, self.kwargs["answer_id"])  # type: ignore[attr-defined]
        houses.require(self.request.actor, found.home_organization_id)  # type: ignore[attr-defined]
        return found

    def show(self, request: HttpRequest, error: YigongtiError | None = None) -> HttpResponse:
        """The table."""
        answer = self.answer
        context = {
            "title": f"{answer.title}自评",
            "crumbs": (*CRUMBS, (answer.evaluation.title, answer.get_absolute_url())),
            "answer": answer,
            "lines": grids.self_report(answer, request.POST),
            "error": error,
        }
        return render(request, "evaluation/report_grid.html", context, status=error.status if error else 200)

    def save(self, request: HttpRequest) -> str:
        """Only what was typed differs."""
        data = schemas.SelfReport(values=grids.statements(request.POST))
        advance(request.actor, Answering, self.answer.pk, "fill", data, version=grids.version(request.POST))  # type: ignore[attr-defined]
        if "submit" in request.POST:
            return reverse("evaluation:answer-step", args=[self.answer.pk, "submit"])
        return self.answer.get_absolute_url()


class JudgingGrid(Grid):
    """The judgements: one item, all participants; or one participant, all items."""

    title, permission = "评审表", Permission.EVALUATION_CONDUCT

    @cached_property
    def case(self) -> Evaluation:
        """The evaluation of the address. Raises NotFound, Forbidden."""
        found = services.access_evaluation(self.request.actor, self.kwargs["case_id"])  # type: ignore[attr-defined]
        self.request.actor.require(Permission.EVALUATION_CONDUCT, found.home_organization_id)  # type: ignore[attr-defined]
        return found

    def show(self, request: HttpRequest, error: YigongtiError | None = None) -> HttpResponse:
        """The table."""
        policy = policy_of(self.case)
        wanted = request.GET.get("item") or request.POST.get("item") or ""
        item = next((one for one in policy.items_ if one.item == wanted), None) or grids.first_judged(policy)
        context = {
            "title": f"评审：{item.title}",
            "crumbs": (*CRUMBS, (self.case.title, self.case.get_absolute_url())),
            "case": self.case,
            "item": item,
            "items": policy.items_,
            "lines": grids.judging(self.case, item, request.POST),
            "following": grids.following(policy, item),
            "error": error,
        }
        return render(request, "evaluation/judging_grid.html", context, status=error.status if error else 200)

    def save(self, request: HttpRequest) -> str:
        """All participants of the item at once."""
        item = request.POST.get("item", "")
        data = schemas.Marks(marks=grids.marks(request.POST, item))
        advance(request.actor, Evaluating, self.case.pk, "judge", data, version=grids.version(request.POST))  # type: ignore[attr-defined]
        return f"{request.path}?item={quote(request.POST.get('following') or item)}"


class AreaGrid(Grid):
    """Who answers for whom: the area of each participant."""

    title, permission = "划分片区", Permission.EVALUATION_CONDUCT

    @cached_property
    def case(self) -> Evaluation:
        """The evaluation of the address. Raises NotFound, Forbidden."""
        found = services.access_evaluation(self.request.actor, self.kwargs["case_id"])  # type: ignore[attr-defined]
        self.request.actor.require(Permission.EVALUATION_CONDUCT, found.home_organization_id)  # type: ignore[attr-defined]
        return found

    def show(self, request: HttpRequest, error: YigongtiError | None = None) -> HttpResponse:
        """The table."""
        policy, lines = policy_of(self.case), grids.areas(self.case, request.POST)
        context = {
            "title": "划分片区",
            "crumbs": (*CRUMBS, (self.case.title, self.case.get_absolute_url())),
            "case": self.case,
            "lines": lines,
            "names": sorted({area for _, area in lines if area}),
            "words": linked_words(policy) if policy.linked else "",
            "error": error,
        }
        return render(request, "evaluation/area_grid.html", context, status=error.status if error else 200)

    def save(self, request: HttpRequest) -> str:
        """All participants at once."""
        data = schemas.Areas(areas=grids.grouped(request.POST))
        advance(request.actor, Evaluating, self.case.pk, "group", data, version=grids.version(request.POST))  # type: ignore[attr-defined]
        return self.case.get_absolute_url()


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


class AddEvidence(ActorView):
    """A file that proves something."""

    title, permission = "上传佐证材料", Permission.EVALUATION_ANSWER

    def post(self, request: HttpRequest, answer_id: UUID) -> HttpResponse:
        """Keep the file."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        answer = services.access_answer(actor, answer_id)
        item = request.POST.get("item", "")
        try:
            services.add_evidence(actor, case=answer, item=item, file=request.FILES.get("file"))
            messages.success(request, "材料已上传。")
        except Forbidden:
            raise
        except YigongtiError as error:
            messages.error(request, f"{error.message}{'。' + error.hint if error.hint else ''}")
        return HttpResponseRedirect(f"{answer.get_absolute_url()}#{quote(item)}")


class EvidenceFile(ActorView):
    """The file itself."""

    title, permission = "佐证材料", staticmethod(services.concerned)

    def get(self, request: HttpRequest, answer_id: UUID, evidence_id: int) -> HttpResponse:
        """To save."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        answer = services.access_answer(actor, answer_id)
        paper, content = services.evidence_of(actor, case=answer, evidence_id=evidence_id)
        return attachment(content, paper.name, paper.media_type)


class MakeReport(ActorView):
    """Make the report as PDF and Word."""

    title, permission = "生成考核报告", Permission.EVALUATION_CONDUCT

    def post(self, request: HttpRequest, case_id: UUID) -> HttpResponse:
        """Make both and keep them."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        case = services.access_evaluation(actor, case_id)
        try:
            filing.make(actor, case=case)
            messages.success(request, "报告已生成。")
        except Forbidden:
            raise
        except YigongtiError as error:
            messages.error(request, f"{error.message}{'。' + error.hint if error.hint else ''}")
        return HttpResponseRedirect(case.get_absolute_url())


class ReportFile(ActorView):
    """A report as it was made."""

    title, permission = "考核报告", staticmethod(services.concerned)

    def get(self, request: HttpRequest, case_id: UUID, report_id: int) -> HttpResponse:
        """To save."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        case = services.access_evaluation(actor, case_id)
        found = filing.report_of(actor, case=case, report_id=report_id)
        return attachment(bytes(found.content), f"{case.title}.{found.kind}", filing.TYPES[found.kind])


def attachment(content: bytes, name: str, kind: str) -> HttpResponse:
    """A file to save under a name."""
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}", **PRIVATE}
    return HttpResponse(content, content_type=kind, headers=headers)
