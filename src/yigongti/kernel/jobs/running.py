"""How long work is run: once, as the person who asked, whatever happens to the worker meanwhile."""

import logging
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError
from django.db.models import F

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.models import User
from yigongti.kernel.errors import Conflict, Forbidden, YigongtiError
from yigongti.kernel.notices.services import notify

from .declaration import Kind, Outcome
from .declaration import kind as declared
from .models import Job
from .progress import Beside, Stopped

logger = logging.getLogger(__name__)
#: a work that the worker did not survive so often is not begun again
ATTEMPTS = 5


def run(job_id: UUID) -> None:
    """Run one job, unless it is finished or somebody is at it.

    Errors that a person can understand end it with their words. When the database goes away it stays open, and
    :mod:`.reviving` puts it into the queue again.
    """
    with Beside(job_id) as beside:
        if beside.mine and (job := _begin(job_id)):
            beside.attempt = job.attempts
            _work(job, beside)


def _begin(job_id: UUID) -> Job | None:
    with acting(SYSTEM):
        now = clock.now()
        begun = Job.objects.filter(pk=job_id, state__in=Job.OPEN).update(
            state=Job.State.RUNNING, attempts=F("attempts") + 1, started_at=now, moved_at=now, done=0, total=0, stage=""
        )
        return Job.objects.get(pk=job_id) if begun else None


def _work(job: Job, beside: Beside) -> None:
    try:
        kind = declared(job.kind)
        if job.attempts > ATTEMPTS:
            raise Conflict(f"中断了 {ATTEMPTS} 次，没有做完", hint="请联系系统管理员查看日志")
        if job.stop_asked:
            raise Stopped
        _effect(kind, actor_of(job), job, beside)
    except Stopped:
        _end(job, state=Job.State.STOPPED)
    except YigongtiError as error:
        _end(job, state=Job.State.FAILED, error=error.message[:500], hint=error.hint[:300])
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("job %s (%s) failed", job.pk, job.kind)
        _end(job, state=Job.State.FAILED, error="程序出错，没有做完", hint="已记入日志，请联系系统管理员")


def _effect(kind: Kind, actor: Actor, job: Job, beside: Beside) -> None:
    if not kind.whole:
        outcome = kind.function(actor, beside, **job.arguments)
        with acting(actor):
            _end(job, **_values(outcome))
        return
    with acting(actor):
        outcome = kind.function(actor, beside, **job.arguments)
        _end(job, **_values(outcome))


def _values(outcome: Outcome) -> dict[str, Any]:
    return {
        "state": Job.State.DONE,
        "summary": outcome.summary[:300],
        "result": dict(outcome.result),
        "file": outcome.file,
        "filename": outcome.filename[-255:],
        "media_type": outcome.media_type if outcome.file is not None else "",
    }


def _end(job: Job, **values: Any) -> None:
    """Note the end and tell the person. Raises Conflict when another attempt has begun: then this one never was."""
    now = clock.now()
    if values["state"] == Job.State.DONE:
        values["done"] = F("total")
    with acting(SYSTEM):
        mine = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, attempts=job.attempts)
        if not mine.update(finished_at=now, moved_at=now, stage="", **values):
            raise Conflict(f"任务 {job.pk} 已由另一次执行接手")
        words = values.get("summary") or values.get("error") or ""
        if job.user_id:
            notify(
                users=[job.user_id],
                title=f"{job.title[:50]}：{Job.State(values['state']).label}",
                text=words,
                link=job.link or job.get_absolute_url(),
                key=f"job-{job.pk}",
            )


def actor_of(job: Job) -> Actor:
    """Who asked, with what that person may do now. Raises Forbidden for an account that is closed."""
    if job.user_id is None:
        return SYSTEM
    user = User.objects.with_grants().filter(pk=job.user_id, is_active=True).first()
    if user is None:
        raise Forbidden("经办账号已停用")
    scopes = None if job.scopes is None else frozenset(job.scopes)
    return user.actor(job.organization_id, job.purpose, scopes)
