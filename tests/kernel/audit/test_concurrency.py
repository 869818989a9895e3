"""Writers never wait for each other nor for the sealer."""

import threading
import time

import pytest
from django.db import connection, connections, transaction

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.audit.reading import note
from yigongti.kernel.audit.sealing import GIVE_POSITIONS, seal
from yigongti.kernel.audit.verification import verify

WRITERS, EACH = 8, 25
PATIENCE = "200ms"


def write(number: int, times: int, waited: list[Exception]) -> None:
    """Write in transactions of their own, giving up as soon as a lock is not there."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = '{PATIENCE}'")
        for _ in range(times):
            with transaction.atomic():
                note(Actor(number, "某人"), Entry.Action.READ, subject="test")
    except Exception as error:
        waited.append(error)
    finally:
        connections.close_all()


def run(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)


@pytest.mark.django_db(transaction=True)
def test_writers_go_on_while_a_batch_is_being_sealed() -> None:
    write(0, 10, [])
    waited: list[Exception] = []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(GIVE_POSITIONS, {"start": 0, "seal": 1, "limit": 100})
        assert cursor.rowcount == 10
        run([threading.Thread(target=write, args=(number, EACH, waited)) for number in range(WRITERS)])
        transaction.set_rollback(True)
    assert not waited
    assert Entry.objects.filter(subject="test").count() == 10 + WRITERS * EACH


@pytest.mark.django_db(transaction=True)
def test_many_writers_and_a_busy_sealer_leave_one_whole_chain() -> None:
    waited: list[Exception] = []
    stop = threading.Event()

    def sealing() -> None:
        while not stop.is_set():
            seal(limit=50)
        connections.close_all()

    sealers = [threading.Thread(target=sealing) for _ in range(2)]
    for sealer in sealers:
        sealer.start()
    run([threading.Thread(target=write, args=(number, EACH, waited)) for number in range(WRITERS)])
    stop.set()
    for sealer in sealers:
        sealer.join(30)
    while seal():
        pass
    report = verify()
    assert (waited, report.problems, report.unsealed) == ([], [], 0)
    assert report.sealed == Entry.objects.count() >= WRITERS * EACH


@pytest.mark.django_db
@pytest.mark.slow
def test_what_the_audit_costs_a_bulk_insertion() -> None:
    """Measured once for docs/audit.md; the bound only catches a disaster."""
    rows = 20_000
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE plain (LIKE access_user INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
        insert = """INSERT INTO {} (username, name, password, email, is_active, date_joined, must_change_password,
                                    password_changed_at {})
                    SELECT 'u' || n, '某人', '!', '', true, now(), false, now() {} FROM generate_series(1, %s) n"""
        took = {}
        for table, more in (("plain", (", id", ", n")), ("access_user", ("", ""))):
            started = time.perf_counter()
            cursor.execute(insert.format(table, *more), [rows])
            took[table] = (time.perf_counter() - started) / rows * 1e6
    print("µs per row:", took)
    assert took["access_user"] < 1000
