"""Every derived step on a few rows that one can count by hand."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from yigongti.insight.warehouse.derived import step
from yigongti.insight.warehouse.pulling import columns_of, sql_type
from yigongti.kernel.facts.declaration import facts

BEIJING = ZoneInfo("Asia/Shanghai")
JULY = date(2026, 7, 1)


def at(month: int, day: int, hour: int = 8, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=BEIJING)


def made(name: str, months: list[date], **tables: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of a step over these tables; a column that a row does not name is unknown."""
    one = step(name)
    with duckdb.connect() as bench:
        bench.execute("SET TimeZone = 'Asia/Shanghai'")
        for read in one.reads:
            known = facts()
            kinds = columns_of(known[read]) if read in known else {c.name: sql_type(c) for c in step(read).columns}
            listed = ", ".join(f'"{column}" {kind}' for column, kind in kinds.items())
            bench.execute(f"CREATE TABLE {read} ({listed})")
            for row in tables.get(read, []):
                named = ", ".join(f'"{c}"' for c in row)
                marks = ", ".join("?" for _ in row)
                bench.execute(f"INSERT INTO {read} ({named}) VALUES ({marks})", list(row.values()))
        bench.execute("CREATE TABLE wanted (month DATE)")
        bench.executemany("INSERT INTO wanted VALUES (?)", [[month] for month in months])
        columns = ", ".join(f"CAST({c.name} AS {sql_type(c)}) AS {c.name}" for c in one.columns)
        found = bench.execute(f"SELECT {columns} FROM ({one.select}) ORDER BY month, {one.key}")
        names = [told[0] for told in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


RESIDENT = {
    "resident_id": "r1",
    "sex": "2",
    "birth_date": date(1950, 7, 15),
    "grid_organization_id": 10,
    "registered_at": at(1, 5),
    "county_code": "431127",
    "insurance_kind": "职工基本医疗保险",
}
PRESSURE = {"resident_id": "r1", "register": "hypertension", "verification": "confirmed", "in_force": True}


def test_a_resident_counts_between_registration_and_death_and_once():
    merged = RESIDENT | {"resident_id": "r2", "merged_into_id": "r1"}
    dead = RESIDENT | {"resident_id": "r3", "died_on": date(2026, 7, 31)}
    months = [date(2025, 12, 1), date(2026, 6, 1), JULY]
    found = made("resident_month", months, resident=[RESIDENT, merged, dead])
    assert [(row["month"], row["resident_id"], row["age"]) for row in found] == [
        (date(2026, 6, 1), "r1", 75),
        (date(2026, 6, 1), "r3", 75),
        (JULY, "r1", 76),
    ]


def test_registers_of_a_resident_are_those_that_stand_at_the_end_of_the_month():
    conditions = [
        PRESSURE | {"onset_on": date(2026, 6, 20), "day": date(2026, 6, 20)},
        PRESSURE | {"register": "copd", "onset_on": date(2020, 1, 1), "abated_on": date(2026, 7, 2)},
        PRESSURE | {"register": "stroke", "onset_on": date(2019, 1, 1), "status": "resolved"},
        PRESSURE | {"register": "diabetes", "onset_on": date(2019, 1, 1), "verification": "provisional"},
    ]
    for row in conditions:
        row.setdefault("status", "active")
    found = made(
        "resident_month", [date(2026, 5, 1), date(2026, 6, 1), JULY], resident=[RESIDENT], condition=conditions
    )
    assert [row["registers"] for row in found] == [["copd"], ["copd", "hypertension"], ["hypertension"]]


def test_a_patient_who_has_it_again_stays_a_patient():
    standing = {"resident_id": "r1", "organization_id": 10, "age": 76, "signed": True}
    months = [{"month": month} | standing for month in (date(2026, 6, 1), JULY)]
    conditions = [
        PRESSURE | {"onset_on": date(2025, 1, 1), "abated_on": date(2025, 6, 1)},
        PRESSURE | {"onset_on": date(2026, 5, 31)},
    ]
    visit = {"resident_id": "r1", "kind": "follow-up", "in_force": True}
    readings = [
        {"resident_id": "r1", "code": code, "value": value, "day": date(2026, 6, 30), "effective_at": at(6, 30)}
        for code, value in (("sbp", 151), ("dbp", 88))
    ]
    found = made(
        "chronic_patient_month",
        [date(2026, 6, 1), JULY],
        resident_month=months,
        condition=conditions,
        encounter=[visit | {"day": date(2026, 4, 30)}, visit | {"day": date(2026, 6, 30)}],
        measurement=[row | {"in_force": True} for row in readings],
    )
    july = found[1]
    assert (july["registered_on"], july["months_registered"]) == (date(2025, 1, 1), 18)
    assert (july["last_visit_on"], july["days_since_visit"], july["months_since_visit"]) == (date(2026, 6, 30), 31, 1)
    assert (july["months_since_measured"], july["sbp"], july["visits_in_year"]) == (1, Decimal(151), 2)
    assert found[0]["months_since_measured"] == 0


def test_a_stay_over_the_end_of_a_month_is_in_both_months_and_leaves_in_one():
    found = made(
        "org_month",
        [date(2026, 6, 1), JULY],
        organization=[{"organization_id": 1, "tier": "county", "is_primary": False, "beds": 10}],
        encounter=[
            {
                "organization_id": 1,
                "kind": "inpatient",
                "in_force": True,
                "day": date(2026, 6, 28),
                "ended_at": at(7, 5),
                "stay_days": 7,
            }
        ],
    )
    assert [(r["admissions"], r["discharges"], r["occupied_days"], r["stay_days"]) for r in found] == [
        (1, 0, 3, 0),
        (0, 1, 4, 7),
    ]


def test_where_residents_go_is_told_from_where_they_live():
    organizations = [
        {"organization_id": 10, "tier": "township", "is_primary": True, "county_code": "431127"},
        {"organization_id": 11, "tier": "village", "is_primary": True, "county_code": "431127", "part_of_id": 10},
        {"organization_id": 20, "tier": "city", "is_primary": False, "county_code": "431103"},
    ]
    visit = {"resident_id": "r1", "kind": "outpatient", "in_force": True, "day": date(2026, 7, 9)}
    found = made(
        "care_month",
        [JULY],
        organization=organizations,
        resident=[RESIDENT | {"signed_on": date(2026, 7, 10)}],
        encounter=[
            visit | {"organization_id": 11},
            visit | {"organization_id": 11, "day": date(2026, 7, 20)},
            visit | {"organization_id": 20, "kind": "inpatient", "stay_days": 6},
            visit | {"organization_id": 10, "kind": "follow-up"},
            visit | {"organization_id": 10, "in_force": False},
        ],
    )
    told = [(r["organization_id"], r["kind"], r["in_county"], r["own_centre"], r["signed"], r["visits"]) for r in found]
    assert told == [
        (10, "inpatient", False, False, False, 1),
        (10, "outpatient", True, True, False, 1),
        (10, "outpatient", True, True, True, 1),
    ]


@pytest.fixture
def referred() -> dict[str, list[dict[str, Any]]]:
    """One referral that was asked about, answered again, accepted, arrived and closed; one never answered."""
    story = [
        ("open", "", "draft", 1, at(7, 1, 8)),
        ("submit", "draft", "submitted", 1, at(7, 1, 9)),
        ("ask", "submitted", "supplement", 2, at(7, 1, 9, 30)),
        ("overdue", "supplement", "supplement", None, at(7, 1, 9, 50)),
        ("answer", "supplement", "submitted", 1, at(7, 1, 10)),
        ("accept", "submitted", "accepted", 2, at(7, 1, 11)),
        ("arrive", "accepted", "arrived", 2, at(7, 2, 11)),
        ("follow_up", "replied", "closed", 1, at(7, 9, 11)),
    ]
    steps = [
        {
            "case_id": "c1",
            "step": name,
            "from_state": before,
            "to_state": after,
            "organization_id": organization,
            "at": moment,
            "alarm": name == "overdue",
        }
        for name, before, after, organization, moment in story
    ]
    steps.append({"case_id": "c2", "step": "submit", "from_state": "draft", "at": at(7, 3), "alarm": False})
    whole = {"direction": "up", "from_organization_id": 1, "to_organization_id": 2}
    return {
        "referral": [
            whole
            | {
                "referral_id": "c1",
                "opened_at": at(7, 1, 8),
                "submitted_at": at(7, 1, 9),
                "arrived_at": at(7, 2, 11),
                "closed_at": at(7, 9, 11),
            },
            whole | {"referral_id": "c2", "opened_at": at(7, 3), "submitted_at": at(7, 3)},
            whole | {"referral_id": "c3", "opened_at": at(7, 4)},
        ],
        "case_event": steps,
    }


def test_a_referral_tells_how_long_each_part_took(referred):
    first, second = made("referral_course", [JULY], **referred)
    told = [first[f"{name}_minutes"] for name in ("answer", "accept", "arrive", "close", "whole")]
    assert told == [30, 120, 24 * 60, 7 * 24 * 60, 8 * 24 * 60 + 120]
    assert (first["organization_id"], first["hands"]) == (1, 2)
    assert {second[f"{name}_minutes"] for name in ("answer", "accept", "arrive", "close", "whole")} == {None}


def test_population_is_the_latest_report_else_the_residents_on_record():
    report = {"organization_id": 10, "area_code": "431127101201", "counted": True}
    found = made(
        "population_month",
        [date(2025, 12, 1), JULY],
        population=[
            report | {"year": 2025, "residents": 900},
            report | {"year": 2026, "residents": 950},
            report | {"area_code": "431127101202", "year": 2025, "residents": 50},
        ],
        resident_month=[
            {"month": JULY, "organization_id": 10, "resident_id": "r1"},
            {"month": JULY, "organization_id": 12, "resident_id": "r2"},
        ],
    )
    assert [(r["month"], r["organization_id"], r["residents"], r["records"], r["year"]) for r in found] == [
        (date(2025, 12, 1), 10, 950, 0, 2025),
        (JULY, 10, 1000, 1, 2025),
        (JULY, 12, 1, 1, None),
    ]


def test_population_counts_everybody_once_by_the_newest_figure_of_a_place():
    figures = [
        {"area_code": "431127101", "year": 2024, "residents": 900, "registered": 950},
        {"area_code": "431127101201", "year": 2025, "residents": 500, "registered": 600},
        {"area_code": "431127101202", "grid_code": "E", "year": 2025, "residents": 300},
        {"area_code": "431127101202", "grid_code": "F", "year": 2025, "residents": 80},
        {"area_code": "431127101202", "year": 2025, "residents": 380, "counted": False},
        {"area_code": "431127102", "year": 2024, "residents": 70},
    ]
    rows = [{"organization_id": 10, "counted": True} | figure for figure in figures]
    found = made("population_month", [date(2024, 5, 1), date(2026, 5, 1)], population=rows)
    assert [(r["residents"], r["registered"], r["year"]) for r in found] == [(970, 950, 2024), (950, 600, 2024)]
