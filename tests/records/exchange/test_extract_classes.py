"""The check against a naive one, on small random tables; ladders, pseudonyms and shifted days by themselves."""

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yigongti.kernel.policy.store import resolve
from yigongti.records.exchange.extracts import classes, pseudonyms
from yigongti.records.exchange.extracts.binding import create_steps, create_tables
from yigongti.records.exchange.extracts.classes import Rule
from yigongti.records.exchange.extracts.deidentifying import deidentify
from yigongti.records.exchange.extracts.ladders import Ladder, rare_sql
from yigongti.records.exchange.extracts.models import Extract
from yigongti.records.exchange.extracts.policies import ExtractPolicy

AGE = Ladder(kind="band", steps=[5, 10, 40], top=85)
AREA = Ladder(kind="area", steps=["town", "county"])
COARSEN = ("age", "area", "age")
Row = tuple[int, int | None, str | None, int | None]
ROWS = st.lists(
    st.tuples(
        st.integers(1, 12),
        st.one_of(st.none(), st.integers(0, 99)),
        st.sampled_from([None, "431127101201", "431127102202", "431127102"]),
        st.one_of(st.none(), st.integers(0, 2)),
    ),
    max_size=40,
)


@pytest.fixture(scope="module")
def bench() -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty bench."""
    with duckdb.connect() as connection:
        yield connection


def age(value: int | None, level: int) -> str:
    """A band, the slow way."""
    if value is None:
        return ""
    width = (5, 10, 40)[level]
    return "85+" if value >= 85 else f"{value // width * width}-{value // width * width + width - 1}"


def naive(rows: list[Row], rule: Rule, levels: dict[str, int]) -> tuple[dict[tuple[str, str], bool], int]:
    """Which classes are kept, and how many rows are not."""
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        found[age(row[1], levels["age"]), (row[2] or "")[: (9, 6)[levels["area"]]]].append(row)
    kept = {
        key: len({row[0] for row in its}) >= rule.k and len({row[3] for row in its}) >= rule.at_least
        for key, its in found.items()
    }
    return kept, sum(len(its) for key, its in found.items() if not kept[key])


@settings(max_examples=60, deadline=None)
@given(rows=ROWS, k=st.integers(2, 4), at_least=st.integers(1, 2), most=st.sampled_from(["0", "0.2"]))
def test_the_check_is_the_naive_check(
    bench: duckdb.DuckDBPyConnection, rows: list[Row], k: int, at_least: int, most: str
) -> None:
    rule = Rule(k, Decimal(most), ("ill",), at_least)
    bench.execute("CREATE OR REPLACE TABLE base (person VARCHAR, age INTEGER, area VARCHAR, ill INTEGER)")
    if rows:
        bench.executemany("INSERT INTO base VALUES (?, ?, ?, ?)", [list(row) for row in rows])
    attempts = classes.search(bench, "base", {"age": AGE, "area": AREA}, COARSEN, rule)
    for attempt in attempts:
        kept, suppressed = naive(rows, rule, dict(attempt.levels))
        assert (attempt.classes, attempt.suppressed, attempt.rows) == (len(kept), suppressed, len(rows))
        assert attempt.holds == (any(kept.values()) and suppressed <= rule.most * len(rows))
    assert [attempt.holds for attempt in attempts[:-1]] == [False] * (len(attempts) - 1)
    assert attempts[-1].holds or len(attempts) == len(COARSEN) + 1
    kept, _ = naive(rows, rule, dict(attempts[-1].levels))
    told = {(row[0], row[1]): row[2] for row in bench.execute("SELECT age, area, kept FROM classes").fetchall()}
    assert told == kept


def test_rare_codes_become_their_category_then_their_chapter(bench: duckdb.DuckDBPyConnection) -> None:
    codes = {"I10": 5, "I20.0": 2, "I20.1": 3, "E11.9": 1, "E78.5": 1}
    bench.execute("CREATE OR REPLACE TABLE told (person VARCHAR, code VARCHAR)")
    people = [[f"{code}-{n}", code] for code, times in codes.items() for n in range(times)]
    bench.executemany("INSERT INTO told VALUES (?, ?)", people)
    found = dict(bench.execute(rare_sql("told", '"code"', "person", 4)).fetchall())
    assert found == {"I10": "I10", "I20.0": "I20", "I20.1": "I20", "E11.9": "E00-E90", "E78.5": "E00-E90"}
    chapter = Ladder(kind="code", steps=["category", "chapter"]).sql("code", 1)
    assert bench.execute(f"SELECT {chapter} FROM (SELECT 'E00-E90' AS code)").fetchall() == [("E00-E90",)]


def test_pseudonyms_are_hmac_and_days_move_together(bench: duckdb.DuckDBPyConnection) -> None:
    secret = pseudonyms.new_secret()
    pseudonyms.install(bench, secret)
    wanted = hmac.new(bytes.fromhex(secret), b"person:p1", hashlib.sha256).hexdigest()[: pseudonyms.LENGTH]
    assert bench.execute("SELECT pseudonym('p1')").fetchall() == [(wanted,)]
    day, later = date(2025, 3, 1), date(2025, 3, 11)
    [(one, two)] = bench.execute(
        "SELECT shifted(?::DATE, 'p1', 30), shifted(?::DATE, 'p1', 30)", [day, later]
    ).fetchall()
    assert (two - one).days == 10
    moves = bench.execute(
        "SELECT shifted(DATE '2025-03-01', i, 30) - DATE '2025-03-01' FROM range(500) t(i)"
    ).fetchall()
    assert {abs(move) for (move,) in moves} <= set(range(1, 31))
    assert len(set(moves)) > 40


@pytest.mark.parametrize(
    ("ladder", "wrong"),
    [
        (Ladder(kind="band", steps=[10, 5]), True),
        (Ladder(kind="band", steps=[5, "all"]), False),
        (Ladder(kind="area", steps=["county", "town"]), True),
        (Ladder(kind="time", steps=["day"]), True),
    ],
)
def test_a_ladder_goes_from_fine_to_coarse(ladder: Ladder, wrong: bool) -> None:
    assert bool(ladder.mistakes()) is wrong


@pytest.mark.django_db
def test_a_table_says_nothing_of_cells_of_seven_or_fewer() -> None:
    """Eight people in one cell, seven in another: the second is there without its numbers."""
    policy = resolve("extract/referral-flows").body
    assert isinstance(policy, ExtractPolicy)
    with duckdb.connect() as bench:
        create_tables(bench, policy)
        for disease, people in (("hypertension", 40), ("stroke", 7), ("copd", 8)):
            bench.execute(
                "INSERT INTO referral SELECT i::VARCHAR, 'up', ?, 'township', 'county',"
                " TIMESTAMPTZ '2025-03-04 10:00+08', 60, true, false FROM range(?) t(i)",
                [disease, people],
            )
        create_steps(bench, policy)
        outcome = deidentify(bench, Extract(k=5, categories=[]), policy)
        assert outcome.last.holds
        rows = bench.execute(f"SELECT disease, records, people, accepted, small FROM ({outcome.query})").fetchall()
    assert rows == [
        ("copd", 8, 8, 8, False),
        ("hypertension", 40, 40, 40, False),
        ("stroke", None, None, None, True),
    ]
