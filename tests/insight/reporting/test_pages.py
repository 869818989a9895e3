"""The pages of reporting: entering by form and by spreadsheet, files, reviewing, who owes what, wrong people."""

import io
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook
from reporting_play import NOW, PDF, House, accepted, again, filled, make_house, opened, step, submitted

from yigongti.insight.reporting import evidence, services, steps
from yigongti.insight.reporting.models import Evidence, Report
from yigongti.insight.reporting.schemas import ItemIn
from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.models import User
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.errors import Conflict, Invalid
from yigongti.kernel.events.outbox import deliver

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> Iterator[House]:
    with clock.travelling(NOW):
        yield make_house()


def browser(actor: Actor) -> Client:
    client = Client()
    client.force_login(
        User.objects.get(pk=actor.user_id or 0), backend="yigongti.kernel.access.backends.GrantedBackend"
    )
    return client


def url(name: str, report: Report, *more: Any) -> str:
    return reverse(f"reporting:{name}", args=[report.pk, *more])


CODES = (
    *("staff-income", "incentive-share", "village-ecg", "chinese-medicine-share"),
    *("visits-reported", "expert-days", "regular-running"),
)


def form(report: Report, **fields: str) -> dict[str, Any]:
    """The posted form; ``staff_income__numerator`` is the field ``staff-income.numerator``."""
    given = {name.replace("__", ".").replace("_", "-"): text for name, text in fields.items()}
    return {**{f"{code}.sent": "1" for code in CODES}, "version": str(report.version), **given}


def stored(report: Report) -> dict[str, Any]:
    with acting(SYSTEM):
        return {code: row.value for code, row in services.standing(report).items()}


def test_the_form_keeps_a_draft_and_a_file(house: House) -> None:
    report = opened(house)
    client = browser(house.entering)
    page = client.get(url("entry", report)).content.decode()
    assert "在岗职工收入总额（元）" in page
    assert "上期没有已接受的数" in page
    data = form(report, staff_income__numerator="960,000", staff_income__denominator="48", expert_days__value="12.5")
    data["regular-running.answer.1"] = "yes"
    data["regular-running.file"] = SimpleUploadedFile("制度.pdf", PDF)
    answer = client.post(url("entry", report), data, follow=True)
    assert "已保存" in answer.content.decode()
    assert stored(report) == {"staff-income": 20000, "expert-days": 12.5, "regular-running": None}
    assert again(report).filled == 2
    with acting(SYSTEM):
        kept = Evidence.objects.get()
    assert PDF not in bytes(kept.content)  # sealed at rest
    assert client.get(url("evidence", report, kept.pk)).content == PDF
    with acting(SYSTEM):
        assert Entry.objects.filter(subject="reporting:evidence-file").exists()


def test_nothing_typed_is_lost(house: House) -> None:
    report = opened(house)
    client = browser(house.entering)
    data = form(report, staff_income__numerator="九十六万", staff_income__denominator="48", expert_days__note="待核")
    answer = client.post(url("entry", report), data)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="九十六万"' in page
    assert "不是数字，只写数字" in page
    assert "待核" in page
    assert stored(report) == {}
    wrong = form(report, village_ecg__numerator="3", village_ecg__denominator="0")
    wrong["village-ecg.file"] = SimpleUploadedFile("程序.exe", b"MZ\x90\x00")
    page = client.post(url("entry", report), wrong).content.decode()
    assert "只收 PDF" in page
    assert 'name="village-ecg.denominator" value="0"' in page
    del wrong["village-ecg.file"]
    assert "分母不能是 0" in client.post(url("entry", report), wrong).content.decode()


def test_somebody_was_faster(house: House) -> None:
    report = opened(house)
    client = browser(house.entering)
    other = browser(house.office)
    other.post(url("entry", report), form(report, expert_days__value="7"))
    answer = client.post(url("entry", report), form(report, expert_days__value="9"))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "别人保存过" in page
    assert "再次保存以您的为准" in page
    assert 'name="expert-days.value" value="9"' in page
    assert stored(report) == {"expert-days": 7}
    client.post(url("entry", report), form(again(report), expert_days__value="9"))
    assert stored(report) == {"expert-days": 9}


def test_the_spreadsheet_out_and_in(house: House) -> None:
    report = opened(house)
    client = browser(house.entering)
    book = load_workbook(io.BytesIO(client.get(url("template", report)).content))
    sheet: Any = book.worksheets[0]
    lines = {(row[0].value, row[1].value): row for row in sheet.iter_rows(min_row=2)}
    assert len(lines) == 4 * 2 + 2 + 3
    lines["staff-income", "分子"][5].value = 960000
    lines["staff-income", "分母"][5].value = "48人"
    lines["village-ecg", "分子"][5].value = 9
    lines["village-ecg", "分母"][5].value = 12
    lines["incentive-share", "分子"][5].value = "=1+1"
    lines["visits-reported", "数值"][5].value = "无"
    lines["expert-days", "数值"][5].value = "无"
    lines["expert-days", "数值"][6].value = "本期没有专家驻点"
    lines["regular-running", "标准 1"][5].value = "是"
    lines["regular-running", "标准 2"][5].value = "大概"
    stream = io.BytesIO()
    book.save(stream)
    answer = client.post(url("upload", report), {"file": SimpleUploadedFile("表.xlsx", stream.getvalue())})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "读入 13 行：保存了 2 项，下面 4 处没有保存" in page
    for words in ("48人", "不是数字", "这一格是公式", "没有说明原因", "没有这个选项", "可填：是、部分、否、无"):
        assert words in page
    assert stored(report) == {"village-ecg": 75, "expert-days": None}
    # the same file again changes nothing, and a file that is none is told so
    version = again(report).version
    client.post(url("upload", report), {"file": SimpleUploadedFile("表.xlsx", stream.getvalue())})
    assert again(report).version == version
    page = client.post(url("upload", report), {"file": SimpleUploadedFile("表.xlsx", b"PK no")}).content.decode()
    assert "这不是有效的 xlsx 文件" in page


def test_a_template_comes_back_as_it_went(house: House) -> None:
    report = filled(house, opened(house))
    client = browser(house.entering)
    content = client.get(url("template", report)).content
    answer = client.post(url("upload", report), {"file": SimpleUploadedFile("表.xlsx", content)}, follow=True)
    assert "与已有的相同，没有改动" in answer.content.decode()
    assert again(report).version == report.version


def test_review_item_by_item(house: House) -> None:
    report = submitted(house)
    client = browser(house.reviewing)
    page = client.get(url("review", report)).content.decode()
    assert "20,000" in page
    data = {"version": str(report.version), "decision": "send_back", "staff-income.verdict": "returned"}
    answer = client.post(url("review", report), data)
    assert answer.status_code == 422
    assert "请写明退回原因" in answer.content.decode()
    data["staff-income.reason"] = "请核对人数"
    data["village-ecg.verdict"] = "accepted"
    assert client.post(url("review", report), data).status_code == 302
    assert again(report).state == "returned"
    page = browser(house.entering).get(url("entry", report)).content.decode()
    assert "退回原因：请核对人数" in page
    assert 'name="village-ecg.numerator"' not in page
    assert 'name="staff-income.numerator"' in page


def test_accept_all_at_once(house: House) -> None:
    report = submitted(house)
    client = browser(house.reviewing)
    client.post(url("review", report), {"version": str(report.version), "decision": "accept"})
    assert again(report).state == "accepted"
    page = client.get(report.get_absolute_url()).content.decode()
    assert "已接受，已锁定" in page
    item = client.get(url("item", report, "staff-income")).content.decode()
    assert "960,000" in item
    assert "在用" in item


def test_wrong_people_and_wrong_states(house: House) -> None:
    report = submitted(house)
    assert browser(house.stranger).get(report.get_absolute_url()).status_code == 404
    assert browser(house.entering).get(url("review", report)).status_code == 403
    assert browser(house.reviewing).get(url("entry", report)).status_code == 403
    doctor = browser(house.community["family-doctor"])
    assert doctor.get(report.get_absolute_url()).status_code == 404
    assert doctor.get(url("entry", report)).status_code == 403
    assert browser(house.entering).get(url("entry", report), follow=True).redirect_chain
    with acting(SYSTEM):
        file = Evidence.objects.get()
    assert doctor.get(url("evidence", report, file.pk)).status_code == 404
    with pytest.raises(Conflict, match="不能增减材料"):
        evidence.add(house.entering, report=report, item="expert-days", name="a.pdf", content=PDF)


def test_who_only_looks_sees_what_is_in_force(house: House) -> None:
    report = accepted(house)
    report = step(house.reviewing, report, "demand", {"items": ["staff-income"], "note": "请核对人数"})
    services.fill(
        house.entering, report=report, items=[ItemIn(item="staff-income", numerator=Decimal(1), denominator=Decimal(1))]
    )
    doctor = browser(house.community["family-doctor"])
    page = doctor.get(report.get_absolute_url()).content.decode()
    assert "20,000" in page
    assert "这里是在用的第 1 版" in page
    assert "更正的原因" not in page
    assert "20,000" in browser(house.entering).get(url("item", report, "staff-income")).content.decode()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.pdf", b"", "是空的"),
        ("a.png", PDF, "与文件名不符"),
        ("a.docx", b"PK\x03\x04 broken", "不是能收的文件"),
        ("a.pdf", PDF + b"0" * (10 << 20), "超过 10 MB"),
    ],
)
def test_files_that_are_refused(house: House, name: str, content: bytes, message: str) -> None:
    report = opened(house)
    with pytest.raises(Invalid, match=message):
        evidence.add(house.entering, report=report, item="expert-days", name=name, content=content)


def test_a_file_taken_out_stays_with_the_edition_before(house: House) -> None:
    report = accepted(house)
    report = step(house.reviewing, report, "demand", {"items": ["regular-running"], "note": "材料不对"})
    with acting(SYSTEM):
        file = Evidence.objects.get()
    client = browser(house.entering)
    client.post(url("evidence", report, file.pk))
    with acting(SYSTEM):
        assert list(steps.evidence_of(report, 1)) == [file]
        assert not steps.evidence_of(report, 2)


def test_who_owes_what(house: House) -> None:
    services.open_due()
    client = browser(house.reviewing)
    page = client.get(reverse("reporting:owing")).content.decode()
    assert "测试town" in page
    assert "成员单位季报" in page
    # the lead's own report is the commission's to ask for
    assert 'data-label="机构">测试county' not in page
    assert "测试county" in browser(house.commission).get(reverse("reporting:owing")).content.decode()
    with clock.travelling(NOW.replace(month=11)):
        answer = client.post(reverse("reporting:urge"), follow=True)
        assert "已催 2 份" in answer.content.decode()
    assert browser(house.entering).get(reverse("reporting:owing")).status_code == 403


def test_opened_by_hand(house: House) -> None:
    client = browser(house.entering)
    page = client.get(reverse("reporting:new")).content.decode()
    assert "成员单位季报 · 测试town" in page
    assert "测试town2" not in page
    duty = f"members:{house.organization('town')}:{house.organization('town')}"
    answer = client.post(reverse("reporting:new"), {"duty": duty, "period": "2026Q1"})
    assert answer.status_code == 302
    assert "/entry/" in answer["Location"]
    again_ = client.post(reverse("reporting:new"), {"duty": duty, "period": "2026Q1"})
    assert "这一期已有填报" in again_.content.decode()
    assert browser(house.stranger).post(reverse("reporting:new"), {"duty": duty, "period": "2026Q2"}).status_code == 422


def test_the_lists_are_few_statements(house: House) -> None:
    services.open_due()
    for actor, name in ((house.reviewing, "list"), (house.reviewing, "owing"), (house.entering, "list")):
        client = browser(actor)
        client.get(reverse(f"reporting:{name}"))
        with CaptureQueriesContext(connection) as seen:
            assert client.get(reverse(f"reporting:{name}")).status_code == 200
        assert len([one for one in seen if "SAVEPOINT" not in one["sql"]]) <= 6, [q["sql"][:90] for q in seen]


def test_steps_from_their_forms(house: House) -> None:
    report = accepted(house)
    client = browser(house.entering)
    page = client.get(url("step", report, "ask_correction")).content.decode()
    assert "要更正的指标" in page
    data = {"items": ["staff-income"], "note": "漏计返聘人员", "version": str(report.version)}
    assert client.post(url("step", report, "ask_correction"), data).status_code == 302
    assert again(report).state == "correction"
    reviewer = browser(house.reviewing)
    assert reviewer.post(url("step", report, "deny"), {"note": ""}).status_code == 422
    assert reviewer.post(url("step", report, "deny"), {"note": "口径本来如此"}).status_code == 302
    assert again(report).state == "accepted"
    assert client.get(url("step", report, "archive")).status_code == 404
    assert client.get(url("step", report, "demand")).status_code == 403


def test_over_the_interface(house: House) -> None:
    report = opened(house)
    client = browser(house.entering)
    listed = client.get("/api/reporting/reports?period=2026Q3").json()["items"]
    assert [one["id"] for one in listed] == [str(report.pk)]
    items = [{"item": "expert-days", "value": "26.5"}]
    done = client.put(
        f"/api/reporting/reports/{report.pk}/items", items, content_type="application/json", headers={"If-Match": "1"}
    )
    assert (done.status_code, done.json()["changed"], done.json()["filled"]) == (200, 1, 1)
    bad = [{"item": "expert-days", "numerator": 1}]
    refused = client.put(f"/api/reporting/reports/{report.pk}/items", bad, content_type="application/json")
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "expert-days.numerator"
    stale = client.put(
        f"/api/reporting/reports/{report.pk}/items",
        [{"item": "expert-days", "value": "1"}],
        content_type="application/json",
        headers={"If-Match": "1"},
    )
    assert stale.status_code == 409
    whole = client.get(f"/api/reporting/reports/{report.pk}").json()
    assert next(one["value"] for one in whole["items"] if one["item"] == "expert-days") == "26.500000"
    left = client.post(f"/api/indicator-reports/{report.pk}/submit", {}, content_type="application/json")
    assert left.status_code == 422
    assert len(left.json()["errors"]) == 6
    assert browser(house.stranger).get(f"/api/reporting/reports/{report.pk}").status_code == 404


def test_a_reported_number_is_explained_by_its_report(house: House) -> None:
    report = accepted(house)
    deliver()
    address = f"/indicators/member-returns/regular-running/{report.level}/{report.unit}/2026Q3/"
    page = browser(house.reviewing).get(address).content.decode()
    for words in ("来自填报", report.number, "第 1 版", "制度.pdf", "接受", "填写"):
        assert words in page, words
    assert "快照" not in page
    assert "计算时间" not in page
    doctor = browser(house.community["family-doctor2"]).get(address).content.decode()
    assert "由填报单位、审核单位和主管部门查看" in doctor or report.number in doctor
