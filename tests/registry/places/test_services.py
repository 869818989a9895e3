from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from registry.community import LONG_AGO, County, actor_at, area, county

from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.errors import Conflict, Forbidden, Invalid, YigongtiError
from yigongti.kernel.events.models import Outbox
from yigongti.registry.places.models import Grid
from yigongti.registry.places.queries import (
    grids_of,
    responsible_centre,
    responsible_grid,
    served_population,
)
from yigongti.registry.places.services import (
    add_area,
    draw_grid,
    edit_area,
    edit_grid,
    end_grid,
    hand_over,
    record_population,
)

VILLAGE = "431127001001"
DAY = date(2026, 3, 1)


def test_areas_know_their_level_and_parent(db: None) -> None:
    village = area(VILLAGE, "城东社区")
    assert (village.level, village.parent_id) == ("village", "431127001")
    with pytest.raises(Conflict, match="已有"):
        add_area(SYSTEM, code=VILLAGE, name="又一个")
    with pytest.raises(Invalid, match="2、4、6、9 或 12 位"):
        add_area(SYSTEM, code="12345", name="坏")
    with pytest.raises(Invalid, match="没有上级区划 500105001"):
        add_area(SYSTEM, code="500105001001", name="无上级")
    assert edit_area(SYSTEM, area=village, name="城东村", retired_on=DAY).retired_on == DAY


def test_the_smallest_area_decides_and_a_gap_falls_to_the_one_above(here: County) -> None:
    area(VILLAGE)
    town = draw_grid(SYSTEM, code="T", name="镇", area=area("431127001"), centre=here.west, start=LONG_AGO)
    assert responsible_grid(VILLAGE, DAY) == town
    village = draw_grid(
        SYSTEM, code="V", name="村", area=area(VILLAGE), centre=here.east, station=here.clinic, start=LONG_AGO
    )
    assert responsible_grid(VILLAGE, DAY) == village
    end_grid(SYSTEM, grid=village, on=DAY)
    assert responsible_centre(VILLAGE, DAY - timedelta(days=1)) == here.east
    assert responsible_centre(VILLAGE, DAY) == here.west
    assert responsible_centre("500105", DAY) is None


def test_a_divided_area_is_decided_by_the_grid_not_by_the_area(here: County) -> None:
    for code, centre in (("V1", here.east), ("V2", here.east)):
        draw_grid(SYSTEM, code=code, name=code, area=area(VILLAGE), centre=centre, start=LONG_AGO)
    assert responsible_grid(VILLAGE, DAY) is None
    assert responsible_centre(VILLAGE, DAY) == here.east
    draw_grid(SYSTEM, code="V3", name="V3", area=area(VILLAGE), centre=here.west, start=LONG_AGO)
    assert responsible_centre(VILLAGE, DAY) is None


def test_handing_over_leaves_no_day_without_and_none_with_two(here: County) -> None:
    grid = draw_grid(SYSTEM, code="G", name="格", area=area(VILLAGE), centre=here.east, start=LONG_AGO)
    with pytest.raises(Invalid, match="移交日期应晚于") as early:
        hand_over(SYSTEM, grid=grid, centre=here.west, on=LONG_AGO)
    assert early.value.hint == "移交日期应晚于这一天"
    with pytest.raises(Conflict, match="已由 城东卫生院 负责"):
        hand_over(SYSTEM, grid=grid, centre=here.east, on=DAY)
    hand_over(SYSTEM, grid=grid, centre=here.west, on=DAY)
    assert responsible_centre(VILLAGE, DAY - timedelta(days=1)) == here.east
    assert responsible_centre(VILLAGE, DAY) == here.west
    news = Outbox.objects.get(name="GridHandedOver").payload
    assert (news["before"], news["after"], news["on"]) == (here.east.pk, here.west.pk, "2026-03-01")
    with pytest.raises(Conflict, match="已于 2026-03-01 结束"):
        hand_over(SYSTEM, grid=grid, centre=here.hospital, on=date(2026, 4, 1))
    with pytest.raises(Invalid, match="移交网格"):
        edit_grid(SYSTEM, grid=Grid.objects.get(start=DAY), centre=here.east)
    assert edit_grid(SYSTEM, grid=Grid.objects.get(start=DAY), name="新格").name == "新格"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(1, 400), st.integers(0, 2)), max_size=8))
def test_whatever_is_handed_over_every_day_has_exactly_one_centre(here: County, moves: list[tuple[int, int]]) -> None:
    Grid.objects.all().delete()
    centres = [here.east, here.west, here.hospital]
    expected = {0: here.east}
    draw_grid(SYSTEM, code="H", name="格", area=area(VILLAGE), centre=here.east, start=LONG_AGO)
    for day, place in moves:
        grid = Grid.objects.order_by("start").last()
        try:
            hand_over(SYSTEM, grid=grid, centre=centres[place], on=LONG_AGO + timedelta(days=day))  # type: ignore[arg-type]
        except YigongtiError:
            continue
        expected[day] = centres[place]
    for day in {0, 401, *expected, *(d - 1 for d in expected if d)}:
        on = LONG_AGO + timedelta(days=day)
        rows = list(Grid.objects.on(on))
        assert [row.centre for row in rows] == [expected[max(d for d in expected if d <= day)]]


def test_the_served_population_counts_everybody_once(here: County) -> None:
    for code in ("431127001001", "431127001002", "431127002001"):
        area(code)
    draw_grid(SYSTEM, code="A", name="A", area=area("431127001"), centre=here.east, start=LONG_AGO)
    draw_grid(SYSTEM, code="B", name="B", area=area("431127001001"), centre=here.east, start=LONG_AGO)
    draw_grid(SYSTEM, code="C", name="C", area=area("431127002001"), centre=here.east, start=LONG_AGO)
    for code, persons in (("431127001001", 300), ("431127001002", 200)):
        record_population(SYSTEM, area=area(code), year=2025, residents=persons, source="年鉴")
    served = served_population(here.east, 2025)
    assert served.persons == 500
    assert [missing.pk for missing in served.missing] == ["431127002001"]
    record_population(SYSTEM, area=area("431127001"), year=2025, residents=520, source="年鉴")
    assert served_population(here.east, 2025).persons == 520
    corrected = record_population(SYSTEM, area=area("431127001"), year=2025, residents=530, source="普查")
    assert (corrected.residents, served_population(here.west, 2025).persons) == (530, 0)
    assert {grid.code for grid in grids_of(here.east, DAY)} == {"A", "B", "C"}


def test_both_sides_must_be_the_actors_to_hand_over(here: County) -> None:
    grid = draw_grid(SYSTEM, code="G", name="格", area=area(VILLAGE), centre=here.east, start=LONG_AGO)
    with pytest.raises(Forbidden):
        hand_over(actor_at("data-office", here.east), grid=grid, centre=here.west, on=DAY)
    with pytest.raises(Forbidden):
        draw_grid(actor_at("director", here.east), code="X", name="X", area=area(VILLAGE), centre=here.east)
    with pytest.raises(Forbidden):
        record_population(actor_at("data-office", here.west), area=area(VILLAGE), year=2025, residents=1, source="x")
    hand_over(actor_at("commission", here.authority, here.east, here.west), grid=grid, centre=here.west, on=DAY)


@pytest.mark.django_db(transaction=True)
def test_two_who_hand_over_at_once_do_not_both_win() -> None:
    here = county()
    grid = draw_grid(SYSTEM, code="G", name="格", area=area(VILLAGE), centre=here.east, start=LONG_AGO)

    def attempt(place: int) -> str:
        try:
            hand_over(SYSTEM, grid=grid, centre=[here.west, here.hospital][place % 2], on=DAY)
        except Conflict as error:
            return error.message
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(4) as people:
        answers = list(people.map(attempt, range(4)))
    assert answers.count("done") == 1
    assert Grid.objects.count() == 2
    assert Grid.objects.on(DAY).count() == 1


def test_a_divided_area_counts_for_each_centre_by_its_grids(here: County) -> None:
    area(VILLAGE)
    east = draw_grid(SYSTEM, code="E", name="东片", area=area(VILLAGE), centre=here.east, start=LONG_AGO)
    draw_grid(SYSTEM, code="W", name="西片", area=area(VILLAGE), centre=here.west, start=LONG_AGO)
    record_population(SYSTEM, area=area(VILLAGE), year=2025, residents=900, source="年鉴")
    assert served_population(here.east, 2025).persons == 0, "nobody knows whose they are"
    assert [one.pk for one in served_population(here.east, 2025).missing] == [VILLAGE]
    record_population(SYSTEM, area=area(VILLAGE), grid=east, year=2025, residents=400, source="网格台账")
    assert served_population(here.east, 2025).persons == 400
    assert [one.pk for one in served_population(here.west, 2025).missing] == [VILLAGE]


def test_a_grids_figure_is_its_centres(here: County) -> None:
    grid = draw_grid(SYSTEM, code="E", name="东片", area=area(VILLAGE), centre=here.east, start=LONG_AGO)
    with pytest.raises(Forbidden):
        record_population(
            actor_at("data-office", here.west), area=grid.area, grid=grid, year=2025, residents=1, source="台账"
        )
