"""The control-rate chain: from residents, diagnoses, visits and readings to the months of patients and their rates.

``python -m bench.control_chain [patients] [readings] [--json]``; no database. A child process shelves the facts of a
year (a reading is two measurements and a visit); the platform's own chain derives the months of organisations,
residents and patients, and the shipped indicators of hypertension are computed from them. Beside it the same monthly
control rate as one statement of plain DuckDB over the same files: the two must agree in every number.
"""

import resource
import sys
import tempfile
from datetime import date, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from bench.indicators import timed
from bench.report import figure, tell

ORGANIZATIONS = 200
DAY = "DATE '2025-01-01' + (hash(i, 'day') % 365)::INTEGER"
SAME = {"changed_at": "now()", "recorded_at": "now()", "in_force": "true", "source": "''"}
#: fact → (rows: i counts them, column → value; the other columns are unknown)
FACTS: dict[str, tuple[str, dict[str, str]]] = {
    "organization": (
        f"range({ORGANIZATIONS}) r(i)",
        {
            "organization_id": "i",
            "tier": "CASE WHEN i % 8 = 0 THEN 'township' ELSE 'village' END",
            "is_primary": "true",
            "part_of_id": "CASE WHEN i % 8 > 0 THEN i - i % 8 END",
            "county_code": "'431127'",
        },
    ),
    "membership": (
        f"range(0, {ORGANIZATIONS}, 8) r(i)",
        {"consortium_id": "i % 16", "organization_id": "i", "start_on": "DATE '2020-01-01'"},
    ),
    "resident": (
        "range({patients}) r(i)",
        {
            "resident_id": "md5('r' || i)",
            "sex": "(1 + i % 2)::VARCHAR",
            "birth_date": "DATE '1935-01-01' + (hash(i) % 18000)::INTEGER",
            "grid_organization_id": f"i % {ORGANIZATIONS}",
            "registered_at": "TIMESTAMPTZ '2025-01-01 08:00:00+08'",
        },
    ),
    "condition": (
        "range({patients}) r(i)",
        {
            "condition_id": "md5('c' || i)",
            "resident_id": "md5('r' || i)",
            "register": "'hypertension'",
            "status": "'active'",
            "verification": "'confirmed'",
            "onset_on": "DATE '2023-01-01' + (hash(i, 'onset') % 1000)::INTEGER",
            "day": "DATE '2025-01-02'",
            "recorded_at": "TIMESTAMPTZ '2025-01-02 08:00:00+08'",
        },
    ),
    "encounter": (
        "range({readings}) r(i)",
        {
            "encounter_id": "md5('e' || i)",
            "resident_id": "md5('r' || hash(i) % {patients})",
            "kind": "'follow-up'",
            "organization_id": f"hash(i) % {{patients}} % {ORGANIZATIONS}",
            "day": DAY,
            "started_at": f"({DAY})::TIMESTAMPTZ + INTERVAL 9 HOUR",
        },
    ),
    "measurement": (
        "range({readings} * 2) m(n), (SELECT n // 2 AS i)",
        {
            "measurement_id": "md5('m' || n)",
            "resident_id": "md5('r' || hash(i) % {patients})",
            "code": "CASE n % 2 WHEN 0 THEN 'sbp' ELSE 'dbp' END",
            "value": "CASE n % 2 WHEN 0 THEN 110 + hash(i, 's') % 60 ELSE 65 + hash(i, 'd') % 40 END",
            "organization_id": f"hash(i) % {{patients}} % {ORGANIZATIONS}",
            "day": DAY,
            "effective_at": f"({DAY})::TIMESTAMPTZ + INTERVAL 9 HOUR + to_seconds((i % 30000)::INTEGER)",
        },
    ),
}
PLAIN = """
WITH month AS (SELECT unnest(range(DATE '2025-01-01', DATE '2026-01-01', INTERVAL 1 MONTH))::DATE AS month),
visit AS (SELECT DISTINCT resident_id, day FROM encounter WHERE in_force),
pressure AS (
    SELECT resident_id, day, arg_max(value, effective_at) FILTER (code = 'sbp') AS sbp,
           arg_max(value, effective_at) FILTER (code = 'dbp') AS dbp
    FROM measurement WHERE in_force GROUP BY ALL
), patient AS (
    SELECT month, r.resident_id, r.grid_organization_id AS organization,
           date_diff('month', c.onset_on, month) AS registered,
           date_sub('year', r.birth_date, last_day(month)) AS age
    FROM month, resident r JOIN condition c USING (resident_id) WHERE c.onset_on <= last_day(month)
)
SELECT p.month, p.organization, count(*) AS denominator, count_if(
    date_diff('month', b.day, p.month) < 3 AND b.dbp < 90 AND b.sbp < CASE WHEN p.age >= 65 THEN 150 ELSE 140 END
) AS numerator
FROM patient p
ASOF LEFT JOIN visit v ON v.resident_id = p.resident_id AND v.day <= last_day(p.month)
ASOF LEFT JOIN pressure b ON b.resident_id = p.resident_id AND b.day <= last_day(p.month)
WHERE p.registered >= 3 AND (date_diff('month', v.day, p.month) < 12 OR p.registered < 12)
GROUP BY ALL ORDER BY ALL
"""


def ready() -> None:
    """Django with every fact declared."""
    from yigongti.cli.installation import load_django

    load_django()


def shelved(root: str, patients: int, readings: int) -> None:
    """Shelve the facts as a sync would and publish the snapshot."""
    ready()
    from yigongti.insight.warehouse.pulling import bench, put, shelved, sql_type
    from yigongti.insight.warehouse.shelf import Shelf, Snapshot
    from yigongti.kernel.facts.declaration import facts

    shelf, kept = Shelf(Path(root)), {}
    for name, (rows, told) in FACTS.items():
        fact, values = facts()[name], SAME | told
        listed = ", ".join(f'CAST({values.get(c.name, "NULL")} AS {sql_type(c)}) AS "{c.name}"' for c in fact.columns)
        folder = shelf.work / name
        folder.mkdir()
        with bench(folder) as connection:
            sql = f"SELECT {listed} FROM {rows}".format(patients=patients, readings=readings)
            month = f"date_trunc('month', {fact.time_column})::DATE" if fact.time_column else "NULL::DATE"
            connection.execute(f"CREATE TABLE rows AS SELECT *, {month} AS _month FROM ({sql})")
            kept[name] = shelved(fact, dict(put(connection, "rows", name, fact.names, fact.names[0], shelf, folder)))
    shelf.publish(Snapshot(facts=kept))


def late(shelf: Any, snapshot: Any) -> None:
    """December's readings without one in a thousand of them: the month that a late correction touches."""
    from yigongti.insight.warehouse.pulling import bench, put
    from yigongti.insight.warehouse.shelf import FactShelf
    from yigongti.kernel.facts.declaration import facts

    fact, held = facts()["measurement"], snapshot.facts["measurement"]
    folder = shelf.work / "late"
    folder.mkdir()
    with bench(folder) as connection:
        connection.execute(
            f"CREATE TABLE rows AS SELECT *, DATE '2025-12-01' AS _month FROM "
            f"read_parquet('{shelf.path(held.pieces['2025-12'])}') WHERE hash(measurement_id) % 1000 > 0"
        )
        pieces = dict(put(connection, "rows", "measurement", fact.names, fact.names[0], shelf, folder))
    snapshot.facts["measurement"] = FactShelf(held.pieces | pieces, held.watermark, held.columns)


def main() -> None:
    """Shelve, derive, compute, compare; then once more after a late month."""
    words = [int(word) for word in sys.argv[1:] if word.isdigit()]
    patients, readings = (words + [100_000, 1_000_000][len(words) :])[:2]
    with tempfile.TemporaryDirectory() as root:
        child = get_context("spawn").Process(target=shelved, args=(root, patients, readings))
        child.start()
        child.join()
        ready()
        _measured(root, patients, readings)


def _measured(root: str, patients: int, readings: int) -> None:
    from yigongti.insight.warehouse.shelf import Shelf, changes

    shelf = Shelf(Path(root))
    snapshot = shelf.current()
    scan, plain = timed(lambda: _scan(shelf, snapshot)), timed(lambda: _plain(shelf, snapshot))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    chain = timed(lambda: _derived(shelf, snapshot))
    rates = timed(lambda: _rates(shelf, snapshot))
    if _monthly(rates[2]) != plain[2]:
        sys.exit("the chain and plain SQL differ")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    standing = shelf.publish(snapshot)
    changed = shelf.current()
    late(shelf, changed)
    again = timed(lambda: _derived(shelf, changed, changes(standing, changed.facts)))
    once = timed(lambda: _rates(shelf, changed))
    whole = [chain[i] + rates[i] for i in (0, 1)]
    tell(
        f"control rates of {patients:,} patients with {readings:,} readings over 12 months",
        [
            figure("scan of the columns", scan[1], "s CPU"),
            figure("one rate in plain DuckDB", plain[1], "s CPU", note=f"clock {plain[0]:.1f} s"),
            figure("the chain of derived facts", chain[1], "s CPU", note=f"clock {chain[0]:.1f} s"),
            figure("indicators of hypertension", rates[1], "s CPU", note=f"clock {rates[0]:.1f} s"),
            figure("chain and indicators", whole[0], "s", most=10, note=f"CPU {whole[1]:.1f} s; Simple 513 s"),
            figure("ratio to one rate in plain DuckDB", whole[1] / plain[1], "×"),
            figure("after a late month, chain", again[0], "s", note=f"CPU {again[1]:.1f} s"),
            figure("after a late month, indicators", once[0], "s", note=f"CPU {once[1]:.1f} s"),
            figure("patients by month", chain_rows(snapshot), "rows"),
            figure("peak memory", peak, "MB", most=1024, note=f"{before:.0f} MB before"),
            figure("rates that agree with plain SQL", len(plain[2]), "numbers"),
        ],
    )


def _derived(shelf: Any, snapshot: Any, changed: dict[str, list[str]] | None = None) -> None:
    """The chain as it stands on the last day of the year: all of it, or what these changes touch."""
    from yigongti.insight.warehouse.derived import derive
    from yigongti.kernel import clock

    with clock.travelling(datetime(2025, 12, 31, 23, tzinfo=ZoneInfo("Asia/Shanghai"))):
        derive(shelf, snapshot.facts, changed or {}, everything=changed is None)


def chain_rows(snapshot: Any) -> int:
    """How many rows the last step of the chain has."""
    return int(snapshot.facts["chronic_patient_month"].rows)


def _views(shelf: Any, snapshot: Any) -> duckdb.DuckDBPyConnection:
    from yigongti.insight.warehouse.derived.chain import look

    connection = duckdb.connect(config={"threads": 2})
    connection.execute("SET TimeZone = 'Asia/Shanghai'")
    for name in FACTS:
        look(connection, name, shelf, snapshot.facts[name])
    return connection


def _scan(shelf: Any, snapshot: Any) -> None:
    with _views(shelf, snapshot) as connection:
        for name, (_, told) in FACTS.items():
            connection.execute(f"SELECT {', '.join(f'max({column})' for column in told)} FROM {name}").fetchall()


def _plain(shelf: Any, snapshot: Any) -> dict[tuple[str, str], tuple[int, int]]:
    with _views(shelf, snapshot) as connection:
        rows = connection.execute(PLAIN).fetchall()
    return {(f"{month:%Y-%m}", str(organization)): (over, under) for month, organization, under, over in rows}


def _rates(shelf: Any, snapshot: Any) -> Any:
    """Every shipped indicator of hypertension that reads the patients' months."""
    from yigongti.insight.indicators import sets
    from yigongti.insight.indicators.dictionary import declared
    from yigongti.insight.indicators.engines.duckdb import DuckEngine
    from yigongti.insight.indicators.running import run
    from yigongti.insight.warehouse import reading
    from yigongti.kernel.policy.store import Store, folder

    dictionary = declared()
    sought = [
        one
        for one in sets.sought(sets.in_force(Store(folder())))
        if one.item.kind == "computed"
        and all(side.fact == "chronic_patient_month" and "hypertension" in str(side) for _, side in one.item.sides())
    ]
    months = [date(2025, month, 1) for month in range(1, 13)]
    sources = reading.sources(shelf, snapshot, dictionary)
    with DuckEngine() as engine:
        return run(sought, dictionary, sources, engine, reading.hierarchy(shelf, snapshot), months)


def _monthly(outcome: Any) -> dict[tuple[str, str], tuple[int, int]]:
    """The monthly control rate by month and organisation."""
    rows = outcome.table.to_pylist()
    return {
        (row["period"], row["unit"]): (int(row["numerator"]), int(row["denominator"]))
        for row in rows
        if row["indicator"].endswith("/H-month-controlled") and row["level"] == "organization"
        if row["type"] == "month" and not row["stratum"] and row["denominator"]
    }


if __name__ == "__main__":
    main()
