"""The embedded PostgreSQL: made, started, prepared and stopped by us, with its data in the folder HOME/postgres."""

import ctypes
import json
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote, urlencode

import psycopg
from psycopg import sql

from yigongti.cli import binaries
from yigongti.cli.roles import APP, CREATE_DATABASE, DATABASE, OWNER, grants, prepare_role
from yigongti.kernel.errors import Conflict, YigongtiError

ADMIN = "postgres"
State = Literal["absent", "recovering", "answering"]
RECOVERING = ("starting up", "not yet accepting connections", "in recovery mode", "shutting down")

# Nothing personal in the server's log: no statements, no parameters, no DETAIL lines.
QUIET = {
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
    "logging_collector": "off",
}
#: a restore locks every month of every partitioned table, with all their indexes, in one transaction
LOCKS = "512"
#: what the database had at hand when it stopped is read again when it starts, where the library is there
PREWARM = {"shared_preload_libraries": "pg_prewarm"}
SERVING = (
    QUIET
    | PREWARM
    | {
        "shared_buffers": f"{min(max(512, binaries.memory() // 8), 4096)}MB",
        "effective_cache_size": f"{max(1024, binaries.memory() // 2)}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": "256MB",
        "max_connections": "100",
        "max_locks_per_transaction": LOCKS,
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        "random_page_cost": "1.1",
        "jit": "off",
    }
)
TESTING = QUIET | {
    "shared_buffers": "64MB",
    "max_connections": "100",
    "max_locks_per_transaction": LOCKS,
    "jit": "off",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_wal_size": "2GB",
}


class PostgresFailed(YigongtiError):
    """The embedded PostgreSQL did not start or stop."""

    status = 500
    kind = "postgres"


@dataclass(frozen=True)
class Access:
    """The port and the passwords of an embedded server, kept in HOME/postgres.json (mode 0600)."""

    port: int
    admin: str
    owner: str
    app: str


def free_port() -> int:
    """A TCP port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_taken(port: int, host: str = "127.0.0.1") -> bool:
    """Whether somebody listens on the port."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False


def end_with_parent(number: signal.Signals) -> None:
    """Ask Linux to send this process ``number`` when its parent dies, so that a killed parent leaves nothing behind."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, int(number))  # PR_SET_PDEATHSIG


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    draft = path.with_suffix(".new")
    draft.touch(mode=0o600)
    draft.chmod(0o600)
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


class Server:
    """An embedded PostgreSQL whose folder is ``home``; ``settings`` are those of postgresql.conf."""

    name = "PostgreSQL"

    def __init__(self, home: Path, settings: Mapping[str, str] = SERVING) -> None:
        self.home = home.resolve()
        self.data = self.home / "postgres"
        self.log = self.home / "logs" / "postgres.log"
        self.settings = settings
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def exists(self) -> bool:
        """Whether the data folder has been made."""
        return (self.data / "PG_VERSION").exists() and self._access_file.exists()

    @property
    def _access_file(self) -> Path:
        return self.home / "postgres.json"

    @property
    def access(self) -> Access:
        """Port and passwords."""
        return Access(**json.loads(self._access_file.read_text(encoding="utf-8")))

    @property
    def socket_folder(self) -> Path | None:
        """The folder of the Unix socket; none where its path would be too long for one (107 bytes)."""
        folder = self.home / "run"
        return folder if len(bytes(folder)) <= 85 else None

    def url(self, role: str = APP, database: str = DATABASE) -> str:
        """``postgresql://…`` for a role: over the Unix socket where there is one, else over TCP."""
        access = self.access
        password = {APP: access.app, OWNER: access.owner, ADMIN: access.admin}[role]
        if self.socket_folder:
            return f"postgresql://{role}:{password}@:{access.port}/{database}?{urlencode({'host': self.socket_folder})}"
        return f"postgresql://{role}:{quote(password)}@127.0.0.1:{access.port}/{database}"

    def start(self) -> None:
        """Start the server as a child of this process, making the data folder, roles and database the first time.

        Raises :class:`PostgresFailed` with the end of the log, or :class:`Conflict` when the data folder was made by
        another major version.
        """
        if not self.exists:
            self._initialise()
        made_by = int((self.data / "PG_VERSION").read_text())
        if made_by != binaries.major():
            raise Conflict(
                f"数据目录 {self.data} 由 PostgreSQL {made_by} 建立，现有程序是 {binaries.major()}",
                hint="用旧版本执行 yigongti backup，再用新版本执行 yigongti restore",
            )
        self._configure()
        self._launch()
        self.prepare()

    def stop(self, number: signal.Signals = signal.SIGINT, patience: float = 60) -> None:
        """Stop the server we started: SIGINT ends sessions and writes everything, SIGQUIT does not wait."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(number)
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)
                self.process.wait()
        self.process = None

    @property
    def running(self) -> bool:
        """Whether the server that we started is there."""
        return self.process is not None and self.process.poll() is None

    def sweep(self) -> None:
        """Nothing: PostgreSQL's processes leave by themselves when the first one is gone."""

    def state(self) -> State:
        """Whether the server takes connections now, whoever started it."""
        if not self.exists:
            return "absent"
        try:
            psycopg.connect(self.url(ADMIN, "postgres"), connect_timeout=2).close()
        except psycopg.OperationalError as error:
            return "recovering" if any(sign in str(error) for sign in RECOVERING) else "absent"
        return "answering"

    def answers(self) -> bool:
        """Whether the server takes connections now."""
        return self.state() == "answering"

    def prepare(self) -> None:
        """Make the two roles, the database, its extensions and default privileges; harmless when they exist."""
        access = self.access
        with psycopg.connect(self.url(ADMIN, "postgres"), autocommit=True) as connection:
            for role, password in ((OWNER, access.owner), (APP, access.app)):
                prepare_role(connection, role, password)
        self.create_database(DATABASE)

    def create_database(self, name: str) -> None:
        """Make a database that belongs to the owner and that the app may use; harmless when it exists."""
        with psycopg.connect(self.url(ADMIN, "postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                names = {"name": sql.Identifier(name), "owner": sql.Identifier(OWNER)}
                connection.execute(CREATE_DATABASE.format(**names))
        with psycopg.connect(self.url(ADMIN, name), autocommit=True) as connection:
            for statement in grants(name):
                connection.execute(statement)

    def _initialise(self) -> None:
        for folder in (self.home, self.data, self.log.parent):
            folder.mkdir(parents=True, exist_ok=True)
        binaries.close_to_others(self.home)
        binaries.give(self.data)
        access = Access(free_port(), *(secrets.token_urlsafe(24) for _ in range(3)))
        password_file = self.home / "initdb.password"
        write_private(password_file, access.admin)
        binaries.give(password_file)
        try:
            made = subprocess.run(
                [*binaries.unprivileged(), binaries.program("initdb"), "--pgdata", str(self.data), "--username", ADMIN]
                + ["--encoding=UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256", "--no-instructions"]
                + ["--pwfile", str(password_file)]
                + (["--no-sync"] if self.settings.get("fsync") == "off" else []),
                check=False,
                capture_output=True,
                text=True,
            )
        finally:
            password_file.unlink()
        if made.returncode:
            raise PostgresFailed("initdb 失败：" + made.stderr.strip()[-800:])
        with (self.data / "postgresql.conf").open("a") as configuration:
            configuration.write("\ninclude_if_exists = 'yigongti.conf'\n")
        write_private(self._access_file, json.dumps(asdict(access)))

    def _configure(self) -> None:
        """Write our settings; a port taken by another program is replaced by a free one."""
        access = self.access
        if port_taken(access.port) and not self.answers():
            access = Access(free_port(), access.admin, access.owner, access.app)
            write_private(self._access_file, json.dumps(asdict(access)))
        if self.socket_folder:
            self.socket_folder.mkdir(exist_ok=True)
            binaries.give(self.socket_folder)
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(access.port),
            "unix_socket_directories": str(self.socket_folder or ""),
            "unix_socket_permissions": "0700",
        } | dict(self.settings)
        if PREWARM.items() <= settings.items() and not binaries.library("pg_prewarm"):
            del settings["shared_preload_libraries"]
        lines = [f"{name} = '{value}'" for name, value in settings.items()]
        (self.data / "yigongti.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")
        binaries.give(self.data / "yigongti.conf")

    def _launch(self, patience: float = 30) -> None:
        """Start the postgres process and wait until it answers; ``patience`` in seconds of silence.

        After a kill the last server's processes may need a moment to leave, so an early end is tried again. A server
        that replays its log after a crash is not silent: it is given the time that it needs.
        """
        deadline = time.monotonic() + patience
        while True:
            self.process = self._spawn()
            while self.process.poll() is None and time.monotonic() < deadline:
                state = self.state()
                if state == "answering":
                    return
                if state == "recovering":
                    deadline = time.monotonic() + patience
                time.sleep(0.05)
            if time.monotonic() >= deadline:
                self.stop(signal.SIGQUIT)
                raise PostgresFailed("PostgreSQL 没有启动：" + self._tail(), hint=f"详见 {self.log}")
            time.sleep(0.1)

    def _spawn(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [*binaries.unprivileged(), binaries.program("postgres"), "-D", str(self.data)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=lambda: end_with_parent(signal.SIGINT),  # noqa: PLW1509
            )

    def _tail(self, lines: int = 5) -> str:
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
