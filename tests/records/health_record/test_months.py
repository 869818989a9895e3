from datetime import date, datetime, timedelta
from decimal import Decimal
from time import monotonic
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction
from records_community import Community

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.audit.models import Entry as AuditEntry
from yigongti.kernel.cases.keys import new_id
from yigongti.records.health_record import months, services
from yigongti.records.health_record.models import Encounter, Observation
from yigongti.records.residents.models import Resident

SHANGHAI = ZoneInfo("Asia/Shanghai")


def partitions() -> dict[str, int]:
    """Name of each month to its rows, counted by the owner's eyes: through the whole table."""
    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text, count(*) FROM health_record_observation GROUP BY 1")
        return {name.removeprefix("health_record_observation_"): rows for name, rows in cursor.fetchall()}


def measured(community: Community, resident: Resident, at: datetime) -> Observation:
    [row] = services.record_measurements(
        community.family_doctor, resident_id=resident.pk, values={"sbp": "150"}, effective_at=at
    )
    return row


def test_a_row_lies_in_its_month_of_beijing_time_and_one_of_no_month_elsewhere(community: Community) -> None:
    resident = community.resident()
    now = clock.now().astimezone(SHANGHAI)
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    measured(community, resident, first)
    measured(community, resident, first - timedelta(seconds=1))
    measured(community, resident, datetime(2012, 5, 3, 9, tzinfo=SHANGHAI))
    assert partitions() == {f"{first:%Y%m}": 1, f"{first - timedelta(days=1):%Y%m}": 1, "elsewhere": 1}


def test_rows_move_into_their_month_when_it_is_made_and_nothing_is_lost(community: Community) -> None:
    resident = community.resident()
    days = [datetime(2012, 5, 31, 23, 59, tzinfo=SHANGHAI), datetime(2012, 6, 1, tzinfo=SHANGHAI)]
    rows = [measured(community, resident, day) for day in days]
    assert months.prepare_months(date(2012, 5, 1), date(2012, 7, 1)) == 3
    assert months.prepare_months(date(2012, 5, 1), date(2012, 7, 1)) == 0
    assert partitions() == {"201205": 1, "201206": 1}
    measured(community, resident, datetime(2012, 7, 9, tzinfo=SHANGHAI))
    assert partitions() == {"201205": 1, "201206": 1, "201207": 1}
    with acting(SYSTEM):
        assert set(Observation.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True)) == {
            row.pk for row in rows
        }
        assert not AuditEntry.objects.filter(action="DELETE", resident_id=resident.pk).exists()
    months.after_load()


def test_nothing_ancient_and_nothing_far_ahead_has_a_month(community: Community) -> None:
    today = clock.today()
    assert months.prepare_months(date(1909, 1, 1), date(1950, 1, 1)) == 0
    assert months.prepare_months(today.replace(year=2400), today.replace(year=2401)) == 0
    months.months_ahead()
    assert months.prepare_months(today, today + timedelta(days=months.AHEAD)) == 0


def test_a_load_lets_go_first_whoever_reads_for_long(community: Community, monkeypatch: pytest.MonkeyPatch) -> None:
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}) as reader:
        reader.execute("SELECT count(*) FROM health_record_observation")
        monkeypatch.setattr(months, "time", SimpleNamespace(monotonic=monotonic, sleep=lambda _: reader.rollback()))
        assert months.prepare_months(date(2012, 5, 1), date(2012, 6, 1)) == 2


def test_a_month_cannot_be_read_past_row_level_security(community: Community) -> None:
    resident = community.resident()
    measured(community, resident, clock.now())
    month = f"health_record_observation_{clock.now().astimezone(SHANGHAI):%Y%m}"
    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {month}")
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT count(*) FROM health_record_observation_elsewhere")
        assert cursor.fetchone() == (0,)


def test_changes_in_a_month_stand_in_the_audit_under_the_whole_table(community: Community) -> None:
    resident = community.resident()
    row = measured(community, resident, clock.now())
    services.correct_entry(community.family_doctor, Observation, row.pk, value=Decimal(142))
    with acting(SYSTEM):
        [entry] = AuditEntry.objects.filter(resident_id=resident.pk, subject__startswith="health_record_observation")
    assert entry.subject == "health_record_observation"
    assert entry.subject_id == str(row.pk)
    assert entry.data["new"]["replaced_at"]


def test_a_visit_that_moves_to_another_month_takes_new_versions_of_its_values_along(community: Community) -> None:
    resident, doctor = community.resident(), community.family_doctor
    who = {"resident_id": resident.pk, "kind": "outpatient"}
    visit = services.record_encounter(doctor, **who, measurements={"sbp": "150", "dbp": "90"})
    corrected = services.correct_entry(doctor, Encounter, visit.pk, started_at=visit.started_at - timedelta(days=45))
    with acting(SYSTEM):
        rows = list(Observation.objects.in_force().filter(resident=resident))
        assert {(row.encounter_id, row.effective_at, row.version) for row in rows} == {
            (corrected.pk, corrected.started_at, 2)
        }
        assert Observation.objects.filter(resident=resident, replaced_by__in=rows).count() == len(rows) == 2
        assert not AuditEntry.objects.filter(action="DELETE", resident_id=resident.pk).exists()


def test_one_key_of_a_source_at_one_time_is_one_row(community: Community) -> None:
    resident = community.resident()
    row = measured(community, resident, clock.now())
    with acting(SYSTEM):
        Observation.objects.filter(pk=row.pk).update(source="lis", source_key="7")
        row.pk, row.source, row.source_key = new_id(), "lis", "7"
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save(force_insert=True)
