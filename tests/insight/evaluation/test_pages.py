"""The pages: who sees what, the grids, the report files, and how many statements a list takes."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import evaluation_county as play
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from yigongti.insight.evaluation import services
from yigongti.insight.evaluation.models import Change, Evaluation, Evidence, Report, Score
from yigongti.insight.evaluation.printing.content import content
from yigongti.insight.evaluation.sight import Sight, sight
from yigongti.insight.results import scope
from yigongti.insight.results.models import Result
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM

pytestmark = pytest.mark.django_db
BACKEND = "yigongti.kernel.access.backends.GrantedBackend"


@pytest.fixture
def county() -> Iterator[play.County]:
    """The county."""
    return play.build()


def client(county: play.County, name: str) -> Client:
    found = Client()
    found.force_login(county.made.users[name], backend=BACKEND)
    return found


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_the_page_shows_ranks_with_their_denominators(county: play.County) -> None:
    case = play.published(county, play.opened(county))
    page = text(client(county, "council").get(case.get_absolute_url()))
    assert '<strong>1</strong> <small class="y-muted">/ 3</small>' in page
    assert "600/1000" in page
    assert "总体良好。" in page
    assert case.digest[:16] in page


def test_a_director_sees_the_ranking_only_when_it_is_circulated(county: play.County) -> None:
    case = play.opened(county)
    director = client(county, "town-director")
    assert director.get(case.get_absolute_url()).status_code == 404
    play.judged(county, case)
    assert "得分还没有公布" in text(director.get(case.get_absolute_url()))
    own, other = play.answer(case, county, "town"), play.answer(case, county, "town2")
    page = text(director.get(own.get_absolute_url()))
    assert "名次" in page
    assert "e-curve" not in page
    assert director.get(other.get_absolute_url()).status_code == 404
    play.step(county["council"], case, "circulate")
    assert "各项得分" in text(director.get(case.get_absolute_url()))
    assert "e-curve" in text(director.get(own.get_absolute_url()))


def test_conclusion_and_award_are_told_only_when_published(county: play.County) -> None:
    case = play.opened(county)
    play.appealing(county, case)
    for town in play.TOWNS:
        play.say(play.director(county, town), play.answer(case, county, town), "finish")
    play.step(county["council"], case, "end_appeals")
    play.step(county["council"], case, "decide", conclusion="签约差距较大。", pool="90000")
    steps = {
        name: client(county, name).get(case.get_absolute_url()).context["page"].actions
        for name in ("council", "second")
    }
    blocked = {name: [one.blocked for one in found if one.key == "publish"] for name, found in steps.items()}
    assert blocked == {"council": ["等次是您定的，须由另一位复核后发布"], "second": [""]}
    council, director = client(county, "council"), client(county, "town-director")
    own = play.answer(case, county, "town").get_absolute_url()
    assert "签约差距较大。" in text(council.get(case.get_absolute_url()))
    assert "签约差距较大。" not in text(director.get(case.get_absolute_url()))
    assert "奖励" not in text(director.get(own)).split("</section>")[0]
    play.step(county["second"], case, "publish")
    assert "签约差距较大。" in text(director.get(case.get_absolute_url()))
    assert "90,000.00" in text(director.get(case.get_absolute_url()))


def test_values_that_moved_after_they_were_taken_are_listed(county: play.County) -> None:
    case = play.published(county, play.opened(county))
    council = client(county, "council")
    assert "取数以后变动的计算值" not in text(council.get(case.get_absolute_url()))
    with acting(SYSTEM):
        late = Result.objects.filter(measure__code="public-health/SN00", period=play.PERIOD, unit__title="测试town2")
        assert late.update(numerator=500, value=50) == 1
    page = text(council.get(case.get_absolute_url()))
    assert "取数以后变动的计算值" in page
    assert "500/1000" in page
    assert "已发布的结果不变" in page
    assert play.again(case).digest == case.digest
    new = services.correct(county["council"], case=case, reason="补报了签约")
    play.step(county["council"], new, "take")
    assert "取数以后变动的计算值" not in text(council.get(new.get_absolute_url()))
    assert play.answer(new, county, "town2").total > play.answer(case, county, "town2").total


def cells(told: Sight, county: play.County, town: str) -> dict[str, tuple[str, str]]:
    """Item → points of a town, and what stands below them."""
    where = county.made.organizations[town].pk
    place = next(n for n, one in enumerate(told.places) if one.answer.home_organization_id == where)
    return {row.item.item: (row.cells[place].points, row.cells[place].below) for row in told.rows}


def test_small_counts_of_another_participant_are_not_shown_nor_their_points(county: play.County) -> None:
    case = play.published(county, play.opened(county))
    with acting(SYSTEM):
        told = Result.objects.filter(measure__code="public-health/H00", period=play.PERIOD, unit__title="测试town2")
        assert told.update(guarded=True) == 1
    shown = {}
    for name in ("town-director", "town2-director", "council"):
        answer = client(county, name).get(case.get_absolute_url())
        shown[name] = answer.context["sight"]
        closed = name == "council"
        assert ("少于 8 的计数" in text(answer)) is not closed
        assert ("1/20" in text(answer)) is closed
    other = cells(shown["town-director"], county, "town2")
    assert [other[item] for item in ("senior-staff", "hypertension-managed")] == [("不显示", "")] * 2
    assert (other["signed"][1], other["down-accepted"][1]) == ("450/1000", "8/10")
    assert cells(shown["town-director"], county, "town")["senior-staff"] == ("7.23", "4/20")
    assert cells(shown["town2-director"], county, "town2")["hypertension-managed"][1] == "100/200"
    assert cells(shown["town2-director"], county, "town")["senior-staff"] == ("不显示", "")
    whole = shown["council"]
    assert [one.answer.total for one in shown["town-director"].places] == [one.answer.total for one in whole.places]
    hidden = [cell for row in shown["town-director"].rows for cell in row.cells if cell.points == "不显示"]
    assert {(cell.below, cell.tone, cell.words.split("：")[1]) for cell in hidden} == {("", "n", "不显示")}
    assert len(hidden) == 8
    mean = {row.item.item: row.mean for row in shown["town-director"].rows}
    assert (mean["senior-staff"], mean["hypertension-managed"]) == ("85%", "54%")
    assert "得分也一样" in shown["town-director"].closed


def test_only_what_the_reader_may_open_has_an_address(county: play.County) -> None:
    case = play.published(county, play.opened(county))
    for name, within in (("town-director", {"town"}), ("council", set(play.TOWNS))):
        page = client(county, name).get(case.get_absolute_url())
        told = page.context["sight"]
        opened = {place.url for place in told.places} | {
            cell.url.split("#")[0] for row in told.rows for cell in row.cells
        }
        assert opened - {""} == {play.answer(case, county, town).get_absolute_url() for town in within}
        for town in play.TOWNS:
            url = play.answer(case, county, town).get_absolute_url()
            assert (url in text(page)) is (town in within)


def test_the_total_does_not_tell_the_points_of_a_single_hidden_item(county: play.County) -> None:
    """Total less the other points would be the hidden ones: a judged item is hidden with it."""
    case = play.published(county, play.opened(county))
    shown = client(county, "town2-director").get(case.get_absolute_url()).context["sight"]
    first = cells(shown, county, "town")
    assert {item for item, (points, _) in first.items() if points == "不显示"} == {"senior-staff", "cost-control"}
    assert cells(shown, county, "town2")["cost-control"][1] == "80%"


def test_what_nobody_judged_yet_waits_without_a_shade(county: play.County) -> None:
    case = play.opened(county)
    play.reported(county, case)
    play.step(county["council"], case, "end_reports")
    told = client(county, "council").get(case.get_absolute_url()).context["sight"]
    waiting = {
        (cell.points, cell.below, cell.tone) for row in told.rows if row.item.kind == "judged" for cell in row.cells
    }
    assert waiting == {("—", "待评", "n")}
    assert {row.mean for row in told.rows if row.item.kind == "judged"} == {"—"}
    page = text(client(county, "council").get(play.answer(case, county, "town").get_absolute_url()))
    assert page.count("待评") == len(play.JUDGED)
    assert "没有数据" not in page


def test_the_report_and_its_differences_hide_small_counts_from_all(county: play.County) -> None:
    case, late = play.opened(county), {"item": "diabetes-controlled", "value": 91.25, "note": "漏登三人"}
    play.step(county["council"], case, "start")
    third, signed = play.director(county, "town3"), {"item": "signed", "value": 33.5, "note": "补签"}
    play.say(third, play.answer(case, county, "town3"), "fill", values=[late, signed])
    play.appealing(county, case)
    for item, reason in (("diabetes-controlled", "漏登三人，已补"), ("signed", "已经补签")):
        play.say(third, play.answer(case, county, "town3"), "appeal", item=item, wanted=91.25, reason=reason)
    case = play.again(case)
    with acting(SYSTEM):
        moved = Result.objects.filter(measure__code="public-health/D02", period=play.PERIOD, unit__title="测试town3")
        assert moved.update(numerator=12, value=60) == 1
        public, whole = sight(case, scope.PUBLIC), sight(case, scope.ALL)
        grids = {grid.title: grid for grid in content(case, public).grids}
    rows = [row[2:] for row in grids["自评与计算不一致"].rows]
    assert rows == [["20%", "33.5%", "13.5", "补签"], ["不显示", "不显示", "不显示", "不显示"]]
    assert [(one.was, one.now, one.fraction) for one in public.moved] == [("不显示", "不显示", "")]
    assert [(one.was, one.now, one.fraction) for one in whole.moved] == [("25%", "60%", "12/20")]
    assert sorted(row[2:4] for row in grids["申诉"].rows) == [["不显示", "—"], ["已经补签", "20"]]
    heat = next(grid for grid in grids.values() if grid.wide)
    assert "少于 8 的计数" in heat.note
    texts = "\n".join(cell for grid in grids.values() for row in grid.rows for cell in row)
    assert "600/1000" in texts
    assert not {"4/20", "3/20", "1/20", "1/2", "5/20", "91.25%"} & set(texts.split())
    assert "漏登" not in texts
    assert {one.below for row in whole.rows for one in row.cells} >= {"4/20", "3/20", "1/20", "1/2", "5/20"}
    assert not whole.closed


def test_the_self_report_is_typed_into_a_grid(county: play.County) -> None:
    case = play.opened(county)
    play.step(county["council"], case, "start")
    director, own = client(county, "town-director"), play.answer(case, county, "town")
    url = f"{own.get_absolute_url()}report/"
    assert "与计算值" in text(director.get(url))
    refused = director.post(url, {"version": own.version, "value:signed": "六十", "note:signed": "手写"})
    assert refused.status_code == 422
    assert "不是数" in text(refused)
    assert 'value="六十"' in text(refused)
    done = director.post(url, {"version": own.version, "value:signed": "61.5", "note:signed": "含补签"})
    assert done.status_code == 302
    with acting(SYSTEM):
        assert Score.objects.get(answer=own, item="signed").stated_note == "含补签"
    stale = director.post(url, {"version": own.version, "value:signed": "1"})
    assert stale.status_code == 409
    assert client(county, "town2-director").get(url).status_code == 404
    marks = {"version": own.version + 1, "value:signed": "90", "value:rounds": "80", "value:cost-control": "80"}
    silent = director.post(url, {**marks, "submit": "1"})
    assert silent.status_code == 422
    assert "须写说明：签约覆盖率" in text(silent)
    shown = silent.context["answer"]
    handed = director.post(url, {**marks, "version": shown.version, "note:signed": "补签", "submit": "1"})
    assert (handed.status_code, handed.url) == (302, f"{own.get_absolute_url()}submit/")


def test_judgements_are_typed_into_a_grid(county: play.County) -> None:
    case = play.opened(county)
    play.reported(county, case)
    play.step(county["council"], case, "end_reports")
    council, case = client(county, "council"), play.again(case)
    url = f"{case.get_absolute_url()}judging/"
    assert "评判标准" in text(council.get(url))
    one = play.answer(case, county, "town")
    sent = {"version": case.version, "item": "rounds", f"value:{one.pk}": "90", f"note:{one.pk}": "查阅台账"}
    assert council.post(url, sent).status_code == 302
    with acting(SYSTEM):
        assert Score.objects.get(answer=one, item="rounds").judged == 90
    assert client(county, "town-director").get(url).status_code == 403


def test_evidence_is_kept_encrypted_for_both_sides_only(county: play.County) -> None:
    case = play.opened(county)
    play.step(county["council"], case, "start")
    own, director = play.answer(case, county, "town"), client(county, "town-director")
    url = f"{own.get_absolute_url()}evidence/"
    director.post(url, {"item": "rounds", "file": SimpleUploadedFile("说明.txt", b"hello")})
    with acting(SYSTEM):
        assert not Evidence.objects.exists()
    director.post(url, {"item": "rounds", "file": SimpleUploadedFile("巡诊.pdf", b"%PDF-1.7 content")})
    with acting(SYSTEM):
        kept = Evidence.objects.get()
    assert b"content" not in bytes(kept.content)
    assert client(county, "council").get(f"{url}{kept.pk}/").content == b"%PDF-1.7 content"
    assert client(county, "town2-director").get(f"{url}{kept.pk}/").status_code == 404


def test_the_report_is_made_as_pdf_and_word_and_kept(county: play.County) -> None:
    pytest.importorskip("weasyprint")
    pytest.importorskip("docx")
    case = play.published(county, play.opened(county))
    council = client(county, "council")
    assert council.post(f"{case.get_absolute_url()}files/").status_code == 302
    with acting(SYSTEM):
        kept = {one.kind: one for one in Report.objects.all()}
    assert {one.scores for one in kept.values()} == {play.again(case).digest}
    pdf = council.get(f"{case.get_absolute_url()}files/{kept['pdf'].pk}/")
    assert pdf.content.startswith(b"%PDF")
    word = council.get(f"{case.get_absolute_url()}files/{kept['docx'].pk}/")
    with ZipFile(BytesIO(word.content)) as parts:
        assert {"word/charts/chart1.xml", "word/charts/chart2.xml"} <= set(parts.namelist())
        written = parts.read("word/document.xml").decode()
    assert "测试town" in written
    assert "public-health/" not in written
    assert written.count("w:tblHeader") == written.count("<w:tbl>") - 1
    assert client(county, "town-director").get(f"{case.get_absolute_url()}files/{kept['pdf'].pk}/").status_code == 200
    assert client(county, "town-director").post(f"{case.get_absolute_url()}files/").status_code == 403


@pytest.mark.parametrize("path", ["/evaluation/", "/evaluation/own/", "/evaluation/targets/"])
def test_a_list_takes_few_statements(county: play.County, path: str) -> None:
    play.published(county, play.opened(county))
    director = client(county, "town-director")
    director.get(path)
    with CaptureQueriesContext(connection) as told:
        assert director.get(path).status_code == 200
    asked = [q["sql"] for q in told if "SAVEPOINT" not in q["sql"] and "set_config" not in q["sql"]]
    assert len(asked) <= 6, asked


def test_one_opens_an_evaluation_from_the_form(county: play.County) -> None:
    council = client(county, "council")
    assert play.POLICY in text(council.get("/evaluation/new/"))
    sent = {"policy": play.POLICY, "period": play.PERIOD, "consortium": county.consortium.pk}
    assert council.post("/evaluation/new/", sent).status_code == 302
    again = council.post("/evaluation/new/", sent)
    assert again.status_code == 422
    assert "已经有了" in text(again)
    with acting(SYSTEM):
        assert Evaluation.objects.count() == 1
    assert client(county, "town-director").get("/evaluation/new/").status_code == 403


def test_the_form_knows_what_the_button_beside_a_line_told_and_who_else_may_use_it(county: play.County) -> None:
    case = play.opened(county)
    play.judged(county, case)
    given = {"adjustment": "late", "points": 1, "reason": "逾期一天"}
    play.step(county["council"], case, "adjust", answer=str(play.answer(case, county, "town").pk), **given)
    with acting(SYSTEM):
        change = Change.objects.get(answer__evaluation=case, revoked_at=None)
    council, url = client(county, "council"), f"{case.get_absolute_url()}revoke/?change={change.pk}"
    assert url in text(council.get(case.get_absolute_url()))
    form = council.get(url).context["form"]
    assert str(form["change"].value()) == str(change.pk)
    refused = client(county, "town-director").get(url)
    assert refused.status_code == 403
    assert "“撤销加减分”由" in text(refused)
    assert council.get(f"{case.get_absolute_url()}group/").status_code == 404
    assert council.post(url, {"change": change.pk, "note": "按时交的"}).status_code == 302
    with acting(SYSTEM):
        assert Change.objects.get(pk=change.pk).revoked_at
