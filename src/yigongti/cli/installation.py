"""One installation: its HOME, its lock, its database, whichever command is looking at it."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg

from yigongti.cli import binaries
from yigongti.cli.postgres import Server, write_private
from yigongti.cli.roles import OWNER
from yigongti.config import Configuration, configuration, installation_file
from yigongti.kernel.errors import Conflict, YigongtiError

SUPPORTED = range(15, 19)


class DatabaseUnavailable(YigongtiError):
    """The database cannot be reached, or is of a version that we do not know."""

    status = 503
    kind = "database-unavailable"


def remember(home: Path, **values: Any) -> None:
    """Keep values in HOME/installation.json for this process, its children and later commands."""
    known = recorded(home)
    if {**known, **values} != known:
        write_private(installation_file(home), json.dumps({**known, **values}, indent=2))
    configuration.cache_clear()


def recorded(home: Path) -> dict[str, Any]:
    """What has been kept in HOME/installation.json."""
    file = installation_file(home)
    return dict(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else {}


def keep_secret(home: Path) -> None:
    """Give a demonstration a signing secret of its own: made once, kept in HOME/installation.json (0600)."""
    remember(home, secret_key=recorded(home).get("secret_key") or secrets.token_urlsafe(48))


@contextmanager
def sole_use(home: Path) -> Iterator[None]:
    """Hold HOME's lock: one running system per HOME. Raises Conflict with the process that holds it."""
    home.mkdir(parents=True, exist_ok=True)
    binaries.close_to_others(home)
    with (home / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            raise Conflict(
                f"{home} 正由另一个 yigongti 进程使用（进程号 {lock.read().strip() or '未知'}）",
                hint="先停止它，或用 YIGONGTI_HOME 指定另一个目录",
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def embedded() -> bool:
    """Whether the database is our own: no address was configured from outside."""
    return not os.environ.get("YIGONGTI_DATABASE_URL")


def start_embedded(home: Path) -> Server:
    """Start the embedded PostgreSQL and make its addresses known to this process, its children and later commands."""
    server = Server(home)
    server.start()
    remember(home, database_url=server.url(), owner_database_url=server.url(OWNER))
    return server


def require_supported(url: str) -> int:
    """The server's major version; raises :class:`DatabaseUnavailable` when it is not 15 to 18 or does not answer."""
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            major = connection.info.server_version // 10000
    except psycopg.OperationalError as error:
        raise DatabaseUnavailable(f"连不上数据库：{str(error).strip().splitlines()[-1]}") from None
    if major not in SUPPORTED:
        raise DatabaseUnavailable(f"数据库是 PostgreSQL {major}", hint="支持 15 至 18")
    return major


@contextmanager
def database(*, create: bool = False) -> Iterator[Configuration]:
    """The database for the length of one command: configured, or running, or the embedded one started for it.

    An embedded one that does not exist yet is made with ``create``, else :class:`DatabaseUnavailable` is raised.
    """
    configured = configuration()
    if not embedded():
        require_supported(configured.database_url or "")
        yield configured
        return
    server = Server(configured.home)
    if not server.exists and not create:
        raise DatabaseUnavailable(f"{configured.home} 中还没有数据库", hint="先运行 yigongti up 或 yigongti demo")
    with ExitStack() as stack:
        try:
            stack.enter_context(sole_use(configured.home))
        except Conflict:
            if not server.answers():
                raise DatabaseUnavailable(f"{configured.home} 的数据库没有应答", hint=f"详见 {server.log}") from None
            yield configured
            return
        started = start_embedded(configured.home)
        stack.callback(started.stop)
        yield configuration()


def load_django() -> None:
    """Load Django with the configuration as it stands now."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yigongti.site.settings")
    django.setup()
