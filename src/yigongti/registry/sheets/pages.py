"""Spreadsheets in the browser: template, export, upload, what the check found, and the decision."""

from typing import Any

import django_tables2 as tables
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.audit.reading import note
from yigongti.kernel.errors import Invalid, YigongtiError
from yigongti.kernel.jobs.services import seen
from yigongti.kernel.ui.columns import NumberColumn, TagColumn, WhenColumn
from yigongti.kernel.ui.files import attachment
from yigongti.kernel.ui.register import Register, RegisterTable, RegisterView
from yigongti.kernel.ui.spreadsheet import MIME
from yigongti.kernel.ui.view import ActorView, PageView
from yigongti.registry.sheets import services, writing
from yigongti.registry.sheets.cells import Columns
from yigongti.registry.sheets.layout import SheetLayout, layouts
from yigongti.registry.sheets.models import Load

TOP = ("批量导入", "/imports/")
#: rows of reasons on the page; all of them are in the file
SHOWN = 200


def importer(actor: Actor) -> bool:
    """Whether the actor may import any sheet."""
    return any(actor.may(layout.permission) for layout in layouts().values())


class Loads(RegisterView):
    """The sheets there are, and the last files."""

    class Table(RegisterTable):
        """One file a row."""

        filename = tables.Column("文件", orderable=False)
        sheet = tables.Column("表")
        state = TagColumn(verbose_name="状态", tones={"applied": "accent", "checked": "warn"})
        read = NumberColumn(verbose_name="读入", orderable=False)
        added = NumberColumn(verbose_name="新增", orderable=False)
        changed = NumberColumn(verbose_name="更新", orderable=False)
        unchanged = NumberColumn(verbose_name="未变", orderable=False)
        rejected = NumberColumn(verbose_name="退回", orderable=False)
        user = tables.Column("经办人", orderable=False)
        checked_at = WhenColumn(verbose_name="时间")

        def render_sheet(self, value: str) -> str:
            """The title of the sheet."""
            return layouts()[value].title if value in layouts() else value

        def row_tone(self, record: Load) -> str:
            """Files with rejected lines stand out."""
            return "warn" if record.rejected else ""

    title, key, permission = "我的导入", "imports", staticmethod(importer)
    table_class = Table
    template_name = "sheets/loads.html"
    empty, empty_hint = "还没有导入过文件", "选择上面的一种表，下载模板填写后上传。"

    def queryset(self, actor: Actor) -> QuerySet[Load]:
        """One's own files."""
        return received(actor).filter(user_id=actor.user_id or 0)

    def register(self, request: HttpRequest, actor: Actor) -> Register:
        """The list has a title of its own."""
        register = super().register(request, actor)
        register.title = self.title
        return register

    def context(self, actor: Actor) -> dict[str, Any]:
        """The sheets that the actor may import."""
        mine = [layout for layout in layouts().values() if actor.may(layout.permission)]
        return {
            "layouts": mine,
            "title": TOP[0],
            "lead": "下载模板或现有数据，填好后上传；先预检，不改动任何数据，确认后才导入。",
        }


class AllLoads(Loads):
    """The files of everybody at the actor's organisations."""

    title, key = "本单位的导入", "imports-all"
    crumbs = (TOP, (title, ""))

    def queryset(self, actor: Actor) -> QuerySet[Load]:
        """Whoever sent them in."""
        return received(actor)

    def context(self, actor: Actor) -> dict[str, Any]:
        """Only the list."""
        return {}


def received(actor: Actor) -> QuerySet[Load]:
    """The files that the actor may see."""
    rows = Load.objects.select_related("user").defer("content", "rejections", "report")
    rows = rows.filter(sheet__in=[key for key, layout in layouts().items() if actor.may(layout.permission)])
    return rows if actor.everything else rows.filter(organization_id__in=actor.organizations())


class SheetPage(PageView):
    """One sheet: its columns, template, export, upload."""

    title, permission, template_name = "登记表", Permission.REGISTRY_READ, "sheets/sheet.html"

    def context(self, actor: Actor) -> dict[str, Any]:
        """The columns in words."""
        layout = layout_of(self.kwargs["key"])
        columns = Columns(layout)
        return {
            "title": f"{layout.title}表",
            "crumbs": (TOP, (layout.title, "")),
            "layout": layout,
            "lead": layout.note,
            "may_import": actor.may(layout.permission),
            "columns": [
                (
                    title,
                    name in layout.required,
                    columns.words(name),
                    layout.schema.model_fields[name].description or "",
                )
                for name, title in layout.titles.items()
            ],
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Check the file; a file that is none is told so beside the field."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        layout = layout_of(kwargs["key"])
        try:
            file = request.FILES.get("file")
            if file is None:
                raise Invalid("没有选择文件", hint="请选择 xlsx 或 csv 文件", field="file")
            content = file.read()
            load = services.receive(actor, layout=layout, filename=file.name or "", content=content)
        except Invalid as error:
            with acting(actor):
                context = {**self.context(actor), "error": error}
                return render(request, self.template_name, context, status=error.status)
        return HttpResponseRedirect(load.get_absolute_url())


class Template(ActorView):
    """The empty sheet."""

    title, permission = "登记表模板", Permission.REGISTRY_READ

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """As xlsx."""
        layout = layout_of(kwargs["key"])
        return attachment(writing.template(layout), f"{layout.title}-模板.xlsx", MIME)


class Export(ActorView):
    """What is registered today, as it can be imported again."""

    title, permission = "导出登记表", Permission.REGISTRY_READ

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """As xlsx, or csv with ``?format=csv``; the export is noted in the audit."""
        layout = layout_of(kwargs["key"])
        plain = request.GET.get("format") == "csv"
        made = writing.comma_separated if plain else writing.xlsx
        note(request.actor, Entry.Action.EXPORT, subject="sheets:export", layout=layout.key)  # type: ignore[attr-defined]
        name = f"{layout.title}-{clock.today():%Y%m%d}.{'csv' if plain else 'xlsx'}"
        return attachment(made(layout, layout.export()), name, "text/csv; charset=utf-8" if plain else MIME)


class LoadPage(PageView):
    """What the check found in a file, and the decision."""

    title, permission, template_name = "导入文件", staticmethod(importer), "sheets/load.html"

    def context(self, actor: Actor) -> dict[str, Any]:
        """Counts, reasons, and what can be done."""
        load = services.access_load(actor, self.kwargs["pk"])
        layout = layout_of(load.sheet)
        job = seen(load.job_id)
        waiting = load.user_id == actor.user_id and not (job and job.open)
        return {
            "title": load.filename,
            "crumbs": (TOP, (layout.title, f"/imports/{layout.key}/"), (load.filename, "")),
            "load": load,
            "layout": layout,
            "reasons": load.rejections[:SHOWN],
            "more": max(len(load.rejections) - SHOWN, 0),
            "job": job if job and (job.open or job.state != "done") else None,
            "may_apply": waiting and load.state == Load.State.CHECKED and load.added + load.changed > 0,
            "may_discard": waiting and load.state in (Load.State.CHECKED, Load.State.RECEIVED),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Import or give up."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        with acting(actor):
            load = services.access_load(actor, kwargs["pk"])
        decide = services.discard if request.POST.get("decision") == "discard" else services.begin
        try:
            load = decide(actor, load=load)
        except YigongtiError as error:
            messages.error(request, str(error))
        else:
            if load.state == Load.State.APPLIED:
                messages.success(request, f"已导入：新增 {load.added}，更新 {load.changed}。")
            elif load.state == Load.State.DISCARDED:
                messages.success(request, "已放弃，没有改动任何数据。")
        return HttpResponseRedirect(load.get_absolute_url())


class Rejected(ActorView):
    """The rejected lines with their reasons."""

    title, permission = "退回的行", staticmethod(importer)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """As xlsx."""
        load = services.access_load(request.actor, kwargs["pk"])  # type: ignore[attr-defined]
        content = bytes(load.report) if load.report else writing.rejected(load)
        return attachment(content, f"退回-{load.filename.rsplit('.', 1)[0]}.xlsx", MIME)


def layout_of(key: str) -> SheetLayout:
    """The sheet of an address."""
    if key not in layouts():
        raise Http404("没有这种表")
    return layouts()[key]
