"""Populations by spreadsheet and as a fact: whose they are, each person once."""

from io import BytesIO
from typing import Any

import pytest
from openpyxl import Workbook
from registry.community import LONG_AGO, County, area

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.facts import checking
from yigongti.kernel.facts.declaration import fact
from yigongti.registry.places.models import ServedPopulation
from yigongti.registry.places.queries import served_population
from yigongti.registry.places.services import draw_grid, record_population
from yigongti.registry.sheets.layout import layouts
from yigongti.registry.sheets.models import Load
from yigongti.registry.sheets.services import apply, check

VILLAGE, OTHER, TOWN = "431127001001", "431127001002", "431127001"
HEAD = ["区划代码", "网格代码", "年份", "常住人口", "户籍人口", "来源"]


@pytest.fixture
def grids(here: County) -> County:
    """A town of the west; one village of it divided between east and west."""
    for code in (VILLAGE, OTHER):
        area(code)
    draw_grid(SYSTEM, code="T", name="镇", area=area(TOWN), centre=here.west, start=LONG_AGO)
    draw_grid(SYSTEM, code="E", name="东片", area=area(VILLAGE), centre=here.east, start=LONG_AGO)
    draw_grid(SYSTEM, code="W", name="西片", area=area(VILLAGE), centre=here.west, start=LONG_AGO)
    return here


def load(*lines: list[Any]) -> Load:
    book = Workbook()
    for line in [HEAD, *lines]:
        book.active.append(line)
    content = BytesIO()
    book.save(content)
    return check(SYSTEM, layout=layouts()["population"], filename="人口.xlsx", content=content.getvalue())


def told() -> dict[tuple[str, str, int], tuple[int | None, bool]]:
    """(area, grid, year) → organisation and whether it counts, as the fact says."""
    from django.db import connection

    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute(f"SELECT area_code, grid_code, year, organization_id, counted FROM ({fact('population').sql}) p")
        return {tuple(row[:3]): (row[3], row[4]) for row in cursor.fetchall()}


def test_rows_by_area_and_by_grid_are_imported_and_corrected(grids: County) -> None:
    first = load([OTHER, None, 2025, 800, 900, "年鉴"], [None, "E", 2025, 400, None, "网格台账"])
    assert (first.added, first.rejected) == (2, 0)
    apply(SYSTEM, load=first)
    assert ServedPopulation.objects.get(grid="E").area_id == VILLAGE
    again = load([OTHER, None, 2025, 810, 900, "更正：年鉴勘误"], [VILLAGE, "E", 2025, 400, None, "网格台账"])
    assert (again.changed, again.unchanged) == (1, 1)
    apply(SYSTEM, load=again)
    assert ServedPopulation.objects.get(area=OTHER).source == "更正：年鉴勘误"


@pytest.mark.parametrize(
    ("line", "column", "reason", "hint"),
    [
        ([None, None, 2025, 10, None, "年鉴"], "区划代码", "都没有填", "按网格填网格代码"),
        (["431199", None, 2025, 10, None, "年鉴"], "区划代码", "没有区划 431199", "核对"),
        ([None, "X9", 2025, 10, None, "年鉴"], "网格代码", "没有网格 X9", "先导入网格"),
        ([OTHER, "E", 2025, 10, None, "年鉴"], "区划代码", f"网格 E 在区划 {VILLAGE}", "只填网格代码"),
        ([None, "E", 1995, 10, None, "年鉴"], "网格代码", "1995-12-31 还没有", "核对代码和年份"),
        ([OTHER, None, 2025, 0, 90, "年鉴"], "常住人口", "户籍人口不为 0", "填反"),
        ([OTHER, None, 2025, "约八百", None, "年鉴"], "常住人口", "", "应填"),
        ([OTHER, None, 2025, 800, None, None], "来源", "", ""),
    ],
)
def test_what_is_wrong_is_told_by_line_column_and_way_out(
    grids: County, line: list[Any], column: str, reason: str, hint: str
) -> None:
    found = load(line)
    assert (found.added, found.rejected) == (0, 1)
    [said] = found.rejections
    assert (said["line"], said["column"]) == (2, column)
    assert reason in said["reason"]
    assert hint in said["hint"]


def test_two_lines_for_the_same_grid_and_year_are_refused(grids: County) -> None:
    found = load([None, "E", 2025, 10, None, "甲"], [None, "E", 2025, 12, None, "乙"])
    assert (found.added, found.rejected) == (1, 1)
    assert "与第 2 行重复" in found.rejections[0]["reason"]


def test_the_fact_holds_what_it_promises(grids: County) -> None:
    with acting(SYSTEM):
        assert checking.problems(fact("population")) == []


def test_the_fact_counts_everybody_once_as_the_page_does(grids: County) -> None:
    east, west = grids.east, grids.west
    record_population(SYSTEM, area=area(OTHER), year=2025, residents=800, source="年鉴")
    record_population(SYSTEM, area=area(VILLAGE), year=2025, residents=900, source="年鉴")
    record_population(SYSTEM, area=area("431127"), year=2025, residents=9000, source="年鉴")
    assert told() == {
        (OTHER, "", 2025): (west.pk, True),
        (VILLAGE, "", 2025): (None, False),
        ("431127", "", 2025): (None, False),
    }
    record_population(SYSTEM, area=area(TOWN), year=2025, residents=1700, source="年鉴")
    assert told()[OTHER, "", 2025] == (west.pk, False)
    assert told()[TOWN, "", 2025] == (west.pk, True)
    assert served_population(west, 2025).persons == 1700
    from yigongti.registry.places.models import Grid

    record_population(
        SYSTEM, area=area(VILLAGE), grid=Grid.objects.get(code="E"), year=2025, residents=400, source="台账"
    )
    assert told()[VILLAGE, "E", 2025] == (east.pk, True)
    assert served_population(east, 2025).persons == 400
