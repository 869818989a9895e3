"""An evaluation in a real browser: the director reports, the council judges, everybody looks at the result."""

from pathlib import Path

import evaluation_county as play
import pytest
from browsing import Visit
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


@pytest.fixture
def county(transactional_db: None) -> play.County:
    """Towns, their directors and the council, committed."""
    return play.build()


def test_a_quarter_is_evaluated(open_as: Visit, county: play.County, tmp_path: Path) -> None:
    def shot(page: Page, name: str) -> None:
        page.screenshot(path=str(tmp_path / f"{name}.png"), full_page=True)

    council = open_as("council", "/evaluation/new/")
    council.select_option("[name=policy]", play.POLICY) if council.locator("select[name=policy]").count() else (
        council.locator(f"[name=policy][value='{play.POLICY}']").check()
    )
    council.fill("[name=period]", play.PERIOD)
    shot(council, "new")
    council.get_by_role("button", name="发起", exact=True).click()
    expect(council.get_by_role("heading", name="2026 年第 3 季度成员单位季度考核")).to_be_visible()
    council.get_by_role("link", name="启动自评").click()
    council.locator("#dialog-body").get_by_role("button", name="启动自评").click()
    expect(council.locator(".y-casestate-label")).to_have_text("自评中")

    director = open_as("town-director", "/")
    director.get_by_role("link", name="填写自评").click()
    for item in play.JUDGED:
        director.fill(f"[name='value:{item}']", "95")
    director.fill("[name='value:signed']", "61.5")
    expect(director.locator("tr", has=director.locator("[name='value:signed']"))).to_contain_text("比计算值多 1.5")
    director.fill("[name='note:signed']", "含季末补签")
    shot(director, "self-report")
    director.get_by_role("button", name="保存，去提交").click()
    director.get_by_role("button", name="提交自评").click()
    expect(director.locator(".y-casestate-label")).to_have_text("已自评")

    case = play.latest()
    for town in play.TOWNS[1:]:
        one, who = play.answer(case, county, town), play.director(county, town)
        play.say(who, one, "fill", values=[{"item": item, "value": 80} for item in play.JUDGED])
        play.say(who, one, "submit")
    play.step(county["council"], case, "end_reports")
    council.goto(case.get_absolute_url())
    council.get_by_role("link", name="评审表").click()
    council.wait_for_url("**/judging/")
    for box in council.locator("input[name^='value:']").all():
        box.fill("85")
    shot(council, "judging")
    council.get_by_role("button", name="保存这一项").click()
    marks = [
        {"answer": str(play.answer(case, county, town).pk), "item": "cost-control", "value": value, "note": "查账"}
        for town, value in zip(play.TOWNS, (100, 50, 0), strict=True)
    ]
    play.step(county["council"], case, "judge", marks=marks)
    play.step(county["council"], case, "circulate")
    for town in play.TOWNS:
        play.say(play.director(county, town), play.answer(case, county, town), "agree")
    play.step(county["council"], case, "open_appeals")

    director.goto(play.answer(case, county, "town").get_absolute_url())
    director.locator("#steps-in-time").get_by_role("link", name="申诉").click()
    dialog = director.locator("#dialog-body")
    dialog.locator("[name=wanted]").fill("97")
    dialog.locator("[name=reason]").fill("两件停电期间的步骤应剔除")
    dialog.get_by_role("button", name="申诉").click()
    expect(director.locator("#steps-in-time")).to_contain_text("待答复")
    shot(director, "answer-appealing")

    council.goto(play.answer(case, county, "town").get_absolute_url())
    council.locator("#steps-in-time").get_by_role("link", name="答复").click()
    dialog = council.locator("#dialog-body")
    dialog.locator("[name=outcome][value=changed]").check()
    dialog.locator("[name=value]").fill("97")
    dialog.locator("[name=reason]").fill("停电记录属实")
    dialog.get_by_role("button", name="答复申诉").click()
    expect(council.locator("#steps-in-time")).to_contain_text("已更正")
    for town in play.TOWNS:
        play.say(play.director(county, town), play.answer(case, county, town), "finish")
    play.step(county["council"], case, "end_appeals")
    play.step(
        county["council"], case, "decide", conclusion="三家单位均完成季度任务，签约和随访差距较大。", pool="90000"
    )
    play.step(county["second"], case, "publish")

    council.goto(case.get_absolute_url())
    shot(council, "case")
    council.get_by_role("button", name="生成报告").click()
    expect(council.get_by_role("link", name="考核报告（PDF）")).to_be_visible()
    with council.expect_download() as got:
        council.get_by_role("link", name="考核报告（PDF）").click()
    got.value.save_as(tmp_path / "report.pdf")
    with council.expect_download() as got:
        council.get_by_role("link", name="考核报告（Word）").click()
    got.value.save_as(tmp_path / "report.docx")
    council.pdf(path=str(tmp_path / "case-print.pdf"), format="A4", landscape=True)
    director.goto(play.answer(case, county, "town").get_absolute_url())
    shot(director, "answer")
    director.pdf(path=str(tmp_path / "answer-print.pdf"), format="A4")
    for name, path in (("list", "/evaluation/"), ("own", "/evaluation/own/")):
        director.goto(path)
        shot(director, name)
    phone = open_as("town-director", play.answer(case, county, "town").get_absolute_url(), phone=True)
    shot(phone, "answer-phone")
    phone.goto(case.get_absolute_url())
    shot(phone, "case-phone")
    overflow = phone.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0


def test_targets_are_drafted_and_answered(open_as: Visit, county: play.County, tmp_path: Path) -> None:
    page = open_as("council", "/evaluation/targets/new/")
    page.fill("[name=period]", play.PERIOD)
    page.get_by_role("button", name="计算建议").click()
    expect(page.get_by_text("总量和权重")).to_be_visible()
    page.get_by_role("link", name="征求意见（第一轮）").click()
    page.locator("#dialog-body").get_by_role("button", name="征求意见（第一轮）").click()
    expect(page.locator(".y-casestate-label")).to_have_text("第一轮征求意见")
    other = open_as("town-director", "/evaluation/targets/")
    other.get_by_role("link", name="2026 年第 3 季度中心季度服务目标").click()
    other.get_by_role("link", name="回复").click()
    other.locator("#dialog-body [name=text]").fill("外出务工的老人多，建议下调")
    other.locator("#dialog-body").get_by_role("button", name="提交").click()
    expect(other.get_by_text("外出务工的老人多")).to_be_visible()
    other.screenshot(path=str(tmp_path / "targets.png"), full_page=True)
