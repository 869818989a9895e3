"""From the assessment of a patient in care to the referral down: the desk suggests, the plan is prepared."""

import re
import time

import pytest
from browsing import Visit
from care_community import Community
from playwright.sync_api import Page, expect
from readiness_play import in_care
from referral_play import DISCHARGE

from yigongti.care.referral.models import Decision, Referral
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM

pytestmark = pytest.mark.browser


def assessed(doctor: Page) -> float:
    """The assessment from the desk, in one dialog; answers how long it took (seconds)."""
    began = time.monotonic()
    doctor.locator("tr", has_text="测试wang").get_by_text("评估", exact=True).click()
    dialog = doctor.locator("dialog[open] form.y-form")
    dialog.wait_for()
    dialog.locator("[name=condition_stable][value=yes]").check()
    dialog.locator("[name=plan_settled][value=yes]").check()
    dialog.get_by_label("诊断明确", exact=True).check()
    dialog.get_by_label("并发症治疗后稳定（或无并发症）", exact=True).check()
    with doctor.expect_navigation():
        dialog.locator(".y-form-foot button.btn").first.click()
    return time.monotonic() - began


def test_from_the_assessment_to_the_referral_down(visit: Visit, community: Community) -> None:
    case = in_care(community, days=5)
    doctor = visit("specialist", "/")
    expect(doctor.locator("main")).to_contain_text("现在没有符合下转标准的病人")
    assert assessed(doctor) < 30
    row = doctor.locator("tr", has_text="高血压县域分级诊疗技术方案")
    expect(row).to_contain_text("测试wang")
    expect(row).to_contain_text("并发症治疗后稳定")
    row.get_by_text("下转", exact=True).click()
    doctor.wait_for_url("**/hand_down/**")
    expect(doctor.locator("[name=summary]")).to_have_value(re.compile("转基层长期随访"))
    doctor.fill("[name=summary]", DISCHARGE)
    doctor.fill("[name=next_checks]", "一月后复查肾功能")
    with doctor.expect_navigation():
        doctor.locator("main form.y-form .y-form-foot button.btn").first.click()
    expect(doctor.locator("#notices")).to_contain_text("已办理")
    expect(doctor.locator("main")).to_contain_text("现在没有符合下转标准的病人")
    with acting(SYSTEM):
        down = Referral.objects.get(basis=case)
        assert down.state == "submitted"
        assert down.proposal["rule"] == "hypertension-county"
        assert Decision.objects.get(referral=case).verdict == "accepted"
    doctor.goto(f"/referrals/{down.pk}/")
    expect(doctor.locator("main")).to_contain_text("转诊建议依据")


def test_not_down_for_a_reason(visit: Visit, community: Community) -> None:
    case = in_care(community, days=5)
    doctor = visit("specialist", "/")
    assessed(doctor)
    doctor.goto(f"/referrals/{case.pk}/")
    card = doctor.locator("#referral-readiness")
    expect(card).to_contain_text("可以下转")
    card.get_by_text("不采纳", exact=True).click()
    dialog = doctor.locator("dialog[open]")
    dialog.locator("[name=reason]").first.wait_for()
    expect(dialog).to_contain_text("高血压：诊断明确、方案确定")
    dialog.locator("select[name=reason]").select_option("more-examination")
    with doctor.expect_navigation():
        dialog.locator(".y-form-foot button.btn").first.click()
    expect(doctor.locator("#referral-readiness")).to_contain_text("已不采纳")
