"""Results are brought up to date every night, when somebody asks, and once after the platform starts empty."""

from datetime import timedelta

from django.utils import timezone

from yigongti.insight.warehouse.pins import tidy
from yigongti.insight.warehouse.reading import shelf
from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.jobs.declaration import Outcome, Work, job
from yigongti.kernel.jobs.models import Job
from yigongti.kernel.jobs.pulse import pulse
from yigongti.kernel.jobs.services import start

from .models import Run
from .refreshing import refresh

REFRESH = "results.refresh"
NIGHT = range(1, 6)
"""Hours of the day (Beijing time) in which the nightly run begins."""
AGAIN = timedelta(hours=1)
"""A failed first run is tried again after so long."""


@job(REFRESH, title="更新指标", whole=False)
def bring_up_to_date(actor: Actor, work: Work) -> Outcome:
    """Read what changed into the warehouse, compute what depends on it, store what differs, and tidy the warehouse."""

    def tell(stage: str, done: int, of: int) -> None:
        work.advance(done, of, stage)

    run = refresh(shelf(), tell=tell)
    tidy(shelf())
    if run is None:
        return Outcome("事实没有变动，指标不变")
    return Outcome(f"{run.results:,} 个结果，{run.moved:,} 个变动，重述已公布的数 {run.restated:,} 个")


@pulse(every=60)
def begin() -> None:
    """Start the nightly run once a night, and the first run where there is none yet."""
    now = timezone.localtime(clock.now())
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    with acting(SYSTEM):
        since = midnight if Run.objects.exists() else clock.now() - AGAIN
        if (now.hour in NIGHT or since != midnight) and not Job.objects.filter(
            kind=REFRESH, asked_at__gte=since
        ).exists():
            start(SYSTEM, REFRESH, subject="refresh", link="/indicators/")
