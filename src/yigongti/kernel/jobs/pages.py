"""One's own long work: the list, one piece with its progress, its file."""

from typing import Any

import django_tables2 as tables
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.errors import NotFound
from yigongti.kernel.ui.columns import TagColumn, WhenColumn
from yigongti.kernel.ui.files import attachment
from yigongti.kernel.ui.register import RegisterTable, RegisterView
from yigongti.kernel.ui.view import ActorView, PageView

from . import services
from .models import Job

TOP = ("后台任务", "/my/jobs/")


def at_work(actor: Actor) -> bool:
    """Everybody but residents, who ask for no long work."""
    return actor.resident_id is None


class JobTable(RegisterTable):
    """Newest first."""

    title = tables.Column("任务", orderable=False)
    state = TagColumn(
        verbose_name="状态", tones={"done": "accent", "failed": "danger", "running": "warn"}, orderable=False
    )
    far = tables.Column("进度", empty_values=(), orderable=False)
    summary = tables.Column("结果", orderable=False, empty_values=())
    asked_at = WhenColumn(verbose_name="提交", orderable=False)
    finished_at = WhenColumn(verbose_name="结束", orderable=False)

    def render_far(self, record: Job) -> str:
        """So many of so many."""
        return f"{record.done:,} / {record.total:,}" if record.total else ""

    def render_summary(self, record: Job) -> str:
        """What came of it, or why not."""
        return record.summary or record.error

    def row_tone(self, record: Job) -> str:
        """What failed stands out."""
        return "danger" if record.state == Job.State.FAILED else ""


class Jobs(RegisterView):
    """The list."""

    title, key, permission = "后台任务", "jobs", staticmethod(at_work)
    table_class = JobTable
    empty, empty_hint = "还没有后台任务", "费时的导入、导出和报表会在这里显示进度，做完后有消息。"

    def queryset(self, actor: Actor) -> Any:
        """One's own."""
        return services.mine(actor)


class JobPage(PageView):
    """One piece of work."""

    title, permission, template_name = "后台任务", staticmethod(at_work), "jobs/job.html"

    def context(self, actor: Actor) -> dict[str, Any]:
        """How far it is, and what came of it."""
        job = services.access_job(actor, self.kwargs["pk"])
        return {"title": job.title, "crumbs": (TOP, (job.title, "")), "job": job}


class Progress(ActorView):
    """How far it is; a page that polls is loaded anew when the work has ended."""

    title, permission = "任务进度", staticmethod(at_work)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The bar."""
        job = services.access_job(request.actor, kwargs["pk"])  # type: ignore[attr-defined]
        response = render(request, "jobs/bar.html", {"job": job})
        if not job.open:
            response["HX-Refresh"] = "true"
        return response


class Stop(ActorView):
    """Give it up."""

    title, permission = "取消任务", staticmethod(at_work)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Ask it to stop, and go back to its page."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        with acting(actor):
            job = services.access_job(actor, kwargs["pk"])
        services.stop(actor, job=job)
        return HttpResponseRedirect(job.link or job.get_absolute_url())


class File(ActorView):
    """What was made."""

    title, permission = "任务结果", staticmethod(at_work)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """To save."""
        return file_response(services.access_job(request.actor, kwargs["pk"]))  # type: ignore[attr-defined]


def file_response(job: Job) -> HttpResponse:
    """The file of a finished job. Raises NotFound when there is none."""
    if job.file is None:
        raise NotFound("这个任务没有结果文件", hint="请返回任务页面")
    return attachment(bytes(job.file), job.filename, job.media_type)
