"""The parts of the demonstration that need no database: places, names, keys, plots."""

import re
from collections import Counter
from datetime import date, timedelta
from random import Random

import duckdb

from yigongti.insight.simulator import cohort, generated, plots, regions
from yigongti.insight.simulator.community import codes, served
from yigongti.insight.simulator.names import Namer
from yigongti.insight.simulator.phones import phone
from yigongti.insight.simulator.story import OPENINGS, STEPS
from yigongti.kernel.policy.bodies import Clocks
from yigongti.kernel.policy.store import folder, read_file


def test_the_built_in_county_has_the_same_shape() -> None:
    towns = regions.towns(None)
    assert (len(towns), sum(len(town.villages) for town in towns)) == (19, 228)
    positions = {village.position for town in towns for village in town.villages}
    assert len(positions) == 228


def test_official_names_are_shortened() -> None:
    short = {"均田村委会": "均田村", "西南村村委会": "西南村", "辅仁社区居委会": "辅仁社区", "东路居委会": "东路社区"}
    short |= {"火市社区": "火市社区", "原种场虚拟社区": "原种场"}
    assert {name: regions.clean(name) for name in short} == short


def test_every_village_is_served_and_zhuguansi_shares_a_town() -> None:
    branches = [branch for _, _, branch in served(regions.towns(None))]
    assert len(branches) == 228
    assert set(branches) <= set(codes())
    assert len(set(branches)) == 15
    assert branches.count("xinxu") + branches.count("zhuguansi") == 25


def test_names_follow_sex_and_time() -> None:
    namer = Namer(Random(1))
    names = {namer.name("2", 1940) for _ in range(200)} | {namer.name("1", 2005) for _ in range(200)}
    assert len(names) > 250
    assert all(2 <= len(name) <= 4 for name in names)
    assert Namer(Random(7)).name("1", 1980) == Namer(Random(7)).name("1", 1980)


def test_keys_depend_on_moment_and_source_alone() -> None:
    database = duckdb.connect()
    database.execute(cohort.MACROS)
    ask = "SELECT stable_id(TIMESTAMP '2026-01-01 08:00', 'x'), stable_id(TIMESTAMP '1960-01-01', 'x')"
    first, old = database.execute(ask).fetchone() or (None, None)
    assert database.execute(ask).fetchone() == (first, old)
    assert first is not None
    assert old is not None
    assert (first.version, old.version) == (7, 7)
    assert old < first


def test_the_generated_cohort_is_always_the_same() -> None:
    loads = [cohort.read(None, date(2026, 6, 1)).loads["measurement"].read for _ in range(2)]
    assert loads[0] == loads[1] > 9 * generated.PERSONS


def test_what_was_measured_in_the_living_ends_within_two_years_with_its_intervals() -> None:
    today = date(2026, 6, 1)
    database = cohort.read(None, today).database
    ask = """SELECT count(*), min(last), max(last) FROM (
        SELECT m.id, series_of(code) AS name, max(day) AS last FROM measurement m JOIN person p USING (id)
        WHERE p.died_on IS NULL AND NOT estimated GROUP BY 1, 2)"""
    series, earliest, latest = database.execute(ask).fetchone() or (0, today, today)
    assert series > 3000
    assert today - timedelta(days=731) <= earliest <= latest <= today
    moved = "SELECT count(*) FROM series WHERE moved < 0"
    assert database.execute(moved).fetchone() == (0,)
    stretched = """SELECT count(*) FROM measurement m JOIN judged_measurement j USING (row) JOIN person p ON p.id = m.id
        JOIN series s ON s.id = m.id AND s.name = series_of(m.code) WHERE m.day - (p.zero + j.days) <> s.moved"""
    assert database.execute(stretched).fetchone() == (0,)


def test_telephones_cannot_be_anybodys() -> None:
    numbers = [phone(whose, n) for whose in ("organization", "department", "person") for n in (1, 999, 1227)]
    assert len(set(numbers)) == 9
    assert all(re.fullmatch(r"0000-[123]\d{6}", number) for number in numbers)


def test_the_office_finds_fresh_late_and_overdue_cases_all_through_the_first_day() -> None:
    body = read_file(folder() / "referral" / "clocks.yaml").body
    assert isinstance(body, Clocks)
    for later in (0, 4, 8):
        found = Counter[str]()
        for standing in plots.TODAY:
            limit = body.clock("accept", standing.urgency).due
            if standing.acts == plots.SENT:
                found.update(_standing(limit, timedelta(hours=ago + later)) for ago in standing.ago)
        assert found["fresh"] >= 8, (later, found)
        assert 2 <= found["overdue"] <= 8, (later, found)
    red = [
        ago
        for standing in plots.TODAY
        if standing.acts == plots.SENT and standing.urgency == "red"
        for ago in standing.ago
    ]
    assert len(red) == 1


def _standing(limit: timedelta, waited: timedelta) -> str:
    return "overdue" if waited > limit else "fresh" if waited < limit * 0.75 else "late"


def test_every_act_of_the_plots_is_a_step() -> None:
    acts = {act.step for plot in plots.HISTORY for act in plot.acts}
    acts |= {act.step for standing in plots.TODAY for act in standing.acts}
    assert acts <= {*STEPS, *OPENINGS}


def test_the_history_has_the_proportion_of_the_source() -> None:
    begun = sum(plot.times for plot in plots.HISTORY if plot.acts[0] is plots.BEGIN)
    returned = sum(plot.times for plot in plots.HISTORY if plots.RETURN in plot.acts)
    down = sum(plot.times for plot in plots.HISTORY if plots.BEGIN_DOWN in plot.acts or plots.HAND_DOWN in plot.acts)
    assert abs((begun + returned) / down - plots.UP / plots.DOWN) < 0.15
