"""Finding, registering and receiving people, and a follow-up on one screen, by keyboard, in a real browser."""

from datetime import date

import pytest
from browsing import Visit
from care_community import Community
from playwright.sync_api import expect

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.records.health_record.models import Observation
from yigongti.records.residents import services
from yigongti.records.residents.identity import generate
from yigongti.records.residents.models import Resident

pytestmark = pytest.mark.browser


@pytest.fixture
def wang(community: Community) -> Resident:
    """王秀英, registered at the township with a real number."""
    number = generate(date(1958, 3, 12), "2", "431127", 77)
    return services.register(
        community["family-doctor"], name="王秀英", id_number=number, area_code="431127101201", phone="13800138000"
    )


@pytest.mark.parametrize("phone", [False, True])
def test_a_follow_up_from_the_search_box_with_the_keyboard(visit: Visit, wang: Resident, phone: bool) -> None:
    page = visit("family-doctor", phone=phone)
    page.fill("[data-search]", "wxy")
    expect(page.locator("#found")).to_contain_text("王秀英")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".y-banner")).to_contain_text("王秀英")
    page.get_by_role("link", name="记录就诊、随访").click()
    page.fill("[name=sbp]", "900")
    expect(page.get_by_text("可录入 50–300")).to_be_visible()
    page.fill("[name=sbp]", "152")
    expect(page.get_by_text("可录入 50–300")).to_be_hidden()
    page.fill("[name=dbp]", "94")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#moments")).to_contain_text("152/94↑")
    expect(page.locator(".r-spark").first).to_be_visible()
    with acting(SYSTEM):
        assert Observation.objects.filter(resident=wang).count() == 2


def test_a_typed_number_fills_sex_and_birth_date(visit: Visit) -> None:
    page = visit("family-doctor", "/residents/new/")
    number = str(generate(date(1961, 7, 8), "1", "431127", 33))
    page.fill("[name=id_number]", number[:-1] + ("1" if number[-1] != "1" else "2"))
    expect(page.get_by_text("校验位不符")).to_be_visible()
    page.fill("[name=id_number]", number)
    expect(page.get_by_text("1961-07-08 出生")).to_be_visible()
    expect(page.locator("[name=birth_date]")).to_have_value("1961-07-08")
    expect(page.get_by_label("男", exact=True)).to_be_checked()
    page.fill("[name=name]", "周大山")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".y-banner")).to_contain_text("周大山")
    assert number not in page.content()


def test_a_stranger_receives_who_shows_the_card(visit: Visit, wang: Resident) -> None:
    page = visit("foreign-doctor", "/residents/search/")
    page.fill("#q", str(wang.id_number))
    page.keyboard.press("Enter")
    expect(page.get_by_text("不在您机构的服务范围内")).to_be_visible()
    page.get_by_role("button", name="接诊").click()
    expect(page.locator(".y-banner")).to_contain_text("王秀英")
    page.get_by_role("link", name="查阅记录").click()
    expect(page.locator("table")).to_contain_text("出示证件")


def test_breaking_the_glass_says_what_will_happen_first(visit: Visit, wang: Resident) -> None:
    page = visit("foreign-doctor", f"/residents/{wang.pk}/emergency/")
    expect(page.get_by_text("通知隐私负责人")).to_be_visible()
    page.get_by_label("危及生命").check()
    page.fill("[name=text]", "昏迷送来，需了解用药史")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".y-banner")).to_contain_text("王秀英")


def test_a_problem_is_added_in_the_dialog_and_kinds_are_filtered(visit: Visit, wang: Resident) -> None:
    page = visit("family-doctor", f"/record/{wang.pk}/")
    page.locator("[aria-label=当前用药]").get_by_text("添加").click()
    page.fill("dialog [name=name]", "氨氯地平片")
    page.fill("dialog [name=dose]", "5 mg")
    page.fill("dialog [name=frequency]", "每日一次")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[aria-label=当前用药]")).to_contain_text("氨氯地平片")
    page.get_by_label("转诊", exact=True).check()
    expect(page.locator("#moments")).not_to_contain_text("氨氯地平片")
    page.get_by_role("link", name="基本信息与签约").click()
    page.get_by_role("button", name="显示完整号码").click()
    expect(page.locator("#numbers")).to_contain_text("13800138000")
