"""Keeps the processes of an installation alive and ends them all together."""

import logging
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType
from typing import Protocol

from yigongti.cli.postgres import Server, end_with_parent
from yigongti.kernel.errors import YigongtiError

logger = logging.getLogger(__name__)
HEALTHY = 10.0
LONGEST_PAUSE = 5.0


class Kept(Protocol):
    """Something that is to be kept alive."""

    @property
    def name(self) -> str:
        """What it is called in the log."""

    @property
    def running(self) -> bool:
        """Whether it is there."""

    def start(self) -> None:
        """Start it (again)."""

    def sweep(self) -> None:
        """Remove what a sudden end left behind."""


@dataclass
class Restarts:
    """How long to wait before the next start: at first not at all, then longer; forgotten after a healthy while."""

    count: int = 0
    started: float = 0.0
    next_start: float = 0.0

    @property
    def waiting(self) -> bool:
        """Its end has been noted and it has not been started since."""
        return self.next_start > self.started

    @property
    def due(self) -> bool:
        """The wait is over."""
        return time.monotonic() >= self.next_start

    def note_start(self) -> None:
        """It is being started."""
        self.started = time.monotonic()

    def note_end(self) -> float:
        """It has ended unasked; the seconds to wait."""
        now = time.monotonic()
        self.count = 0 if now - self.started > HEALTHY else self.count + 1
        pause = 0.0 if self.count <= 1 else min(LONGEST_PAUSE, 0.25 * 2**self.count)
        self.next_start = now + pause
        return pause


@dataclass
class Child:
    """One process of ours, in a session of its own, with all that it starts; ``patience`` in seconds."""

    name: str
    command: Sequence[str]
    patience: float
    process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether it is there."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start it; it ends with us, however we end."""
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=lambda: end_with_parent(signal.SIGTERM),  # noqa: PLW1509
        )

    def signal(self, number: signal.Signals) -> None:
        """Send a signal if it is there."""
        if self.running and self.process:
            self.process.send_signal(number)

    def wait(self) -> None:
        """Wait for its end, at most ``patience`` seconds; then end it and whatever it left behind."""
        if self.process is None:
            return
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(self.patience)
        self.sweep()
        self.process.wait()

    def sweep(self) -> None:
        """Kill what is left of its session."""
        if self.process:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)


class Supervisor:
    """The embedded database, if it is ours, and the processes that stand on it."""

    def __init__(self, children: Sequence[Child], server: Server | None = None) -> None:
        self.children = list(children)
        self.server = server
        self.restarts: dict[str, Restarts] = defaultdict(Restarts)
        self.stopping = False

    def start(self) -> None:
        """Start all processes; the database runs already."""
        for child in self.children:
            child.start()
        for kept in self._kept():
            self.restarts[kept.name].note_start()

    def watch(self, pause: float = 0.2, until: Callable[[], bool] = lambda: False) -> None:
        """Start again what ends unasked, until we are asked to stop or ``until`` holds."""
        while not self.stopping and not until():
            for kept in self._kept():
                if not kept.running:
                    self._revive(kept)
            time.sleep(pause)

    def stop(self) -> None:
        """End everything: the processes together, then the database."""
        for child in self.children:
            child.signal(signal.SIGTERM)
        for child in self.children:
            child.wait()
        if self.server:
            self.server.stop()

    def _kept(self) -> list[Kept]:
        return [*([self.server] if self.server else []), *self.children]

    def _revive(self, kept: Kept) -> None:
        restarts = self.restarts[kept.name]
        if not restarts.waiting:
            kept.sweep()
            logger.error("%s ended unasked, starting again in %.1f s", kept.name, restarts.note_end())
        if restarts.due and not self.stopping:
            restarts.note_start()
            try:
                kept.start()
            except YigongtiError:
                logger.exception("%s does not start", kept.name)


@contextmanager
def asked_to_stop(supervisor: Supervisor) -> Iterator[None]:
    """SIGINT and SIGTERM end the watch; a second one kills instead of asking."""

    def stop(number: int, frame: FrameType | None) -> None:
        if supervisor.stopping:
            for child in supervisor.children:
                child.sweep()
        supervisor.stopping = True

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def python(*arguments: str) -> list[str]:
    """A command line for this interpreter."""
    return [sys.executable, *arguments]
