"""The worker process: procrastinate's jobs in the main thread, the pulse in a thread of its own."""

import logging
import threading

from django.db import close_old_connections, connections
from procrastinate.contrib.django import app as jobs

from yigongti.kernel.jobs.pulse import beat, registered

logger = logging.getLogger(__name__)


def pulse_until(stop: threading.Event) -> None:
    """Run the pulse on this thread's own database connection until ``stop`` is set."""
    pulses = registered()
    logger.info("pulse: %s", ", ".join(f"{p.name} every {p.every:g} s" for p in pulses) or "nothing registered")
    try:
        beat(pulses, stop, before=close_old_connections)
    finally:
        connections.close_all()


def work(concurrency: int = 2) -> None:
    """Work until SIGINT or SIGTERM; jobs that are running are given 20 seconds to end and are otherwise begun again."""
    stop = threading.Event()
    heart = threading.Thread(target=pulse_until, args=(stop,), name="pulse", daemon=True)
    heart.start()
    try:
        with jobs.replace_connector(jobs.connector.get_worker_connector()):  # type: ignore[attr-defined]
            jobs.run_worker(
                concurrency=concurrency, shutdown_graceful_timeout=20, delete_jobs="always", name="yigongti"
            )
    finally:
        stop.set()
        heart.join(10)
