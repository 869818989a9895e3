"""What browser tests share: how Chromium starts, the sizes of screens, how someone logs in."""

from collections.abc import Callable
from typing import Any, TypeAlias

from playwright.sync_api import Page

PASSWORD = "correct horse battery"
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
CHROMIUM: dict[str, Any] = {
    "executable_path": "/usr/bin/chromium",
    "args": ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
}
Visit: TypeAlias = Callable[..., Page]
"""``visit("office", "/referrals/", phone=True)``: a page in which this person is logged in."""


def log_in(page: Page, name: str, path: str) -> None:
    """Fill the login form and arrive."""
    page.goto(f"/login/?next={path}")
    page.fill("[name=login]", name)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login/" not in url)


def watch(page: Page, wrong: list[str]) -> None:
    """Collect what must not happen in a page."""
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
    page.on("response", lambda answer: wrong.append(f"{answer.status} {answer.url}") if answer.status >= 500 else None)
