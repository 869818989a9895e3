"""A whole installation to measure: PostgreSQL, web workers, worker, in a temporary folder and on free ports.

``with Stand() as stand:`` starts ``yigongti up`` as a person would and loads Django in this process as the same
installation, so that a script can fill it. Everything ends and is removed with the block.
"""

import http.client
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

import psycopg

from bench import cpu
from yigongti.cli.postgres import ADMIN, APP, OWNER, SERVING, Server, free_port

WORKERS = 4


class Stand:
    """``embedded`` lets ``yigongti up`` start the database itself; else the script owns it and can count statements."""

    def __init__(self, *, workers: int = WORKERS, embedded: bool = False) -> None:
        self.workers, self.embedded = workers, embedded
        self.home = Path(tempfile.mkdtemp(prefix="yb-"))
        self.port = free_port()
        self.log = self.home / "up.log"
        self.process: subprocess.Popen[bytes] | None = None
        counting = {"shared_preload_libraries": "pg_stat_statements", "pg_stat_statements.track": "top"}
        self.server = Server(self.home if embedded else self.home / "db", SERVING | ({} if embedded else counting))

    def __enter__(self) -> Self:
        os.environ |= {
            "YIGONGTI_MODE": "demo",
            "YIGONGTI_HOME": str(self.home),
            "YIGONGTI_PORT": str(self.port),
            "YIGONGTI_WORKERS": str(self.workers),
            "DJANGO_SETTINGS_MODULE": "yigongti.site.settings",
        }
        try:
            if not self.embedded:
                self.server.start()
                os.environ["YIGONGTI_DATABASE_URL"] = self.server.url(APP)
                os.environ["YIGONGTI_OWNER_DATABASE_URL"] = self.server.url(OWNER)
                with self.admin() as connection:
                    connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
            self.up()
            self._load()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(Exception):
            from django.db import connections

            connections.close_all()
        self.down()
        if not self.embedded:
            self.server.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    def up(self, patience: float = 90) -> None:
        """Start ``yigongti up`` and wait until it answers."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "yigongti.cli", "up"], stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + patience
        while not self.healthy():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("yigongti up does not answer:\n" + self.log.read_text()[-3000:])
            time.sleep(0.1)

    def down(self) -> None:
        """Stop it as Ctrl-C does."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process = None

    def healthy(self) -> bool:
        """Whether the web answers 200 on its health check."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    @contextmanager
    def worker_held(self) -> Iterator[None]:
        """The worker stands still, so that the database hears only the web."""
        assert self.process
        found = [pid for pid in cpu.below(self.process.pid) if cpu.is_worker(pid)]
        for pid in found:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in found:
                os.kill(pid, signal.SIGCONT)

    def admin(self, database: str = "yigongti") -> "psycopg.Connection[tuple]":
        """A superuser's connection, autocommit."""
        return psycopg.connect(self.server.url(ADMIN, database), autocommit=True)

    def _load(self) -> None:
        import django

        from yigongti.config import configuration

        configuration.cache_clear()
        django.setup()
