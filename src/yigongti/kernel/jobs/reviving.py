"""Work whose worker was killed is found within seconds and begun again."""

from datetime import timedelta

from django.db import connection

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM

from .models import Job
from .progress import claim_of
from .pulse import pulse
from .services import enqueue

#: what has been taken from the queue begins within this time
BEGINS = timedelta(seconds=15)
FORGET = (
    "SELECT procrastinate_finish_job_v1(id, 'failed', true) FROM procrastinate_jobs WHERE id = %s AND status = 'doing'"
)


@pulse(every=5)
def revive() -> None:
    """Put into the queue again what is open and nobody is at."""
    with acting(SYSTEM):
        for job in Job.objects.filter(state__in=Job.OPEN).only("id", "state", "queued", "moved_at"):
            if _abandoned(job):
                with connection.cursor() as cursor:
                    cursor.execute(FORGET, [job.queued])
                Job.objects.filter(pk=job.pk).update(state=Job.State.WAITING)
                enqueue(job)


def _abandoned(job: Job) -> bool:
    if job.state == Job.State.WAITING and (job.moved_at > clock.now() - BEGINS or _queued(job)):
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [claim_of(job.pk)])
        return bool(cursor.fetchone()[0])


def _queued(job: Job) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM procrastinate_jobs WHERE id = %s AND status = 'todo'", [job.queued])
        return cursor.fetchone() is not None
