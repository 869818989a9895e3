"""The whole product in a real browser: a live server on the test database, people who log in through the real form."""

from collections.abc import Iterator
from typing import Any

import pytest
from browsing import DESKTOP, PHONE, Visit, log_in, watch
from care_community import Community, build
from playwright.sync_api import Browser, Page, expect

PATIENCE = 30_000
"""Milliseconds until what does not come is missing: two workers and a cluster may share two cores."""
expect.set_options(timeout=PATIENCE)


@pytest.fixture
def community(transactional_db: None) -> Community:
    """The small community, committed, so that the live server sees it."""
    return build()


@pytest.fixture
def open_as(browser: Browser, live_server: Any) -> Iterator[Visit]:
    """Log in as someone through the login form and open ``path``, each in a context of their own.

    ``phone=True`` is a telephone of 390 px; further arguments are those of a browser context (``color_scheme``).
    A script error, a file that the policy refuses or an answer of 5xx fails the test.
    """
    wrong: list[str] = []

    def opened(name: str, path: str = "/", *, phone: bool = False, **options: Any) -> Page:
        size: dict[str, Any] = {"viewport": PHONE, "has_touch": True} if phone else {"viewport": DESKTOP}
        context = browser.new_context(base_url=live_server.url, locale="zh-CN", **size | options)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        watch(page, wrong)
        log_in(page, name, path)
        return page

    yield opened
    for context in browser.contexts:  # what pages say until they are closed counts
        context.close()
    assert wrong == []


@pytest.fixture
def visit(community: Community, open_as: Visit) -> Visit:
    """Someone of the small community logs in."""
    return open_as
