"""Ask for long work, look at it, ask it to stop."""

from typing import Any
from uuid import UUID

from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.manager import JobManager
from procrastinate.tasks import configure_task

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.errors import Conflict, NotFound

from .declaration import kind as declared
from .models import Job

RUN = "jobs.run"
#: in the transaction of the command, also inside the worker
queue = JobManager(DjangoConnector())


def start(actor: Actor, kind: str, *, title: str = "", subject: str = "", link: str = "", **arguments: Any) -> Job:
    """Ask for work of a declared kind; it begins when the transaction of the caller is committed.

    ``subject`` (a key) keeps two of a kind from running at once: asked again, the open one is answered, also to a
    repeated request. Raises :class:`Conflict` when somebody else's is open. ``link`` is the page about the result.
    """
    made = Job(
        kind=kind,
        subject=subject,
        title=(title or declared(kind).title)[:200],
        link=link,
        user_id=actor.user_id,
        organization_id=actor.organization_id,
        purpose=actor.purpose,
        scopes=None if actor.scopes is None else sorted(actor.scopes),
        arguments=arguments,
    )
    with acting(actor):
        Job.objects.bulk_create([made], ignore_conflicts=bool(subject))
        if subject:
            found = Job.objects.filter(kind=kind, subject=subject, state__in=Job.OPEN).first()
            if found is None:
                raise Conflict("同一件事正由别人处理", hint="请等它结束后再试")
            if found.pk != made.pk:
                return found
        enqueue(made)
        return made


def enqueue(job: Job) -> None:
    """Put it into the queue of the worker, in the transaction of the caller."""
    job.queued = configure_task(name=RUN, job_manager=queue).defer(job=str(job.pk))
    Job.objects.filter(pk=job.pk).update(queued=job.queued, moved_at=clock.now())


def stop(actor: Actor, *, job: Job) -> Job:
    """Give work up: at once if it has not begun, else at its next step. What is finished stays finished."""
    with acting(actor):
        now = clock.now()
        waiting = Job.objects.filter(pk=job.pk, state=Job.State.WAITING)
        if not waiting.update(state=Job.State.STOPPED, stop_asked=True, finished_at=now, moved_at=now):
            Job.objects.filter(pk=job.pk, state=Job.State.RUNNING).update(stop_asked=True)
        job.refresh_from_db(fields=["state", "stop_asked", "finished_at", "moved_at"])
        return job


def access_job(actor: Actor, key: UUID) -> Job:
    """One's own work, without its file. Raises NotFound."""
    jobs = Job.objects.defer("file", "arguments")
    found = jobs.filter(pk=key).first() if actor.everything else jobs.filter(pk=key, user_id=actor.user_id or 0).first()
    if found is None:
        raise NotFound("没有这个任务", hint="请返回列表")
    return found


def mine(actor: Actor) -> Any:
    """One's own work, newest first, without files."""
    return Job.objects.filter(user_id=actor.user_id or 0).defer("file", "arguments", "result")


def seen(job_id: UUID | None) -> Job | None:
    """The work behind a page that its room has opened to the reader already, whoever asked for it."""
    if job_id is None:
        return None
    with acting(SYSTEM):
        return Job.objects.filter(pk=job_id).defer("file", "arguments").first()
