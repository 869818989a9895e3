"""Referrals all the way round by clicking, as each person: a red one, a yellow one, and down with a plan."""

import re

import pytest
from browsing import Visit
from care_community import Community, treated_at
from playwright.sync_api import Locator, Page, expect
from referral_play import DISCHARGE, SUMMARY

from yigongti.care.referral.models import Referral
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM

pytestmark = pytest.mark.browser


def record_of(community: Community, who: str) -> str:
    """The page of a resident."""
    return f"/record/{community.residents[who].pk}/"


def form_of(page: Page) -> Locator:
    """The form that is open: in the dialog, else on the page."""
    return page.locator("dialog[open] form.y-form, main form.y-form").first


def submit(page: Page) -> None:
    """The button of the open form; what comes next is a new page."""
    with page.expect_navigation():
        form_of(page).locator(".y-form-foot button.btn").first.click()


def press(page: Page, label: str) -> None:
    """A button of a row, a card or a case."""
    page.locator("main").get_by_text(label, exact=True).first.click()
    form_of(page).wait_for()


def done(page: Page) -> None:
    """The word that the step was taken."""
    expect(page.locator("#notices")).to_contain_text("已办理")


def stands(page: Page, label: str) -> None:
    """The state of the case on the page."""
    expect(page.locator(".y-casestate-label")).to_have_text(label)


def state_of(direction: str) -> str:
    """What the database says of the only referral of a direction."""
    with acting(SYSTEM):
        return Referral.objects.get(direction=direction).state


def sent_up(page: Page, reason: str) -> None:
    """From a proposal on the page of the record: two clicks and the reason."""
    page.get_by_role("button", name="一键上转").first.click()
    expect(page.locator("[name=summary]")).to_have_value(re.compile("血压"))
    page.fill("[name=reason_text]", reason)
    submit(page)
    stands(page, "待接收")


def visited(page: Page, sbp: int, dbp: int, complaint: str, *signs: str) -> None:
    """The screen of a visit; its answer is the record with what the criteria propose."""
    page.fill("[name=sbp]", str(sbp))
    page.fill("[name=dbp]", str(dbp))
    page.fill("[name=complaint]", complaint)
    for sign in signs:
        page.get_by_label(sign, exact=True).check()
    submit(page)
    expect(page.locator("#referral-proposals")).to_be_visible()


def test_a_red_referral_from_the_visit_to_the_follow_up(visit: Visit, community: Community) -> None:
    doctor = visit("village-doctor", record_of(community, "wang") + "visit/")
    visited(doctor, 192, 112, "剧烈头痛两小时", "剧烈头痛或头晕")
    expect(doctor.locator("#referral-proposals")).to_contain_text("红 · 危急")
    sent_up(doctor, "血压危急，本村无法处理")

    office = visit("office", "/referrals/office/")
    press(office, "接收")  # two clicks, nothing typed
    submit(office)
    done(office)
    expect(office.locator("main")).to_contain_text("没有等待接收的转诊")
    press(office, "登记到诊")
    submit(office)
    done(office)

    specialist = visit("specialist", "/referrals/mine/")
    press(specialist, "开始诊疗")
    submit(specialist)
    done(specialist)
    press(specialist, "写回复函")
    specialist.fill("[name=treatment]", DISCHARGE)
    specialist.fill("[name=advice]", "两周后随访血压，继续用药")
    specialist.select_option("[name=outcome]", "improved")
    submit(specialist)
    done(specialist)

    doctor.goto("/referrals/mine/")
    press(doctor, "登记首次随访")
    expect(doctor.locator("dialog[open]")).to_contain_text("两周后随访血压")
    doctor.fill("[name=condition]", "血压平稳，无不适")
    submit(doctor)
    done(doctor)
    assert state_of("up") == "closed"
    doctor.goto(record_of(community, "wang"))
    expect(doctor.locator("#moments")).to_contain_text("上转")
    expect(doctor.locator("#moments")).to_contain_text("闭环")


def test_a_yellow_referral_with_a_question_a_time_and_back_down(visit: Visit, community: Community) -> None:
    doctor = visit("family-doctor", record_of(community, "li"))
    press(doctor, "发起上转")
    doctor.locator("dialog[open] [name=disease]").select_option("hypertension")
    submit(doctor)
    doctor.wait_for_url("**/send/**")
    doctor.get_by_label("黄 · 优先").check()
    doctor.get_by_label("需进一步检查明确诊断").check()
    doctor.fill("[name=summary]", SUMMARY)
    submit(doctor)
    stands(doctor, "待接收")

    office = visit("office", "/referrals/office/")
    office.locator("tr", has_text="测试li").locator("td").nth(2).click()
    press(office, "要求补充")
    office.fill("[name=note]", "请补充心电图结果")
    submit(office)
    stands(office, "待补充")

    doctor.goto("/referrals/mine/")
    press(doctor, "补充后再交")
    doctor.fill("[name=note]", "心电图：窦性心律，未见异常")
    submit(doctor)
    done(doctor)

    office.goto("/referrals/office/")
    press(office, "接收")
    office.fill("[name=appointment_at]", "2099-01-05T09:30")
    office.fill("[name=appointment_place]", "门诊三楼 5 诊室")
    submit(office)
    done(office)
    office.goto("/referrals/")
    office.get_by_role("link", name=re.compile("^SZ")).first.click()
    press(office, "登记到诊")
    submit(office)
    stands(office, "已到诊")

    specialist = visit("specialist", "/referrals/mine/")
    specialist.locator("tr", has_text="测试li").locator("td").nth(2).click()
    specialist.locator(".y-actions").get_by_text("下转基层", exact=True).click()
    specialist.wait_for_url("**/hand_down/**")
    specialist.fill("[name=summary]", DISCHARGE)
    specialist.fill("[name=next_checks]", "一月后复查肾功能")
    submit(specialist)
    stands(specialist, "已下转")
    specialist.get_by_role("link", name=re.compile("下转 XZ")).click()
    stands(specialist, "待基层接收")
    received_below(visit("family-doctor", "/referrals/mine/", phone=True))
    assert (state_of("up"), state_of("down")) == ("handed_down", "closed")


def test_a_discharge_goes_down(visit: Visit, community: Community) -> None:
    treated_at(community, "wang", "county")
    specialist = visit("specialist", record_of(community, "wang"))
    press(specialist, "下转基层")
    specialist.locator("dialog[open] [name=disease]").select_option("hypertension")
    submit(specialist)
    specialist.wait_for_url("**/send/**")
    expect(specialist.locator("main")).to_contain_text("居民的签约机构")
    specialist.get_by_label("急性期治疗后病情稳定，需继续恢复").check()
    specialist.fill("[name=summary]", DISCHARGE)
    specialist.fill("[name=drugs]", "氨氯地平片，5mg，每日一次，28")
    specialist.fill("[name=next_checks]", "一月后复查肾功能")
    submit(specialist)
    stands(specialist, "待基层接收")
    received_below(visit("family-doctor", "/referrals/mine/"))
    assert state_of("down") == "closed"


def received_below(doctor: Page) -> None:
    """Plan, drugs and date on one screen: two clicks; then the first follow-up."""
    press(doctor, "接收")
    expect(doctor.locator("dialog[open]")).to_contain_text("血压平稳")
    submit(doctor)
    done(doctor)
    press(doctor, "登记首次随访")
    doctor.fill("[name=condition]", "按时服药，血压 136/82")
    submit(doctor)
    done(doctor)
