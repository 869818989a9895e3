"""The health check."""

import pytest
from django.test import Client


@pytest.mark.django_db
def test_health_is_plain_and_needs_no_login() -> None:
    answer = Client().get("/health")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


def test_health_says_when_the_database_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError, connection

    def broken() -> None:
        raise OperationalError("down")

    monkeypatch.setattr(connection, "cursor", broken)
    assert Client().get("/health").status_code == 503
