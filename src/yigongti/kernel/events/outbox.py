"""Emit, subscribe, deliver.

A consumer is a function of one payload, or of the many that wait (``batch``), idempotent, run in a transaction of its
own as the machine. A consumer that fails never fails the command and never holds up the others, and one piece of news
never fails its neighbours: a batch that fails is taken one by one, and what fails alone is tried again.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from django.db import transaction
from django.utils import timezone
from psycopg.types.json import Jsonb

from yigongti.kernel import clock, prepared
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.jobs.pulse import pulse

from .models import Outbox

logger = logging.getLogger(__name__)
EMIT = """
INSERT INTO events_outbox (name, payload, at, consumer, attempts, next_at, error) VALUES (%s, %s, %s, '', 0, %s, '')
"""
Payload = dict[str, Any]
F = TypeVar("F", bound=Callable[..., None])


@dataclass(frozen=True)
class Consumer:
    """Who listens: a function of one payload, or of several at once."""

    function: Callable[[Any], None]
    batch: bool = False

    def __call__(self, payloads: Sequence[Payload]) -> None:
        """Take news in the order in which it happened."""
        if self.batch:
            self.function(payloads)
        else:
            for payload in payloads:
                self.function(payload)


_consumers: dict[str, dict[str, Consumer]] = defaultdict(dict)
#: news taken in one transaction, and in one batch
AT_ONCE = 200
#: pauses between attempts; the last repeats
PAUSES = [timedelta(seconds=s) for s in (5, 30, 120, 600, 3600)]


def emit(name: str, **payload: Any) -> None:
    """Tell the house, when the current transaction commits, that ``name`` (past tense) happened."""
    prepared.together(telling(name, **payload))


def telling(name: str, **payload: Any) -> prepared.Write:
    """What :func:`emit` writes, for a command that writes it together with its own."""
    return prepared.Write(EMIT, [name, Jsonb(payload), clock.now(), clock.now()])


def consumer(*names: str, batch: bool = False) -> Callable[[F], F]:
    """Subscribe a function to news. It must be idempotent: news arrives at least once.

    With ``batch`` it is called with a list of payloads: for what can be read and written in sets.
    """

    def subscribe(function: F) -> F:
        for name in names:
            _consumers[name][f"{function.__module__}.{function.__qualname__}"] = Consumer(function, batch)
        return function

    return subscribe


def _gone(payload: Payload) -> None:
    """A consumer that was renamed or removed while its news waited: kept and told, never dropped."""
    raise LookupError("no such consumer in this version")


GONE = Consumer(_gone)


def _hand_over(key: str, consumer: Consumer, rows: Sequence[Outbox]) -> None:
    """News for one consumer: a batch at once, and one by one what cannot be taken so."""
    if consumer.batch and len(rows) > 1:
        try:
            with transaction.atomic():
                consumer([row.payload for row in rows])
            return
        except Exception as error:
            logger.warning("consumer %s: %d news at once failed (%r), now one by one", key, len(rows), error)
    for row in rows:
        _run(row, key, consumer)


def _run(row: Outbox, key: str, consumer: Consumer) -> None:
    try:
        with transaction.atomic():
            consumer([row.payload])
    except Exception as error:
        attempts = row.attempts + 1 if row.consumer else 1
        logger.exception("consumer %s failed on %s (attempt %d)", key, row.name, attempts)
        Outbox.objects.create(
            name=row.name,
            payload=row.payload,
            at=row.at,
            consumer=key,
            attempts=attempts,
            next_at=timezone.now() + PAUSES[min(attempts, len(PAUSES)) - 1],
            error=repr(error)[:2000],
        )


def deliver(limit: int = AT_ONCE) -> int:
    """Hand over up to ``limit`` waiting news; returns how many rows were taken."""
    with acting(SYSTEM):
        rows = list(
            Outbox.objects.select_for_update(skip_locked=True)
            .filter(next_at__lte=timezone.now())
            .order_by("id")[:limit]
        )
        for (key, listener), its in _by_consumer(rows).items():
            _hand_over(key, listener, its)
        Outbox.objects.filter(pk__in=[row.pk for row in rows]).delete()
        return len(rows)


def _by_consumer(rows: Sequence[Outbox]) -> dict[tuple[str, Consumer], list[Outbox]]:
    """Who gets what, each in the order in which it happened."""
    found: dict[tuple[str, Consumer], list[Outbox]] = defaultdict(list)
    for row in rows:
        subscribed = _consumers.get(row.name, {})
        for key in [row.consumer] if row.consumer else subscribed:
            found[key, subscribed.get(key, GONE)].append(row)
    return found


@pulse(every=0.3)
def deliver_waiting() -> bool:
    """Deliver what waits; True when there is more. What comes meanwhile is gathered for the next beat."""
    return deliver() == AT_ONCE
