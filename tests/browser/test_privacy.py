"""A resident hides a category, shares by a code and objects to an entry, on the telephone, in a real browser."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from browsing import Visit
from care_community import Community
from playwright.sync_api import Page, expect

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.access.models import Grant, User
from yigongti.records.health_record.models import Condition
from yigongti.records.privacy import settling
from yigongti.records.privacy.models import Share
from yigongti.records.residents.models import CareRelation, Resident

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("YIGONGTI_SHOTS")


@pytest.fixture
def wang(community: Community) -> Resident:
    """Someone with a telephone, two diagnoses of the hospital and a relation to the township."""
    settling.settle()
    town, hospital = community.organizations["town"], community.organizations["county"]
    with acting(SYSTEM):
        own = User.objects.create_user("own", "correct horse battery", name="测试wang")
        own.resident_id = community.residents["wang"].pk
        own.save()
        Grant.objects.create(user=own, role="resident", organization=town)
        found = Resident.objects.get(pk=own.resident_id)
        for code, name in (("B18.100", "慢性乙型病毒性肝炎"), ("B20.100", "人类免疫缺陷病毒病"), ("I10", "高血压")):
            Condition(resident=found, organization=hospital, code=code, name=name).save(force_insert=True)
        CareRelation.objects.get_or_create(resident=found, organization=town, kind="registered", source="")
    return found


def fits(page: Page, name: str) -> None:
    """No wider than the screen; kept as a picture when somebody wants to look."""
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name


def test_a_hidden_category_disappears_for_others(visit: Visit, wang: Resident) -> None:
    doctor = visit("family-doctor", f"/record/{wang.pk}/")
    expect(doctor.locator("main")).to_contain_text("慢性乙型病毒性肝炎")
    expect(doctor.locator("main")).to_contain_text("有 1 条受保护的记录没有显示")
    expect(doctor.locator("main")).not_to_contain_text("人类免疫缺陷")
    page = visit("own", "/my/privacy/", phone=True)
    fits(page, "privacy")
    page.locator(".y-card", has_text="肝炎和结核").get_by_role("button", name="隐藏这一类").click()
    expect(page.locator(".y-card", has_text="肝炎和结核")).to_contain_text("已隐藏")
    doctor.reload()
    expect(doctor.locator("main")).to_contain_text("有 2 条受保护的记录没有显示")
    expect(doctor.locator("main")).not_to_contain_text("慢性乙型病毒性肝炎")
    fits(doctor, "record-protected")
    doctor.get_by_role("link", name="说明原因后查看").click()
    doctor.get_by_label("诊疗确需查看受保护的记录").check()
    doctor.fill("[name=text]", "开药前核对相互作用")
    doctor.get_by_role("button", name="紧急调阅").click()
    expect(doctor.locator("main")).to_contain_text("人类免疫缺陷")
    page.goto("/my/readers/")
    expect(page.locator("main")).to_contain_text("开药前核对相互作用")
    fits(page, "readers")


def test_a_code_lets_an_outside_doctor_in_until_it_is_taken_back(visit: Visit, wang: Resident) -> None:
    page = visit("own", "/my/sharing/", phone=True)
    fits(page, "sharing")
    page.get_by_role("button", name="生成授权码").click()
    expect(page.locator(".m-qr svg")).to_be_visible()
    fits(page, "sharing-code")
    code = page.locator(".m-share-code").inner_text()
    doctor = visit("foreign-doctor", "/shared/")
    doctor.fill("[name=code]", code)
    doctor.get_by_role("button", name="查看").click()
    expect(doctor.locator("main")).to_contain_text("高血压")
    page.goto("/my/sharing/")
    expect(page.locator("main")).to_contain_text("可以查看")
    page.get_by_role("button", name="收回").click()
    expect(page.locator("main")).to_contain_text("已收回")
    fits(page, "sharing-revoked")
    assert doctor.goto(f"/record/{wang.pk}/").status == 404  # type: ignore[union-attr]


def test_an_objection_goes_to_those_who_wrote_and_back(visit: Visit, wang: Resident) -> None:
    page = visit("own", "/my/record/", phone=True)
    fits(page, "record")
    page.locator(".y-card", has_text="高血压").get_by_role("link", name="这条不对").click()
    page.fill("[name=text]", "我的血压一直正常")
    fits(page, "object")
    page.get_by_role("button", name="提出异议").click()
    expect(page.locator("main")).to_contain_text("写下记录的机构正在核对")
    fits(page, "objections")
    doctor = visit("specialist", "/objections/")
    fits(doctor, "objections-staff")
    doctor.get_by_text("诊断：高血压").click()
    expect(doctor.locator("main")).to_contain_text("我的血压一直正常")
    fits(doctor, "objection-staff")
    doctor.get_by_role("link", name="不予更正").or_(doctor.get_by_role("button", name="不予更正")).first.click()
    dialog = doctor.locator("form", has_text="给居民的答复")
    dialog.locator("[name=reason]").select_option("agrees")
    dialog.locator("[name=note]").fill("三次测量均高于正常，请来院复测")
    dialog.get_by_role("button", name="不予更正").click()
    expect(doctor.get_by_text("居民会看到答复")).to_be_visible()
    page.reload()
    expect(page.locator("main")).to_contain_text("请来院复测")
    page.get_by_role("link", name="申请复核").click()
    page.fill("[name=note]", "我在家量的都正常")
    page.get_by_role("button", name="申请复核").click()
    expect(page.locator("main")).to_contain_text("机构负责人正在复核")
    fits(page, "objection-review")


def test_a_code_that_is_over_and_a_time_that_is_over_let_nobody_in(visit: Visit, wang: Resident) -> None:
    page = visit("own", "/my/sharing/", phone=True)
    page.get_by_role("button", name="生成授权码").click()
    code = page.locator(".m-share-code").inner_text()
    with acting(SYSTEM):
        Share.objects.update(expires_at=clock.now() - timedelta(minutes=1))
    doctor = visit("foreign-doctor", "/shared/")
    doctor.fill("[name=code]", code)
    doctor.get_by_role("button", name="查看").click()
    expect(doctor.locator("main")).to_contain_text("授权码不对，或者已经用过、过期")
    page.get_by_role("button", name="生成授权码").click()
    doctor.fill("[name=code]", page.locator(".m-share-code").inner_text())
    doctor.get_by_role("button", name="查看").click()
    expect(doctor.locator("main")).to_contain_text("高血压")
    with acting(SYSTEM):
        CareRelation.objects.filter(kind="shared").update(until=clock.now() - timedelta(minutes=1))
    assert doctor.reload().status == 404  # type: ignore[union-attr]


def test_the_glass_is_broken_with_a_reason_that_the_person_reads(visit: Visit, wang: Resident) -> None:
    doctor = visit("foreign-doctor", f"/residents/{wang.pk}/emergency/")
    fits(doctor, "emergency")
    doctor.get_by_label("患者意识不清，无法出示证件").check()
    doctor.fill("[name=text]", "车祸昏迷，核对过敏和用药")
    doctor.get_by_role("button", name="紧急调阅").click()
    expect(doctor.locator("main")).to_contain_text("人类免疫缺陷")
    page = visit("own", "/my/readers/", phone=True)
    expect(page.locator("main")).to_contain_text("测试foreign-doctor")
    expect(page.locator("main")).to_contain_text("车祸昏迷，核对过敏和用药")
    family = visit("family-doctor", f"/record/{wang.pk}/readers/")
    expect(family.locator("main")).to_contain_text("车祸昏迷，核对过敏和用药")
