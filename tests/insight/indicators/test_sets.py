"""The sets that are shipped: complete, sourced, in plain words, and every computed one runs."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from yigongti.insight.indicators.definitions import Indicator, IndicatorSet
from yigongti.insight.indicators.dictionary import FactTable, TableColumn, declared
from yigongti.insight.indicators.engines.duckdb import DuckEngine
from yigongti.insight.indicators.engines.sources import SQL_TYPES, FactSource, Part
from yigongti.insight.indicators.running import run
from yigongti.insight.indicators.sets import Edition, in_force, sought
from yigongti.kernel.policy.store import Store, folder

OFFICIAL = {
    "monitoring-2024": {
        *("1.1", "1.2", "1.3", "2.1", "2.2a", "2.2b", "2.3", "3.1"),
        *("3.2", "3.3", "4.1", "4.2", "4.3", "5.1", "5.2"),
    },
    "monitoring-2020": {f"P{number}" for number in range(1, 12)},
    "insurance-assessment": {str(number) for number in range(1, 6)},
}
WORDS = {
    "kind": ("outpatient", "emergency", "inpatient", "home", "follow-up", "examination", "dispatched"),
    "register": ("hypertension", "diabetes"),
    "registers": ("hypertension", "diabetes", "dyslipidemia", "mental"),
    "privileges": ("bed", "clinic"),
    "reason_codes": ("diagnosis-unclear", "equipment"),
    "direction": ("up", "down"),
    "status": ("final", "completed"),
    "category": ("ecg", "imaging", "laboratory"),
    "code": ("sbp", "fasting_glucose", "I10"),
    "verification": ("confirmed",),
    "sex": ("1", "2"),
}
TIERS = ("village", "township", "county", "city")
ROWS = 400


@pytest.fixture(scope="module")
def shipped() -> dict[str, Edition]:
    """Every set as the files have it."""
    return in_force(Store(folder()))


def items(shipped: dict[str, Edition]) -> Iterator[tuple[IndicatorSet, Indicator]]:
    for edition in shipped.values():
        for item in edition.body.indicators:
            yield edition.body, item


def test_at_least_eighty_definitions_compute(shipped):
    kinds = Counter(item.kind for _, item in items(shipped))
    assert kinds["computed"] >= 80, kinds


def test_every_item_of_the_official_lists_is_there(shipped):
    for name, codes in OFFICIAL.items():
        assert codes <= {item.indicator for item in shipped[name].body.indicators}, name
    numbers = {item.indicator.rstrip("ab") for item in shipped["monitoring-2020"].body.indicators}
    assert {str(number) for number in range(1, 27)} <= numbers
    assert {"guangming", "lanshan"} <= shipped.keys()


def test_every_item_says_what_it_measures_and_where_it_comes_from(shipped):
    for body, item in items(shipped):
        source, code = body.source_of(item), body.code(item)
        assert len(item.meaning) >= 4, code
        assert source.document, code
        assert source.mark != "S" or source.stored, code
        assert item.kind == "computed" or item.owner or item.levels == ["organization"], code
        assert item.kind != "judged" or (item.criteria and item.evidence), code


def test_counts_of_people_and_events_are_shown_whole(shipped):
    shown = {body.code(item): item.decimals for body, item in items(shipped)}
    assert (shown["services/steps"], shown["public-health/SN00"], shown["guangming/residents-per-centre"]) == (0, 2, 0)


def test_a_computed_figure_that_stands_beside_a_reported_one_exists(shipped):
    known = {body.code(item): item.kind for body, item in items(shipped)}
    for _, item in items(shipped):
        assert {known.get(code) for code in item.beside} <= {"computed"}, item.beside


def test_every_computed_definition_runs_on_facts_of_every_kind(shipped, tmp_path):
    dictionary = declared()
    wanted = [one for one in sought(shipped) if one.item.kind == "computed"]
    read = {side.fact for one in wanted for _, side in one.item.sides()}
    sources = {name: invented(dictionary[name], tmp_path) for name in read}
    with DuckEngine() as engine:
        outcome = run(wanted, dictionary, sources, engine)
    found = [row for row in outcome.table.to_pylist() if row["level"] == "all" and not row["stratum"]]
    assert {row["indicator"] for row in found} == {one.code for one in wanted}
    shares = {one.code for one in wanted if is_share(one.item)}
    assert len(shares) > 50
    for row in found:
        if row["indicator"] in shares and row["value"] is not None:
            assert 0 <= row["value"] <= 100, row


def is_share(item: Indicator) -> bool:
    """Whether the numerator counts some of the rows that the denominator counts."""
    upper, lower = item.side("numerator"), item.side("denominator")
    if upper is None or lower is None or item.function or item.factor != Decimal(100):
        return False
    same = (upper.fact, upper.at, upper.organization, upper.where) == (
        lower.fact,
        lower.at,
        lower.organization,
        lower.where,
    )
    return same and upper.parsed.kind == "count" and str(lower.parsed) == "count"


def invented(fact: FactTable, at: Path) -> FactSource:
    """A file of rows drawn by column name and type."""
    path = at / f"{fact.name}.parquet"
    columns = ", ".join(
        f'CAST({drawn(c)} AS {SQL_TYPES.get(c.type, c.type)}) AS "{c.name}"' for c in fact.columns.values()
    )
    with duckdb.connect() as bench:
        bench.execute("SELECT setseed(0.5)")
        bench.execute(f"COPY (SELECT {columns} FROM range({ROWS}) t(i)) TO '{path}' (FORMAT parquet)")
    return FactSource(fact, (Part((str(path),)),))


def drawn(column: TableColumn) -> str:
    """SQL that draws a value of the column; one in ten is unknown, but for keys and times."""
    name, kind = column.name, column.type
    words = TIERS if name.endswith("tier") else WORDS.get(name, ("x", "y"))
    value: Any = {
        "text": f"{list(words)!r}[1 + CAST(floor(random() * {len(words)}) AS INTEGER)]",
        "list(text)": f"list_filter({list(words)!r}, lambda w: random() < 0.5)",
        "bool": "random() < 0.6",
        "date": "DATE '2025-01-01' + CAST(floor(random() * 600) AS INTEGER)",
        "timestamp": "TIMESTAMP '2025-01-01' + CAST(floor(random() * 800000) AS INTEGER) * INTERVAL 1 MINUTE",
        "uuid": "md5((i % 90)::VARCHAR)",
    }.get(kind, "floor(random() * 90)")
    return value if name.endswith("_id") or name in ("month", "day") else f"CASE WHEN random() < 0.9 THEN {value} END"
