"""One report: its items, its story, its steps; one of its numbers; one of its files."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.cases import pages as cases
from yigongti.kernel.cases.declaration import Nothing
from yigongti.kernel.errors import NotFound, YigongtiError
from yigongti.kernel.policy.problems import allowed_words
from yigongti.kernel.ui.files import attachment
from yigongti.kernel.ui.view import ActorView

from .. import duties, evidence, framing, services, showing, steps
from ..models import Report
from .lists import CRUMBS

#: steps with a page of their own
ELSEWHERE = frozenset({"fill", "review", "accept", "send_back"})


class ReportView(ActorView):
    """One report: every item with its value, last period's, what is computed beside it, its evidence and verdict."""

    title, permission = "一份填报", staticmethod(services.concerned)

    def get(self, request: HttpRequest, report_id: UUID) -> HttpResponse:
        """Show it; who only looks sees the accepted edition."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        report = services.access_report(actor, report_id)
        involved = services.involved(actor, report)
        edition = None if involved else report.accepted_edition
        context = {
            "page": framing.frame(report, actor),
            "report": report,
            "lines": showing.lines(report, edition),
            "shown_edition": edition or report.edition,
            "involved": involved,
            "crumbs": CRUMBS,
        }
        return render(request, "reporting/report.html", context)


class ItemView(ActorView):
    """One number of a report: what it means, where the definition comes from, every edition of it."""

    title, permission = "填报的数", staticmethod(services.concerned)

    def get(self, request: HttpRequest, report_id: UUID, item: str) -> HttpResponse:
        """Show it."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        report = services.access_report(actor, report_id)
        found = next((line for line in self.lines(actor, report) if line.code == item), None)
        if found is None:
            known = [one.indicator for one in duties.asked(report)]
            raise NotFound(f"这份填报里没有指标 {item}", hint=allowed_words(item, known))
        rows = showing.editions(report, item)
        if not services.involved(actor, report):
            rows = [row for row in rows if row.edition == report.accepted_edition]
        context = {
            "title": found.item.name,
            "crumbs": (*CRUMBS, (report.number, report.get_absolute_url())),
            "report": report,
            "line": found,
            "rows": rows,
            "explanation": showing.explanation(report, found.item, found.row, found.last),
        }
        return render(request, "reporting/item.html", context)

    def lines(self, actor: Actor, report: Report) -> list[showing.Line]:
        """Those that the actor may see."""
        edition = None if services.involved(actor, report) else report.accepted_edition
        return showing.lines(report, edition)


class StepView(cases.StepView[Report]):
    """Any step of a report that has no page of its own."""

    title, permission, crumbs, elsewhere = "指标填报的办理", staticmethod(services.concerned), CRUMBS, ELSEWHERE

    def find(self, actor: Actor) -> Report:
        return services.access_report(actor, self.kwargs["report_id"])

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A step that asks for nothing is taken at once; what keeps it back is said where it can be mended."""
        if self.step.asks is not Nothing:
            return super().post(request, *args, **kwargs)
        try:
            self.run(request.actor, Nothing(), key=request.POST.get("idempotency_key", ""), version=self.version)  # type: ignore[attr-defined]
        except YigongtiError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, self.done)
        return HttpResponseRedirect(self.back)

    def choices(self, actor: Actor) -> dict[str, Any]:
        return {
            "items": [(one.indicator, one.name) for one in duties.asked(self.case)],
            "reasons": steps.reasons().choices("excuse"),
        }


class EvidenceFile(ActorView):
    """A file that an item rests on: to save, or to take out of this edition."""

    title, permission = "佐证材料", staticmethod(services.concerned)

    def get(self, request: HttpRequest, report_id: UUID, evidence_id: int) -> HttpResponse:
        """To save; looking at it is noted."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        report = services.access_report(actor, report_id)
        found, content = evidence.fetch(actor, report=report, evidence_id=evidence_id)
        return attachment(content, found.name, found.media_type)

    def post(self, request: HttpRequest, report_id: UUID, evidence_id: int) -> HttpResponse:
        """Take it out."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        report = services.access_report(actor, report_id)
        try:
            removed = evidence.remove(actor, report=report, evidence_id=evidence_id)
            messages.success(request, f"已移出“{removed.name}”。")
        except YigongtiError as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(reverse("reporting:entry", args=[report.pk]))
