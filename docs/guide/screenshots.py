"""Shoots the pages of the guide on a running demonstration: ``python docs/guide/screenshots.py http://127.0.0.1:8000``.

Logs in as each demonstration account through the real form (the accounts are read from the login page's own file in
YIGONGTI_HOME) and writes ``images/<page>.png`` at desktop width and ``images/<page>-phone.png`` at telephone width.
``--only desk`` shoots the pages whose name contains the word; ``--to FOLDER`` writes elsewhere.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from yigongti.config import configuration

CHROMIUM: dict[str, Any] = {
    "executable_path": "/usr/bin/chromium",
    "args": ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
}
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
#: pixels for each unit of the page: a picture stays under 200 KB
SCALE = {DESKTOP["width"]: 0.8, PHONE["width"]: 1}


@dataclass(frozen=True)
class Shot:
    """A page: the account, the address, and the first link of the page to follow from there (a selector)."""

    name: str
    account: str
    path: str = "/"
    follow: str = ""
    phone: bool = False
    desktop: bool = True
    press: str = ""
    tall: int = 900


CASE = "tr[data-href^='/referrals/'] a[href^='/referrals/']"
#: in this order: what one account reads another one sees
SHOTS = (
    Shot("desk-village-doctor", "cunyi", phone=True),
    Shot("case", "cunyi", "/?kind=case", CASE, phone=True),
    Shot("proposals", "quanke", "/?kind=proposal", "tr[data-href^='/referrals/for/'] a"),
    Shot("visit", "quanke", "/?kind=follow-up", "a[href*='/visit/']", phone=True),
    Shot("record", "quanke", "/?kind=follow-up", "tr[data-href^='/record/'] a", phone=True),
    Shot("desk-referral-office", "zhuanzhenban", phone=True),
    Shot("accept", "zhuanzhenban", press="#register-referral-accept a.btn-primary"),
    Shot("desk-specialist", "zhuanke", phone=True),
    Shot("desk-director", "yuanzhang", phone=True),
    Shot("desk-council", "lishihui"),
    Shot("policy", "lishihui", "/policies/referral/hypertension/", tall=640),
    Shot("statistics", "weijianwei", "/referrals/statistics/", phone=True),
    Shot("desk-pharmacist", "yaoshi", phone=True, tall=1000),
    Shot("formulary", "yaoshi", "/formulary/", phone=True),
    Shot("drug", "yaoshi", "/formulary/", "tr[data-href^='/formulary/'] a", tall=1200),
    Shot("desk-insurance-bureau", "yibao", phone=True, tall=1000),
    Shot("desk-data-office", "xinxike"),
    Shot("desk-auditor", "shenji"),
    Shot("audit-chain", "shenji", "/audit/chain/"),
    Shot("desk-administrator", "guanliyuan"),
    Shot("my-home", "jumin", phone=True, desktop=False),
    Shot("my-code", "jumin", "/my/code/", phone=True, desktop=False),
    Shot("my-readers", "jumin", "/my/readers/", phone=True, desktop=False),
)


def passwords() -> dict[str, str]:
    """Account and password of every card of the login page."""
    cards = json.loads((configuration().home / "demo-accounts.json").read_text(encoding="utf-8"))
    return {card["username"]: card["password"] for card in cards}


def logged_in(browser: Browser, base: str, account: str, password: str, size: dict[str, int]) -> Page:
    """A page of the account, in a browser of that size."""
    context = browser.new_context(
        base_url=base,
        viewport=size,  # type: ignore[arg-type]
        device_scale_factor=SCALE[size["width"]],
        locale="zh-CN",
        reduced_motion="reduce",
    )
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.goto("/login/")
    page.fill("[name=login]", account)
    page.fill("[name=password]", password)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login/" not in url)
    return page


def shoot(page: Page, shot: Shot, target: Path) -> None:
    """Go there and take the picture, as much of the page as the shot wants; telephones scroll further."""
    page.goto(f"{shot.path}{'&' if '?' in shot.path else '?'}still=1")
    if shot.follow:
        link = page.locator(shot.follow).first.get_attribute("href")
        page.goto(link or shot.path)
    if shot.press:
        page.locator(shot.press).first.click()
        page.locator("dialog[open] form").wait_for()
    page.wait_for_load_state("networkidle")
    page.evaluate("document.activeElement?.blur()")
    size = page.viewport_size or DESKTOP
    most = shot.tall if size == DESKTOP else 1300
    height = min(page.evaluate("document.documentElement.scrollHeight"), most)
    page.set_viewport_size({"width": size["width"], "height": height})
    page.screenshot(path=target)
    page.set_viewport_size(size)


def every(base: str, folder: Path, only: str) -> Iterator[str]:
    """Shoot everything; says what it wrote or why not."""
    known = passwords()
    wanted = [shot for shot in SHOTS if only in shot.name]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**CHROMIUM)
        for account in dict.fromkeys(shot.account for shot in wanted):
            for size, suffix in ((DESKTOP, ""), (PHONE, "-phone")):
                mine = [shot for shot in wanted if shot.account == account and (shot.phone if suffix else shot.desktop)]
                if not mine:
                    continue
                page = logged_in(browser, base, account, known[account], size)
                for shot in mine:
                    target = folder / f"{shot.name}{suffix}.png"
                    try:
                        shoot(page, shot, target)
                        yield f"{target.name} {target.stat().st_size // 1024} KB"
                    except Exception as error:
                        yield f"{target.name} 没有拍到：{str(error).splitlines()[0]}"
                page.context.close()
        browser.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("base", nargs="?", default="http://127.0.0.1:8000")
    parser.add_argument("--only", default="")
    parser.add_argument("--to", type=Path, default=Path(__file__).parent / "images")
    arguments = parser.parse_args()
    arguments.to.mkdir(parents=True, exist_ok=True)
    for said in every(arguments.base, arguments.to, arguments.only):
        sys.stdout.write(f"{said}\n")
        sys.stdout.flush()
