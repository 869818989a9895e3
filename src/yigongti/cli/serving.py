"""``yigongti up`` and ``yigongti demo``: web workers and job worker on a prepared database, until asked to stop."""

import http.client
import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

from rich.cells import set_cell_size
from rich.console import Console
from rich.markup import escape

from yigongti.cli import installation
from yigongti.cli.postgres import Server
from yigongti.cli.preparing import collecting_rarely, prepared
from yigongti.cli.screen import Advance, notes, out
from yigongti.cli.supervisor import STOPS, Child, Supervisor, asked_to_stop, handled, python
from yigongti.config import configuration
from yigongti.kernel.errors import Conflict, YigongtiError

PATIENCE = 60.0
#: requests that wait in one web process; beyond them even the health check would queue
WAITING = 128


class NotServing(YigongtiError):
    """The web processes do not answer."""

    status = 503
    kind = "not-serving"


def up() -> None:
    """启动：数据库、网页、后台任务；Ctrl-C 全部停止，关闭终端不停止。"""
    with handled(lambda number, frame: None, [signal.SIGHUP]), terminable(), prepared() as server:
        serve(server)


def demo() -> None:
    """启动演示医共体：首次运行生成机构、人员、居民和转诊，并列出账号。"""
    home = configuration().home
    if installation.recorded(home).get("mode") == "production":
        raise Conflict(f"{home} 是正式环境，不能用作演示", hint="用 YIGONGTI_HOME 指定另一个目录")
    os.environ["YIGONGTI_MODE"] = "demo"
    configuration.cache_clear()
    with terminable(), prepared(build_once) as server:
        serve(server, accounts(), stops=(*STOPS, signal.SIGHUP))


def build_once(advance: Advance) -> None:
    """Build the demonstration community where there is none, or go on with a build that was broken off."""
    from django.db import connections

    from yigongti.insight.simulator.demo import build, unfinished

    if unfinished():
        with collecting_rarely():
            build(progress=advance)
    connections.close_all()


def accounts() -> list[dict[str, Any]]:
    """The demonstration's accounts, as the login page shows them."""
    from yigongti.insight.simulator.demo import accounts as listed

    return listed()


@contextmanager
def terminable() -> Iterator[None]:
    """SIGTERM ends preparations as Ctrl-C does: what was started is stopped."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    with handled(interrupt, [signal.SIGTERM]):
        yield


def web() -> list[Child]:
    """The web processes: in each, one thread works and the others hold the requests that wait (:mod:`.site.front`).

    Each listens on the same port for itself and is started again for itself: the others answer meanwhile.
    """
    configured = configuration()
    options = [
        "--interface",
        "wsgi",
        "--http",
        "1",
        "--no-ws",
        "--host",
        configured.host,
        "--port",
        str(configured.port),
    ]
    options += [
        "--workers",
        "1",
        "--blocking-threads",
        str(WAITING),
        "--log-level",
        "error",
        "--workers-kill-timeout",
        "10",
    ]
    command = python("-m", "granian", *options, "yigongti.site.wsgi:application")
    return [Child(f"web {n}", command, patience=15, dispensable=200) for n in range(1, configured.workers + 1)]


def worker() -> Child:
    """The process of jobs and pulse."""
    return Child("worker", python("-m", "yigongti.cli", "worker"), patience=25, dispensable=300)


def listener() -> list[Child]:
    """The process that listens for HL7 v2 messages, if the installation wants one."""
    wanted = configuration().mllp_port
    return [Child("mllp", python("-m", "yigongti.cli", "mllp"), patience=15, dispensable=250)] if wanted else []


def serve(
    server: Server | None, listed: Sequence[dict[str, Any]] = (), stops: Sequence[signal.Signals] = STOPS
) -> None:
    """Start the processes, say where they answer (and the accounts ``listed``), keep them alive until asked to stop."""
    supervisor = Supervisor([*web(), worker(), *listener()], server)
    with asked_to_stop(supervisor, stops):
        try:
            supervisor.start()
            deadline = time.monotonic() + PATIENCE
            supervisor.watch(until=lambda: answers() or time.monotonic() > deadline)
            if not supervisor.stopping and not answers():
                raise NotServing(f"网页进程 {PATIENCE:.0f} 秒内没有应答", hint="原因见上面的输出")
            if not supervisor.stopping:
                welcome(listed)
            supervisor.watch()
        finally:
            say(notes, "[dim]正在停止……[/]")
            supervisor.stop()


def address() -> str:
    """The address that people use."""
    configured = configuration()
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(configured.host, configured.host)  # noqa: S104
    return configured.public_url or f"http://{host}:{configured.port}"


def answers() -> bool:
    """Whether the web processes answer at all."""
    configured = configuration()
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(configured.host, configured.host)  # noqa: S104
    connection = http.client.HTTPConnection(host, configured.port, timeout=5)
    try:
        connection.request("GET", "/health")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def welcome(listed: Sequence[dict[str, Any]]) -> None:
    """Say where to go, and in a demonstration as whom."""
    for account in listed:
        name, role = (set_cell_size(account[key], width) for key, width in (("username", 14), ("role", 14)))
        say(out, f"  [bold]{escape(name)}[/]{role}{account['organization']}：{account['does']}")
    if listed:
        say(out, f"演示账号如上，口令均为 [bold]{escape(listed[0]['password'])}[/]")
    say(out, f"医共体平台已启动：[bold]{escape(address())}[/]（Ctrl-C 停止）")


def say(console: Console, text: str) -> None:
    """Print a line for whoever still looks: a closed pipe or terminal (rich ends the program then) stops nothing."""
    with suppress(OSError, SystemExit):
        console.print(text, soft_wrap=True)
