"""Deliveries into the record: once, twice, corrected, broken, pointing to nothing."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from records_community import Community

from yigongti.config import configuration
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.cases.keys import new_id
from yigongti.kernel.errors import Conflict, Forbidden
from yigongti.records.exchange import bench, entries, staging, sweeping
from yigongti.records.exchange.models import Load, RejectedRow
from yigongti.records.exchange.services import accept, receive, try_out, work_off
from yigongti.records.health_record.models import Condition, Encounter, Observation
from yigongti.records.residents.models import CareRelation, SourceIdentity, SourceSystem
from yigongti.records.residents.services.relations import AFTER_CONTACT

PEOPLE = "source_key,name,sex,birth_date,phone\np1,王秀英,2,1958-03-12,13800138000\np2,李强,1,1960-01-02,\n"
VISITS = (
    "source_key,patient_key,kind,started_at,department_name\n"
    "v1,p1,outpatient,2026-10-01 09:00,内科\nv2,p2,outpatient,2026-10-02 09:00,\n"
)
VALUES = (
    "source_key,patient_key,encounter_key,code,code_system,value,unit,effective_at,text\n"
    "o1,p1,v1,sbp,,136,mmHg,2026-10-01 09:05,\n"
    "o2,p1,v1,2339-0,loinc,90,mg/dL,2026-10-01 09:05,\n"
    "o3,p2,v2,hdl,,50,mg/dL,2026-10-02 09:05,\n"
)


@pytest.fixture
def house(community: Community) -> Community:
    """The community, and the HIS of its hospital."""
    with acting(SYSTEM):
        SourceSystem.objects.create(code="his", title="医院信息系统", organization=community.hospital)
    return community


def files(folder: Path, **content: str) -> list[Path]:
    """CSV files of the interchange layout."""
    folder.mkdir(exist_ok=True)
    paths = []
    for name, text in content.items():
        path = folder / f"{name}.csv"
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return paths


def delivered(tmp_path: Path, **content: str) -> Load:
    """A delivery of the hospital's HIS."""
    return receive(SYSTEM, source="his", mapping="interchange", files=files(tmp_path / "d", **content))


def total(load: Load) -> dict[str, Any]:
    """The sums of a report."""
    return dict(load.report["total"])


def test_a_delivery_becomes_residents_and_their_record(house: Community, tmp_path: Path) -> None:
    load = delivered(tmp_path, patient=PEOPLE, encounter=VISITS, observation=VALUES)
    assert load.state == "loaded", load.reason
    assert total(load) == {"read": 7, "accepted": 7, "duplicate": 0, "rejected": 0, "reference": 0}
    assert load.report["targets"]["observation"]["new"] == 3
    with acting(SYSTEM):
        identity = SourceIdentity.objects.get(source="his", source_key="p1")
        assert identity.phone == "13800138000"
        assert identity.resident is not None
        assert identity.resident.name == "王秀英"
        row = Observation.objects.get(source="his", source_key="o3")
        assert (row.unit, row.text, row.encounter.source_key) == ("mmol/L", "50 mg/dL", "v2")
        assert float(row.value) == pytest.approx(1.2932)
        assert row.received_at
        assert row.identity_id
        relation = CareRelation.objects.filter(resident=identity.resident, organization=house.hospital)
        assert {"registered", "encounter"} <= set(relation.values_list("kind", flat=True))


def test_the_same_files_twice_change_nothing(house: Community, tmp_path: Path) -> None:
    delivered(tmp_path, patient=PEOPLE, encounter=VISITS, observation=VALUES)
    again = delivered(tmp_path, patient=PEOPLE, encounter=VISITS, observation=VALUES)
    assert total(again) == {"read": 7, "accepted": 0, "duplicate": 7, "rejected": 0, "reference": 0}
    with acting(SYSTEM):
        assert Observation.objects.filter(source="his").count() == 3
        assert SourceIdentity.objects.filter(source="his").count() == 2
        assert not SourceIdentity.objects.filter(source="his", version__gt=1).exists()


def test_another_content_under_the_same_key_is_a_correction(house: Community, tmp_path: Path) -> None:
    delivered(tmp_path, patient=PEOPLE, encounter=VISITS, observation=VALUES)
    load = delivered(
        tmp_path,
        patient=PEOPLE.replace("李强", "李 强强"),
        encounter=VISITS.replace("2026-10-01 09:00", "2026-09-01 09:00"),
        observation=VALUES.replace("136", "146").replace("2026-10-01 09:05,\no2", "2026-09-01 09:05,\no2"),
    )
    assert {name: one["corrected"] for name, one in load.report["targets"].items()} == {
        "patient": 1,
        "encounter": 1,
        "observation": 1,
    }
    assert total(load) == {"read": 7, "accepted": 3, "duplicate": 4, "rejected": 0, "reference": 0}
    with acting(SYSTEM):
        old, new = Observation.objects.filter(source="his", source_key="o1").order_by("version")
        assert (old.replaced_by_id, new.version, int(new.value), int(old.value)) == (new.pk, 2, 146, 136)
        visit = Encounter.objects.get(source="his", source_key="v1", replaced_by=None)
        assert visit.version == 2
        assert set(Observation.objects.in_force().filter(encounter=visit).values_list("source_key", flat=True)) == {
            "o1",
            "o2",
        }
        identity = SourceIdentity.objects.get(source="his", source_key="p2")
        assert identity.version == 2
        assert identity.versions.get().version == 1
    again = delivered(tmp_path, observation=VALUES.replace("136", "147"))
    assert again.report["targets"]["observation"] == {
        "title": "测量与检验结果",
        "new": 0,
        "corrected": 1,
        "duplicate": 2,
    }


@pytest.mark.parametrize("some", [0, 1_000])
def test_what_was_corrected_here_is_known_when_it_is_sent_again(
    house: Community, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, some: int
) -> None:
    """The row of the key is replaced then, by one that has no key."""
    monkeypatch.setattr(entries, "SOME", some)
    delivered(tmp_path, patient=PEOPLE, encounter=VISITS)
    with acting(SYSTEM):
        sent = Encounter.objects.get(source="his", source_key="v1")
        here = Encounter.objects.get(pk=sent.pk)
        here.pk, here.source_key, here.version, here.department_name = new_id(), "", 2, "外科"
        here.save(force_insert=True)
        sent.replaced_by, sent.replaced_at = here, here.recorded_at
        sent.save(update_fields=["replaced_by", "replaced_at"])
    assert total(delivered(tmp_path, patient=PEOPLE, encounter=VISITS))["duplicate"] == 4
    told = delivered(tmp_path, encounter=VISITS.replace("内科", "儿科")).report["targets"]["encounter"]
    assert (told["new"], told["corrected"], told["duplicate"]) == (0, 1, 1)
    with acting(SYSTEM):
        chain = Encounter.objects.filter(resident=sent.resident).order_by("version")
        assert [one.department_name for one in chain] == ["内科", "外科", "儿科"]


def test_what_was_received_is_found_through_its_key(house: Community) -> None:
    """However many a system has sent: the planner needs to know nothing of the load before."""
    staging.create("in_7", {"line": "bigint", "id": "uuid", "digest": "varchar", "source_key": "varchar"})
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        sql = entries.EARLIER.format(number=7, table="health_record_condition")
        cursor.execute(f"EXPLAIN {sql}", {"source": "his"})
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert re.search("Index Scan using condition_source_once .*\n *Index Cond: .*source_key", plan), plan


def test_a_row_that_points_to_nothing_is_refused_with_the_way_out(house: Community, tmp_path: Path) -> None:
    load = delivered(
        tmp_path,
        patient=PEOPLE,
        encounter=VISITS.replace("v2,p2", "v2,p9"),
        observation=VALUES,
        condition="source_key,patient_key,code,name,organization_code\nc1,p1,I10.x00,高血压,H9\nc2,p1,I10.x00,高血压,C1\n",
    )
    assert total(load) == {"read": 9, "accepted": 6, "duplicate": 0, "rejected": 3, "reference": 0}
    with acting(SYSTEM):
        rejected = {(row.read, row.line, row.column): row for row in RejectedRow.objects.filter(load=load)}
        assert set(rejected) == {
            ("encounter", 3, "patient_key"),
            ("observation", 4, "encounter_key"),
            ("condition", 2, "organization_code"),
        }
        row = rejected["condition", 2, "organization_code"]
        assert (row.value, row.rule, row.reason) == ("H9", "reference", "没有机构“H9”")
        assert "高血压" in str(row.content)
        condition = Condition.objects.get(source="his")
        assert (condition.organization.code, condition.register) == ("C1", "hypertension")


def test_what_came_later_finds_what_came_before(house: Community, tmp_path: Path) -> None:
    first = delivered(tmp_path, observation=VALUES)
    assert total(first)["rejected"] == 3
    delivered(tmp_path, patient=PEOPLE, encounter=VISITS)
    assert total(delivered(tmp_path, observation=VALUES))["accepted"] == 3


def test_a_delivery_that_nobody_can_read_is_refused_as_a_whole(house: Community, tmp_path: Path) -> None:
    load = delivered(tmp_path, patient="name,sex\n王秀英,2\n")
    assert (load.state, load.reason) == ("refused", "patient.csv 缺少列 source_key")
    assert load.closed_at


def test_a_load_that_broke_leaves_no_trace_and_goes_on(
    house: Community, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from yigongti.records.exchange import reporting

    load = accept(SYSTEM, source="his", mapping="interchange", files=files(tmp_path / "d", patient=PEOPLE))
    with monkeypatch.context() as patch:
        patch.setattr(reporting, "report", _broken)
        with pytest.raises(RuntimeError):
            work_off(SYSTEM, load_id=load.pk)
    with acting(SYSTEM):
        assert not SourceIdentity.objects.filter(source="his").exists()
        assert Load.objects.get(pk=load.pk).state == "checking"
    assert total(work_off(SYSTEM, load_id=load.pk))["accepted"] == 2
    with pytest.raises(Conflict):
        work_off(SYSTEM, load_id=load.pk)


def _broken(*_: object) -> None:
    raise RuntimeError("the machine stops")


def test_trying_out_writes_nothing(house: Community, tmp_path: Path) -> None:
    report = try_out(mapping="interchange", source="his", files=files(tmp_path / "d", patient=PEOPLE, encounter=VISITS))
    assert report["total"]["accepted"] == 4
    with acting(SYSTEM):
        assert not SourceIdentity.objects.filter(source="his").exists()
        assert not Load.objects.exists()


def test_only_the_data_office_of_the_sender_brings_a_delivery(house: Community, tmp_path: Path) -> None:
    with pytest.raises(Forbidden):
        accept(house.specialist, source="his", mapping="interchange", files=files(tmp_path / "d", patient=PEOPLE))


def test_contacts_in_many_portions_and_loads_are_one_relation(
    house: Community, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entries, "PORTION", 2)
    monkeypatch.setattr(staging, "BATCH", 2)
    days = [datetime(2026, 1, day, tzinfo=UTC) for day in range(1, 10)]
    visits = [f"v{at.day},p1,outpatient,{at:%Y-%m-%d} 09:00,\n" for at in reversed(days)]
    head = VISITS.partition("\n")[0] + "\n"
    delivered(tmp_path, patient=PEOPLE, encounter=head + "".join(visits))
    with acting(SYSTEM):
        [relation] = CareRelation.objects.filter(kind="encounter", source="his")
        assert (relation.until or days[0]).date() == (days[-1] + AFTER_CONTACT).date()
    delivered(tmp_path, encounter=head + "v10,p1,outpatient,2026-03-01 09:00,\nv11,p1,outpatient,2026-02-01 09:00,\n")
    with acting(SYSTEM):
        [later] = CareRelation.objects.filter(kind="encounter", source="his")
        assert later.pk == relation.pk
        assert (later.until or days[0]).date() == (datetime(2026, 3, 1, tzinfo=UTC) + AFTER_CONTACT).date()


def test_plain_rows_lie_in_a_folder_that_is_swept(house: Community) -> None:
    with bench.opened() as connection:
        [(at,)] = connection.execute("SELECT current_setting('temp_directory')").fetchall()
        assert Path(at).is_relative_to(configuration().home / "deliveries" / "open")
        folder = Path(at).parent
        assert (folder / "delivery.duckdb").exists()
        sweeping.sweep_open()
        assert folder.exists()
    assert not folder.exists()


def test_what_is_secret_lies_sealed(house: Community, tmp_path: Path) -> None:
    delivered(tmp_path, patient=PEOPLE.replace("1958-03-12", "不详"))
    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute("SELECT content FROM exchange_rejectedrow")
        [(content,)] = cursor.fetchall()
        assert "王秀英".encode() not in bytes(content)
        assert RejectedRow.objects.get().value == "不详"
