"""Accounts, the second factor and the audit, by hand in a real browser."""

import os
import re
from pathlib import Path

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from browsing import PASSWORD, Visit
from care_community import Community
from playwright.sync_api import Page, expect

from yigongti.kernel.access import services
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.access.models import Grant, User
from yigongti.kernel.audit.sealing import seal
from yigongti.kernel.audit.verification import verify_waiting

pytestmark = pytest.mark.browser
PICTURES = os.environ.get("YIGONGTI_TEST_PICTURES", "")


def picture(page: Page, name: str) -> None:
    """Keep a picture to look at, when a folder is named."""
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


@pytest.fixture
def administrator(community: Community) -> User:
    """An administrator of the county."""
    with acting(SYSTEM):
        user = User.objects.create_user("guanli", PASSWORD, name="管理员")
        Grant.objects.create(
            user=user, role="administrator", organization=community.organizations["county"], subtree=True
        )
    return user


def code_of(secret: str) -> str:
    """What an authenticator app shows now."""
    return format_hotp_value(hotp_value(secret, list(yield_hotp_counters_from_time())[1]))


def test_an_administrator_opens_an_account_and_its_owner_moves_in(
    visit: Visit, administrator: User, community: Community
) -> None:
    page = visit("guanli", "/access/")
    expect(page.locator("table")).to_contain_text("测试office")
    picture(page, "accounts")
    page.get_by_role("link", name="开设账号").click()
    page.get_by_label("账号").fill("lihua")
    page.get_by_label("姓名").fill("李华")
    page.locator("[name=role]").select_option("family-doctor")
    page.locator(f"[name=organization][value='{community.organizations['town'].pk}']").check()
    picture(page, "open-account")
    page.get_by_role("button", name="开设").click()
    expect(page.locator("body")).to_contain_text("临时密码")
    picture(page, "account")
    password = re.search(r"临时密码 ([\w-]{17})", page.locator("body").inner_text()).group(1)  # type: ignore[union-attr]

    page.context.clear_cookies()
    page.goto("/login/")
    page.fill("[name=login]", "lihua")
    page.fill("[name=password]", password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/my/password/")
    page.fill("[name=oldpassword]", password)
    page.fill("[name=password1]", "塔峰镇的秋天-2026年")
    page.fill("[name=password2]", "塔峰镇的秋天-2026年")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/my/password" not in url)
    page.goto("/my/sessions/")
    expect(page.locator("table")).to_contain_text("本次登录")
    picture(page, "sessions")


def test_a_second_factor_is_set_up_and_asked_for(visit: Visit, community: Community) -> None:
    page = visit("auditor", "/my/second-factor/")
    page.goto("/my/second-factor/activate/")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/activate/")
    picture(page, "second-factor")
    secret = re.search(r"\b[A-Z2-7]{32}\b", page.content()).group()  # type: ignore[union-attr]
    page.fill("[name=code]", code_of(secret))
    page.keyboard.press("Enter")
    page.wait_for_url("**/codes/")
    picture(page, "recovery-codes")
    recovery = re.search(r"\b\d{4} ?\d{4}\b", page.locator("main").inner_text()).group()  # type: ignore[union-attr]

    page.context.clear_cookies()
    page.goto("/login/?next=/audit/")
    page.fill("[name=login]", "auditor")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/login/code/**")
    picture(page, "code")
    page.fill("[name=code]", "000000")
    page.keyboard.press("Enter")
    expect(page.locator("body")).to_contain_text("验证码不正确")
    page.fill("[name=code]", recovery)
    page.keyboard.press("Enter")
    page.wait_for_url("**/audit/")


def test_an_auditor_finds_an_entry_and_verifies_the_chain(
    visit: Visit, administrator: User, community: Community
) -> None:
    services.set_active(administrator.actor(), user_id=community.users["specialist"].pk, active=False)
    seal()
    page = visit("auditor", "/audit/")
    page.get_by_label("人员（姓名或账号）").fill("guanli")
    page.keyboard.press("Enter")
    expect(page.locator("table tbody tr")).to_have_count(1)
    picture(page, "audit")
    page.locator("table tbody a").first.click()
    expect(page.locator("main")).to_contain_text("启用")
    picture(page, "entry")
    page.goto("/audit/chain/")
    page.get_by_role("button", name="核对审计链").click()
    expect(page.locator("#chain")).to_contain_text("核对中")
    verify_waiting()
    expect(page.locator("#chain")).to_contain_text("完整")
    picture(page, "chain")


def test_five_wrong_passwords_show_the_lock(visit: Visit, community: Community) -> None:
    page = visit("director", "/my/sessions/")
    page.context.clear_cookies()
    for _ in range(5):
        page.goto("/login/")
        page.fill("[name=login]", "director")
        page.fill("[name=password]", "wrong password")
        with page.expect_navigation():
            page.keyboard.press("Enter")
    expect(page.locator("body")).to_contain_text("锁定")
    picture(page, "locked")


def test_the_matrix_is_readable_on_a_telephone(visit: Visit, community: Community) -> None:
    page = visit("family-doctor", "/access/matrix/", phone=True)
    expect(page.locator("h1")).to_have_text("权限一览")
    picture(page, "matrix-phone")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
