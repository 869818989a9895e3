"""The registry in a real browser: a dialog, an earlier day, the picture, a file from upload to import, a phone."""

from pathlib import Path

import pytest
from browsing import Visit
from care_community import Community
from openpyxl import Workbook
from playwright.sync_api import expect

from yigongti.registry.consortia.models import Consortium
from yigongti.registry.organizations.models import Department

pytestmark = pytest.mark.browser


def test_a_member_joins_in_a_dialog_and_yesterday_stays_what_it_was(visit: Visit, community: Community) -> None:
    consortium = Consortium.objects.get()
    page = visit("council", consortium.get_absolute_url())
    expect(page.locator("main")).to_contain_text("成员（3）")
    page.click("text=加入成员")
    dialog = page.locator("dialog[open]")
    dialog.locator("select[name=organization]").select_option("V1")
    dialog.locator("input[name=start]").fill("2020-01-01")
    dialog.locator("button.btn-primary").click()
    expect(dialog.locator(".y-field-error")).to_contain_text("存续期")
    dialog.locator("input[name=start]").fill("2025-06-01")
    page.keyboard.press("Control+Enter")
    expect(page.locator("main")).to_contain_text("成员（4）")
    expect(page.locator("#notices")).to_contain_text("成员已加入")
    page.fill("#as-of", "2025-05-31")
    page.click("text=查看")
    expect(page.locator("main")).to_contain_text("显示 2025-05-31 的情况")
    expect(page.locator("main")).to_contain_text("成员（3）")


def test_the_picture_leads_to_the_organisations(visit: Visit, community: Community) -> None:
    page = visit("council", f"/consortia/{Consortium.objects.get().pk}/picture/")
    page.locator("a.y-lead-node").click()
    expect(page.locator("h1")).to_have_text("测试county")


def test_a_file_is_checked_corrected_and_imported(visit: Visit, community: Community, tmp_path: Path) -> None:
    book = Workbook()
    for line in (["机构代码", "诊疗科目", "科室名称"], ["T1", "02", "全科医疗科"], ["NO", "02", "全科医疗科"]):
        book.worksheets[0].append(line)
    book.save(tmp_path / "科室.xlsx")
    page = visit("council", "/imports/departments/")
    page.set_input_files("#file", tmp_path / "科室.xlsx")
    page.click("button:has-text('上传并预检')")
    expect(page.locator("main")).to_contain_text("没有代码为 NO 的机构")
    with page.expect_download() as download:
        page.click("text=下载退回的行")
    assert download.value.suggested_filename == "退回-科室.xlsx"
    page.click("text=导入 1 行")
    expect(page.locator("#notices")).to_contain_text("新增 1")
    assert Department.objects.filter(organization=community.organizations["town"], name="全科医疗科").exists()


@pytest.mark.parametrize("path", ["/organizations/", "/consortia/", "/staff/", "/places/", "/imports/organizations/"])
def test_a_phone_shows_no_sideways_scroll(visit: Visit, path: str) -> None:
    page = visit("council", path, phone=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
