"""The kit in a real browser: keyboard, filters, dialogs, drafts, themes, print, and nothing that the policy refuses."""

from collections.abc import Iterator
from typing import Any

import pytest
from access_community import PASSWORD, build
from playwright.sync_api import Browser, Page, Route, expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(browser: Browser, live_server: Any, settings: Any) -> Iterator[Page]:
    """The data office, logged in; a script error or a refused file fails the test."""
    settings.ROOT_URLCONF = "ui_pages"
    build()
    wrong: list[str] = []
    opened = browser.new_page(base_url=live_server.url, viewport={"width": 1440, "height": 900})
    opened.set_default_timeout(8000)
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
    opened.goto("/login/?next=/ui/gallery/")
    opened.fill("[name=login]", "data-office")
    opened.fill("[name=password]", PASSWORD)
    opened.keyboard.press("Enter")
    opened.wait_for_url(f"{live_server.url}/ui/gallery/")
    yield opened
    opened.close()
    assert wrong == []


def test_a_list_is_worked_by_keyboard(page: Page) -> None:
    page.goto("/ui/gallery/list/")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator("tr.y-on")).to_contain_text("李桂香")
    page.keyboard.press("PageDown")
    expect(page.locator(".y-pager")).to_contain_text("第 26–50 条")
    page.keyboard.press("PageUp")
    expect(page.locator(".y-pager")).to_contain_text("第 1–25 条")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/case/")
    page.keyboard.press("Escape")
    page.wait_for_url("**/ui/gallery/")


def test_a_filter_works_while_typing_and_is_there_the_next_time(page: Page) -> None:
    page.goto("/organizations/")
    page.locator("[name=name]").press_sequentially("town")
    expect(page.locator("tbody tr")).to_have_count(2)
    assert page.locator("[name=name]").evaluate("field => field === document.activeElement")
    assert page.url.endswith("/organizations/")
    page.reload()
    expect(page.locator("tbody tr")).to_have_count(2)
    page.click("text=清除")
    expect(page.locator("tbody tr")).to_have_count(4)


def test_a_step_is_taken_in_the_dialog_without_losing_anything(page: Page) -> None:
    page.goto("/ui/gallery/case/")
    page.click("[data-action=accept]")
    expect(page.locator("#dialog [name=decision]").first).to_be_focused()
    page.fill("[name=advice]", "请带好既往心电图")
    page.fill("[name=phone]", "13800000000")
    expect(page.locator("[data-draft]")).to_have_text("草稿已保存在本机")
    assert "13800000000" not in page.evaluate("JSON.stringify(localStorage)")
    page.keyboard.press("Escape")
    page.reload()
    page.click("[data-action=accept]")
    expect(page.locator("[name=advice]")).to_have_value("请带好既往心电图")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".y-field-error").first).to_have_text("请选择")
    expect(page.locator("[name=advice]")).to_have_value("请带好既往心电图")
    page.check("[name=decision][value=现在接收]")
    page.select_option("[name=department]", "2")
    page.fill("[name=at]", "2026-11-22T09:00")
    page.fill("[name=beds]", "5")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.name") == "sbp"
    page.keyboard.press("Control+Enter")
    expect(page.locator(".y-field-error").first).to_contain_text("心血管内科今天只剩 2 张床")
    page.fill("[name=beds]", "1")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".y-notice").first).to_contain_text("演示：没有真的保存")
    assert page.evaluate("localStorage.length") == 0


def test_a_form_that_opens_begins_at_its_first_empty_field_but_moves_nobody_who_types_in_it_already(page: Page) -> None:
    page.goto("/ui/gallery/form/")
    begun = page.locator("form.y-form[data-started]")
    expect(begun.locator("[name=decision]").first).to_be_focused()
    held: list[Route] = []
    page.route("**/ui/forms.js", lambda route: held.append(route))  # noqa: PLW0108 (Playwright marks what it is given)
    page.goto("/ui/gallery/form/", wait_until="commit")
    page.locator("[name=advice]").press_sequentially("请带好")
    held[0].continue_()
    expect(begun).to_be_visible()
    expect(page.locator("[name=advice]")).to_be_focused()


def test_a_lost_connection_says_so_and_keeps_the_form(page: Page) -> None:
    page.goto("/ui/gallery/case/")
    page.click("[data-action=accept]")
    page.fill("[name=advice]", "网络断开时写的")
    page.context.set_offline(True)
    page.keyboard.press("Control+Enter")
    expect(page.locator("dialog .y-notice")).to_contain_text("网络连接中断")
    expect(page.locator("[name=advice]")).to_have_value("网络断开时写的")
    page.context.set_offline(False)


def test_a_form_that_is_sent_twice_goes_once(page: Page) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.goto("/ui/gallery/form/")
    page.evaluate("const form = document.querySelector('form.y-form'); form.requestSubmit(); form.requestSubmit()")
    expect(page.locator(".y-field-error").first).to_be_visible()
    assert len([url for url in sent if "gallery/form" in url]) == 1


def test_theme_text_size_and_phone_width(page: Page) -> None:
    page.click(".y-user summary")
    page.click("[data-theme-choice=dark]")
    page.click("[data-font-choice=l]")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    expect(page.locator("html")).to_have_attribute("data-font", "l")
    page.set_viewport_size({"width": 390, "height": 844})
    for address in ("/ui/gallery/", "/ui/gallery/list/", "/ui/gallery/case/", "/ui/gallery/form/", "/organizations/"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, address


def test_charts_are_drawn_and_still(page: Page) -> None:
    page.goto("/ui/gallery/dashboard/?still")
    expect(page.locator("[data-chart][data-ready=true]")).to_have_count(2)


def test_print_has_the_page_number_and_no_navigation(page: Page) -> None:
    page.goto("/ui/gallery/list/")
    page.emulate_media(media="print")
    assert not page.locator(".y-side").is_visible()
    assert not page.locator(".y-pager .btn").first.is_visible()
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


def test_the_print_head_tells_the_time_of_the_server(page: Page) -> None:
    page.clock.set_fixed_time("2001-02-03T04:05:06")
    page.goto("/ui/gallery/list/")
    rules = page.evaluate("[...document.adoptedStyleSheets].flatMap(s => [...s.cssRules]).map(r => r.cssText).join()")
    composed = page.locator("body").get_attribute("data-composed")
    assert composed
    assert composed.startswith("生成时间 20")
    assert composed in rules
    assert "2001" not in rules
