"""``kill -9`` of a real process that writes a load: nothing stays of it, and resumed it is what it would have been."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection
from records_community import make_community

from yigongti.config import configuration
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.records.exchange import sweeping
from yigongti.records.exchange.models import Load, ReceivedKey
from yigongti.records.exchange.services import accept, receive, work_off
from yigongti.records.residents.models import CareRelation, SourceIdentity, SourceSystem

PEOPLE, VALUES = 20, 400
#: the worker: the tables are small, so it is slowed down where the test wants it to be killed
WORKER = """
import sys, time
import django
django.setup()
from django.conf import settings
for one in settings.DATABASES.values():
    one["NAME"] = sys.argv[1]
from uuid import UUID
from yigongti.kernel.access.actor import SYSTEM
from yigongti.records.exchange import entries, reporting, writing
from yigongti.records.exchange.services import work_off

def slow(module, name):
    plain = getattr(module, name)
    def done(*given, **named):
        answer = plain(*given, **named)
        print("written", flush=True)
        time.sleep(60)
        return answer
    setattr(module, name, done)

slow({"people": writing, "rows": entries, "report": reporting}[sys.argv[3]],
     {"people": "_patients", "rows": "write", "report": "keep_rejected"}[sys.argv[3]])
work_off(SYSTEM, load_id=UUID(sys.argv[2]))
"""
STANDING = {
    "residents_sourceidentity": "name, sex, birth_date, version, resident_id IS NOT NULL",
    "health_record_encounter": "kind, started_at, version",
    "health_record_observation": "code, value, unit, effective_at, version, encounter_id IS NOT NULL",
}


@pytest.fixture
def delivery(transactional_db: None, tmp_path: Path) -> Path:
    """Files of the interchange layout, and two systems that may send them."""
    community = make_community()
    with acting(SYSTEM):
        for code in ("whole", "killed"):
            SourceSystem.objects.create(code=code, title=code, organization=community.hospital)
    people = [f"p{n},居民{n},{1 + n % 2},19{50 + n}-03-12\n" for n in range(PEOPLE)]
    visits = [f"v{n},p{n},outpatient,2026-10-01 09:00\n" for n in range(PEOPLE)]
    values = [f"o{n},p{n % PEOPLE},v{n % PEOPLE},sbp,{110 + n % 40},mmHg,2026-10-01 09:05\n" for n in range(VALUES)]
    texts = {
        "patient": ["source_key,name,sex,birth_date\n", *people],
        "encounter": ["source_key,patient_key,kind,started_at\n", *visits],
        "observation": ["source_key,patient_key,encounter_key,code,value,unit,effective_at\n", *values],
    }
    folder = tmp_path / "delivery"
    folder.mkdir()
    for name, lines in texts.items():
        (folder / f"{name}.csv").write_text("".join(lines), encoding="utf-8")
    return folder


def standing(source: str) -> dict[str, list[tuple[object, ...]]]:
    """What a source has in the record, row by row, and how many care relations it made."""
    with acting(SYSTEM), connection.cursor() as cursor:
        found: dict[str, list[tuple[object, ...]]] = {}
        for table, columns in STANDING.items():
            cursor.execute(f"SELECT source_key, {columns} FROM {table} WHERE source = %s ORDER BY 1", [source])
            found[table] = list(cursor.fetchall())
        return found | {"relations": [(CareRelation.objects.filter(source=source).count(),)]}


def killed(load: UUID, where: str) -> None:
    """Begin to work a load off in a process of its own; when it has written so much, kill it."""
    command = [sys.executable, "-c", WORKER, str(connection.settings_dict["NAME"]), str(load), where]
    settings = os.environ | {"DJANGO_SETTINGS_MODULE": "yigongti.site.settings"}
    with subprocess.Popen(command, env=settings, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "written\n"
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    _until(lambda: not _locked())


def _locked() -> bool:
    """Whether the session of the killed process still holds its load: the server notices that it is gone."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database "
            "WHERE l.locktype = 'advisory' AND d.datname = current_database() AND l.pid <> pg_backend_pid()"
        )
        return bool((cursor.fetchone() or (0,))[0])


def _until(true: Callable[[], bool]) -> None:
    for _ in range(200):
        if true():
            return
        time.sleep(0.05)
    pytest.fail("the server still works for a process that was killed")


@pytest.mark.django_db(transaction=True)
def test_killed_while_it_writes_a_load_leaves_nothing_and_goes_on(
    delivery: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert receive(SYSTEM, source="whole", mapping="interchange", files=[delivery]).state == "loaded"
    whole = standing("whole")
    assert [len(rows) for rows in whole.values()] == [PEOPLE, PEOPLE, VALUES, 1]
    with acting(SYSTEM):
        keys = ReceivedKey.objects.count()
    load = accept(SYSTEM, source="killed", mapping="interchange", files=[delivery], channel=Load.Channel.COMMAND)
    for where in ("people", "rows", "report"):
        killed(load.pk, where)
        assert not any(rows for name, rows in standing("killed").items() if name != "relations"), where
        with acting(SYSTEM):
            assert ReceivedKey.objects.count() == keys, where
            assert not SourceIdentity.objects.filter(source="killed").exists(), where
            assert Load.objects.get(pk=load.pk).state == "checking", where
    left = [one for one in (configuration().home / "deliveries" / "open").iterdir() if one.is_dir()]
    assert left
    monkeypatch.setattr(sweeping, "BEGINNING", -1.0)
    sweeping.sweep_open()
    assert not any(one.exists() for one in left)
    done = work_off(SYSTEM, load_id=load.pk)
    assert (done.state, done.lines_rejected) == ("loaded", 0)
    assert standing("killed") == whole
