"""Those who wait do not hold up the health check, and one thread does the work."""

import os
import threading
from collections.abc import Iterable
from typing import Any

import pytest

from yigongti.site.front import DatabaseAnswers, Front


class Slow:
    """An application that answers when it is told to."""

    def __init__(self) -> None:
        self.go, self.threads, self.closed = threading.Event(), set[str](), 0

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        self.threads.add(threading.current_thread().name)
        self.go.wait(10)
        start_response("200 OK", [])
        return Answer(self)


class Answer:
    """An answer that notes where it was closed."""

    def __init__(self, slow: Slow) -> None:
        self.slow = slow

    def __iter__(self) -> Any:
        return iter([b"done ", b"it"])

    def close(self) -> None:
        self.slow.threads.add(threading.current_thread().name)
        self.slow.closed += 1


def ask(front: Front, path: str, method: str = "GET") -> tuple[str, bytes]:
    told: list[str] = []
    body = b"".join(front({"PATH_INFO": path, "REQUEST_METHOD": method}, lambda status, headers: told.append(status)))
    return told[0], body


def test_the_health_check_passes_by_those_who_wait() -> None:
    slow = Slow()
    front = Front(slow, lambda: True)
    answers: list[tuple[str, bytes]] = []
    waiting = [threading.Thread(target=lambda: answers.append(ask(front, "/"))) for _ in range(5)]
    for thread in waiting:
        thread.start()
    assert ask(front, "/health") == ("200 OK", b"ok\n")
    assert ask(front, "/health", "HEAD") == ("200 OK", b"")
    assert answers == []
    slow.go.set()
    for thread in waiting:
        thread.join(10)
    assert answers == [("200 OK", b"done it")] * 5
    assert (len(slow.threads), slow.closed) == (1, 5)


@pytest.mark.django_db
def test_health_tells_whether_the_database_answers() -> None:
    assert ask(Front(Slow(), DatabaseAnswers(os.environ["YIGONGTI_DATABASE_URL"])), "/health")[0] == "200 OK"
    nowhere = DatabaseAnswers("postgresql://nobody@127.0.0.1:1/nothing")
    assert ask(Front(Slow(), nowhere), "/health") == ("503 Service Unavailable", b"database unavailable\n")
    assert not nowhere()
