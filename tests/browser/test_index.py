"""A question of identity answered by keyboard, a merge that a second person approves, and its undoing, in a browser."""

import os
import re
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
from yigongti.kernel.access.models import Grant
from yigongti.records.health_record.models import Encounter
from yigongti.records.residents.identity import generate
from yigongti.records.residents.models import CareRelation, MatchReview, Resident, SourceIdentity, SourceSystem
from yigongti.records.residents.services.matching import tie
from yigongti.records.residents.services.relations import open_relation

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


def person_home(name: str) -> int:
    """Where a person of the community works."""
    with acting(SYSTEM):
        return int(Grant.objects.get(user__username=name).organization_id)


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
    doctor = visit("specialist", f"/record/{first.pk}/")
    expect(doctor.locator("main")).to_contain_text("周大山")
    shot(doctor, "record-merged")
    doctor.goto(f"/record/{first.pk}/readers/")
    shot(doctor, "readers-merged")
    expect(doctor.locator("main")).to_contain_text("身份核对")
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


def test_an_identity_that_is_not_this_persons_goes_and_comes_back(
    visit: Visit, twice: tuple[Resident, Resident]
) -> None:
    first, second = twice
    page = visit("clerk", f"/residents/{second.pk}/identities/")
    page.get_by_role("link", name="不是这个人").click()
    page.fill("[name=target]", first.number)
    page.fill("[name=reason]", "电话联系本人核实")
    shot(page, "move-form")
    page.get_by_role("button", name="提出改归").click()
    expect(page.get_by_text("须由另一人复核")).to_be_visible()
    other = visit("second", "/residents/review/")
    other.get_by_role("link", name="GG").first.click()
    other.get_by_role("button", name="同意改归").click()
    expect(other.get_by_text("已改归").first).to_be_visible()
    shot(other, "move")
    with acting(SYSTEM):
        assert Encounter.objects.filter(resident=first).count() == 2
    other.get_by_role("link", name="撤销改归").click()
    other.fill("[name=reason]", "看错了")
    other.get_by_role("button", name="撤销改归").click()
    expect(other.get_by_text("已撤销改归").first).to_be_visible()
    with acting(SYSTEM):
        assert Encounter.objects.filter(resident=second).count() == 1


def test_who_is_registered_already_is_seen_while_typing(visit: Visit, twice: tuple[Resident, Resident]) -> None:
    first, second = twice
    with acting(SYSTEM):
        for one in (first, second):
            open_relation(
                resident_id=one.pk, organization_id=person_home("family-doctor"), kind=CareRelation.Kind.ENCOUNTER
            )
    page = visit("family-doctor", "/residents/new/")
    page.fill("[name=name]", "周大山")
    page.fill("[name=birth_date]", "1970-01-02")
    page.fill("[name=phone]", "13900139001")
    expect(page.get_by_text("已有相像的档案")).to_be_visible()
    shot(page, "lookalikes")
    page.get_by_role("link", name="就是此人").first.press("Enter")
    expect(page).to_have_url(re.compile(r"/record/"))
