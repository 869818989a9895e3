"""Three hypertension measures of a million patients with ten million events, by month, practice, sex and age.

``python -m bench.indicators_measures [events] [--json]``; no database: a folder with events and a dictionary, and
definitions in the language of ``policies/indicators``. The measures are those with which ehrQL is compared: patients
measured among those seen, controlled (< 140/90) and severe (≥ 160/100) by the last reading among those measured.

The peer is one plain statement of DuckDB: the same measures by month, practice, sex and age at once, and nothing else;
ours gives them by month, quarter and year, for each practice and for all, in total, by sex and by age. Seconds of
processor are taken on one processor, for two that share their caches need more of them for the same work.
"""

import sys
import tempfile
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import duckdb

from bench.indicators import timed
from bench.report import figure, tell
from yigongti.insight.indicators import definitions as _kind  # noqa: F401 — the kind of the file
from yigongti.insight.indicators.engines.duckdb import DuckEngine
from yigongti.insight.indicators.engines.foreign import folder
from yigongti.insight.indicators.running import run
from yigongti.insight.indicators.sets import of_folder, sought

DICTIONARY = """
facts:
  event:
    time: day
    key: event_id
    columns: {event_id: bigint, day: date, organization_id: bigint, patient_id: bigint, kind: text, sbp: int, dbp: int,
              sex: text, age_band: text}
"""
DEFINITIONS = """
policy: indicators/hypertension
kind: indicators
version: 2026.1
effective: {from: 2026-01-01, to: null}
title: 高血压控制
source: {document: 与 ehrQL 的对照测算, mark: D}
strata:
  sex: {title: 性别, of: {event: sex}}
  age: {title: 年龄段, of: {event: age_band}}
indicators:
  - {indicator: measured, name: 测量血压的比例, fact: event, numerator: distinct patient_id where kind = 'bp',
     denominator: distinct patient_id, factor: 100, unit: "%", by: [sex, age]}
  - {indicator: controlled, name: 最近一次血压达标, fact: event, where: kind = 'bp',
     numerator: latest patient_id where sbp < 140 and dbp < 90, denominator: distinct patient_id, factor: 100,
     unit: "%", by: [sex, age]}
  - {indicator: severe, name: 最近一次重度升高, fact: event, where: kind = 'bp',
     numerator: latest patient_id where sbp >= 160 or dbp >= 100, denominator: distinct patient_id, factor: 100,
     unit: "%", by: [sex, age]}
"""

PLAIN = """
WITH event AS (SELECT *, date_trunc('month', day) AS month FROM '{facts}/event/**/*.parquet'),
last AS (
    SELECT month, patient_id, arg_max(struct_pack(organization_id, sex, age_band, sbp, dbp), (day, event_id)) AS e
    FROM event WHERE kind = 'bp' GROUP BY ALL
),
controlled AS (
    SELECT month, e.organization_id, e.sex, e.age_band, count(*) FILTER (e.sbp < 140 AND e.dbp < 90) AS controlled,
           count(*) FILTER (e.sbp >= 160 OR e.dbp >= 100) AS severe
    FROM last GROUP BY ALL
),
seen AS (
    SELECT month, organization_id, sex, age_band, count(DISTINCT patient_id) AS seen,
           count(DISTINCT CASE WHEN kind = 'bp' THEN patient_id END) AS measured
    FROM event GROUP BY ALL
)
SELECT * FROM seen LEFT JOIN controlled USING (month, organization_id, sex, age_band)
"""


def made(place: str, events: int) -> None:
    """The events, one file a month, with their dictionary; the definitions beside them."""
    facts, policies = Path(place, "facts"), Path(place, "definitions")
    (facts / "event").mkdir(parents=True)
    policies.mkdir()
    (facts / "dictionary.yaml").write_text(DICTIONARY, encoding="utf-8")
    (policies / "hypertension.yaml").write_text(DEFINITIONS, encoding="utf-8")
    with duckdb.connect(config={"memory_limit": "2GB", "threads": 2}) as connection:
        for month in range(1, 13):
            target = facts / "event" / "year=2025" / f"month={month}"
            target.mkdir(parents=True)
            connection.execute(
                f"""
                COPY (
                    SELECT range + {month * events} AS event_id, make_date(2025, {month}, 1 + (random() * 27)::INTEGER)
                           AS day, (p % 200)::BIGINT AS organization_id, p AS patient_id,
                           CASE WHEN random() < 0.4 THEN 'bp' ELSE 'other' END AS kind,
                           (100 + random() * 80)::INTEGER AS sbp, (60 + random() * 50)::INTEGER AS dbp,
                           CASE WHEN p % 2 = 0 THEN '1' ELSE '2' END AS sex, (30 + p // 7 % 6 * 10)::VARCHAR AS age_band
                    FROM (SELECT range, (random() * 1000000)::BIGINT AS p FROM range({events // 12}))
                ) TO '{target}/part.parquet' (FORMAT parquet, COMPRESSION zstd)
                """
            )


def main() -> None:
    """Make, scan, compute."""
    events = next((int(word) for word in sys.argv[1:] if word.isdigit()), 10_000_000)
    with tempfile.TemporaryDirectory() as place:
        child = get_context("spawn").Process(target=made, args=(place, events))
        child.start()
        child.join()
        names = ("day", "organization_id", "patient_id", "kind", "sbp", "dbp", "sex", "age_band")
        scan = f"SELECT {', '.join(f'max({name})' for name in names)} FROM '{place}/facts/event/**/*.parquet'"
        floor, peer = (plainly(sql, 1) for sql in (scan, PLAIN.format(facts=f"{place}/facts")))
        shared = plainly(PLAIN.format(facts=f"{place}/facts"), 2)
        one, two = (computed(Path(place), processors) for processors in (1, 2))
        if one[2].digest != two[2].digest:
            sys.exit("on one processor and on two the answers differ")
        tell(
            f"three measures over {events:,} events",
            [
                figure("scan of the same columns", floor[1], "s CPU"),
                figure("one plain statement of DuckDB: the peer", peer[1], "s CPU", note=f"{len(peer[2]):,} rows"),
                figure("yigongti indicators", one[1], "s CPU", most=5, note=f"{one[1] / floor[1]:.1f} × the scan"),
                figure("ratio to the peer", one[1] / peer[1], "×"),
                figure("on two processors, by the clock", two[0], "s", note=f"CPU {two[1]:.1f} s"),
                figure("the peer there", shared[0], "s", note=f"CPU {shared[1]:.1f} s"),
                figure("results", one[2].table.num_rows, "rows"),
            ],
        )


def plainly(sql: str, processors: int) -> tuple[float, float, Any]:
    """A statement of DuckDB, timed."""
    with duckdb.connect(config={"threads": processors}) as plain:
        return timed(lambda: plain.execute(sql).fetchall())


def computed(place: Path, processors: int) -> tuple[float, float, Any]:
    """The measures, timed."""
    with folder(place / "facts") as (dictionary, sources), DuckEngine(threads=processors) as engine:
        asked = list(sought(of_folder(place / "definitions", dictionary)))
        return timed(lambda: run(asked, dictionary, sources, engine))


if __name__ == "__main__":
    main()
