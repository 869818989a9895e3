"""A planner asks for data, the data office prepares, the council approves, the planner fetches: in a real browser."""

from pathlib import Path

import pytest
from browsing import PASSWORD, Visit
from extract_play import House, account, at, make_house, unpacked
from playwright.sync_api import Page, expect
from records_community import make_community

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.jobs.declaration import Silent
from yigongti.records.exchange.extracts.making import make
from yigongti.records.exchange.extracts.models import Extract

pytestmark = pytest.mark.browser


@pytest.fixture
def house(transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """Residents of two towns, a planner, a data office, a council, who can log in."""
    at(tmp_path, monkeypatch)
    made = make_house(make_community())
    with acting(SYSTEM):
        for actor in (made.planner, made.office, made.approver):
            user = account(actor)
            user.set_password(PASSWORD)
            user.save()
    return made


def test_data_are_asked_for_approved_and_fetched(open_as: Visit, house: House, tmp_path: Path) -> None:
    def shot(page: Page, name: str) -> None:
        page.screenshot(path=str(tmp_path / f"{name}.png"), full_page=True)

    planner = open_as(account(house.planner).username, "/exchange/extracts/new/resident-years/")
    planner.locator("[name=purpose][value=planning]").check()
    planner.fill("[name=reason]", "全县床位与人员配置规划的测算")
    planner.fill("[name=used_by]", "县卫健局规划科")
    planner.fill("[name=first]", "2025-01-01")
    planner.fill("[name=last]", "2025-12-31")
    shot(planner, "ask")
    planner.get_by_role("button", name="提交申请").click()
    expect(planner.get_by_text("待准备").first).to_be_visible()
    with acting(SYSTEM):
        case = Extract.objects.get()
    url = case.get_absolute_url()
    for actor, step, words in ((house.office, "准备完毕，送批准", "待批准"), (house.approver, "批准", "生成中")):
        page = open_as(account(actor).username, url)
        page.get_by_role("link", name=step, exact=True).click()
        page.locator("#dialog-body").get_by_role("button", name=step, exact=True).click()
        expect(page.locator(".y-main").get_by_text(words).first).to_be_visible()
    make(case.pk, Silent())
    planner.goto(url)
    expect(planner.get_by_text("检查报告").first).to_be_visible()
    shot(planner, "case")
    with planner.expect_download() as fetched:
        planner.get_by_role("button", name=f"下载 {case.number}.zip").click()
    assert unpacked(Path(fetched.value.path()).read_bytes())[0]
    planner.goto("/exchange/extracts/")
    expect(planner.get_by_text(case.number)).to_be_visible()
    shot(planner, "register")
