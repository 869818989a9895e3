"""Screens: whose they are, who may open them, what they say, and what they cost."""

import io

import pytest
from dashboard_county import CONTROL, County
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from yigongti.insight.dashboards.reach import answers_for, reach_of
from yigongti.insight.results import scope
from yigongti.insight.results.jobs import REFRESH
from yigongti.insight.results.models import Restatement, Result, Run, Unit
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.jobs.models import Job
from yigongti.kernel.jobs.services import start
from yigongti.kernel.policy.store import Store, folder
from yigongti.kernel.ui.sharing import forget

#: session with user and grants, settings of row-level security, savepoints, what the frame of a page asks
FRAME = ("django_session", "access_user", "access_grant", "set_config", "SAVEPOINT", "notices_", "sessions_", "policy_")
#: and the names of the places of work in its head, kept for a minute
FRAME += ('"short_name" AS "short_name"',)
MOST = 6
OWN = {
    "commission": "县431127",
    "insurer": "县431127",
    "council": "测试医共体",
    "town-director": "测试town",
    "family-doctor": "测试town",
    "village-doctor": "测试village",
    "data-office": "测试county",
}


def text_of(county: County, name: str, url: str) -> str:
    answer = county.client(name).get(url)
    assert answer.status_code == 200, (name, url, answer.status_code)
    return answer.content.decode()


def screen(county: County, level: str, unit: str) -> str:
    return reverse("dashboards:screen", args=[level, county.key(unit)])


def indicator(county: County, code: str, level: str, unit: str, **asked: str) -> str:
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    return reverse("dashboards:indicator", args=[*code.split("/"), level, county.key(unit)]) + f"?{query}"


@pytest.mark.parametrize(("name", "title"), OWN.items())
def test_each_role_comes_to_its_own_screen(county: County, name: str, title: str) -> None:
    assert f"{title}运行监测</h1>" in text_of(county, name, "/dashboards/")


@pytest.mark.parametrize("name", ["pharmacist", "auditor"])
def test_who_may_not_read_indicators_is_refused(county: County, name: str) -> None:
    for url in ("/dashboards/", "/dashboards/wall/", screen(county, "county", "431127")):
        assert county.client(name).get(url).status_code == 403


@pytest.mark.parametrize("name", ["foreign-director", "foreign-doctor", "foreign-office"])
def test_another_county_finds_nothing_here(county: County, name: str) -> None:
    browser = county.client(name)
    for level, unit in (
        ("county", "431127"),
        ("consortium", "all of us"),
        ("centre", "town+"),
        ("organization", "town"),
    ):
        assert browser.get(screen(county, level, unit)).status_code == 404
        assert browser.get(indicator(county, CONTROL, level, unit)).status_code == 404
        assert browser.get(reverse("dashboards:wall-of", args=[level, county.key(unit)])).status_code == 404


def test_members_are_compared_openly_within_the_consortium(county: County) -> None:
    page = text_of(county, "family-doctor", screen(county, "centre", "town2+"))
    assert "测试town2运行监测" in page
    assert county.client("family-doctor").get(screen(county, "centre", "foreign+")).status_code == 404


def test_a_screen_says_how_we_are_what_changed_and_where_to_act(county: County) -> None:
    page = text_of(county, "commission", "/dashboards/")
    assert "50.00" in page, "how are we doing"
    assert "600 / 1,200" in page
    assert "目标 60%，差 10.00" in page
    assert "较上季 ↑ 5.00 个百分点" in page
    assert "低于 99.8% 界限" in page, "where to act: town2 fell to 10 of 100"
    assert "测试town2" in page
    assert "43.33 → 45.00" in page, "restated"
    explained = reverse("results:explain", args=[*CONTROL.split("/"), "county", "431127", "2026Q3"])
    assert f'href="{explained}"' in page


def test_a_member_sees_its_own_position_and_its_stations(county: County) -> None:
    with acting(SYSTEM):
        county.put("services/steps-in-time", "village", "2026-10", 90, 100)
    mine = text_of(county, "town-director", screen(county, "centre", "town2+"))
    assert "低于 99.8% 界限" in mine
    assert "低于 99.8% 界限" not in text_of(county, "town-director", "/dashboards/"), "another's position is not mine"


def test_a_village_doctor_sees_the_numbers_of_the_centre_where_the_station_has_none(county: County) -> None:
    page = text_of(county, "village-doctor", "/dashboards/")
    assert '<span class="y-tag y-calm">测试town</span>' in page


@pytest.mark.parametrize(
    ("asked", "status"),
    [("2026-08", 200), ("2026-13", 422), ("2027-01", 422), ("2031M01", 422), ("x", 422), ("2025-01", 200)],
)
def test_another_month_is_asked_for_by_the_address(county: County, asked: str, status: int) -> None:
    assert county.client("council").get(f"/dashboards/?period={asked}").status_code == status


@pytest.mark.parametrize(
    ("period", "status"),
    [("2026Q3", 200), ("2026", 200), ("2026-10", 200), ("2026Q4", 200), ("2027", 422), ("26", 422)],
)
def test_another_period_of_an_indicator(county: County, period: str, status: int) -> None:
    url = indicator(county, CONTROL, "county", "431127", period=period)
    assert county.client("council").get(url).status_code == status


def test_an_unknown_indicator_names_the_nearest(county: County) -> None:
    answer = county.client("council").get(indicator(county, "public-health/H0", "county", "431127"))
    assert answer.status_code == 404
    assert "public-health/H0" in answer.content.decode()


def test_an_indicator_shows_course_members_towns_and_parts(county: County) -> None:
    page = text_of(county, "council", indicator(county, CONTROL, "county", "431127", period="2026Q3"))
    for piece in ("走势", "成员比较：漏斗图", "按年龄", "各乡镇", "测试town2", "低于 99.8% 界限", "10 / 100", "Wilson"):
        assert piece in page, piece
    assert "重述" in page
    wide = text_of(county, "council", indicator(county, CONTROL, "county", "431127", period="2026Q3", wide="1"))
    assert "按机会的界限" in wide or "按成员间的差别放宽界限" not in wide


def test_an_indicator_that_is_not_given_here_says_where(county: County) -> None:
    page = text_of(county, "council", indicator(county, "monitoring-2024/3.1", "centre", "town+"))
    assert "这个指标不按这一级给出" in page
    assert "医共体、县区" in page


def test_small_counts_are_hidden_from_those_who_do_not_answer(county: County) -> None:
    own = text_of(county, "town-director", screen(county, "centre", "town+"))
    assert "5 / 20" in own
    for name, url in (
        ("commission", screen(county, "centre", "town+")),
        ("family-doctor2", screen(county, "centre", "town+")),
        ("commission", indicator(county, "public-health/SN00", "centre", "town+", period="2026-10")),
        ("town-director", reverse("dashboards:wall-of", args=["centre", county.key("town+")])),
    ):
        page = text_of(county, name, url)
        assert "5 / 20" not in page, (name, url)
        assert "25.00" not in page, (name, url)
        assert "不显示" in page, (name, url)


def test_small_counts_are_hidden_in_exports_too(county: County) -> None:
    for name, shown in (("town-director", True), ("commission", False)):
        for url in (
            screen(county, "centre", "town+") + "?export=xlsx",
            indicator(county, "public-health/SN00", "centre", "town+", period="2026-10", export="xlsx"),
        ):
            book = load_workbook(io.BytesIO(county.client(name).get(url).content))
            cells = {cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row}
            assert (25 in cells) == shown, (name, url)
            assert ("不显示" in cells) != shown, (name, url)


def test_hiding_follows_the_scope_of_results(county: County) -> None:
    for name, actor in county.community.actors.items():
        with acting(actor):
            reach = reach_of(actor)
            assert {place.id for place in reach.places} == set(scope.units(actor).values_list("pk", flat=True)), name
            open_to = answers_for(actor, reach, reach.places)
            for unit in Unit.objects.filter(pk__in=reach.by_id):
                assert scope.answers_for(actor, unit) == (unit.pk in open_to), (name, unit)


@pytest.mark.parametrize("name", ["commission", "council", "town-director", "village-doctor"])
def test_every_page_takes_six_statements(county: County, name: str) -> None:
    browser = county.client(name)
    pages = [
        "/dashboards/",
        indicator(county, CONTROL, "county", "431127", period="2026Q3"),
        indicator(county, CONTROL, "centre", "town+", period="2026Q3"),
        "/dashboards/wall/",
        "/dashboards/worst/council/",
    ]
    for url in pages:
        forget()
        with CaptureQueriesContext(connection) as statements:
            assert browser.get(url).status_code == 200
        own = [q["sql"] for q in statements if not any(word in q["sql"] for word in FRAME)]
        assert len(own) <= MOST, f"{url}\n" + "\n".join(sql[:300] for sql in own)


def test_before_the_first_computation_the_page_says_when(county: County) -> None:
    with acting(SYSTEM):
        Restatement.objects.all().delete()
        Result.objects.all().delete()
        Run.objects.all().delete()
    forget()
    page = text_of(county, "council", "/dashboards/")
    assert "指标还没有算过" in page
    assert "现在计算" not in page
    offered = text_of(county, "data-office", "/dashboards/")
    assert f'action="{reverse("results:refresh")}"' in offered
    assert county.client("commission").get("/dashboards/worst/commission/").content == b""
    with acting(SYSTEM):
        job = start(SYSTEM, REFRESH, subject="refresh")
        Job.objects.filter(pk=job.pk).update(state="running", stage="读入就诊", done=5, total=19)
    under_way = text_of(county, "data-office", "/dashboards/")
    assert "正在读入就诊" in under_way
    assert "5 / 19" in under_way
    assert reverse("results:progress") in under_way
    assert "现在计算" not in under_way
    asked = county.client("council").get(reverse("results:progress"))
    assert "HX-Refresh" not in asked.headers
    with acting(SYSTEM):
        Run.objects.create(snapshot="20261001-000000-abcdef01")
    assert county.client("council").get(reverse("results:progress")).headers["HX-Refresh"] == "true"


def test_the_desk_fetches_the_worst_figures(county: County) -> None:
    desk = text_of(county, "commission", "/")
    assert 'hx-get="/dashboards/worst/commission/"' in desk
    card = text_of(county, "commission", "/dashboards/worst/commission/")
    assert card.count("<tr>") == 4
    assert "测试town2" in card
    assert "低于 99.8% 界限" in card
    assert screen(county, "county", "431127") in card
    assert 'hx-get="/dashboards/worst' not in text_of(county, "pharmacist", "/")


@pytest.mark.parametrize("name", ["commission", "council"])
def test_the_wall_begins_with_what_members_are_compared_by(name: str) -> None:
    shipped = Store(folder()).resolve(f"dashboards/{name}").body
    assert shipped.slides[0].compare


def test_the_wall_turns_and_names_nobody(county: County) -> None:
    page = text_of(county, "commission", "/dashboards/wall/")
    assert 'data-seconds="20"' in page
    assert page.count('class="w-slide"') >= 2
    assert "style=" not in page.split("<main", 1)[1]
    for person in county.community.residents.values():
        assert person.name not in page


def test_a_figure_that_was_restated_says_so(county: County) -> None:
    with acting(SYSTEM):
        county.restate(CONTROL, "431127", "2026Q3", 590, 600, 1200)
    for name in ("commission", "council"):
        page = text_of(county, name, screen(county, "county", "431127"))
        assert "公布后重述：49.17 → 50.00" in page
        own = text_of(county, name, indicator(county, CONTROL, "county", "431127", period="2026Q3"))
        assert "重述过" in own
    assert "重述过" not in text_of(county, "town-director", screen(county, "centre", "town+"))


def test_what_would_give_a_small_count_away_is_hidden_everywhere(county: County) -> None:
    with acting(SYSTEM):
        hidden = Result.objects.filter(unit=county.units["m3+"], measure__code=CONTROL, period="2026Q3", stratum="")
        hidden.update(guarded=True, numerator=17, value=17)
    forget()
    compared = indicator(county, CONTROL, "county", "431127", period="2026Q3")
    above = ("consortium", county.key("all of us"))
    explained = reverse("results:explain", args=[*CONTROL.split("/"), *above, "2026Q3"])
    own = reverse("results:explain", args=[*CONTROL.split("/"), "centre", county.key("m3+"), "2026Q3"])
    for name, open_to in (("commission", False), ("insurer", False), ("town-director", False), ("council", True)):
        browser = county.client(name)
        for url in (compared, explained, own):
            assert ("17.00" in browser.get(url).content.decode()) == open_to, (name, url)
        book = load_workbook(io.BytesIO(browser.get(f"{compared}&export=xlsx").content))
        cells = {cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row}
        assert (17 in cells) == open_to, name
        ends = {type(end) for row in book["成员"].iter_rows(min_row=2, values_only=True) for end in row[8:10]}
        assert float in ends
        assert str not in ends
        rows = browser.get(f"/api/indicators/numbers?indicator={CONTROL}&period=2026Q3&level=centre").json()["items"]
        told = {row["unit"]: row["numerator"] for row in rows}
        assert (told[county.key("m3+")] is not None) == open_to, name
        if not open_to:
            assert browser.get(f"{own}records/numerator/").status_code == 403
