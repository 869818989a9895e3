"""The door of a web worker: one thread does Django's work, and the health check does not queue behind it.

granian gives each waiting request a thread; all of them hand over to the one that holds the database connection, first
come first served. ``/health`` is answered at the door: a worker that is busy is not one that is down.
"""

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]
HEALTH = "/health"
BELIEVED = 1.0


class DatabaseAnswers:
    """Whether the database answers, asked over a connection of its own, at most once in :data:`BELIEVED` seconds."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._asking = threading.Lock()
        self._connection: psycopg.Connection[Any] | None = None
        self._good_until = 0.0

    def __call__(self) -> bool:
        if time.monotonic() < self._good_until:
            return True
        with self._asking:
            if time.monotonic() >= self._good_until and self._ask():
                self._good_until = time.monotonic() + BELIEVED
            return time.monotonic() < self._good_until

    def _ask(self) -> bool:
        try:
            if self._connection is None:
                self._connection = psycopg.connect(self.url, autocommit=True, connect_timeout=3)
            self._connection.execute("SELECT 1")
        except psycopg.Error:
            self._connection = None
            return False
        return True


class Front:
    """The WSGI application that granian calls from many threads."""

    def __init__(self, application: Application, database_answers: Callable[[], bool]) -> None:
        self.application = application
        self.database_answers = database_answers
        self.desk = ThreadPoolExecutor(1, thread_name_prefix="django")

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] == HEALTH and environ["REQUEST_METHOD"] in {"GET", "HEAD"}:
            return self._health(environ, start_response)
        return self.desk.submit(self._work, environ, start_response).result()

    def _work(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """The whole answer, closed in the thread that made it: Django gives back its connections there."""
        answer = self.application(environ, start_response)
        try:
            return [b"".join(answer)]
        finally:
            if close := getattr(answer, "close", None):
                close()

    def _health(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        good = self.database_answers()
        body = b"ok\n" if good else b"database unavailable\n"
        headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")]
        start_response("200 OK" if good else "503 Service Unavailable", headers)
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]
