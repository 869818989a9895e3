"""A quarter of a member in a real browser: entered by keyboard, reviewed, returned, mended, accepted and locked."""

from pathlib import Path

import pytest
import reporting_play as play
from browsing import Visit
from care_community import Community
from playwright.sync_api import Page, expect

from yigongti.insight import periods
from yigongti.insight.reporting.models import Report
from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM

pytestmark = pytest.mark.browser
#: field → what is typed into it, in the order in which Enter goes from one to the next
TYPED = ("960000", "48", "336000", "960000", "9", "12", "1500", "6000", "6000", "26.5")


def opened(community: Community) -> Report:
    """The report of the town for the quarter that is over, opened as the platform does."""
    director, council = community["town-director"], community["council"]
    house = play.House(community, director, council, community["commission"], council, director)
    return play.opened(house, period=periods.before(periods.containing("quarter", clock.today())))


def by_keyboard(page: Page) -> None:
    """Every number, with Enter in between, without touching the mouse."""
    page.locator("[data-part]").first.focus()
    for text in TYPED:
        page.keyboard.type(text)
        page.keyboard.press("Enter")


def test_a_quarter_is_entered_returned_and_locked(visit: Visit, community: Community, tmp_path: Path) -> None:
    report = opened(community)
    director = visit("town-director", "/")
    director.get_by_role("link", name="填写指标").click()
    director.wait_for_url("**/entry/")
    by_keyboard(director)
    expect(director.locator("#item-staff-income [data-result]")).to_have_text("20,000")
    expect(director.locator("#item-chinese-medicine-share [data-result]")).to_contain_text("25.0")
    wrong = director.locator("#item-expert-days [data-part]")
    wrong.fill("二十六")
    expect(director.locator("#item-expert-days [data-live]")).to_contain_text("只写数字")
    wrong.fill("26.5")
    director.get_by_role("button", name="保存并提交审核").click()
    expect(director.get_by_role("alert")).to_contain_text("还不能提交")
    judged = director.locator("#item-regular-running")
    for number in (1, 2, 3):
        judged.locator(f"[name='regular-running.answer.{number}'][value=yes]").check()
    evidence = tmp_path / "制度.pdf"
    evidence.write_bytes(play.PDF)
    judged.locator("input[type=file]").set_input_files(evidence)
    director.get_by_role("button", name="保存并提交审核").click()
    expect(director.locator("#notices")).to_contain_text("已提交")

    council = visit("council", "/")
    council.goto(report.get_absolute_url())
    council.get_by_role("link", name="审核", exact=True).click()
    council.wait_for_url("**/review/")
    council.locator("[name='staff-income.verdict'][value=returned]").check()
    council.fill("[name='staff-income.reason']", "与工资表不符")
    council.get_by_role("button", name="退回修改").click()
    expect(council.locator(".y-casestate-label")).to_have_text("已退回，待修改")

    director.goto(report.get_absolute_url())
    director.get_by_role("link", name="填写", exact=True).click()
    director.wait_for_url("**/entry/")
    expect(director.locator("#item-staff-income")).to_contain_text("与工资表不符")
    director.fill("[name='staff-income.numerator']", "950000")
    director.fill("[name='staff-income.note']", "扣除一次性补发")
    director.get_by_role("button", name="保存并提交审核").click()
    expect(director.locator("#notices")).to_contain_text("已提交")

    council.goto(f"/reporting/{report.pk}/review/")
    council.get_by_role("button", name="接受并锁定").click()
    expect(council.locator(".y-casestate-label")).to_have_text("已接受，已锁定")
    director.goto(f"/reporting/{report.pk}/entry/")
    expect(director.locator("#notices")).to_contain_text("不能填写")
    expect(director.get_by_role("link", name="申请更正")).to_be_visible()
    with acting(SYSTEM):
        kept = Report.objects.get(pk=report.pk)
    assert (kept.state, kept.accepted_edition) == ("accepted", 1)


def test_a_telephone_shows_the_form_without_scrolling_sideways(visit: Visit, community: Community) -> None:
    report = opened(community)
    phone = visit("town-director", f"/reporting/{report.pk}/entry/", phone=True)
    wide = phone.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
