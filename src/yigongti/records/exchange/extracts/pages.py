"""The register of extracts, the request, one case with what its check found, and the file."""

from functools import cached_property
from typing import Any
from uuid import UUID

import django_tables2 as tables
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases import pages as cases
from yigongti.kernel.cases.advance import owner_title
from yigongti.kernel.errors import YigongtiError
from yigongti.kernel.jobs.services import seen
from yigongti.kernel.ui.clocks import Clock
from yigongti.kernel.ui.columns import ClockColumn, NumberColumn, WhenColumn
from yigongti.kernel.ui.command import CommandView
from yigongti.kernel.ui.files import attachment
from yigongti.kernel.ui.register import RegisterTable, RegisterView
from yigongti.kernel.ui.view import ActorView, PageView

from . import schemas, services, showing, steps, texts
from .models import Extract
from .policies import PURPOSES, ExtractPolicy, extract_policies
from .workflow import Extraction

TOP = ("去标识化数据", "/exchange/extracts/")
CRUMBS = (("数据交换", ""), TOP)


class ExtractTable(RegisterTable):
    """What was asked for by whom, where it stands, whose turn it is."""

    number = tables.Column("编号", orderable=False)
    title = tables.Column("数据", orderable=False)
    purpose = tables.Column("用途", accessor="get_purpose_display", orderable=False)
    home_organization = tables.Column("申请机构", orderable=False)
    requested_by = tables.Column("申请人", accessor="requested_by__name", orderable=False)
    state = tables.Column("状态", orderable=False)
    next = tables.Column("该谁办", accessor="pk", orderable=False)
    due_at = ClockColumn(
        clock_of=lambda record: Clock(record.due_at) if record.is_open else None, verbose_name="时限", orderable=False
    )
    rows = NumberColumn(accessor="pk", verbose_name="行数", orderable=False)
    downloads = NumberColumn(verbose_name="下载", unit="次", orderable=False)
    opened_at = WhenColumn(verbose_name="申请", orderable=False)

    def render_state(self, record: Extract) -> str:
        return record.state_now.title

    def render_next(self, record: Extract) -> str:
        return owner_title(record) if record.is_open else ""

    def render_rows(self, record: Extract) -> str:
        """Empty until it is made."""
        return f"{record.__dict__['rows']:,}" if record.made else ""

    value_state, value_next, value_rows = render_state, render_next, render_rows

    def row_tone(self, record: Extract) -> str:
        return "danger" if record.is_overdue else "warn" if record.state == "short" else ""


class Extracts(RegisterView):
    """Every extract of the own organisations, the newest first."""

    title, key, permission = "去标识化数据", "extracts", staticmethod(services.concerned)
    table_class, template_name, crumbs = ExtractTable, "extracts/extracts.html", CRUMBS
    empty = "还没有人申请过数据"
    empty_hint = "为规划、考核、监测或研究申请去标识化的数据；由信息科准备，另一位有权限的人批准后生成。"

    def queryset(self, actor: Actor) -> QuerySet[Extract]:
        return services.extracts(actor).order_by("-opened_at")

    def context(self, actor: Actor) -> dict[str, Any]:
        return {"may_ask": actor.may(Permission.EXTRACT_REQUEST)}


class Catalogue(PageView):
    """What may be asked for."""

    title, permission, template_name = "申请去标识化数据", Permission.EXTRACT_REQUEST, "extracts/catalogue.html"
    crumbs = (*CRUMBS, ("申请", ""))

    def context(self, actor: Actor) -> dict[str, Any]:
        found = [(policy.policy.partition("/")[2], showing.offer(policy)) for policy in extract_policies()]
        return {"offers": found, "lead": "选一种数据。每种数据有哪些列、怎样去标识化，都写在规则里。"}


class AskFor(CommandView):
    """A request: few questions, and what every column becomes."""

    title, submit, done, schema = "申请去标识化数据", "提交申请", "已提交，信息科会在时限内准备。", schemas.Request
    permission, template_name = Permission.EXTRACT_REQUEST, "extracts/new.html"
    crumbs = (*CRUMBS, ("申请", "/exchange/extracts/new/"))

    @cached_property
    def policy(self) -> ExtractPolicy:
        """The policy of the address. Raises NotFound."""
        body = steps.edition_in_force(f"extract/{self.kwargs['name']}").body
        assert isinstance(body, ExtractPolicy)
        return body

    def choices(self, actor: Actor) -> dict[str, Any]:
        return {
            "purposes": [(code, PURPOSES[code]) for code in self.policy.purposes],
            "keepers": services.keepers(actor),
            "recipients": services.recipients(actor),
            "areas": services.areas(actor),
            "conditions": services.conditions(self.policy),
        }

    def initial(self, actor: Actor) -> dict[str, Any]:
        first, last = services.period_of(clock.today())
        keepers, people = services.keepers(actor), dict(services.recipients(actor))
        return {
            "first": first,
            "last": last,
            "keeper": keepers[0][0] if len(keepers) == 1 else None,
            "recipient": actor.user_id if actor.user_id in people else None,
        }

    def context(self, actor: Actor) -> dict[str, Any]:
        return {"cancel": TOP[1], "offer": showing.offer(self.policy), "title": f"申请：{self.policy.title}"}

    def run(self, actor: Actor, data: schemas.Request, *, key: str, version: int | None) -> str:
        request = UUID(key) if key else None
        return services.request_extract(actor, policy=self.policy.policy, data=data, key=request).get_absolute_url()


class CaseView(ActorView):
    """One extract: what was asked, what it becomes, what the check found, who fetched it."""

    title, permission = "去标识化数据申请", staticmethod(services.concerned)

    def get(self, request: HttpRequest, case_id: UUID) -> HttpResponse:
        """Show the case."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        case = services.access_extract(actor, case_id)
        return render(request, "extracts/case.html", {"crumbs": CRUMBS, **showing.whole(case, actor)})


class Progress(ActorView):
    """How far the making is, for whoever sees the case."""

    title, permission = "生成进度", staticmethod(services.concerned)

    def get(self, request: HttpRequest, case_id: UUID) -> HttpResponse:
        """The bar; when the work has ended the page is loaded anew."""
        case = services.access_extract(request.actor, case_id)  # type: ignore[attr-defined]
        job = seen(case.job)
        response = render(request, "extracts/progress.html", {"case": case, "job": job})
        if case.state != "making" or (job is not None and not job.open):
            response["HX-Refresh"] = "true"
        return response


class StepView(cases.StepView[Extract]):
    """Any step of a case."""

    title, permission, crumbs = "去标识化数据申请", staticmethod(services.concerned), CRUMBS
    elsewhere = frozenset({Extraction.download.name})

    def find(self, actor: Actor) -> Extract:
        return services.access_extract(actor, self.kwargs["case_id"])

    def choices(self, actor: Actor) -> dict[str, Any]:
        if self.step is Extraction.approve:
            names = texts.category_names()
            policy = steps.approved_policy(self.case)
            return {"categories": [(code, names.get(code, code)) for code in policy.protected]}
        if self.step is Extraction.prepare:
            return {"areas": services.areas(actor, self.case.area)}
        return {"reasons": steps.reasons().choices("refuse")}

    def form_class(self, actor: Actor) -> Any:
        """Nothing protected may be opened: nothing is asked about it."""
        made = super().form_class(actor)
        if self.step is Extraction.approve and not self.choices(actor)["categories"]:
            made.base_fields.pop("categories", None)
        return made

    def initial(self, actor: Actor) -> dict[str, Any]:
        if self.step is not Extraction.prepare:
            return {}
        case = self.case
        return {"first": case.first, "last": case.last, "area": case.area, "k": case.k}


class AddPaper(ActorView):
    """The approval of the ethics committee."""

    title, permission = "上传伦理审查批件", Permission.EXTRACT_REQUEST

    def post(self, request: HttpRequest, case_id: UUID) -> HttpResponse:
        """Keep the file."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        case = services.access_extract(actor, case_id)
        try:
            services.add_paper(actor, case=case, file=request.FILES.get("file"))
            messages.success(request, "批件已上传。")
        except YigongtiError as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(case.get_absolute_url())


class PaperFile(ActorView):
    """The paper itself."""

    title, permission = "伦理审查批件", staticmethod(services.concerned)

    def get(self, request: HttpRequest, case_id: UUID, paper_id: int) -> HttpResponse:
        """To save; looking at it is noted."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        with acting(actor):
            paper, content = services.paper_of(actor, services.access_extract(actor, case_id), paper_id)
        return attachment(content, paper.name, paper.media_type)


class Fetch(ActorView):
    """The file, for its recipient."""

    title, permission = "下载去标识化数据", Permission.EXTRACT_RECEIVE

    def post(self, request: HttpRequest, case_id: UUID) -> HttpResponse:
        """To save; every download is a step of the case and stands in the audit."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        case = services.access_extract(actor, case_id)
        content = services.fetch(actor, case=case)
        return attachment(content, f"{case.number}.zip", "application/zip")
