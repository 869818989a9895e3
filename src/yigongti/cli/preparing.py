"""What must be there before the first request: a locked HOME, a database, its schema, keys, browser files."""

import gc
import hashlib
import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from yigongti.cli import installation
from yigongti.cli.postgres import Server, port_taken
from yigongti.cli.screen import Advance, notes, progress, step
from yigongti.config import DatabaseRole, configuration, refusals
from yigongti.kernel.errors import Conflict, YigongtiError

MIGRATION_LOCK = 7_031_001


class Refused(YigongtiError):
    """The installation must not start like this."""

    kind = "refused"


@contextmanager
def prepared(fill: Callable[[Advance], None] = lambda advance: None) -> Iterator[Server | None]:
    """HOME locked, database running, schema and browser files up to date; yields the embedded server, if it is ours.

    ``fill`` may put data into the new schema; the browser files are compressed meanwhile.

    Raises Conflict when the address is taken and :class:`Refused` with every reason why production must not start.
    """
    home = configuration().home
    with installation.sole_use(home):
        require_free_port()
        installation.remember(home, mode=configuration().mode)
        if configuration().mode == "demo":
            installation.keep_secret(home)
        refuse(None)
        server = None
        if installation.embedded():
            with step("启动内置 PostgreSQL"):
                server = installation.start_embedded(home)
        try:
            require_databases()
            installation.load_django()
            require_keys()
            with progress() as advance, ThreadPoolExecutor(1) as meanwhile:
                collected = meanwhile.submit(collect_static, home, advance)
                migrate(advance)
                warn_of_early_structure()
                fill(advance)
                collected.result()
            refuse(serving_role())
            yield server
        finally:
            if server:
                server.stop()


def require_free_port() -> None:
    """Raise Conflict when somebody listens on our address."""
    host, port = configuration().host, configuration().port
    if port_taken(port, host):
        raise Conflict(f"{host}:{port} 已被其他程序占用", hint="停止它，或用 YIGONGTI_PORT 指定另一个端口")


def require_databases() -> None:
    """Raise when the database does not answer as both roles, or is of an unknown version."""
    configured = configuration()
    if not configured.owner_database_url:
        raise installation.DatabaseUnavailable(
            "没有设置 YIGONGTI_OWNER_DATABASE_URL", hint="升级数据库结构需要以表的所有者登录，见 docs/operations.md"
        )
    for url in (configured.database_url, configured.owner_database_url):
        installation.require_supported(url or "")


def require_keys() -> None:
    """Raise when data could not be encrypted; a demonstration makes its keys itself."""
    from yigongti.kernel.ciphers.check import problems

    if found := problems():
        raise Refused(found[0], hint="；".join(found[1:]))


def serving_role() -> DatabaseRole:
    """What the role that serves people may do."""
    from yigongti.site.production import database_role

    return database_role(configuration().database_url or "")


def refuse(role: DatabaseRole | None) -> None:
    """Raise :class:`Refused` with every reason why a production installation must not start."""
    if configuration().mode == "production" and (reasons := refusals(configuration(), role)):
        raise Refused("生产环境拒绝启动：\n" + "\n".join(f"  · {reason}" for reason in reasons))


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """Fewer rounds of the garbage collector: work that makes millions of lasting objects spends a fifth of it there."""
    before = gc.get_threshold()
    gc.set_threshold(200_000, 20, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def migrate(advance: Advance) -> None:
    """Bring the schema up to date as the owner of the tables; one process at a time.

    Other people's tables first: their migrations change models again and again, and Django renders anew, each time,
    all models that are related to the changed one. Ours are made at once (:mod:`yigongti.kernel.initial`).
    """
    from django.apps import apps
    from django.core.management import call_command
    from django.db import connections
    from django.db.migrations.executor import MigrationExecutor

    owner = connections["owner"]
    try:
        with owner.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
        executor = MigrationExecutor(owner)
        leaves = executor.loader.graph.leaf_nodes()
        if plan := executor.migration_plan(leaves):
            applied = Applied(len(plan), advance)
            executor.progress_callback = applied.note
            with collecting_rarely():
                executor.migrate(
                    [leaf for leaf in leaves if not apps.get_app_config(leaf[0]).name.startswith("yigongti.")]
                )
                call_command("migrate", database="owner", stdout=applied, no_color=True, interactive=False)
    finally:
        connections.close_all()


def warn_of_early_structure() -> None:
    """Say what a database that an early version made does not have; it serves, but more slowly or not everything."""
    from django.db import connections

    from yigongti.cli.structure import WAY_OUT, lacking

    try:
        if missing := lacking(connections["owner"]):
            notes.print(f"[yellow]![/] 数据库缺少 {len(missing)} 处结构，如{'、'.join(missing[:3])}", soft_wrap=True)
            notes.print(f"  {WAY_OUT}", soft_wrap=True)
    finally:
        connections.close_all()


class Applied(io.StringIO):
    """What Django reports of a migration, read as progress."""

    def __init__(self, total: int, advance: Advance) -> None:
        super().__init__()
        self.total, self.advance, self.done = total, advance, 0
        self._tell()

    def note(self, action: str, *_: object) -> None:
        """What the executor is doing."""
        if action == "apply_success":
            self.done += 1
            self._tell()

    def write(self, text: str) -> int:
        """A line of the command."""
        if text.strip() == "OK":
            self.note("apply_success")
        return len(text)

    def _tell(self) -> None:
        self.advance("更新数据库结构", self.done, self.total)


def collect_static(home: Path, advance: Advance) -> None:
    """Hash, compress and collect the browser files into HOME/static, when they changed since the last time."""
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            digest.update(f"{path} {storage.size(path)} {storage.get_modified_time(path)}\n".encode())
    stamp = home / "static.stamp"
    if stamp.exists() and stamp.read_text() == digest.hexdigest():
        return
    advance("整理网页文件", 0, 1)
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(digest.hexdigest())
    advance("整理网页文件", 1, 1)
