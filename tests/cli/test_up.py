"""``yigongti up`` as a whole: it survives kills, keeps its data, and leaves nothing behind."""

import http.client
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from yigongti.cli.installation import recorded
from yigongti.cli.postgres import free_port
from yigongti.cli.supervisor import python

pytestmark = pytest.mark.slow
PATIENCE = 300


def environment(home: Path, **changes: str) -> dict[str, str]:
    """The environment without the tests' own settings, for a HOME of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("YIGONGTI_")}
    return kept | {"YIGONGTI_HOME": str(home), "YIGONGTI_MODE": "demo", "YIGONGTI_WORKERS": "1"} | changes


def command(*arguments: str) -> list[str]:
    return python("-m", "yigongti.cli", *arguments)


def eventually(holds: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def status(port: int) -> int | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/login/")
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()


def processes(home: Path) -> dict[str, int]:
    """Process numbers of the processes that belong to HOME, by what they are."""
    kinds = {"granian": "web", "yigongti.cli\0worker": "worker", "postgres\0-D": "database"}
    found: dict[str, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line, environ = (folder / "cmdline").read_text(), (folder / "environ").read_text()
        except OSError:
            continue
        if f"YIGONGTI_HOME={home}\0" in environ:
            for sign, kind in kinds.items():
                if sign in line and (kind not in found or int(folder.name) < found[kind]):
                    found[kind] = int(folder.name)
    return found


@contextmanager
def up(home: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A running system; ended by SIGTERM afterwards, unless the test did it."""
    log = (home.parent / "up.log").open("ab")
    process = subprocess.Popen(command("up"), env=environment(home, YIGONGTI_PORT=str(port)), stdout=log, stderr=log)
    try:
        eventually(lambda: status(port) or process.poll() is not None, "the pages do not answer")
        assert process.poll() is None, (home.parent / "up.log").read_text()
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) in (0, -signal.SIGKILL)
        log.close()


def test_up_survives_kills_keeps_its_data_and_leaves_nothing_behind(tmp_path: Path) -> None:
    home, port = tmp_path / "home", free_port()
    with up(home, port):
        url = recorded(home)["database_url"]
        with psycopg.connect(url) as connection:
            connection.execute("INSERT INTO django_content_type (app_label, model) VALUES ('kept', 'here')")
        eventually(lambda: len(processes(home)) == 3, "not all processes are there")
        first = processes(home)
        for kind in ("worker", "web", "database"):
            os.kill(first[kind], signal.SIGKILL)
        eventually(
            lambda: len(now := processes(home)) == 3 and all(now[kind] != first[kind] for kind in now),
            "what was killed did not come back",
        )
        eventually(lambda: status(port), "the pages did not come back")
        again = subprocess.run(command("up"), env=environment(home), capture_output=True, text=True, check=False)
        assert again.returncode == 1
        assert "另一个 yigongti 进程" in again.stderr
        check = subprocess.run(
            command("check", "--json"), env=environment(home), capture_output=True, text=True, check=False
        )
        assert "内置" in json.loads(check.stdout)["findings"][2]["note"]
    assert processes(home) == {}
    with up(home, port) as supervisor:
        with psycopg.connect(recorded(home)["database_url"]) as connection:
            row = connection.execute("SELECT count(*) FROM django_content_type WHERE app_label = 'kept'").fetchone()
            assert row == (1,)
        supervisor.kill()
        eventually(lambda: not processes(home), "a killed supervisor left processes behind")


def test_up_outlives_its_terminal_and_whoever_read_its_output(tmp_path: Path) -> None:
    home, port = tmp_path / "home", free_port()
    reader, writer = os.pipe()
    process = subprocess.Popen(
        command("up"), env=environment(home, YIGONGTI_PORT=str(port)), stdout=writer, stderr=subprocess.PIPE
    )
    os.close(reader)
    os.close(writer)
    assert process.stderr
    try:
        eventually(lambda: status(port) or process.poll() is not None, "the pages do not answer")
        process.stderr.close()
        process.send_signal(signal.SIGHUP)
        first = processes(home)
        os.kill(first["web"], signal.SIGKILL)
        eventually(lambda: processes(home).get("web", first["web"]) != first["web"], "the web did not come back")
        eventually(lambda: status(port) or process.poll() is not None, "the pages did not come back")
        assert process.poll() is None
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    assert processes(home) == {}


def test_production_says_every_reason_why_it_does_not_start(tmp_path: Path) -> None:
    refused = subprocess.run(
        command("up"),
        env=environment(tmp_path / "home", YIGONGTI_MODE="production", YIGONGTI_DEBUG="true"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 1
    for said in ("YIGONGTI_SECRET_KEY", "YIGONGTI_DEBUG", "YIGONGTI_PUBLIC_URL"):
        assert said in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        refused = subprocess.run(
            command("up"),
            env=environment(tmp_path / "home", YIGONGTI_PORT=port),
            capture_output=True,
            text=True,
            check=False,
        )
    assert refused.returncode == 1
    assert f"127.0.0.1:{port} 已被其他程序占用" in refused.stderr
