"""Three evaluators, one answer: DuckDB, Spark and a naive one in Python, on random facts and random definitions."""

import random
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from indicator_facts import (
    BELONGING,
    DICTIONARY,
    PATIENTS,
    VISITS,
    definitions,
    divided,
    generated,
    hierarchy,
    naive,
    written,
)

from yigongti.insight.indicators.engines.duckdb import DuckEngine
from yigongti.insight.indicators.planning import Sought
from yigongti.insight.indicators.running import Outcome, run
from yigongti.insight.warehouse.shelf import between

KEYS = ("indicator", "level", "unit", "type", "period", "stratum", "part")


def answered(
    sought: list[Sought], rows: dict[str, list[dict[str, Any]]], engine: Any, split: bool = True, **more: Any
) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        return run(sought, DICTIONARY, written(Path(folder), rows, split=split), engine, **more)


@settings(max_examples=60, deadline=None)
@given(definitions(), VISITS, PATIENTS)
def test_duckdb_answers_what_looking_at_every_row_answers(sought, visits, patients):
    rows = {"visit": visits, "patient_month": patients}
    with DuckEngine() as engine:
        same(sought, answered(sought, rows, engine), naive(sought, rows))


@settings(max_examples=60, deadline=None)
@given(definitions(), VISITS, PATIENTS, BELONGING)
def test_units_are_answered_as_they_stood_at_the_time(sought, visits, patients, belonging):
    rows = {"visit": visits, "patient_month": patients}
    with DuckEngine() as engine:
        outcome = answered(sought, rows, engine, hierarchy=hierarchy(belonging))
    same(sought, outcome, naive(sought, rows, belonging))


def same(sought: list[Sought], outcome: Outcome, expected: dict[Any, Any]) -> None:
    """Every number that is not nothing is the same, and so is its value."""
    times = {one.code: one.item.times for one in sought}
    found = {tuple(row[key] for key in KEYS): row for row in outcome.table.to_pylist()}
    assert len(found) == outcome.table.num_rows
    for key, (upper, lower) in expected.items():
        row = found.pop(key, None)
        if row is None:
            assert not upper, key
            assert not lower, key
            continue
        assert (row["numerator"], row["denominator"]) == (upper, lower)
        assert row["value"] == divided(upper, lower, times[key[0]])
    assert all(row["numerator"] == 0 and not row["denominator"] for row in found.values())


def test_chosen_months_answer_as_they_do_among_all(visits_of_a_year):
    sought, rows = visits_of_a_year
    months = list(between(date(2025, 10, 1), date(2025, 12, 1)))
    with DuckEngine() as one, DuckEngine() as other:
        whole, some = answered(sought, rows, one), answered(sought, rows, other, months=months)
    found = {tuple(row.values()) for row in some.table.to_pylist()}
    assert found == {tuple(row.values()) for row in whole.table.to_pylist() if row["period"].startswith("2025")}


def test_files_by_month_and_one_file_give_the_same_digest(visits_of_a_year):
    sought, rows = visits_of_a_year
    with DuckEngine() as one, DuckEngine() as other:
        assert answered(sought, rows, one).digest == answered(sought, rows, other, split=False).digest


@pytest.fixture
def visits_of_a_year() -> tuple[list[Sought], dict[str, list[dict[str, Any]]]]:
    """A generated example that is large enough to hold every case."""
    return generated(random.Random(7))
