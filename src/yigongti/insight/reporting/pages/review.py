"""Reviewing a report: item by item or all at once, with what stands beside each value."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.advance import advance
from yigongti.kernel.errors import Conflict, Forbidden, Invalid, Stale
from yigongti.kernel.ui.forms import idempotency_key
from yigongti.kernel.ui.view import ActorView

from .. import services, showing, steps
from ..models import Report
from ..schemas import Reviewing, Verdict
from ..workflow import Reporting
from .entry import groups
from .lists import CRUMBS

DECISIONS = {"review": "审核意见已保存。", "accept": "已接受并锁定，数值进入指标结果。", "send_back": "已退回修改。"}


def verdicts_in(post: QueryDict, lines: list[showing.Line]) -> list[Verdict]:
    """The verdicts of the posted form."""
    found = []
    for line in lines:
        given = post.get(f"{line.code}.verdict", "")
        if line.row is not None and given in ("", "accepted", "returned"):
            reason = post.get(f"{line.code}.reason", "").strip()[:300]
            found.append(Verdict(item=line.code, verdict=given, reason=reason))
    return found


class Review(ActorView):
    """Every item with last period's, the computed one, the evidence, and what the reviewer says of it."""

    title, permission = "审核填报", Permission.INDICATOR_REVIEW

    def report(self, actor: Actor) -> Report:
        """The report of the address, which this actor may review. Raises NotFound, Forbidden."""
        report = services.access_report(actor, self.kwargs["report_id"])
        if not actor.may(Permission.INDICATOR_REVIEW, report.counterpart_organization_id):
            raise Forbidden("这份填报由审核单位审核", hint=f"审核单位是{report.counterpart_organization}")
        return report

    def get(self, request: HttpRequest, report_id: UUID) -> HttpResponse:
        """What was submitted."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        report = self.report(actor)
        if report.state != Reporting.submitted.name:
            messages.info(request, f"{report.number} 现在是“{report.state_now.title}”，不在审核中。")
            return HttpResponseRedirect(report.get_absolute_url())
        return self.show(request, report)

    def post(self, request: HttpRequest, report_id: UUID) -> HttpResponse:
        """Keep the verdicts, accept, or return."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        report = self.report(actor)
        with acting(actor):
            lines = showing.lines(report)
        decision = request.POST.get("decision", "review")
        verdicts = verdicts_in(request.POST, lines)
        key, version = idempotency_key(request.POST), request.POST.get("version", "")
        data = Reviewing(verdicts=verdicts, note=request.POST.get("note", "").strip()[:500])
        try:
            advance(
                actor,
                Reporting,
                report.pk,
                decision if decision in DECISIONS else "review",
                data,
                version=int(version) if version.isdecimal() else None,
                key=UUID(key) if key else None,
            )
        except (Invalid, Conflict) as error:
            wrong = {str(k): str(v) for k, v in dict(error.values.get("fields") or {}).items()}  # type: ignore[call-overload]
            if isinstance(error, Stale):
                report = services.access_report(actor, report_id)
            return self.show(request, report, typed=data, wrong=wrong, error=str(error))
        messages.success(request, DECISIONS.get(decision, DECISIONS["review"]))
        here = reverse("reporting:review", args=[report.pk])
        return HttpResponseRedirect(here if decision == "review" else report.get_absolute_url())

    def show(
        self,
        request: HttpRequest,
        report: Report,
        *,
        typed: Reviewing | None = None,
        wrong: dict[str, str] | None = None,
        error: str = "",
    ) -> HttpResponse:
        """The page with the verdicts that stand, or with those that were typed."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        with acting(actor):
            lines = showing.lines(report)
        given = {one.item: one for one in typed.verdicts} if typed else {}
        for line in lines:
            line.wrong = {k.rpartition(".")[2]: v for k, v in (wrong or {}).items() if k.startswith(f"{line.code}.")}
            stands = (line.row.verdict, line.row.reason) if line.row else ("", "")
            said = (given[line.code].verdict, given[line.code].reason) if line.code in given else stands
            line.said, line.reason = said
        own = actor.user_id == report.submitted_by_id or actor.user_id in report.authors
        context = {
            "title": f"审核：{report.title} · {report.unit_name} · {report.period_title}",
            "crumbs": (*CRUMBS, (report.number, report.get_absolute_url())),
            "report": report,
            "lines": lines,
            "groups": groups(lines, report),
            "reasons": steps.reasons().choices("return"),
            "note": typed.note if typed else report.answer,
            "error": error,
            "own": own,
        }
        return render(request, "reporting/review.html", context, status=422 if error else 200)
