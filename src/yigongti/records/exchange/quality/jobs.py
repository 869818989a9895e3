"""What is due is counted soon after the messages that made it due; every night everything is counted once more."""

from datetime import timedelta

from django.utils import timezone

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.jobs.declaration import Outcome, Work, job
from yigongti.kernel.jobs.models import Job
from yigongti.kernel.jobs.pulse import pulse
from yigongti.kernel.jobs.services import start
from yigongti.records.residents.models import SourceSystem

from .models import DueMonth, QualityMonth
from .publishing import rebuild, settle

NIGHTLY, DUE = "quality.night", "quality.due"
NIGHT = range(1, 6)
"""Hours of the day (Beijing time)."""
GATHERED = timedelta(seconds=60)
"""So long the messages of a month are gathered before they are counted once."""


@job(DUE, title="数据质量统计", whole=False)
def count_due(actor: Actor, work: Work) -> Outcome:
    """Count what is due."""
    return Outcome(f"公布 {settle()} 个月份")


@job(NIGHTLY, title="数据质量夜间核对", whole=False)
def count_all(actor: Actor, work: Work) -> Outcome:
    """Count everything once more: merged persons, void rows and new editions of the policy restate what they touch."""
    with acting(SYSTEM):
        sources = list(SourceSystem.objects.order_by("code").values_list("code", flat=True))

    def advance(stage: str, done: int, total: int) -> None:
        work.advance(done, total, stage)

    return Outcome(f"重算 {rebuild(sources, why=QualityMonth.Why.NIGHT, advance=advance)} 个月份")


@pulse(every=15)
def begin_due() -> None:
    """Start the count of what messages made due; loads of files have counted theirs already."""
    with acting(SYSTEM):
        if DueMonth.objects.filter(since__lt=clock.now() - GATHERED).exists():
            start(SYSTEM, DUE, subject="due")


@pulse(every=600)
def begin_night() -> None:
    """Start the nightly count once a night."""
    now = timezone.localtime(clock.now())
    if now.hour not in NIGHT:
        return
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    with acting(SYSTEM):
        if not Job.objects.filter(kind=NIGHTLY, asked_at__gte=midnight).exists():
            start(SYSTEM, NIGHTLY, subject="night", link="/exchange/quality/")
