"""Fixtures for all tests: a fresh copy of the migrated template database for each worker (see testbed.py)."""

import os
import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from browsing import CHROMIUM
from playwright.sync_api import Browser, sync_playwright
from psycopg import sql
from pytest_django.plugin import DjangoDbBlocker
from testbed import TEST_DATABASE

from yigongti.cli.roles import DATABASE, OWNER


def copy_template() -> None:
    """Throw this worker's database away and copy it from the migrated template."""
    names = {
        "name": sql.Identifier(TEST_DATABASE),
        "template": sql.Identifier(DATABASE),
        "owner": sql.Identifier(OWNER),
    }
    with psycopg.connect(os.environ["YIGONGTI_TEST_ADMIN_URL"], autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {name} WITH (FORCE)").format(**names))
        connection.execute(
            sql.SQL("CREATE DATABASE {name} TEMPLATE {template} OWNER {owner} STRATEGY FILE_COPY").format(**names)
        )


def _copy_instead_of_flush(*_: Any) -> None:
    """After a test with real transactions: append-only tables refuse TRUNCATE, so the database is copied anew."""
    from django.db import connections

    connections.close_all()
    copy_template()


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The worker's own database, reached as ``default`` (serves people) and ``owner`` (owns the tables)."""
    from django.db import connections
    from django.test import TransactionTestCase

    if failure := os.environ.get("YIGONGTI_TEST_MIGRATION"):
        pytest.fail(f"the template database could not be migrated\n{failure}", pytrace=False)
    copy_template()
    TransactionTestCase._fixture_teardown = _copy_instead_of_flush  # type: ignore[attr-defined]
    yield
    with django_db_blocker.unblock():
        connections.close_all()


@pytest.fixture(autouse=True)
def _nothing_shared() -> None:
    """What pages share for a minute is of this test."""
    from yigongti.kernel.ui.sharing import forget

    forget()


@pytest.fixture(autouse=True)
def _policies_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks every few seconds whether a policy was approved: how many statements a test counts is not a matter
    of how fast it runs. Who approves one in a test lets the store forget."""
    from yigongti.kernel.policy import store

    monkeypatch.setattr(store, "LOOK_EVERY", float("inf"))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium. Playwright's event loop runs in this thread, where Django works synchronously."""
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        started = playwright.chromium.launch(**CHROMIUM)
        yield started
        started.close()


@pytest.fixture
def browser(chromium: Browser) -> Iterator[Browser]:
    """Chromium for one test. Nothing that it asks for outlives the test: a page left open would go on asking, with the
    database gone, and Django's client raises in the test that runs then what happens in the server's threads."""
    yield chromium
    for context in chromium.contexts:
        context.close()
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            thread.join(30)
            assert not thread.is_alive(), "the live server still answers"
