"""The pulse: short functions that the worker calls again and again, each apart from the failures of the others.

A function declares itself with ``@pulse(every=seconds)``. It must be quick (well under a second), safe to run twice,
and returns True when there is more to do at once. No page and no API ever waits for it.
"""

import heapq
import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

logger = logging.getLogger(__name__)

Beat = Callable[[], bool | None]
LONGEST_PAUSE = 60.0
SLOW = 5.0


@dataclass(order=True)
class Pulse:
    """One registered function: when it is due (seconds of the monotonic clock) and how often it failed in a row."""

    due: float
    name: str = field(compare=True)
    function: Beat = field(compare=False)
    every: float = field(compare=False)
    failures: int = field(compare=False, default=0)

    def run(self, before: Callable[[], None] = lambda: None) -> None:
        """Call the function once and settle when it is due again; failures are logged and lengthen the pause."""
        started = time.monotonic()
        try:
            before()
            more = bool(self.function())
            self.failures = 0
        except Exception as error:
            more = False
            self.failures += 1
            trace = error if self.failures == 1 else None  # once is enough while it goes on
            logger.error("pulse %s failed (%d in a row): %s", self.name, self.failures, error, exc_info=trace)
        now = time.monotonic()
        if now - started > SLOW:
            logger.warning("pulse %s took %.1f s", self.name, now - started)
        pause = 0.0 if more else self.every * 2 ** min(self.failures, 10)
        self.due = now + (min(pause, max(LONGEST_PAUSE, self.every)))


_registered: dict[str, tuple[Beat, float]] = {}


def pulse(*, every: float) -> Callable[[Beat], Beat]:
    """Register a function to be called about every ``every`` seconds by the worker."""

    def register(function: Beat) -> Beat:
        _registered[f"{function.__module__}.{function.__qualname__}"] = (function, every)
        return function

    return register


def registered() -> list[Pulse]:
    """All registered functions, due now."""
    return [Pulse(0.0, name, function, every) for name, (function, every) in sorted(_registered.items())]


def beat(pulses: Iterable[Pulse], stop: threading.Event, before: Callable[[], None] = lambda: None) -> None:
    """Call each pulse when it is due, the longest waiting first, until ``stop`` is set.

    ``before`` runs ahead of every call (the worker renews broken database connections there).
    """
    waiting = list(pulses)
    heapq.heapify(waiting)
    while waiting and not stop.wait(max(0.0, waiting[0].due - time.monotonic())):
        first = waiting[0]
        first.run(before)
        heapq.heapreplace(waiting, first)
