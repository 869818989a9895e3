"""The register of reports, what is owed, and opening one by hand."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from yigongti.insight import periods
from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.ui.command import CommandView
from yigongti.kernel.ui.register import RegisterView
from yigongti.kernel.ui.view import ActorView

from .. import duties, schemas, services
from ..models import Report
from ..plans import plans
from ..tables import OwingFilter, OwingTable, ReportFilter, ReportTable

TOP = ("指标填报", "/reporting/")
CRUMBS = (("监测评价", ""), TOP)


class Reports(RegisterView):
    """Every report within reach: the newest period first, what waits for somebody before the rest."""

    title, key, permission = "指标填报", "reporting", staticmethod(services.concerned)
    table_class, filterset_class = ReportTable, ReportFilter
    template_name, crumbs = "reporting/list.html", CRUMBS[:1]
    empty = "还没有填报"
    empty_hint = "时期结束以后，平台按填报计划自动发起；也可以现在发起。"

    def queryset(self, actor: Actor) -> QuerySet[Report]:
        return services.reports(actor).select_related("owner_organization").order_by("-ends_on", "title", "unit_name")

    def context(self, actor: Actor) -> dict[str, Any]:
        return {
            "may_open": services.working(actor),
            "may_review": actor.may(Permission.INDICATOR_REVIEW),
            "lead": "不能由事实计算的指标，由责任单位填报，另一人审核后锁定。",
        }


class Owing(RegisterView):
    """Who owes what: by organisation and set, the most overdue first."""

    title, key, permission = "未报与催报", "reporting-owing", Permission.INDICATOR_REVIEW
    table_class, filterset_class = OwingTable, OwingFilter
    template_name, crumbs = "reporting/owing.html", CRUMBS
    empty, empty_hint = "没有未报的单位", "应报的都已提交。"

    def queryset(self, actor: Actor) -> QuerySet[Report]:
        return services.owing(actor).select_related("home_organization")

    def context(self, actor: Actor) -> dict[str, Any]:
        late = Q(due_at__lt=clock.now())
        rows = services.owing(actor).order_by().values("title", "period")
        sums = rows.annotate(owed=Count("pk"), late=Count("pk", filter=late)).order_by("-period", "title")
        told = [{**one, "period_title": periods.title(one["period"])} for one in sums]
        return {
            "sums": told,
            "late": sum(one["late"] for one in told),
            "lead": "时限内还没有提交（或被退回后没有改好）的单位。催报的消息发给填报人，每天最多一次。",
        }


class UrgeAll(ActorView):
    """Urge everybody who is late."""

    title, permission = "催报", Permission.INDICATOR_REVIEW

    def post(self, request: HttpRequest) -> HttpResponse:
        """Each at most once a day."""
        urged, skipped = services.urge_all(request.actor)  # type: ignore[attr-defined]
        words = f"已催 {urged} 份" + (f"，{skipped} 份今天已经催过" if skipped else "")
        messages.success(request, words + "。") if urged else messages.info(request, words + "。")
        return HttpResponseRedirect(reverse("reporting:owing"))


class OpenReport(CommandView):
    """A report that the plan does not open by itself: an earlier period, or one that still runs."""

    title, submit, done, schema = "发起填报", "发起", "已发起，可以填写。", schemas.Opening
    permission, crumbs = staticmethod(services.working), CRUMBS

    def choices(self, actor: Actor) -> dict[str, Any]:
        listed = services.open_duties(actor)
        kinds = {kind for duty in listed for kind in duty.plan.periods}
        names = [name for plan in plans().plans if set(plan.periods) & kinds for name in duties.recent(plan)]
        return {
            "duties": [(duty.key, duty.title) for duty in listed],
            "periods": [(name, periods.title(name)) for name in dict.fromkeys(names)],
        }

    def context(self, actor: Actor) -> dict[str, Any]:
        return {"cancel": TOP[1], "hint": "时期结束后平台会自动发起；这里用来补报以前的，或提前填写当期的。"}

    def run(self, actor: Actor, data: schemas.Opening, *, key: str, version: int | None) -> str:
        request = UUID(key) if key else None
        report = services.open_by_hand(actor, duty=data.duty, period=data.period, key=request)
        return reverse("reporting:entry", args=[report.pk])
