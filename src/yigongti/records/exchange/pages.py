"""Pages of the data office: what came in, what could not be taken, who sends."""

from functools import cached_property
from typing import Any
from uuid import UUID

import django_filters
import django_tables2 as tables
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render

from yigongti.config import configuration
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.audit.reading import note
from yigongti.kernel.errors import YigongtiError
from yigongti.kernel.jobs.services import seen
from yigongti.kernel.policy.store import store
from yigongti.kernel.ui.columns import NumberColumn, TagColumn, WhenColumn
from yigongti.kernel.ui.files import attachment
from yigongti.kernel.ui.register import RegisterTable, RegisterView
from yigongti.kernel.ui.spreadsheet import MIME
from yigongti.kernel.ui.view import ActorView, PageView
from yigongti.records.health_record.targets import TARGETS

from . import layout, queries, rejects
from .grouping import alike
from .inbox.standing import standing
from .keeping import TooLarge
from .mappings import DeliveryMapping
from .models import Load
from .queries import MAY
from .services.uploading import access_load, begin, hand_in, withdraw
from .source_pages import systems

TOP = ("数据接收", "/exchange/loads/")
TONES = {"loaded": "accent", "refused": "danger", "checking": "warn", "received": "warn"}
STATES = {
    "received": "已收到",
    "checking": "校验入库中",
    "loaded": "已入库",
    "refused": "已退回",
    "withdrawn": "已撤回",
}
SHOWN = 200


class LoadTable(RegisterTable):
    """One delivery a row."""

    number = tables.Column("编号", orderable=False)
    source = tables.Column("来源系统", orderable=False)
    mapping = tables.Column("映射", orderable=False)
    channel = tables.Column("渠道", accessor="get_channel_display", orderable=False)
    state = TagColumn(verbose_name="状态", tones=TONES, labels=STATES, orderable=False)
    lines_read = NumberColumn(verbose_name="读取", orderable=False)
    lines_accepted = NumberColumn(verbose_name="接收", orderable=False)
    lines_duplicate = NumberColumn(verbose_name="重复", orderable=False)
    lines_rejected = NumberColumn(verbose_name="拒收", orderable=False)
    lines_reference = NumberColumn(verbose_name="参照", orderable=False)
    opened_at = WhenColumn(verbose_name="收到", orderable=False)

    @cached_property
    def titles(self) -> dict[str, str]:
        """Of the mappings in force."""
        return dict(mappings())

    def render_mapping(self, value: str) -> str:
        """Its title; its name where it is gone."""
        return self.titles.get(value, value)

    def row_url(self, record: Load) -> str:
        """Its page."""
        return record.get_absolute_url()

    def row_tone(self, record: Load) -> str:
        """What was refused as a whole stands out."""
        return "danger" if record.state == "refused" else ""


class LoadFilter(django_filters.FilterSet):
    """By system, state, way in, and whether lines wait to be corrected."""

    source = django_filters.ModelChoiceFilter(
        label="来源系统", queryset=lambda request: systems(request.actor), empty_label="全部"
    )
    state = django_filters.ChoiceFilter(
        label="状态", choices=[("open", "未办完"), *STATES.items()], method="in_state", empty_label="全部"
    )
    channel = django_filters.ChoiceFilter(label="渠道", choices=Load.Channel.choices, empty_label="全部")
    correct = django_filters.ChoiceFilter(
        label="有待更正的行", choices=[("true", "有")], method="to_correct", empty_label="全部"
    )
    days = django_filters.NumberFilter(label="最近几天", method="lately", min_value=1, max_value=3650)

    class Meta:
        model = Load
        fields = ("source", "state", "channel", "correct", "days")

    def lately(self, rows: QuerySet[Load], name: str, value: Any) -> QuerySet[Load]:
        """Those of the last so many days."""
        return queries.since(rows, int(value))

    def in_state(self, rows: QuerySet[Load], name: str, value: str) -> QuerySet[Load]:
        """One state, or all that are not ended."""
        return rows.filter(closed_at=None) if value == "open" else rows.filter(state=value)

    def to_correct(self, rows: QuerySet[Load], name: str, value: str) -> QuerySet[Load]:
        """Those with lines that nobody has sent again."""
        return queries.to_correct(rows) if value else rows


class Loads(RegisterView):
    """What came in, the newest first."""

    title, key, permission = "数据接收", "exchange-loads", MAY
    table_class, filterset_class = LoadTable, LoadFilter
    template_name = "exchange/loads.html"
    empty, empty_hint = "还没有收到过数据", "上传文件，或用 yigongti ingest、接口和收件文件夹送来。"

    def queryset(self, actor: Actor) -> QuerySet[Load]:
        """Those of the actor's organisations."""
        return queries.loads(actor).order_by("-opened_at")

    def context(self, actor: Actor) -> dict[str, Any]:
        """What lies in the watched folder for the actor's systems."""
        root = configuration().inbox
        if root is None:
            return {}
        codes = set(systems(actor).values_list("pk", flat=True))
        mine = [one for one in standing(root)["complaints"] if actor.everything or one["path"].split("/")[0] in codes]
        return {"inbox": str(root), "complaints": alike(mine, "path")}


def mappings() -> list[tuple[str, str]]:
    """Name and title of the mappings that read files."""
    found = {one.name: one.body.title for one in store().editions() if isinstance(one.body, DeliveryMapping)}
    return sorted(found.items())


class Upload(PageView):
    """Choose system and mapping, drop files."""

    title, permission, template_name = "上传数据", MAY, "exchange/upload.html"

    def context(self, actor: Actor) -> dict[str, Any]:
        """Systems, mappings, templates."""
        corrects = self.request.GET.get("corrects", "")
        first = access_load(actor, UUID(corrects)) if corrects else None
        return {
            "crumbs": (TOP, ("上传", "")),
            "lead": "先校验再入库；同一文件上传两次，第二次不会有变化。拒收的行可以下载、更正后重新发送。",
            "systems": list(systems(actor).filter(active=True)),
            "mappings": mappings(),
            "targets": list(TARGETS.values()),
            "corrects": first,
            "chosen": first.source_id if first else self.request.GET.get("source", ""),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Keep the files and begin."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        corrects = request.POST.get("corrects", "")
        try:
            if int(request.META.get("CONTENT_LENGTH") or 0) > configuration().upload_bytes:
                raise TooLarge(configuration().upload_bytes)
            handed = hand_in(
                actor,
                source=request.POST.get("source", ""),
                mapping=request.POST.get("mapping", ""),
                files=request.FILES.getlist("files"),
                corrects=access_load(actor, UUID(corrects)) if corrects else None,
            )
        except YigongtiError as error:
            with acting(actor):
                context = {"title": self.title, **self.context(actor), "error": error}
                return render(request, self.template_name, context, status=error.status)
        if handed.repeated:
            messages.info(request, f"同样的文件已经收到过，就是这一次：{handed.load.number}。")
        return HttpResponseRedirect(handed.load.get_absolute_url())


class LoadPage(PageView):
    """The report of a delivery, and the lines that were not taken."""

    title, permission, template_name = "数据接收", MAY, "exchange/load.html"

    def context(self, actor: Actor) -> dict[str, Any]:
        """Report, rejected rows by the chosen rule, progress."""
        load = access_load(actor, self.kwargs["pk"])
        rule = self.request.GET.get("rule", "")
        rows = queries.rejected(load)
        chosen = rows.filter(rule=rule) if rule else rows
        job = seen(load.job) if load.job else None
        return {
            "title": load.number,
            "crumbs": (TOP, (load.number, "")),
            "load": load,
            "mapping": dict(mappings()).get(load.mapping, load.mapping),
            "state_title": load.state_now.title,
            "unread": alike((load.report or {}).get("unread", ()), "file"),
            "job": job if job and job.open else None,
            "rows": list(chosen.order_by("id")[:SHOWN]),
            "rejected": rows.exists(),
            "rule": rule,
            "may_resume": load.is_open and not (job and job.open),
            "shown": SHOWN,
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Go on with a load that broke off, or give it up."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        load = access_load(actor, kwargs["pk"])
        try:
            if request.POST.get("decision") == "withdraw":
                withdraw(actor, load=load)
                messages.success(request, "已撤回，没有写入任何数据。")
            else:
                begin(actor, load=load)
        except YigongtiError as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(load.get_absolute_url())


class Rejected(ActorView):
    """The lines that were not taken, to be corrected."""

    title, permission = "退回的行", MAY

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """As the same spreadsheet with a column of reasons; noted in the audit."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        load = access_load(actor, kwargs["pk"])
        note(actor, Entry.Action.EXPORT, subject="exchange:rejected", load=load.number)
        return rejects.answer(actor, load, "xlsx" if request.GET.get("format") == "xlsx" else "csv")


class Template(ActorView):
    """The spreadsheet of one target of the interchange layout."""

    title, permission = "交换格式模板", MAY

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """As xlsx."""
        name = kwargs["name"]
        return attachment(layout.template_xlsx(name), f"{name}.xlsx", MIME)
