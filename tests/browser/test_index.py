"""A question of identity answered by keyboard, a merge that a second person approves, and its undoing, in a browser."""

import os
from datetime import date
from pathlib import Path

import pytest
from browsing import Visit
from care_community import Community, person
from index_people import told
from playwright.sync_api import Page, expect

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.records.health_record.models import Encounter
from yigongti.records.residents.identity import generate
from yigongti.records.residents.models import MatchReview, Resident, SourceIdentity, SourceSystem
from yigongti.records.residents.services.matching import tie

pytestmark = pytest.mark.browser
SAME = {"name": "周大山", "birth_date": date(1970, 1, 2), "phone": "13900139001", "address": "塔峰镇测试村2组38号"}


@pytest.fixture
def twice(community: Community) -> tuple[Resident, Resident]:
    """周大山, whom two systems know under two valid numbers, with a visit under each; two clerks."""
    for name in ("clerk", "second"):
        person(community, name, "data-office", "county")
    with acting(SYSTEM):
        for code in ("his", "lis"):
            SourceSystem.objects.create(code=code, title=code.upper(), organization=community.organizations["county"])
    for n, source in enumerate(("his", "lis")):
        told(source, id_number=generate(date(1970, 1, 2), "1", "431127", n + 1), **SAME)
        tie()
    with acting(SYSTEM):
        identities = list(SourceIdentity.objects.select_related("resident").order_by("received_at"))
        for one in identities:
            Encounter.objects.create(
                resident=one.resident,
                organization=community.organizations["county"],
                kind="outpatient",
                started_at=clock.now(),
                identity=one,
            )
        [first, second] = [one.resident for one in identities]
        assert first is not None
        assert second is not None
        return first, second


def shot(page: Page, name: str) -> None:
    """A picture for those who look."""
    if folder := os.environ.get("YIGONGTI_SHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def test_a_merge_and_its_undoing(visit: Visit, twice: tuple[Resident, Resident]) -> None:
    first, second = twice
    page = visit("clerk", "/residents/review/")
    expect(page.locator(".rv-compare")).to_contain_text("周大山")
    expect(page.locator(".linkage-waterfall")).to_be_visible()
    expect(page.get_by_text("需第二人复核")).to_be_visible()
    shot(page, "review")
    page.keyboard.press("1")
    expect(page.get_by_text("已提交第二人复核")).to_be_visible()
    other = visit("second", "/residents/review/")
    other.get_by_role("link", name="HB").first.click()
    other.get_by_role("button", name="同意合并").click()
    expect(other.get_by_text("已合并").first).to_be_visible()
    shot(other, "merge")
    with acting(SYSTEM):
        assert Encounter.objects.filter(resident=first).count() == 2
        assert Resident.objects.get(pk=second.pk).merged_into_id == first.pk
        assert not MatchReview.objects.filter(closed_at=None).exists()
    other.get_by_role("link", name="保留档案的来源身份").click()
    expect(other.locator("table").first).to_contain_text("LIS")
    shot(other, "identities")
    other.goto(f"/residents/{second.pk}/identities/")
    expect(other).to_have_url(f"/residents/{first.pk}/identities/")
    other.get_by_role("link", name="HB").first.click()
    other.get_by_role("link", name="撤销合并").click()
    other.fill("[name=reason]", "是堂兄弟，同名同生日")
    other.get_by_role("button", name="撤销合并").click()
    expect(other.get_by_text("已撤销合并").first).to_be_visible()
    with acting(SYSTEM):
        assert Encounter.objects.filter(resident=second).count() == 1
        assert Resident.objects.get(pk=second.pk).merged_into_id is None


def test_the_desk_on_a_telephone(visit: Visit, twice: tuple[Resident, Resident]) -> None:
    page = visit("clerk", "/residents/review/", phone=True)
    shot(page, "review-phone")
    page.get_by_role("button", name="不是同一人").click()
    expect(page.get_by_text("已确认不是同一人")).to_be_visible()
