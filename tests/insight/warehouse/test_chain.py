"""A late month leaves the derived facts as they are when everything is derived again."""

import random
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
import pytest

from yigongti.insight.warehouse.derived import derive
from yigongti.insight.warehouse.pulling import bench, put, shelved, sql_type
from yigongti.insight.warehouse.shelf import Shelf, Snapshot, changes
from yigongti.kernel import clock
from yigongti.kernel.facts.declaration import facts

BEIJING = ZoneInfo("Asia/Shanghai")
FIRST, DAYS = date(2023, 8, 1), 980
MOMENT = datetime(2026, 4, 10, 8, tzinfo=BEIJING)
Rows = dict[str, list[dict[str, Any]]]


def some(dice: random.Random) -> Rows:
    """A few residents with irregular visits, long stays, readings at the same minute, and who comes and goes."""
    people = [f"r{number}" for number in range(12)]
    return {
        "organization": [
            {"organization_id": 1, "tier": "township", "is_primary": True, "county_code": "431127", "beds": 5},
            {"organization_id": 2, "tier": "county", "is_primary": False, "county_code": "431127", "beds": 90},
        ],
        "membership": [{"consortium_id": 7, "organization_id": 1, "start_on": date(2024, 5, 1)}],
        "staff": [
            {"position_id": 1, "practitioner_id": 1, "organization_id": 2, "licensed": True, "start_on": FIRST},
        ],
        "population": [],
        "resident": [
            {
                "resident_id": one,
                "sex": "1",
                "birth_date": date(1950, 1, 1) + timedelta(dice.randrange(9000)),
                "registered_at": moment(dice, 400),
                "grid_organization_id": 1,
                "died_on": FIRST + timedelta(dice.randrange(DAYS)) if dice.random() < 0.2 else None,
            }
            for one in people
        ],
        "condition": [happened(dice, "condition", people) for _ in range(14)],
        "encounter": [happened(dice, "encounter", people) for _ in range(60)],
        "measurement": [happened(dice, "measurement", people) for _ in range(120)],
    }


def moment(dice: random.Random, days: int = DAYS) -> datetime:
    return datetime.combine(FIRST, datetime.min.time(), BEIJING) + timedelta(dice.randrange(days), hours=9)


def happened(dice: random.Random, fact: str, people: list[str]) -> dict[str, Any]:
    """A row of a fact that has months."""
    at = moment(dice)
    row = {"resident_id": dice.choice(people), "organization_id": dice.choice([1, 2]), "day": at.date()}
    row |= {"in_force": dice.random() < 0.9, f"{fact}_id": f"{dice.random():.12f}"}
    if fact == "condition":
        onset = at.date() - timedelta(dice.randrange(300))
        ended = at.date() if dice.random() < 0.2 else None
        told = {"verification": "confirmed", "status": "active", "onset_on": onset, "abated_on": ended}
        return row | told | {"register": dice.choice(["hypertension", "diabetes"]), "recorded_at": at}
    if fact == "encounter":
        stay = dice.choice([3, 40, 400])
        if dice.random() < 0.3:
            return row | {"kind": "inpatient", "started_at": at, "ended_at": at + timedelta(stay), "stay_days": stay}
        return row | {"kind": dice.choice(["outpatient", "follow-up"]), "started_at": at}
    return row | {"code": dice.choice(["sbp", "dbp", "fasting_glucose"]), "value": 5, "effective_at": at}


def put_on(shelf: Shelf, rows: Rows) -> Snapshot:
    """The facts as a sync would lay them."""
    kept = {}
    for number, (name, listed) in enumerate(rows.items()):
        fact = facts()[name]
        folder = shelf.work / f"{name}-{number}-{random.random()}"
        folder.mkdir()
        with bench(folder) as connection:
            columns = ", ".join(f'"{c.name}" {sql_type(c)}' for c in fact.columns)
            connection.execute(f"CREATE TABLE told ({columns})")
            if listed:
                connection.register("given", table(listed))
                connection.execute("INSERT INTO told BY NAME SELECT * FROM given")
            month = f"date_trunc('month', {fact.time_column})::DATE" if fact.time_column else "NULL::DATE"
            connection.execute(f"CREATE TABLE rows AS SELECT *, {month} AS _month FROM told")
            pieces = dict(put(connection, "rows", name, fact.names, fact.names[0], shelf, folder))
        kept[name] = shelved(fact, pieces)
    return Snapshot(facts=kept)


def table(rows: list[dict[str, Any]]) -> pa.Table:
    names = sorted({name for row in rows for name in row})
    return pa.table({name: [row.get(name) for row in rows] for name in names})


def derived(shelf: Shelf, rows: Rows, before: Snapshot | None = None) -> Snapshot:
    """Everything derived; on top of a snapshot only what changed."""
    found = put_on(shelf, rows)
    if before is None:
        derive(shelf, found.facts, {}, everything=True)
        return found
    kept = before.facts | found.facts
    derive(shelf, kept, changes(before, kept), everything=False)
    return Snapshot(facts=kept)


@pytest.mark.parametrize("seed", range(3))
def test_what_changed_of_it_is_all_that_differs_from_deriving_everything(tmp_path, seed):
    dice = random.Random(seed)
    rows, shelf = some(dice), Shelf(tmp_path)
    with clock.travelling(MOMENT):
        standing = derived(shelf, rows)
        for _ in range(2):
            name = dice.choice(["encounter", "measurement", "condition", "resident"])
            changed = dice.choice(rows[name])
            if name == "resident":
                changed["grid_organization_id"] = dice.choice([1, 2])
            elif dice.random() < 0.5:
                changed["in_force"] = not changed["in_force"]
            else:
                rows[name].append(happened(dice, name, [row["resident_id"] for row in rows["resident"]]))
            standing = derived(shelf, rows, standing)
            assert standing.content() == derived(shelf, rows).content()


def test_of_two_readings_at_the_same_minute_the_later_written_one_counts(tmp_path):
    at = datetime(2026, 3, 2, 9, tzinfo=BEIJING)
    row = {"resident_id": "r1", "code": "sbp", "day": at.date(), "effective_at": at, "in_force": True}
    person = {"resident_id": "r1", "birth_date": FIRST, "registered_at": at, "grid_organization_id": 1}
    told = {"resident_id": "r1", "register": "hypertension", "verification": "confirmed", "status": "active"}
    rows: Rows = {
        "organization": [{"organization_id": 1, "tier": "township"}],
        "resident": [person],
        "condition": [told | {"condition_id": "c", "day": at.date(), "recorded_at": at, "in_force": True}],
        "encounter": [],
        "measurement": [row | {"measurement_id": f"m{n}", "value": 120 + n * 7 % 10} for n in range(9)],
    }
    shelf = Shelf(tmp_path)
    with clock.travelling(MOMENT):
        found = derived(shelf, rows).facts["chronic_patient_month"]
    with duckdb.connect() as connection:
        path = shelf.path(found.pieces["2026-03"])
        assert connection.execute(f"SELECT sbp::INTEGER FROM read_parquet('{path}')").fetchall() == [(126,)]


def test_the_last_row_before_is_found_without_comparing_each_with_each(tmp_path):
    """Whatever the planner believes of the number of rows: of many small files it expects one row each."""
    with bench(tmp_path) as connection:
        connection.execute("CREATE TABLE asked AS SELECT 1 AS id, 2 AS at")
        connection.execute("CREATE TABLE readings AS SELECT 1 AS id, n AS at FROM range(100_000) r(n)")
        join = "FROM asked a ASOF LEFT JOIN readings r ON r.id = a.id AND r.at <= a.at"
        [[_, plan]] = connection.execute(f"EXPLAIN {join}").fetchall()
    assert "Asof Join" in plan
    assert "Nested" not in plan
