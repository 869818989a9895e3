"""Sixty indicators over twenty million visits, against the scan of the same columns and plain SQL for each.

``python -m bench.indicators [rows] [--json]``; no database. A child process makes the visits (200 organisations, 12
months), so that the memory is that of computing alone.
"""

import resource
import sys
import tempfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from itertools import combinations, islice
from multiprocessing import get_context
from time import perf_counter, process_time
from typing import Any

import duckdb

from bench.report import figure, tell
from yigongti.insight.indicators.definitions import Count, Indicator
from yigongti.insight.indicators.dictionary import from_values
from yigongti.insight.indicators.engines.duckdb import DuckEngine
from yigongti.insight.indicators.engines.sources import FactSource, Part
from yigongti.insight.indicators.planning import Sought
from yigongti.insight.indicators.running import run

COLUMNS = {
    "visit_id": "bigint",
    "day": "date",
    "organization_id": "bigint",
    "resident_id": "bigint",
    "kind": "text",
    "tier": "text",
    "age": "int",
    "in_force": "bool",
    "fee": "bigint",
    "sex": "text",
}
ASKED = [
    *(f"kind = '{kind}'" for kind in ("outpatient", "emergency", "inpatient", "home", "follow-up")),
    *(f"tier = '{tier}'" for tier in ("village", "township", "county")),
    *(f"age >= {age}" for age in (18, 35, 60, 65, 80)),
    "in_force",
    "sex = '1'",
    "fee > 10000",
]


def made(folder: str, rows: int) -> None:
    """Write the visits, one file a month."""
    with duckdb.connect(config={"memory_limit": "4GB", "threads": 2}) as connection:
        connection.execute("SELECT setseed(0.5)")
        for month in range(1, 13):
            connection.execute(
                f"""
                COPY (
                    SELECT range AS visit_id, make_date(2025, {month}, 1 + (random() * 27)::INTEGER) AS day,
                           o AS organization_id, (random() * 1000000)::BIGINT AS resident_id,
                           CASE WHEN k < 0.7 THEN 'outpatient' WHEN k < 0.8 THEN 'follow-up' WHEN k < 0.9 THEN 'home'
                                WHEN k < 0.95 THEN 'emergency' ELSE 'inpatient' END AS kind,
                           CASE WHEN o < 150 THEN 'village' WHEN o < 190 THEN 'township' ELSE 'county' END AS tier,
                           (random() * 95)::INTEGER AS age, random() < 0.97 AS in_force,
                           (random() * 30000)::BIGINT AS fee, CASE WHEN random() < 0.5 THEN '1' ELSE '2' END AS sex
                    FROM (SELECT range, (pow(random(), 2) * 199)::BIGINT AS o, random() AS k
                          FROM range({rows // 12}))
                ) TO '{folder}/{month}.parquet' (FORMAT parquet, COMPRESSION zstd)
                """
            )


def definitions() -> list[Sought]:
    """Sixty: fifty shares, eight sums, two of different residents."""
    pairs = [f"{one} and {other}" for one, other in islice(combinations(ASKED, 2), 0, 100, 2)]
    terms = [f"count where {text}" for text in pairs]
    terms += [f"sum fee where {text}" for text in ASKED[:8]]
    terms += ["distinct resident_id where kind = 'inpatient'", "distinct resident_id where kind = 'emergency'"]
    return [
        Sought(
            f"b/{number}",
            Indicator(
                indicator=str(number),
                name="指标",
                numerator=Count(fact="visit", where="in_force", term=term),
                denominator=Count(fact="visit", where="in_force", term="count"),
                factor=Decimal(100),
            ),
        )
        for number, term in enumerate(terms)
    ]


def timed(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Seconds by the clock and of the processor."""
    wall, cpu = perf_counter(), process_time()
    found = work()
    return perf_counter() - wall, process_time() - cpu, found


def main() -> None:
    """Make, scan, compute, compare."""
    rows = next((int(word) for word in sys.argv[1:] if word.isdigit()), 20_000_000)
    with tempfile.TemporaryDirectory() as folder:
        child = get_context("spawn").Process(target=made, args=(folder, rows))
        child.start()
        child.join()
        _measured(folder, rows)


def _measured(folder: str, rows: int) -> None:
    files = [(date(2025, month, 1), f"{folder}/{month}.parquet") for month in range(1, 13)]
    scan = "SELECT " + ", ".join(f"max({name})" for name in COLUMNS if name != "visit_id")
    with duckdb.connect(config={"threads": 2}) as plain:
        wide = ", ".join(f"count_if(in_force AND {text})" for text in _conditions())
        floor = timed(lambda: plain.execute(f"{scan} FROM '{folder}/*.parquet'").fetchall())
        naive = timed(
            lambda: plain.execute(
                f"SELECT date_trunc('month', day), organization_id, {wide} FROM '{folder}/*.parquet' GROUP BY ALL"
            ).fetchall()
        )
    dictionary = from_values({"visit": {"time": "day", "key": "visit_id", "columns": COLUMNS}})
    source = FactSource(dictionary["visit"], tuple(Part((path,), month) for month, path in files))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with DuckEngine() as engine:
        ours = timed(lambda: run(definitions(), dictionary, {"visit": source}, engine))
    late = FactSource(dictionary["visit"], source.parts[-1:])
    with DuckEngine() as engine:
        month = timed(lambda: run(definitions(), dictionary, {"visit": late}, engine))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    tell(
        f"60 indicators over {rows:,} visits",
        [
            figure("scan of the same columns", floor[1], "s CPU"),
            figure("a count_if for each, plain DuckDB", naive[1], "s CPU", note=f"{naive[1] / floor[1]:.1f} × scan"),
            figure("yigongti indicators", ours[1], "s CPU", note=f"clock {ours[0]:.1f} s"),
            figure("ratio to the scan", ours[1] / floor[1], "×", most=3),
            figure("one month", month[0], "s", most=2, note=f"CPU {month[1]:.1f} s"),
            figure("peak memory", peak, "MB", most=1024, note=f"{before:.0f} MB before"),
            figure("results", ours[2].table.num_rows, "rows"),
        ],
    )


def _conditions() -> list[str]:
    return [f"{one} and {other}" for one, other in islice(combinations(ASKED, 2), 0, 100, 2)]


if __name__ == "__main__":
    main()
