"""``kill -9`` of a real ``yigongti ingest`` at random moments; resumed, it leaves what one undisturbed load leaves.

``python -m bench.ingest_crash [kills] [rows] [seed] [--json]``. The delivery is the one of :mod:`bench.ingest`; it is
loaded once without a kill from one source and then, killed again and again, from another.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

from bench.ingest import made
from bench.report import figure, tell
from bench.search import scratch

TABLES = ("residents_sourceidentity", "health_record_encounter", "health_record_observation")
CONTENT = """
SELECT count(*), coalesce(sum(('x' || left(md5(concat_ws('|', source_key, {what})), 8))::bit(32)::bigint), 0)
  FROM {table} WHERE source = %s
"""
WHAT = {
    "residents_sourceidentity": "name, sex, birth_date, version",
    "health_record_encounter": "kind, started_at, version, replaced_by_id",
    "health_record_observation": "code, value, unit, effective_at, version, replaced_by_id",
}


def ingest(*words: str) -> "subprocess.Popen[str]":
    """The command, begun."""
    command = [sys.executable, "-m", "yigongti.cli", "ingest", *words, "--json"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def standing(admin: "psycopg.Connection[tuple]", source: str) -> list[tuple]:
    """What a source has in the record: rows and a sum over their content, table by table."""
    return [admin.execute(CONTENT.format(table=table, what=WHAT[table]), [source]).fetchone() or () for table in TABLES]


def waiting(admin: "psycopg.Connection[tuple]", source: str) -> str:
    """The number of the load of a source that has not ended."""
    found = admin.execute(
        "SELECT number FROM exchange_load WHERE source = %s AND state IN ('received', 'checking')", [source]
    ).fetchone()
    return str(found[0]) if found else ""


def writing(admin: "psycopg.Connection[tuple]", process: "subprocess.Popen[str]") -> None:
    """Wait until the process writes: its transaction holds the lock of its source."""
    held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND mode = 'ExclusiveLock'"
    while process.poll() is None and not (admin.execute(held).fetchone() or (0,))[0]:
        time.sleep(0.01)


def storm(
    admin: "psycopg.Connection[tuple]", folder: str, usual: float, writes: float, kills: int, chance: random.Random
) -> list:
    """Load, kill, look that nothing is there, resume; at last without a kill. Returns traces seen after kills.

    Of three kills two come while it writes, one at any moment: most of a small load is the start of Python.
    """
    traces, nothing = [], standing(admin, "nobody")
    anew = ("--mapping", "interchange", "--source", "killed", folder)
    for kill in range(kills):
        number = waiting(admin, "killed")
        process = ingest(*(("--resume", number) if number else anew))
        if kill % 3 == 2:
            time.sleep(chance.uniform(0.1, usual))
        else:
            writing(admin, process)
            time.sleep(chance.uniform(0, writes))
        process.send_signal(signal.SIGKILL)
        process.wait()
        state = admin.execute("SELECT state FROM exchange_load WHERE source = 'killed'").fetchall()
        if ("loaded",) not in state and standing(admin, "killed") != nothing:
            traces.append(state)
    number = waiting(admin, "killed")
    ingest(*(("--resume", number) if number else anew)).communicate()
    return traces


def main() -> None:
    """Load once whole, then under fire, and compare."""
    given = [int(word) for word in sys.argv[1:] if word.isdigit()]
    kills, rows, seed = (*given, *(12, 20_000, int(time.time()))[len(given) :])
    with tempfile.TemporaryDirectory(prefix="yigongti-bench-") as folder, scratch() as url:
        from django.core.management import call_command

        call_command("migrate", database="owner", verbosity=0, interactive=False)
        os.environ["YIGONGTI_HOME"] = str(Path(folder) / "home")
        delivery = Path(folder) / "delivery"
        delivery.mkdir()
        made(str(delivery), rows)
        with psycopg.connect(url, autocommit=True) as admin:
            _sources()
            started = time.monotonic()
            answer = ingest("--mapping", "interchange", "--source", "whole", str(delivery)).communicate()[0]
            usual = time.monotonic() - started
            told = json.loads(answer)
            assert told["state"] == "loaded", answer
            traces = storm(admin, str(delivery), usual, told["report"]["seconds"], kills, random.Random(seed))
            whole, killed = standing(admin, "whole"), standing(admin, "killed")
            loads = admin.execute(
                "SELECT state, count(*) FROM exchange_load WHERE source = 'killed' GROUP BY 1"
            ).fetchall()
    tell(
        f"kill -9 of a load of {rows:,} rows (seed {seed})",
        [
            figure("kills", kills, "", note=f"within {usual:.1f} s, which an undisturbed load takes"),
            figure("traces of a load that did not end", len(traces), "", most=0),
            figure(
                "tables that differ from an undisturbed load",
                sum(a != b for a, b in zip(whole, killed, strict=True)),
                "",
                most=0,
            ),
            figure("rows", sum(row[0] for row in killed), "", note=f"loads: {dict(loads)}"),
        ],
    )


def _sources() -> None:
    from yigongti.kernel.access.acting import acting
    from yigongti.kernel.access.actor import SYSTEM
    from yigongti.records.residents.models import SourceSystem
    from yigongti.registry.organizations.models import Organization

    with acting(SYSTEM):
        home = Organization.objects.create(code="bench", name="测试医院", tier="county", institution_class="A100")
        for code in ("whole", "killed"):
            SourceSystem.objects.create(code=code, title=code, organization=home)


if __name__ == "__main__":
    main()
