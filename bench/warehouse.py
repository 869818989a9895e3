"""PostgreSQL to Parquet: the measurements of two years through the platform's own sync, against bare COPY.

``python -m bench.warehouse [rows] [--json]`` starts a PostgreSQL of its own with the platform's tables, fills them and
runs ``sync``, once more after one late row in one month, and ``verify``. The floors are the same rows by ``COPY … TO
STDOUT``, as text and as binary, thrown away. Processor time is of this process and of the whole database.
"""

import os
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from time import perf_counter, process_time, sleep
from typing import Any

from bench import cpu
from bench.report import Result, figure, tell
from bench.search import build, scratch

PEOPLE = 20_000
MONTHS = 24
READINGS = """
INSERT INTO health_record_observation (id, resident_id, organization_id, recorded_at, code, category, value, unit,
    effective_at)
SELECT gen_random_uuid(), r.ids[1 + n % {people}], o.ids[1 + n % {people} % cardinality(o.ids)], d.at, c.code,
       'vital-signs', c.low + n * 7919::bigint % 60, c.unit, d.at
FROM (SELECT n, now() - n * interval '{days} days' / {rows} AS at FROM generate_series(0, {rows} - 1) n) d
CROSS JOIN (SELECT array_agg(id) AS ids FROM residents_resident) r
CROSS JOIN (SELECT array_agg(id ORDER BY id) AS ids FROM organizations_organization WHERE tier <> 'county') o
JOIN (VALUES (0, 'sbp', 100, 'mm[Hg]'), (1, 'dbp', 60, 'mm[Hg]'), (2, 'fasting_glucose', 4, 'mmol/L'))
  c(kind, code, low, unit) ON c.kind = n % 3
"""
LATE = """
INSERT INTO health_record_observation (id, resident_id, organization_id, recorded_at, code, category, value, unit,
    effective_at)
SELECT gen_random_uuid(), resident_id, organization_id, clock_timestamp(), code, category, value, unit, effective_at
FROM health_record_observation WHERE effective_at > now() - interval '300 days' ORDER BY effective_at LIMIT 1
"""


class Peak:
    """The most memory that this process had while the block ran, in MB."""

    def __enter__(self) -> "Peak":
        self.most, self._over = 0.0, threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._watch.join()

    def _look(self) -> None:
        while not self._over.is_set():
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            self.most = max(self.most, pages * os.sysconf("SC_PAGE_SIZE") / 2**20)
            sleep(0.02)


def spent() -> float:
    """Seconds of processor time of this process and of the whole database so far."""
    home = Path(os.environ["YIGONGTI_HOME"])
    server = int((home / "postgres" / "postmaster.pid").read_text().split()[0])
    return process_time() + cpu.seconds(0, server)["database"]


def seconds(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """By the clock, and of the processor on both sides."""
    before, began = spent(), perf_counter()
    found = work()
    wall = perf_counter() - began
    return wall, spent() - before, found


def thrown(source: str) -> int:
    """Bytes of a COPY that nobody keeps."""
    from django.db import connection

    from yigongti.insight.warehouse.picture import SETTINGS
    from yigongti.kernel.access.acting import acting
    from yigongti.kernel.access.actor import SYSTEM

    with acting(SYSTEM), connection.cursor() as cursor:
        for setting in SETTINGS[1:]:
            cursor.execute(setting)
        with cursor.copy(source) as copy:
            return sum(len(block) for block in copy)


def filled(admin: str, rows: int) -> None:
    """Residents and their measurements, without triggers."""
    import psycopg

    from yigongti.kernel.clock import today
    from yigongti.records.health_record.months import prepare_months

    build(PEOPLE, admin)
    prepare_months(today() - timedelta(days=MONTHS * 31), today())
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("TRUNCATE health_record_observation")
        connection.execute(READINGS.format(people=PEOPLE, days=MONTHS * 30, rows=rows))
        connection.execute("VACUUM ANALYZE")


def main() -> None:
    """Fill, copy, sync, verify."""
    rows = next((int(word) for word in sys.argv[1:] if word.isdigit()), 2_000_000)
    with scratch() as admin:
        filled(admin, rows)
        tell(f"{rows:,} measurements from PostgreSQL to Parquet", _measured(admin, rows))


def _measured(admin: str, rows: int) -> list[Result]:
    import psycopg

    from yigongti.insight.warehouse.reading import shelf, standing
    from yigongti.insight.warehouse.syncing import sync
    from yigongti.insight.warehouse.verifying import verify
    from yigongti.kernel.facts.declaration import facts

    found, names, fact = shelf(), ["measurement"], facts()["measurement"]
    listed = f"COPY (SELECT {', '.join(fact.names)} FROM ({fact.sql}) AS f) TO STDOUT (FORMAT "
    floors = {form: seconds(lambda form=form: thrown(f"{listed}{form})")) for form in ("csv", "binary")}
    with Peak() as peak:
        first = seconds(lambda: sync(found, names))
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(LATE)
    again = seconds(lambda: sync(found, names))
    same = seconds(lambda: list(verify(found, standing(found), names)))
    if same[2] or sum(first[2].read.values()) != rows or len(again[2].changed["measurement"]) != 1:
        sys.exit(f"the shelf differs: {same[2]}, {first[2].read}, {again[2].changed}")
    told = [
        figure(f"COPY as {form}, thrown away", rows / wall / 1e6, "M rows/s", note=f"CPU {cpu:.1f} s; {size >> 20} MB")
        for form, (wall, cpu, size) in floors.items()
    ]
    reread = again[2].read["measurement"]
    files = sum(path.stat().st_size for path in found.files.rglob("*.parquet"))
    return [
        *told,
        figure("sync", rows / first[0] / 1e6, "M rows/s", least=0.6, note=f"{first[0]:.1f} s, CPU {first[1]:.1f} s"),
        figure("sync for each second of processor", rows / first[1] / 1e6, "M rows/s"),
        figure("sync takes of the COPY as text", first[0] / floors["csv"][0], "×"),
        figure("processor of sync to that of the COPY as text", first[1] / floors["csv"][1], "×"),
        figure("peak memory of it", peak.most, "MB", most=1024, note=f"{files >> 20} MB of files"),
        figure(
            "sync after one late row",
            again[0],
            "s",
            note=f"CPU {again[1]:.1f} s; {reread:,} rows read",
        ),
        figure("verify", same[0], "s", note=f"CPU {same[1]:.1f} s, nothing differs"),
    ]


if __name__ == "__main__":
    main()
