"""The master index at a million residents: who is it, a record that arrives, a whole source at once.

``python -m bench.index [residents] [records] [seed] [--json]`` fills an index in a scratch PostgreSQL (some minutes
for a million) and measures, each beside the bare database in the same run:

- ``match``: the question of a desk, known people, strangers, common names;
- ``tie`` of one record as it arrives, committed: new to the source, and told anew with changes; one client, then four;
- ``tie`` of a whole source: until everything is decided, and with everything written.

Before it measures, the tables of the index and their indexes are read once, as a service that has run for a day has
them at hand (and reads them again by itself when it starts: ``pg_prewarm``); ``--cold`` leaves that out.
``YIGONGTI_BENCH_HOME`` keeps the database for the next run; what was tied stays tied.
"""

import os
import resource
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from statistics import median
from time import perf_counter, process_time
from typing import Any
from uuid import UUID

import psycopg

from bench.index_county import SOURCE, county, fill, say
from bench.report import Result, figure, p95, tell
from bench.search import busy, scratch

ARRIVALS, CLIENTS, WARM = 150, 4, 10
COMMON = ("王伟", "李娜", "张敏", "王秀英", "刘洋")
WRITTEN = ("residents_sourceidentity", "residents_resident", "residents_matchdecision", "residents_carerelation")


def main() -> None:
    """Fill, ask, tie one by one, tie the rest at once."""
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    people, records, seed = (*numbers, *(1_000_000, 1_000_000, 11)[len(numbers) :])
    with scratch() as admin:
        _filled(admin, people, records, seed)
        if "--cold" not in sys.argv:
            _at_hand(admin)
        lookup = _lookup()
        results = [figure("one resident by the key", lookup, "ms", note="p50; the floor"), *_asked(lookup)]
        results += [_commit(admin), *_arriving(lookup), *_together(lookup)]
        if "--online" not in sys.argv:
            results += _whole(admin, records)
    tell(f"index of {people:,} residents", results)


def _filled(admin: str, people: int, records: int, seed: int) -> None:
    from django.core.management import call_command

    with psycopg.connect(admin) as connection:
        [(there,)] = connection.execute("SELECT to_regclass('residents_sourceidentity') IS NOT NULL").fetchall()
    call_command("migrate", database="owner", verbosity=0, interactive=False)
    if not there:
        duck = county(people, seed)
        fill(admin, duck)
        say(admin, duck, records)


def _at_hand(admin: str) -> None:
    with psycopg.connect(admin) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_prewarm")
        connection.execute(
            """SELECT sum(pg_prewarm(c.oid)) FROM pg_class c WHERE relkind IN ('r', 'i') AND (relname ~ '^residents_'
               OR oid IN (SELECT indexrelid FROM pg_index WHERE indrelid::regclass::text ~ '^residents_'))"""
        )


Times = list[tuple[float, float]]
"""Milliseconds by the clock, and of the processor time of this process and its database session."""


def _milliseconds(work: Callable[[Any], object], given: Sequence[Any]) -> Times:
    """Of each after the first few."""
    from yigongti.kernel import prepared

    session = prepared.run("SELECT pg_backend_pid()", [])[0][0][0]
    found = []
    for one in given:
        used, started = busy(os.getpid()) + busy(session), perf_counter()
        work(one)
        clock = (perf_counter() - started) * 1000
        found.append((clock, busy(os.getpid()) + busy(session) - used))
    return found[WARM:]


def _figures(what: str, times: Times, lookup: float, most: float | None = 20) -> list[Result]:
    clock, processor = ([one[n] for one in times] for n in (0, 1))
    return [
        figure(f"{what}, p50", median(clock), "ms", note=f"{median(clock) / lookup:.0f} x the floor"),
        figure(f"{what}, p95", p95(clock), "ms", most=most, note=f"slowest {max(clock):.0f} ms"),
        figure("  processor time, p95", p95(processor), "ms", most=most, note=f"p50 {median(processor):.1f}"),
    ]


def _lookup() -> float:
    from yigongti.kernel import prepared
    from yigongti.kernel.access.acting import acting
    from yigongti.kernel.access.actor import SYSTEM

    with acting(SYSTEM):
        keys = [row[0] for row in prepared.run("SELECT id FROM residents_resident LIMIT 300", [])[0]]
        found = _milliseconds(
            lambda key: prepared.run("SELECT name FROM residents_resident WHERE id = %s", [key]), keys
        )
        return median(clock for clock, _ in found)


def _commit(admin: str) -> Result:
    """One row inserted and committed: what the disk asks of everybody."""
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS bare_commit (n int)")
        times = []
        for n in range(60):
            started = perf_counter()
            connection.execute("INSERT INTO bare_commit VALUES (%s)", [n])
            times.append((perf_counter() - started) * 1000)
    return figure("one row, committed, p95", p95(times), "ms", note=f"p50 {median(times):.1f}; the floor of a tie")


def _waiting(many: int) -> list[Any]:
    from yigongti.kernel.access.acting import acting
    from yigongti.kernel.access.actor import SYSTEM
    from yigongti.records.residents.models import SourceIdentity

    with acting(SYSTEM):
        found = SourceIdentity.objects.filter(source=SOURCE, state="new").order_by("id")
        return list((found if many < 10_000 else found.only("id"))[:many])


def _asked(lookup: float) -> list[Result]:
    from yigongti.kernel.access.actor import SYSTEM
    from yigongti.records.residents.services.matching import match

    fields = ("name", "birth_date", "sex", "id_number", "phone", "address")
    told = [{name: str(value) for name in fields if (value := getattr(one, name))} for one in _waiting(ARRIVALS + WARM)]
    groups = {
        "match, as told": told,
        "match, without a number": [{k: v for k, v in one.items() if k != "id_number"} for one in told],
        "match, nobody": [{"name": "龘" + one["name"][-1:], "birth_date": "1961-07-09", "sex": "1"} for one in told],
        "match, a common name": [{"name": COMMON[n % 5], "birth_date": f"1980-03-0{1 + n % 9}"} for n in range(100)],
    }
    results = []
    for what, asked in groups.items():
        results += _figures(what, _milliseconds(lambda one: match(SYSTEM, one, everywhere=True), asked), lookup)
    return results


def _arriving(lookup: float) -> list[Result]:
    """Each committed; then the same told anew, another phone and a name with one more space."""
    from yigongti.kernel.access.acting import acting
    from yigongti.kernel.access.actor import SYSTEM
    from yigongti.records.residents.models import SourceIdentity
    from yigongti.records.residents.services.matching import tie

    found = _waiting(ARRIVALS + WARM)
    results = _figures("tie, a new record", _milliseconds(lambda one: tie([one.pk]), found), lookup)
    for n, one in enumerate(found):
        with acting(SYSTEM):
            held = SourceIdentity.objects.get(pk=one.pk)
            held.state, held.version, held.phone = "new", held.version + 1, f"138{n:08}"
            held.save()
    return results + _figures("tie, a changed record", _milliseconds(lambda one: tie([one.pk]), found), lookup)


def _client(keys: list[UUID]) -> Times:
    """Ties in a process of its own."""
    import django

    django.setup()
    from yigongti.records.residents.services.matching import tie

    return _milliseconds(lambda key: tie([key]), keys)


def _together(lookup: float) -> list[Result]:
    keys = [one.pk for one in _waiting(CLIENTS * (ARRIVALS // 2 + WARM))]
    started = perf_counter()
    with ProcessPoolExecutor(CLIENTS, get_context("spawn")) as pool:
        times = [one for found in pool.map(_client, [keys[n::CLIENTS] for n in range(CLIENTS)]) for one in found]
    spent = perf_counter() - started
    rate = figure(
        "  all of them", len(keys) / spent, "ties/s", note="with the start of the processes; one tie at a time"
    )
    return [*_figures(f"tie, {CLIENTS} clients", times, lookup, None), rate]


@dataclass
class Clocked:
    """Seconds until everything was decided and writing began, of all portions."""

    decided: float = 0.0
    began: float = 0.0


def _whole(admin: str, records: int) -> list[Result]:
    from yigongti.records.residents.index import creating, tying
    from yigongti.records.residents.services.matching import tie

    clocked, begin, create = Clocked(), tying.begin, creating.create

    def beginning(identities: Any) -> int:
        clocked.began = perf_counter()
        return begin(identities)

    def watched() -> int:
        clocked.decided += perf_counter() - clocked.began
        return create()

    tying.begin, tying.creating.create = beginning, watched  # type: ignore[attr-defined]
    keys = [one.pk for one in _waiting(records)]
    started, cpu = perf_counter(), process_time()
    done = tie(keys)
    whole, python = perf_counter() - started, process_time() - cpu
    tying.begin, tying.creating.create = begin, create  # type: ignore[attr-defined]
    linking = clocked.decided
    floor = _floor(admin)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    told = f"{done.identities} records: {done.linked} linked, {done.created} created, {done.review} asked"
    return [
        figure("a whole source, decided", linking, "s", most=60 if done.identities > 900_000 else None, note=told),
        figure(
            "a whole source, decided and written", whole, "s", note=f"{done.identities / whole:.0f} records a second"
        ),
        figure("  of it this process", python, "s CPU", note=f"{1e6 * python / done.identities:.0f} µs a record"),
        figure("the same rows, bare", floor, "s", note=f"indexes, no triggers: the floor; x {whole / floor:.1f}"),
        figure("peak memory", peak, "MB", most=4096, note="this process, DuckDB in it"),
    ]


def _floor(admin: str) -> float:
    """Seconds to insert the rows that the tie wrote into tables with the same indexes."""
    spent = 0.0
    with psycopg.connect(admin) as connection:
        for table in WRITTEN:
            theirs = "resident_id" if table == "residents_carerelation" else "id"
            wanted = {
                "residents_sourceidentity": f"source = '{SOURCE}' AND state <> 'new'",
                "residents_matchdecision": "true",
            }.get(table, f"{theirs} IN (SELECT resident_id FROM residents_matchdecision WHERE outcome = 'created')")
            connection.execute(f"CREATE TEMP TABLE floor_rows AS SELECT * FROM {table} WHERE {wanted}")
            connection.execute(f"CREATE TABLE bare (LIKE {table} INCLUDING INDEXES)")
            started = perf_counter()
            connection.execute("INSERT INTO bare SELECT * FROM floor_rows")
            spent += perf_counter() - started
            connection.execute("DROP TABLE bare, floor_rows")
        connection.rollback()
    return spent


if __name__ == "__main__":
    main()
