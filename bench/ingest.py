"""A delivery of measurements, stage by stage, each against the least that the same machine needs for it.

``python -m bench.ingest [rows] [--read] [--json]``: ``--read`` leaves the database out. The floor of reading is DuckDB
reading the same file as text; the floor of writing is COPY of the same cells into a table without index, trigger or
key. Processor seconds are of this process and of its session of the database; memory is the peak of this process.
"""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import duckdb

from bench.report import Result, figure, tell
from bench.search import scratch

EACH = 50
"""Measurements of a person, in ten contacts."""
PEOPLE = """
SELECT 'p' || n AS source_key, '居民' || n AS name, (1 + n % 2)::VARCHAR AS sex,
       DATE '1940-01-01' + (n * 37 % 25000)::INT AS birth_date FROM range({people}) t(n)
"""
CONTACTS = """
SELECT 'v' || n AS source_key, 'p' || (n // 10) AS patient_key, 'outpatient' AS kind,
       strftime(TIMESTAMP '2024-01-01 08:00:00' + to_minutes((n * 7919 % 1500000)::INT), '%Y-%m-%d %H:%M') AS started_at
FROM range({contacts}) t(n)
"""
VALUES = """
SELECT 'o' || n AS source_key, 'p' || (n // 50) AS patient_key, 'v' || (n // 5) AS encounter_key,
       ['sbp', 'dbp', 'heart_rate', '8302-2', 'fasting_glucose'][1 + n % 5] AS code,
       CASE WHEN n % 5 = 3 THEN 'loinc' END AS code_system,
       CASE n % 5 WHEN 0 THEN 100 + n % 60 WHEN 1 THEN 60 + n % 25 WHEN 2 THEN 55 + n % 50 WHEN 3 THEN 150 + n % 40
            ELSE 4 + n % 60 / 10.0 END AS value,
       ['mmHg', 'mmHg', '次/分', 'cm', 'mmol/L'][1 + n % 5] AS unit,
       strftime(TIMESTAMP '2024-01-01 08:05:00' + to_minutes(((n // 5) * 7919 % 1500000)::INT), '%Y-%m-%d %H:%M')
           AS effective_at, 'L' || (n % 400) AS local_code, '项目' || (n % 400) AS local_name
FROM range({rows}) t(n)
"""
READING, WRITING = 100_000, 40_000
"""Rows a second that are wanted."""
DUCK: dict[str, str | bool | int | float | list[str]] = {"memory_limit": "500MB", "threads": 2}
FLAT = 1024
"""MB."""


@dataclass
class Spent:
    """What a stage took: seconds by the clock, of this process's processor, of the database session's."""

    wall: float = 0
    own: float = 0
    database: float = 0


@dataclass
class Course:
    """Stages as they pass; ``session`` tells the processor seconds of the database session."""

    session: Callable[[], float] = lambda: 0.0
    stages: dict[str, Spent] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure what happens inside, added to what the stage took before."""
        wall, own, database = perf_counter(), process_time(), self.session()
        yield
        spent = self.stages.setdefault(name, Spent())
        spent.wall += perf_counter() - wall
        spent.own += process_time() - own
        spent.database += self.session() - database


def made(folder: str, rows: int) -> None:
    """Write the delivery as CSV of the interchange layout."""
    with duckdb.connect(config=DUCK) as connection:
        connection.execute("SET enable_progress_bar = false")
        people, contacts = max(rows // EACH, 1), max(rows // 5, 1)
        for name, query in (("patient", PEOPLE), ("encounter", CONTACTS), ("observation", VALUES)):
            sql = query.format(people=people, contacts=contacts, rows=rows)
            connection.execute(f"COPY ({sql}) TO '{folder}/{name}.csv' (HEADER)")


def peak() -> float:
    """MB that this process has held at most."""
    told = Path("/proc/self/status").read_text()
    return int(told.split("VmHWM:")[1].split()[0]) / 1024


def reading_floor(folder: Path, course: Course) -> None:
    """DuckDB reads the same files as text and counts them."""
    floor = duckdb.connect(str(folder / "floor.duckdb"), config=DUCK)
    with floor as connection, course.stage("floor of reading"):
        connection.execute("SET enable_progress_bar = false")
        for name in ("patient", "encounter", "observation"):
            connection.execute(
                f"CREATE TABLE {name} AS FROM read_csv('{folder}/{name}.csv', all_varchar = true, header = true)"
            )
    (folder / "floor.duckdb").unlink()


def writing_floor(folder: Path, course: Course) -> int:
    """The cells of the measurements by COPY into a plain table of text; returns the rows."""
    from django.db import connection, transaction

    from yigongti.records.exchange import staging

    path = folder / "observation.csv"
    with duckdb.connect(config=DUCK) as bench, transaction.atomic():
        bench.execute(f"CREATE VIEW cells AS FROM read_csv('{path}', all_varchar = true, header = true)")
        names = [row[0] for row in bench.execute("DESCRIBE cells").fetchall()]
        with course.stage("floor of writing"):
            rows = staging.stage(bench, "floor", dict.fromkeys(names, "varchar"), "FROM cells")
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE pg_temp.floor")
    return rows


def session() -> float:
    """Processor seconds of the session of the database that this process has."""
    from django.db import connection

    connection.ensure_connection()
    try:
        told = Path(f"/proc/{connection.connection.info.backend_pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def checked(folder: Path, course: Course) -> int:
    """Read, map and validate the delivery on a bench of its own; returns the lines."""
    from yigongti.records.exchange import bench as benches
    from yigongti.records.exchange import checking, reading
    from yigongti.records.exchange.files import gather
    from yigongti.records.exchange.services.receiving import mapping_named

    body: Any = mapping_named("interchange").body
    with tempfile.TemporaryDirectory() as into, benches.opened() as bench:
        benches.prepare(bench, body)
        with course.stage("read, map, validate"):
            lines = sum(reading.read_all(bench, body, gather([folder], Path(into))).values())
            benches.lock(bench)
            checking.shape(bench, body)
            checking.check(bench, body)
        found = benches.first(bench, "SELECT count(*) FROM problems")
        assert found == (0,), f"{found} lines were refused"
    return lines


def loaded(folder: Path, course: Course) -> int:
    """The whole load through the one door; ``write`` is what is between the residents and the report."""
    from yigongti.kernel.access.acting import acting
    from yigongti.kernel.access.actor import SYSTEM
    from yigongti.records.exchange import entries, writing
    from yigongti.records.exchange.services import receive
    from yigongti.records.residents.models import SourceSystem
    from yigongti.registry.organizations.models import Organization

    with acting(SYSTEM):
        home = Organization.objects.create(code="bench", name="测试医院", tier="county", institution_class="A100")
        SourceSystem.objects.create(code="bench", title="测试", organization=home)
    plain, patients = entries.write, writing._patients

    def rows(*given: Any) -> Any:
        with course.stage("write"):
            return plain(*given)

    def people(*given: Any) -> Any:
        with course.stage("residents"):
            return patients(*given)

    entries.write, writing._patients = rows, people  # type: ignore[assignment]
    with course.stage("whole load"):
        load = receive(SYSTEM, source="bench", mapping="interchange", files=[folder])
    assert load.state == "loaded", load.reason
    assert load.lines_accepted == load.lines_read, load.report
    return sum(one["new"] for name, one in load.report["targets"].items() if name != "patient")


def told(rows: int, lines: int, written: int, course: Course, memory: dict[str, float]) -> list[Result]:
    """The figures."""

    def speed(name: str, count: int, floor: str, least: float | None = None) -> Result:
        spent, least_ = course.stages[name], course.stages.get(floor)
        of = ""
        if least_:
            quickest = floors[floor] / least_.wall
            of = f"; the floor {quickest:,.0f}, of which {count / spent.wall / quickest:.0%}"
        cpu = f"{spent.wall:.1f} s, processor {spent.own:.1f} s"
        cpu += f" + database {spent.database:.1f} s" if spent.database else ""
        return figure(name, count / spent.wall, "rows/s", least=least, note=cpu + of)

    floors = {"floor of reading": lines, "floor of writing": rows}
    results = [speed("read, map, validate", lines, "floor of reading", READING)]
    if "write" in course.stages:
        results.append(speed("write", written, "floor of writing", WRITING))
        results.append(speed("residents", max(rows // EACH, 1), ""))
        results.append(speed("whole load", lines, ""))
    results += [figure(f"peak memory, {name}", value, "MB", most=FLAT) for name, value in memory.items()]
    return results


def main() -> None:
    """Make the files, take the floors, then the stages."""
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    rows = numbers[0] if numbers else 1_000_000
    memory: dict[str, float] = {}
    written = 0
    with tempfile.TemporaryDirectory(prefix="yigongti-bench-") as at, scratch():
        from django.core.management import call_command

        folder = Path(at) / "delivery"
        folder.mkdir()
        child = get_context("spawn").Process(target=made, args=(str(folder), rows))
        child.start()
        child.join()
        call_command("migrate", database="owner", verbosity=0, interactive=False)
        course = Course(session)
        reading_floor(folder, course)
        lines = checked(folder, course)
        memory["reading and checking"] = peak()
        if "--read" not in sys.argv:
            writing_floor(folder, course)
            written = loaded(folder, course)
            memory["the whole load"] = peak()
        tell(f"A delivery of {lines:,} lines", told(rows, lines, written, course, memory))


if __name__ == "__main__":
    main()
