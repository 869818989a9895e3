"""Long work over REST: how far it is, and its file."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Field, Router, Schema

from yigongti.kernel.access.acting import acting

from . import services
from .models import Job
from .pages import at_work, file_response

router = Router(tags=["后台任务"])
NEWEST = 100


class JobOut(Schema):
    """How far a piece of work is."""

    id: UUID
    kind: str = Field(description="种类，如 sheets.check")
    title: str
    state: Job.State = Field(description="waiting、running、done、failed、stopped")
    stage: str = Field(description="正在做什么")
    done: int
    total: int = Field(description="共多少；0：还不知道")
    summary: str
    result: dict[str, Any]
    filename: str = Field(description="结果文件；空：没有")
    error: str
    hint: str
    asked_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


def mine(view: Any) -> Any:
    """Open to everybody at work; the rows are one's own."""
    view.permission = at_work
    return view


@router.get("", response=list[JobOut], summary="我的后台任务")
@mine
def jobs(request: HttpRequest) -> Any:
    """The newest hundred."""
    return list(services.mine(request.actor).defer(None).defer("file", "arguments")[:NEWEST])  # type: ignore[attr-defined]


@router.get("/{job_id}", response=JobOut, summary="一个后台任务的进度")
@mine
def job(request: HttpRequest, job_id: UUID) -> Any:
    """How far it is."""
    return services.access_job(request.actor, job_id)  # type: ignore[attr-defined]


@router.get("/{job_id}/file", summary="后台任务的结果文件")
@mine
def file(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """What was made."""
    return file_response(services.access_job(request.actor, job_id))  # type: ignore[attr-defined]


@router.post("/{job_id}/stop", response=JobOut, summary="取消后台任务")
@mine
def stop(request: HttpRequest, job_id: UUID) -> Any:
    """Ask it to stop."""
    actor = request.actor  # type: ignore[attr-defined]
    with acting(actor):
        found = services.access_job(actor, job_id)
        return services.stop(actor, job=found)
