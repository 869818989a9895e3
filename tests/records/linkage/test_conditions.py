"""Every statement on two rows and every preparation says the same in SQL and in Python."""

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linkage_people import values

from yigongti.records.linkage import distances
from yigongti.records.linkage.calendar import lunar_of_solar, solar_of_lunar
from yigongti.records.linkage.configuration import LinkageModel
from yigongti.records.linkage.kinds import KINDS, prepare_value
from yigongti.records.linkage.preparing import ROWS, prepare

WORD = st.text("abcde12", max_size=9)


@pytest.fixture(scope="module")
def duck():
    with duckdb.connect() as connection:
        yield connection


@given(st.lists(st.tuples(WORD, WORD), min_size=20, max_size=60))
@settings(max_examples=20, deadline=None)
def test_the_distances_are_those_of_the_database(duck, pairs):
    rows = duck.execute(
        """SELECT a, b, levenshtein(a, b), damerau_levenshtein(a, b), jaro_winkler_similarity(a, b)
        FROM (SELECT unnest($1::VARCHAR[]) AS a, unnest($2::VARCHAR[]) AS b)""",
        [[a for a, _ in pairs], [b for _, b in pairs]],
    ).fetchall()
    for a, b, plain, damerau, winkler in rows:
        assert distances.levenshtein(a, b) == plain
        assert distances.damerau_levenshtein(a, b) == damerau
        assert distances.within(a, b, 1) == (damerau <= 1)
        if a or b:
            assert distances.jaro_winkler(a, b) == pytest.approx(winkler, abs=1e-9)


def test_no_damerau_step_is_more_than_two_plain_ones():
    assert distances.levenshtein("12", "21") == 2
    assert distances.damerau_levenshtein("12", "21") == 1


@pytest.mark.parametrize("kind", sorted(KINDS))
@given(data=st.data())
@settings(max_examples=8, deadline=None)
def test_a_table_and_a_row_are_prepared_alike(duck, kind, data):
    raws = data.draw(st.lists(values(kind), min_size=30, max_size=60))
    one = LinkageModel.model_validate(
        {
            "policy": "index/one",
            "kind": "linkage-model",
            "version": "2026.1",
            "effective": {"from": "2026-01-01"},
            "title": "一栏",
            "fields": {"x": {"column": "given", "kind": kind}},
            "blocking": [["x"]],
        }
    )
    duck.execute("CREATE OR REPLACE TABLE raws AS SELECT unnest($1::VARCHAR[]) AS given", [raws])
    prepare(duck, ["raws"], one)
    columns = list(one.keys.values())
    found = duck.execute(f"SELECT {', '.join(columns)} FROM {ROWS} ORDER BY unique_id").fetchall()
    for raw, row in zip(raws, found, strict=True):
        expected = tuple(prepare_value(kind, raw).values())
        assert row == expected, raw


@pytest.mark.parametrize(
    ("written", "name"), [("队列居民14500", None), ("无名氏４２", None), ("王小明2", "王小明2"), ("王小明", "王小明")]
)
def test_a_label_with_a_number_is_no_name(duck, written, name):
    assert prepare_value("name-chinese", written)[""] == name


@pytest.mark.parametrize(
    ("lunar", "solar"),
    [("20000101", "20000205"), ("20240101", "20240210"), ("19490701", "19490726"), ("20230301", "20230420")],
)
def test_the_lunar_calendar(lunar, solar):
    assert solar_of_lunar()[lunar] == solar
    assert lunar_of_solar()[solar] == lunar


def test_every_new_year_is_between_the_great_cold_and_the_rain_water():
    days = [solar_of_lunar()[f"{year}0101"][4:] for year in range(1900, 2101)]
    assert all("0121" <= day <= "0221" for day in days)
