"""Emit, subscribe, deliver.

A consumer is a function of one payload, idempotent, run in a transaction of its own as the machine. A consumer that
fails never fails the command and never holds up the others: it alone is tried again.
"""

import logging
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from typing import Any

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
Consumer = Callable[[dict[str, Any]], None]
_consumers: dict[str, dict[str, Consumer]] = defaultdict(dict)
#: pauses between attempts; the last repeats
PAUSES = [timedelta(seconds=s) for s in (5, 30, 120, 600, 3600)]


def emit(name: str, **payload: Any) -> None:
    """Tell the house, when the current transaction commits, that ``name`` (past tense) happened."""
    prepared.together(telling(name, **payload))


def telling(name: str, **payload: Any) -> prepared.Write:
    """What :func:`emit` writes, for a command that writes it together with its own."""
    return prepared.Write(EMIT, [name, Jsonb(payload), clock.now(), clock.now()])


def consumer(*names: str) -> Callable[[Consumer], Consumer]:
    """Subscribe a function to news. It must be idempotent: news arrives at least once."""

    def subscribe(function: Consumer) -> Consumer:
        for name in names:
            _consumers[name][f"{function.__module__}.{function.__qualname__}"] = function
        return function

    return subscribe


def _gone(payload: dict[str, Any]) -> None:
    """A consumer that was renamed or removed while its news waited: kept and told, never dropped."""
    raise LookupError("no such consumer in this version")


def _run(row: Outbox, key: str, function: Consumer) -> None:
    try:
        with transaction.atomic():
            function(row.payload)
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


def deliver(limit: int = 200) -> int:
    """Hand over up to ``limit`` waiting news; returns how many rows were taken."""
    with acting(SYSTEM):
        rows = list(
            Outbox.objects.select_for_update(skip_locked=True)
            .filter(next_at__lte=timezone.now())
            .order_by("id")[:limit]
        )
        for row in rows:
            subscribed = _consumers.get(row.name, {})
            for key in [row.consumer] if row.consumer else list(subscribed):
                _run(row, key, subscribed.get(key, _gone))
        Outbox.objects.filter(pk__in=[row.pk for row in rows]).delete()
        return len(rows)


@pulse(every=0.3)
def deliver_waiting() -> bool:
    """Deliver what waits; True when there may be more."""
    return deliver() > 0
