"""Each role's desk in a real browser: the form, the lists, the keyboard, a telephone, the dark, a sheet of paper."""

from datetime import timedelta

import pytest
from browsing import Visit
from care_community import Community, person
from playwright.sync_api import Page, expect
from referral_play import measured, sent, step

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.access.models import Grant, User

pytestmark = pytest.mark.browser
WORK = {
    "village-doctor": "今天要办的事",
    "office": "待接收",
    "specialist": "等待接诊",
    "director": "超时的事在谁手里",
    "council": "变化最大的",
    "auditor": "最近的调阅和导出",
    "data-office": "登记表",
    "administrator": "正在登录",
}


def no_wider_than_the_screen(page: Page) -> bool:
    """Nothing makes the page scroll sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def test_every_role_arrives_at_its_desk(community: Community, visit: Visit) -> None:
    with acting(SYSTEM):
        person(community, "data-office", "data-office", "county", subtree=True)
        person(community, "administrator", "administrator", "county", subtree=True)
    sent(community)
    for name, shows in WORK.items():
        page = visit(name, phone=name in ("village-doctor", "director", "council"))
        expect(page.get_by_text(shows, exact=False).first).to_be_visible()
        assert no_wider_than_the_screen(page), name


def test_a_doctor_works_by_keyboard(community: Community, visit: Visit) -> None:
    measured(community, "wang", sbp=192, dbp=112)
    page = visit("village-doctor")
    expect(page.locator("[data-search]")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#register-today tr.y-on")).to_contain_text("测试wang")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("转诊建议")
    page.go_back()
    page.get_by_role("button", name="一键上转").click()
    expect(page.locator("form.y-form")).to_contain_text("主要病情")
    expect(page.locator("body")).to_contain_text("测试wang")


def test_the_office_accepts_from_the_desk_in_two_clicks(community: Community, visit: Visit) -> None:
    sent(community)
    page = visit("office")
    row = page.locator("#register-referral-accept tbody tr").first
    row.get_by_role("link", name="接收").click()
    page.locator("dialog[open] form button.btn-primary").click()
    expect(page.locator("#notices")).to_contain_text("接收")
    page.goto("/")
    expect(page.locator("#register-referral-accept")).to_contain_text("没有等待接收的转诊")


def test_a_number_of_yesterday_opens_its_list(community: Community, visit: Visit) -> None:
    with clock.travelling(clock.now() - timedelta(days=1)):
        case = sent(community)
    page = visit("director")
    page.locator(".y-figure", has_text="昨天上转").locator("a").click()
    expect(page.locator("table")).to_contain_text(case.number)


def test_a_desk_in_the_dark_and_on_paper(community: Community, visit: Visit) -> None:
    sent(community)
    page = visit("office")
    page.locator(".y-user summary").click()
    page.locator("[data-theme-choice=dark]").click()
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"
    expect(page.locator("body")).to_have_css("color", "rgb(228, 233, 238)")
    page.emulate_media(media="print")
    for hidden in (".y-side", ".y-top"):
        expect(page.locator(hidden)).to_be_hidden()
    expect(page.locator("#register-referral-accept")).to_contain_text("测试wang")
    expect(page.locator("body")).to_have_css("color", "rgb(0, 0, 0)")


def test_a_resident_uses_the_telephone(community: Community, visit: Visit) -> None:
    case = sent(community)
    at = clock.now() + timedelta(days=2)
    step(community["office"], case, "accept", appointment_at=at, appointment_place="门诊三楼 5 诊室")
    with acting(SYSTEM):
        own = User.objects.create_user("own", "correct horse battery", name="测试wang")
        own.resident_id = community.residents["wang"].pk
        own.save()
        Grant.objects.create(user=own, role="resident", organization=community.organizations["town"])
    page = visit("own", "/my/", phone=True)
    expect(page.locator(".m-go")).to_contain_text("门诊三楼 5 诊室")
    assert no_wider_than_the_screen(page)
    page.get_by_role("link", name="出示健康码").click()
    expect(page.locator(".m-qr svg")).to_be_visible()
    assert no_wider_than_the_screen(page)
    page.goto("/my/consents/")
    page.locator(".y-card", has_text="接收短信提醒").get_by_role("button", name="同意").click()
    expect(page.locator(".y-card", has_text="接收短信提醒")).to_contain_text("已同意")
    for path in ("/my/readers/", "/my/results/", "/my/referrals/"):
        page.goto(path)
        assert no_wider_than_the_screen(page), path
