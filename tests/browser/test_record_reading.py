"""Reading a long record in a real browser: the filter, a row with its source, trends, the summary on one sheet."""

import os
import re
from pathlib import Path

import pytest
from browsing import Visit
from care_community import Community
from playwright.sync_api import expect
from records_life import received

from yigongti.records.health_record import services as record
from yigongti.records.residents.models import Resident

pytestmark = pytest.mark.browser
PICTURES = os.environ.get("YIGONGTI_PICTURES")


@pytest.fixture
def wang(community: Community) -> Resident:
    """A resident with visits, problems, and what other systems sent."""
    resident, doctor = community.residents["wang"], community["family-doctor"]
    who = {"resident_id": resident.pk}
    for sbp, dbp in ((168, 104), (156, 96), (148, 92)):
        record.record_encounter(
            doctor,
            **who,
            kind="follow-up",
            measurements={"sbp": sbp, "dbp": dbp, "heart_rate": 78},
            assessment="高血压",
        )
    record.diagnose(doctor, **who, code="I10.x00", name="特发性高血压")
    record.prescribe(doctor, **who, name="苯磺酸氨氯地平片", dose="5 mg", frequency="每日 1 次")
    record.record_allergy(doctor, **who, substance="青霉素", reaction="皮疹")
    received(resident, community.organizations["town"])
    return resident


@pytest.mark.parametrize("phone", [False, True])
def test_a_record_is_narrowed_and_a_row_opened(visit: Visit, wang: Resident, phone: bool) -> None:
    page = visit("family-doctor", f"/record/{wang.pk}/", phone=phone)
    picture(page, f"record-{phone}")
    page.fill("#record-text", "血常规")
    expect(page.locator("#moments > li")).to_have_count(1)
    page.get_by_role("link", name="报告：血常规").click()
    dialog = page.locator("#dialog")
    expect(dialog).to_contain_text("检验系统")
    expect(dialog).to_contain_text("3.5–9.5")
    picture(page, f"entry-{phone}")


def test_a_trend_is_drawn_with_its_table_beside(visit: Visit, wang: Resident) -> None:
    page = visit("family-doctor", f"/record/{wang.pk}/results/?code=sbp&still")
    expect(page.locator("[data-ready=true]")).to_be_visible()
    expect(page.get_by_label("结果表").locator("tbody tr")).to_have_count(3)
    picture(page, "results")


def test_the_summary_is_one_screen_and_one_sheet(visit: Visit, wang: Resident) -> None:
    page = visit("family-doctor", f"/record/{wang.pk}/summary/")
    expect(page.locator(".r-summary")).to_contain_text("缬沙坦胶囊")
    assert page.evaluate("document.querySelector('.r-summary').getBoundingClientRect().bottom") <= 900
    picture(page, "summary")
    printed = page.pdf(format="A4")
    if PICTURES:
        (Path(PICTURES) / "summary.pdf").write_bytes(printed)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1


def picture(page: object, name: str) -> None:
    """Kept where ``YIGONGTI_PICTURES`` says, to be looked at."""
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)


def test_a_drug_is_corrected_and_both_versions_are_told(visit: Visit, wang: Resident) -> None:
    page = visit("family-doctor", f"/record/{wang.pk}/")
    page.locator("#moments").get_by_role("link", name="用药：苯磺酸氨氯地平片").click()
    dialog = page.locator("#dialog")
    dialog.get_by_role("link", name="更正", exact=True).click()
    dialog.locator("[name=dose]").fill("10 mg")
    dialog.get_by_role("button", name="保存更正").click()
    row = page.locator("#moments > li", has_text="用药：苯磺酸氨氯地平片")
    expect(row).to_contain_text("10 mg")
    expect(row).to_contain_text("第 2 版")
    row.get_by_role("link", name="用药：苯磺酸氨氯地平片").click()
    expect(dialog.locator("del")).to_contain_text("5 mg")
    picture(page, "versions")


def test_the_days_and_kinds_narrow_and_a_telephone_shows_the_problems_first(visit: Visit, wang: Resident) -> None:
    page = visit("family-doctor", f"/record/{wang.pk}/", phone=True)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    problems = page.get_by_label("问题列表").bounding_box()
    life = page.get_by_label("时间线", exact=True).bounding_box()
    assert problems
    assert life
    assert problems["y"] < life["y"]
    kinds = page.get_by_role("group", name="种类")
    kinds.get_by_label("手术操作").check()
    expect(page.locator("#moments > li")).to_have_count(1)
    expect(page.locator("#moments")).to_contain_text("纤维结肠镜")
    kinds.get_by_label("手术操作").uncheck()
    page.locator("[name=until]").fill("2001-01-01")
    expect(page.locator("#moments")).to_contain_text("没有符合条件的记录")
