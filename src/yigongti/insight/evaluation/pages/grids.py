"""Tables of fields: self-report, judgements, areas."""

from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.advance import advance
from yigongti.kernel.errors import Forbidden, NotFound, YigongtiError
from yigongti.kernel.ui.view import ActorView

from .. import answering, grids, houses, schemas, services
from ..keeping import policy_of
from ..models import Answer, Evaluation
from ..outline import linked_words
from ..workflow import Answering, Evaluating
from .lists import CRUMBS


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
        """Only what was typed differs. It is saved also where it is not complete enough to be handed in."""
        data = schemas.SelfReport(values=grids.statements(request.POST))
        advance(request.actor, Answering, self.answer.pk, "fill", data, version=grids.version(request.POST))  # type: ignore[attr-defined]
        if "submit" in request.POST:
            del self.answer
            with acting(request.actor):  # type: ignore[attr-defined]
                answering.check_said(self.answer)
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
