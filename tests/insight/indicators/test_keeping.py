"""States that are kept: a late month is answered from them as it is from the facts, and only its files are read."""

import os
import tempfile
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from indicator_facts import (
    BELONGING,
    DICTIONARY,
    PATIENTS,
    SCHEMAS,
    STRATA,
    VISITS,
    definitions,
    hierarchy,
)

from yigongti.insight.indicators.definitions import Count, Indicator
from yigongti.insight.indicators.engines.duckdb import DuckEngine
from yigongti.insight.indicators.engines.keeping import AGE, Keeper
from yigongti.insight.indicators.engines.sources import FactSource, Part
from yigongti.insight.indicators.planning import Sought
from yigongti.insight.indicators.running import run
from yigongti.insight.warehouse.shelf import between

Rows = dict[str, list[dict[str, Any]]]
MONTHS = list(between(date(2025, 10, 1), date(2026, 4, 1)))


def numbered(visits: list[dict[str, Any]], patients: list[dict[str, Any]], begin: int = 0) -> Rows:
    return {"visit": [row | {"visit_id": begin + at} for at, row in enumerate(visits)], "patient_month": patients}


def filed(folder: Path, rows: Rows, months: Iterable[date | None]) -> dict[str, FactSource]:
    """One file a month of each fact; only the files of ``months`` are written again."""
    found = {}
    for name, listed in rows.items():
        fact, parts = DICTIONARY[name], []
        schema = pa.schema([(c.name, SCHEMAS[c.type]) for c in fact.columns.values()])
        for month in [*MONTHS, None]:
            path = folder / f"{name}-{month}.parquet"
            some = [row for row in listed if (row[fact.time] and row[fact.time].replace(day=1)) == month]
            if not path.exists() or month in months:
                pq.write_table(pa.Table.from_pylist(some, schema=schema), path)
                os.utime(path, ns=(0, len(some) + path.stat().st_mtime_ns))
            parts.append(Part((str(path),), month))
        found[name] = FactSource(fact, tuple(parts))
    return found


class Watched(DuckEngine):
    """Remembers the files that it read, and of how many members it merged the rows again."""

    def look(self, source: FactSource, parts: Iterable[Part]) -> None:
        listed = list(parts)
        self.read = [*getattr(self, "read", []), *(Path(path).stem for part in listed for path in part.paths)]
        super().look(source, listed)

    def derive(self, table: str, sql: str) -> None:
        super().derive(table, sql)
        if table.endswith("_moved"):
            self.moved = self.connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def answered(sought: list[Sought], sources: dict[str, FactSource], keeper: Keeper | None = None, **more: Any) -> Any:
    with Watched(keeper=keeper) as engine:
        outcome = run(sought, DICTIONARY, sources, engine, months=MONTHS, **more)
        return outcome.table, getattr(engine, "read", [])


@settings(max_examples=20, deadline=None)
@given(definitions(), VISITS, VISITS, PATIENTS, BELONGING, st.sets(st.sampled_from(MONTHS), min_size=1, max_size=2))
def test_late_rows_are_answered_from_states_as_from_all_facts(sought, visits, late, patients, belonging, months):
    units = hierarchy(belonging)
    with tempfile.TemporaryDirectory() as folder:
        facts, keeper = Path(folder, "facts"), Keeper(Path(folder, "states"))
        facts.mkdir()
        answered(sought, filed(facts, numbered(visits, patients), []), keeper, hierarchy=units)
        came = [row for row in late if row["day"] and row["day"].replace(day=1) in months]
        left = [row for row in patients if row["month"] not in months]
        rows = numbered([*visits, *came], left)
        sources = filed(facts, rows, months)
        kept, _ = answered(sought, sources, keeper, hierarchy=units, touched=months)
        anew, _ = answered(sought, sources, hierarchy=units, touched=months)
        assert kept.equals(anew)
        again, _ = answered(sought, sources, keeper, hierarchy=units)
        whole, _ = answered(sought, sources, hierarchy=units)
        assert again.equals(whole)
        touched = {tuple(row.values()) for row in kept.to_pylist()}
        assert touched <= {tuple(row.values()) for row in whole.to_pylist()}


@pytest.fixture
def shares() -> list[Sought]:
    terms = ["count where in_force", "distinct resident_id where age >= 65", "sum fee"]
    return [
        Sought(
            f"t/{number}",
            Indicator(
                indicator=str(number),
                name="指标",
                numerator=Count(fact="visit", term=term),
                denominator=Count(fact="visit", term="distinct resident_id"),
                by=["old"],
            ),
            STRATA,
        )
        for number, term in enumerate(terms)
    ]


@pytest.fixture
def rows() -> Rows:
    visits = [
        {
            "day": month.replace(day=day),
            "closed_on": month,
            "organization_id": 1 + day % 3,
            "resident_id": "abcdef"[day % 6],
            "kind": "in",
            "age": 60 + day,
            "in_force": True,
            "fee": 9007199254740993 + day,
            "tags": [],
        }
        for month in MONTHS
        for day in range(1, 12)
    ]
    return numbered(visits, [])


def test_only_the_files_of_a_late_month_are_read(shares, rows, tmp_path):
    keeper = Keeper(tmp_path / "states")
    sources = filed(tmp_path, rows, [])
    first, read = answered(shares, sources, keeper)
    assert {f"visit-{month}" for month in MONTHS} <= set(read)
    second, read = answered(shares, sources, keeper)
    assert second.equals(first)
    assert read == []
    rows["visit"][0]["fee"] += 1
    sources = filed(tmp_path, rows, [MONTHS[0]])
    third, read = answered(shares, sources, keeper)
    assert set(read) == {f"visit-{MONTHS[0]}"}
    anew, _ = answered(shares, sources)
    assert third.equals(anew)
    assert not third.equals(first)


def test_who_asks_for_less_uses_the_same_states(shares, rows, tmp_path):
    keeper = Keeper(tmp_path / "states")
    sources = filed(tmp_path, rows, [])
    whole, _ = answered(shares, sources, keeper)
    some, read = answered(shares, sources, keeper, codes=["t/1"], touched=[MONTHS[0]])
    assert read == []
    periods = {"2025-10", "2025Q4", "2025"}
    wanted = [row for row in whole.to_pylist() if row["indicator"] == "t/1" and row["period"] in periods]
    assert some.to_pylist() == wanted


def test_states_that_nobody_uses_go(shares, rows, tmp_path):
    keeper = Keeper(tmp_path / "states")
    answered(shares, filed(tmp_path, rows, []), keeper)
    kept = list(keeper.folder.glob("*.parquet"))
    assert kept
    assert keeper.sweep() == 0
    old = kept[0].with_suffix(".json")
    os.utime(old, (0, old.stat().st_mtime - AGE.total_seconds() - 1))
    assert keeper.sweep() == 1
    assert set(keeper.folder.glob("*.parquet")) == set(kept[1:])


def test_only_members_who_changed_are_merged_again(shares, rows, tmp_path):
    keeper = Keeper(tmp_path / "states")
    answered(shares, filed(tmp_path, rows, []), keeper)
    late = {**rows["visit"][0], "day": MONTHS[4], "visit_id": 1000, "resident_id": "f", "organization_id": 3}
    rows["visit"].append(late)
    sources = filed(tmp_path, rows, [MONTHS[4]])
    with Watched(keeper=keeper) as engine:
        kept = run(shares, DICTIONARY, sources, engine, months=MONTHS)
    assert engine.moved == 1
    assert kept.table.equals(answered(shares, sources)[0])
