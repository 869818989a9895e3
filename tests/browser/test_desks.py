"""Each role's desk in a real browser."""

import pytest
from browsing import Visit
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_the_desk_is_the_page_after_login(visit: Visit) -> None:
    page = visit("office")
    expect(page.locator("h1")).to_be_visible()
