"""What ends unasked is started again; what is stopped takes everything of its own along."""

import os
import signal
import threading
import time
from pathlib import Path

import psycopg
import pytest

from yigongti.cli.supervisor import LONGEST_PAUSE, Child, Restarts, Supervisor, asked_to_stop, python

SLEEPER = "import os, sys, time; open(sys.argv[1], 'a').write(f'{os.getpid()}\\n'); time.sleep(600)"
PARENT = (
    "import os, subprocess, sys, time; kid = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
    "open(sys.argv[1], 'a').write(f'{kid.pid}\\n'); time.sleep(600)"
)


def pids(file: Path, count: int) -> list[int]:
    """The process numbers that children wrote, once there are ``count``."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = file.read_text().split() if file.exists() else []
        if len(found) >= count:
            return [int(number) for number in found]
        time.sleep(0.02)
    raise AssertionError(f"{file} has fewer than {count} lines")


def alive(pid: int) -> bool:
    """Whether a process is there and not a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_killed_child_is_started_again_and_all_end_together(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "pids"
    supervisor = Supervisor([Child("sleeper", python("-c", SLEEPER, str(file)), patience=5)])
    supervisor.start()
    watching = threading.Thread(target=supervisor.watch, kwargs={"pause": 0.02})
    watching.start()
    os.kill(pids(file, 1)[0], signal.SIGKILL)
    second = pids(file, 2)[1]
    assert alive(second)
    supervisor.stopping = True
    watching.join(5)
    supervisor.stop()
    assert not alive(second)
    assert "sleeper ended unasked" in caplog.text


def test_grandchildren_do_not_outlive_a_killed_child(tmp_path: Path) -> None:
    file = tmp_path / "pids"
    child = Child("parent", python("-c", PARENT, str(file)), patience=5)
    child.start()
    (grandchild,) = pids(file, 1)
    assert child.process
    os.kill(child.process.pid, signal.SIGKILL)
    child.wait()
    deadline = time.monotonic() + 5
    while alive(grandchild) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not alive(grandchild)


def test_a_child_that_does_not_listen_is_killed_after_its_patience(tmp_path: Path) -> None:
    file = tmp_path / "pids"
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + SLEEPER
    supervisor = Supervisor([Child("deaf", python("-c", deaf, str(file)), patience=0.3)])
    supervisor.start()
    (pid,) = pids(file, 1)
    supervisor.stop()
    assert not alive(pid)


def test_pauses_grow_and_are_forgotten_after_a_healthy_while() -> None:
    restarts = Restarts()
    restarts.note_start()
    pauses = [restarts.note_end() for _ in range(8)]
    assert pauses[0] == 0
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE <= 3
    restarts.started -= 3600
    assert restarts.note_end() == 0


def test_what_is_killed_again_and_again_never_waits() -> None:
    restarts = Restarts()
    restarts.note_start()
    assert {restarts.note_end(killed=True) for _ in range(8)} == {0}


def test_kills_in_a_row_are_answered_at_once(tmp_path: Path) -> None:
    file = tmp_path / "pids"
    supervisor = Supervisor([Child("sleeper", python("-c", SLEEPER, str(file)), patience=5)])
    supervisor.start()
    watching = threading.Thread(target=supervisor.watch, kwargs={"pause": 0.02})
    watching.start()
    silences = []
    for number in range(1, 6):
        os.kill(pids(file, number)[-1], signal.SIGKILL)
        killed = time.monotonic()
        pids(file, number + 1)
        silences.append(time.monotonic() - killed)
    supervisor.stopping = True
    watching.join(5)
    supervisor.stop()
    assert max(silences) < LONGEST_PAUSE


class Reluctant(Child):
    """Fails to start, in ways that nobody thought of, until it has been tried three times."""

    tries = 0

    def start(self) -> None:
        self.tries += 1
        if 1 < self.tries < 4:
            raise psycopg.OperationalError("killed while it started")
        super().start()


def test_a_start_that_fails_ends_nobody_else(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    reluctant = Reluctant("reluctant", python("-c", SLEEPER, str(one)), patience=5)
    supervisor = Supervisor([reluctant, Child("calm", python("-c", SLEEPER, str(other)), patience=5)])
    supervisor.start()
    os.kill(pids(one, 1)[0], signal.SIGKILL)
    supervisor.watch(pause=0.02, until=lambda: len(one.read_text().split()) == 2)
    assert alive(pids(one, 2)[1])
    assert len(pids(other, 1)) == 1
    supervisor.stop()
    assert "reluctant does not start" in caplog.text


def test_memory_is_taken_from_children_first(tmp_path: Path) -> None:
    file = tmp_path / "pids"
    child = Child("sleeper", python("-c", SLEEPER, str(file)), patience=1, dispensable=300)
    child.start()
    assert Path(f"/proc/{pids(file, 1)[0]}/oom_score_adj").read_text().strip() == "300"
    child.signal(signal.SIGTERM)
    child.wait()
    assert not child.running


def test_sigterm_asks_to_stop_and_the_old_handlers_come_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    supervisor = Supervisor([])
    with asked_to_stop(supervisor):
        os.kill(os.getpid(), signal.SIGTERM)
        supervisor.watch(pause=0.01)
    assert supervisor.stopping
    assert signal.getsignal(signal.SIGTERM) is before
