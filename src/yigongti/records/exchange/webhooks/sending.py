"""Sends what waits: the pulse takes and notes, threads of its own do the talking.

A message is taken with a lease; whoever dies with it in hand leaves it to the next. Arrival is at least once.
"""

import http.client
import logging
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Window
from django.db.models.functions import RowNumber
from django.urls import reverse

from yigongti.config import configuration
from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.errors import YigongtiError
from yigongti.kernel.jobs.pulse import pulse
from yigongti.kernel.notices.services import notify

from . import signing, targets
from .models import Delivery

logger = logging.getLogger(__name__)
#: pauses between attempts; the last repeats
PAUSES = [timedelta(seconds=s) for s in (10, 60, 300, 1800, 7200, 21600)]
TIMEOUT = 10.0
"""Seconds for a receiver to answer."""
LEASE = timedelta(seconds=60)
THREADS, EACH = 8, 2
"""At once in all, and to one subscriber."""
ANSWERED = range(200, 300)


@dataclass(frozen=True)
class Attempt:
    """How one attempt went."""

    delivery: Delivery
    status: int | None
    milliseconds: int
    error: str = ""


def send(delivery: Delivery, url: str, secret: str) -> Attempt:
    """Talk to the receiver; touches no database and raises nothing."""
    began = time.monotonic()
    body = signing.content(delivery.body)
    headers = signing.headers(secret, int(time.time()), body, delivery=str(delivery.pk), event=delivery.event)
    status, error = None, ""
    try:
        status = targets.post(url, body, headers, TIMEOUT)
        error = "" if status in ANSWERED else f"对方应答 {status}"
    except YigongtiError as refused:
        error = str(refused)
    except TimeoutError:
        error = f"{TIMEOUT:.0f} 秒内没有应答"
    except (OSError, http.client.HTTPException) as broken:
        error = f"连接失败：{broken}"
    except Exception as unexpected:
        logger.exception("webhook %s", delivery.pk)
        error = f"发送失败：{type(unexpected).__name__}"
    return Attempt(delivery, status, int((time.monotonic() - began) * 1000), error[:300])


def take(limit: int = THREADS) -> list[Delivery]:
    """Messages that are due and nobody is sending, a few of each subscriber, leased to us."""
    now = clock.now()
    with acting(SYSTEM):
        due = Delivery.objects.filter(state=Delivery.State.WAITING, next_at__lte=now, subscription__active=True)
        free = due.exclude(leased_until__gt=now)
        ranked = free.annotate(nth=Window(RowNumber(), partition_by="subscription", order_by=["next_at", "id"]))
        keys = list(ranked.filter(nth__lte=EACH).order_by("next_at").values_list("pk", flat=True)[:limit])
        taken = list(
            Delivery.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(pk__in=keys, state=Delivery.State.WAITING)
            .exclude(leased_until__gt=now)
            .select_related("subscription")
        )
        Delivery.objects.filter(pk__in=[one.pk for one in taken]).update(leased_until=now + LEASE)
        return taken


def settle(attempt: Attempt) -> Delivery:
    """Note how an attempt went: arrived, again later, or given up after so many days."""
    with acting(SYSTEM):
        row = (
            Delivery.objects.select_for_update(of=("self",)).select_related("subscription").get(pk=attempt.delivery.pk)
        )
        if row.state != Delivery.State.WAITING:
            return row
        now = clock.now()
        entry = {"at": now.isoformat(), "status": attempt.status, "ms": attempt.milliseconds, "error": attempt.error}
        row.log = [*row.log, entry][-10:]
        row.attempts, row.status, row.error, row.leased_until = row.attempts + 1, attempt.status, attempt.error, None
        if not attempt.error:
            row.state, row.ended_at = Delivery.State.DONE, now
        elif now - row.since >= timedelta(days=configuration().webhook_days):
            row.state, row.ended_at = Delivery.State.DEAD, now
            _tell(row)
        else:
            row.next_at = now + PAUSES[min(row.attempts, len(PAUSES)) - 1]
        row.save()
        return row


def _tell(row: Delivery) -> None:
    """Tell the data office once a day and subscriber that messages were given up."""
    notify(
        organization_id=row.subscription.organization_id,
        permission=Permission.EXCHANGE_RECEIVE,
        title="事件推送没有送达",
        text=f"{configuration().webhook_days} 天内一直没有送达，已放弃；对方恢复后可以在推送记录里重发",
        link=reverse("webhooks:subscription", args=[row.subscription_id]),
        key=f"webhook-{row.subscription_id}-{clock.today()}",
    )


class Sender:
    """The threads of this process that talk, and what they are at."""

    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(THREADS, thread_name_prefix="webhook")
        self.at_work: list[Future[Attempt]] = []

    def beat(self) -> bool:
        """Note what has ended, start what is due; True when there was something to note."""
        ended = [future for future in self.at_work if future.done()]
        self.at_work = [future for future in self.at_work if not future.done()]
        for future in ended:
            settle(future.result())
        for row in take(THREADS - len(self.at_work)) if len(self.at_work) < THREADS else []:
            self.at_work.append(self.pool.submit(send, row, row.subscription.url, str(row.subscription.secret)))
        return bool(ended)


_sender: list[Sender] = []


@pulse(every=0.5)
def send_due() -> bool:
    """Send what is due."""
    if not _sender:
        _sender.append(Sender())
    return _sender[0].beat()


def drain(limit: int = 1000) -> int:
    """Send everything that is due, one after the other, in this thread; returns how many attempts were made."""
    count = 0
    while count < limit and (rows := take()):
        for row in rows:
            settle(send(row, row.subscription.url, str(row.subscription.secret)))
            count += 1
    return count
