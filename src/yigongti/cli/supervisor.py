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
from pathlib import Path
from types import FrameType
from typing import Protocol

from yigongti.cli.postgres import Server, end_with_parent

logger = logging.getLogger(__name__)
#: seconds after which a process counts as one that works
HEALTHY = 3.0
#: seconds between two starts of one that ends by itself again and again
LONGEST_PAUSE = 3.0
#: with these somebody asks us to end
STOPS = (signal.SIGINT, signal.SIGTERM)
#: what somebody else did to a process, not the process to itself
FROM_OUTSIDE = frozenset(-number for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP))


class Kept(Protocol):
    """Something that is to be kept alive."""

    @property
    def name(self) -> str:
        """What it is called in the log."""

    @property
    def running(self) -> bool:
        """Whether it is there."""

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        """Its (first) process, also when it has ended."""

    def start(self) -> None:
        """Start it (again)."""

    def sweep(self) -> None:
        """Remove what a sudden end left behind."""


@dataclass
class Restarts:
    """How long to wait before the next start: only one that ends by itself, soon and again, waits, and never long."""

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

    def note_end(self, *, killed: bool = False) -> float:
        """It has ended unasked, perhaps ``killed`` from outside; the seconds to wait."""
        now = time.monotonic()
        self.count = 0 if killed or now - self.started > HEALTHY else self.count + 1
        pause = 0.0 if self.count <= 1 else min(LONGEST_PAUSE, 0.25 * 2**self.count)
        self.next_start = now + pause
        return pause


@dataclass
class Child:
    """One process of ours, in a session of its own, with all that it starts; ``patience`` in seconds.

    ``dispensable`` (0 to 1000): where memory runs out, Linux ends the higher one first, and never us before a child.
    """

    name: str
    command: Sequence[str]
    patience: float
    dispensable: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether it is there. One that has ended keeps its number until it is swept: nobody else can have it."""
        if self.process is None or self.process.returncode is not None:
            return False
        return os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def start(self) -> None:
        """Start it; it ends with us, however we end."""
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=self._settle,  # noqa: PLW1509
        )

    def signal(self, number: signal.Signals) -> None:
        """Send a signal if it is there."""
        if self.running and self.process:
            self.process.send_signal(number)

    def wait(self) -> None:
        """Wait for its end, at most ``patience`` seconds; then end it and whatever it left behind."""
        deadline = time.monotonic() + self.patience
        while self.running and time.monotonic() < deadline:
            time.sleep(0.02)
        self.sweep()

    def kill(self) -> None:
        """End it and all that it started, without waiting."""
        if self.process and self.process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def sweep(self) -> None:
        """Kill what is left of its session."""
        if self.process and self.process.returncode is None:
            self.kill()
            self.process.wait()

    def _settle(self) -> None:
        end_with_parent(signal.SIGTERM)
        with suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text(str(self.dispensable))


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
            code = kept.process.returncode if kept.process else None
            pause = restarts.note_end(killed=code in FROM_OUTSIDE)
            logger.error("%s ended unasked (%s), starting again in %.1f s", kept.name, code, pause)
        if restarts.due and not self.stopping:
            restarts.note_start()
            try:
                kept.start()
            except Exception:  # whatever it is: the others go on, and this one is tried again
                logger.exception("%s does not start", kept.name)


@contextmanager
def asked_to_stop(supervisor: Supervisor, signals: Sequence[signal.Signals] = STOPS) -> Iterator[None]:
    """One of ``signals`` ends the watch; a second one kills instead of asking."""

    def stop(number: int, frame: FrameType | None) -> None:
        if supervisor.stopping:
            for child in supervisor.children:
                child.kill()
        supervisor.stopping = True

    with handled(stop, signals):
        yield


@contextmanager
def handled(handler: Callable[[int, FrameType | None], None], signals: Sequence[signal.Signals]) -> Iterator[None]:
    """``handler`` answers ``signals`` for a while; children do not inherit it."""
    before = {number: signal.signal(number, handler) for number in signals}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def python(*arguments: str) -> list[str]:
    """A command line for this interpreter."""
    return [sys.executable, *arguments]
