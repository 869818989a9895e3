"""Facts in columns: only what changed is read again, a snapshot is whole, the shelf equals the database."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import psycopg
import pytest
from django.db import connection
from records_community import Community, make_community

from yigongti.insight.indicators.dictionary import declared
from yigongti.insight.indicators.engines.duckdb import DuckEngine
from yigongti.insight.indicators.running import run
from yigongti.insight.indicators.sets import in_force, sought
from yigongti.insight.warehouse import reading
from yigongti.insight.warehouse.shelf import Shelf
from yigongti.insight.warehouse.syncing import sync
from yigongti.insight.warehouse.verifying import verify
from yigongti.kernel import clock
from yigongti.kernel.errors import NotFound
from yigongti.records.health_record import services
from yigongti.records.health_record.models import Encounter
from yigongti.records.residents.models import Resident

pytestmark = pytest.mark.django_db(transaction=True)
BEIJING = ZoneInfo("Asia/Shanghai")
FIRST = datetime(2026, 3, 10, 9, tzinfo=BEIJING)


@pytest.fixture
def community() -> Community:
    """Six patients with hypertension who came in March, April and May of 2026."""
    with clock.travelling(FIRST - timedelta(days=200)):
        made = make_community()
        made.patients = [made.resident(name=f"患者{number}") for number in range(6)]
        for patient in made.patients:
            services.diagnose(made.family_doctor, resident_id=patient.pk, code="I10", name="原发性高血压")
    for month in range(3):
        for number, patient in enumerate(made.patients[: 6 - month]):
            came(made, patient, FIRST + timedelta(days=30 * month + number), sbp=150 if number < 2 else 132)
    return made


def came(made: Community, patient: Resident, at: datetime, *, sbp: int) -> Encounter:
    with clock.travelling(at):
        return services.record_encounter(
            made.village_doctor, resident_id=patient.pk, kind="follow-up", measurements={"sbp": str(sbp), "dbp": "80"}
        )


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "warehouse")


@pytest.fixture(autouse=True)
def in_june() -> Iterator[None]:
    with clock.travelling(datetime(2026, 6, 3, 8, tzinfo=BEIJING)):
        yield


def rows(shelf: Shelf, fact: str, sql: str) -> list[tuple]:
    snapshot = reading.standing(shelf)
    paths = [str(shelf.path(piece)) for piece in snapshot.facts[fact].pieces.values()]
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'Asia/Shanghai'")
        found = connection.read_parquet(paths, hive_partitioning=False)
        return found.query("fact", sql).fetchall()


def value(shelf: Shelf, code: str, period: str) -> tuple[Decimal, Decimal, Decimal]:
    snapshot = reading.standing(shelf)
    with DuckEngine() as engine:
        found = run(
            sought(in_force(), codes=[code]),
            declared(),
            reading.sources(shelf, snapshot),
            engine,
            reading.hierarchy(shelf, snapshot),
        )
    [row] = [r for r in found.table.to_pylist() if (r["level"], r["period"], r["stratum"]) == ("all", period, "")]
    return row["numerator"], row["denominator"], row["value"]


def test_a_second_sync_changes_nothing(community, shelf):
    first = sync(shelf)
    files = sorted(shelf.files.rglob("*.parquet"))
    assert first.snapshot.facts["encounter"].rows == 15
    assert list(first.snapshot.facts["encounter"].pieces) == ["2026-03", "2026-04", "2026-05"]
    assert not list(verify(shelf, first.snapshot))
    second = sync(shelf)
    assert second.snapshot.id == first.snapshot.id
    assert sorted(shelf.files.rglob("*.parquet")) == files


def test_a_late_record_restates_its_month_and_what_follows(community, shelf):
    before = sync(shelf).snapshot
    was = value(shelf, "public-health/H02", "2026-04")
    services.record_encounter(
        community.village_doctor,
        resident_id=community.patients[5].pk,
        kind="follow-up",
        started_at=FIRST + timedelta(days=35),
        measurements={"sbp": "150", "dbp": "80"},
    )
    assert {one.fact for one in verify(shelf, before)} >= {"encounter", "measurement"}
    after = sync(shelf)
    assert after.changed["encounter"] == ["2026-04"]
    assert after.changed["measurement"] == ["2026-04"]
    assert min(after.changed["chronic_patient_month"]) == "2026-04"
    assert "2026-03" not in after.changed["chronic_patient_month"]
    assert after.snapshot.before == before.id
    assert not list(verify(shelf, after.snapshot))
    assert value(shelf, "public-health/H02", "2026-04") != was


def test_what_a_long_transaction_writes_is_looked_for_again(community, shelf):
    """Its rows may carry an earlier time than others that were committed, and read, before it ended."""
    info = connection.connection.info
    with psycopg.connect(info.dsn, password=info.password) as slow:
        [(began,)] = slow.execute("SELECT now()").fetchall()
        came(community, community.patients[0], began + timedelta(days=1), sbp=150)
        open_ = sync(shelf).snapshot.facts["encounter"].watermark
    came(community, community.patients[1], began + timedelta(days=2), sbp=150)
    ended = sync(shelf).snapshot.facts["encounter"].watermark
    assert datetime.fromisoformat(open_) <= began < datetime.fromisoformat(ended)


def test_a_correction_restates_the_month_of_the_visit(community, shelf):
    visit = came(community, community.patients[0], FIRST + timedelta(days=3), sbp=150)
    sync(shelf)
    services.correct_visit(community.village_doctor, visit.pk, measurements={"sbp": "128", "dbp": "80"})
    after = sync(shelf)
    assert "2026-03" in after.changed["measurement"]
    assert rows(
        shelf,
        "measurement",
        "SELECT value FROM fact WHERE in_force AND code = 'sbp' AND day = DATE '2026-03-13' "
        f"AND resident_id = '{community.patients[0].pk}'",
    ) == [(Decimal(128),)]
    assert not list(verify(shelf, after.snapshot))


def test_patients_at_the_end_of_a_month(community, shelf):
    sync(shelf)
    told = rows(
        shelf,
        "chronic_patient_month",
        "SELECT count(*), count_if(visits_in_year >= 1), count_if(sbp < 140), max(visits_in_year), "
        "count_if(days_since_visit > 31) FROM fact WHERE month = DATE '2026-05-01'",
    )
    assert told == [(6, 6, 4, 3, 2)]
    assert value(shelf, "public-health/H02", "2026-05") == (4, 6, Decimal("66.666667"))
    assert value(shelf, "services/visits", "2026")[0] == 0
    [hierarchy] = rows(
        shelf,
        "hierarchy",
        "SELECT unit FROM fact WHERE level = 'centre' AND month = DATE '2026-05-01' "
        f"AND organization = {community.station.pk}",
    )
    assert hierarchy == (str(community.centre.pk),)


def test_what_a_crash_leaves_is_not_read_and_is_swept(community, shelf):
    good = sync(shelf).snapshot
    stray = shelf.files / "encounter" / "year=2026" / "month=3" / "0123.parquet"
    stray.write_bytes(b"half a file")
    (shelf.work / "left.csv").write_text("1,2")
    assert reading.standing(shelf).id == good.id
    assert str(stray) not in str(reading.sources(shelf, good)["encounter"].paths)
    assert shelf.compact(keep=1) == (0, 1, 0)
    assert not stray.exists()
    assert not list(verify(shelf, reading.standing(shelf)))


def test_a_snapshot_is_named_by_chinese_time(community, shelf):
    with clock.travelling(datetime(2026, 6, 2, 17, tzinfo=ZoneInfo("UTC"))):
        found = sync(shelf, ["organization"]).snapshot
    assert found.id.startswith("20260603-0100")
    assert f"{shelf.current().taken_at:%Y-%m-%d %H:%M}" == "2026-06-03 01:00"


def test_a_fact_that_is_not_there_is_named(community, shelf):
    with pytest.raises(NotFound, match="nosuch"):
        sync(shelf, ["nosuch"])
    good = sync(shelf, ["organization"]).snapshot
    with pytest.raises(NotFound, match="nosuch"):
        list(verify(shelf, good, ["nosuch"]))
