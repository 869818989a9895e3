"""Whoever owns the database may change it, but not unnoticed: every kind of tampering is found and named."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, connections

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.models import User
from yigongti.kernel.audit import anchors
from yigongti.kernel.audit.models import Entry, Seal, Verification
from yigongti.kernel.audit.reading import note
from yigongti.kernel.audit.sealing import seal, seal_waiting
from yigongti.kernel.audit.verification import request, verify, verify_waiting
from yigongti.kernel.errors import Forbidden

AT = "at = at + interval '1 microsecond'"
ENTRY = "audit_entry SET {} WHERE id = (SELECT min(id) + 1 FROM audit_entry)"
CHANGES = [
    *(AT, "user_id = 99", "organization_id = 99", "action = 'READ'", "subject = 'access_grant'", "subject_id = '7'"),
    *("resident_id = gen_random_uuid()", "purpose = '科研'", """data = data || '{"name": "他人"}'"""),
]
TAMPERINGS = {
    **{change.split(" ")[0]: f"UPDATE {ENTRY.format(change)}" for change in CHANGES},
    "id": "UPDATE audit_entry SET id = id + 1000 WHERE id = (SELECT min(id) FROM audit_entry)",
    "removed": "DELETE FROM audit_entry WHERE id = (SELECT min(id) + 1 FROM audit_entry)",
    "added": """INSERT INTO audit_entry (at, action, subject, subject_id, purpose, data, position, seal_id)
                SELECT at, action, subject, subject_id, purpose, data, position, seal_id FROM audit_entry LIMIT 1""",
    "reordered": """UPDATE audit_entry e SET position = 3 - position WHERE position IN (1, 2)""",
    "moved to another batch": "UPDATE audit_entry SET seal_id = 2 WHERE position = 1",
    "unsealed": "UPDATE audit_entry SET seal_id = NULL, position = NULL WHERE position = 2",
    "pointing nowhere": "UPDATE audit_entry SET seal_id = 77 WHERE position = 2",
    "tail seal removed": "DELETE FROM audit_seal WHERE id = 3",
    "tail seal and its rows removed": "DELETE FROM audit_entry WHERE seal_id = 3; DELETE FROM audit_seal WHERE id = 3",
    "middle seal removed": "DELETE FROM audit_seal WHERE id = 2",
    "everything removed": "DELETE FROM audit_entry; DELETE FROM audit_seal",
    "forged seal": """UPDATE audit_entry SET purpose = '科研' WHERE position = 1;
                      UPDATE audit_seal SET rows_digest = audit_rows_digest(1), digest = sha256('x') WHERE id = 1""",
    "seal backdated": "UPDATE audit_seal SET sealed_at = sealed_at - interval '1 day' WHERE id = 2",
    "seal under another key": "UPDATE audit_seal SET key_id = 'k9' WHERE id = 2",
}


def write(number: int) -> None:
    """Some commands of somebody: inserts, updates and a reading."""
    with acting(Actor(user_id=number, name="某人", purpose="测试")):
        user = User.objects.create_user(f"someone{number}", "x", name=f"某人{number}")
        User.objects.filter(pk=user.pk).update(name=f"改名{number}")
        note(Actor(number, "某人"), Entry.Action.READ, subject="test", subject_id=str(number))


@contextmanager
def triggers_off() -> Iterator[None]:
    """The owner of the tables sets their triggers aside, as an intruder with full rights would."""
    with connections["owner"].cursor() as cursor:
        for table in ("audit_entry", "audit_seal"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield
        for table in ("audit_entry", "audit_seal"):
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def three_batches() -> None:
    for number in range(3):
        write(number)
        assert seal() >= 3


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_every_tampering_is_found() -> None:
    three_batches()
    whole = verify()
    assert (whole.ok, whole.seals, whole.unsealed, whole.anchored) == (True, 3, 0, True), whole.problems
    missed = []
    with connections["owner"].cursor() as cursor:
        cursor.execute("CREATE TABLE kept_entry AS TABLE audit_entry; CREATE TABLE kept_seal AS TABLE audit_seal")
    for name, statement in TAMPERINGS.items():
        with triggers_off(), connections["owner"].cursor() as cursor:
            cursor.execute(statement)
            assert cursor.rowcount != 0, name
        report = verify()
        if report.ok:
            missed.append(name)
        with triggers_off(), connections["owner"].cursor() as cursor:
            cursor.execute("DELETE FROM audit_entry; INSERT INTO audit_entry SELECT * FROM kept_entry")
            cursor.execute("DELETE FROM audit_seal; INSERT INTO audit_seal SELECT * FROM kept_seal")
    assert not missed
    assert verify().ok


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_the_problem_is_named_and_a_restore_begins_anew() -> None:
    three_batches()
    with triggers_off(), connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE audit_entry SET purpose = '科研' WHERE position = 5")
    assert verify().problems == ["第 2 批（位置 4–6）的内容被改动"]
    with triggers_off(), connections["owner"].cursor() as cursor:
        cursor.execute("DELETE FROM audit_entry WHERE seal_id >= 2; DELETE FROM audit_seal WHERE id >= 2")
    assert verify().problems == ["链尾被删除或替换：数据库外记下的第 3 批已不在链上"]
    anchors.forget()
    report = verify()
    assert (report.ok, report.anchored) == (True, False)


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["audit_entry", "audit_seal", "cases_caseevent"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_serving_role_may_not_even_try(table: str, statement: str) -> None:
    from django.db import ProgrammingError, transaction

    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        connection.cursor().execute(statement.format(table))


@pytest.mark.django_db
def test_a_sealed_row_keeps_its_place() -> None:
    from django.db import DatabaseError, transaction

    write(1)
    seal()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        connection.cursor().execute("UPDATE audit_entry SET position = position + 1")


@pytest.mark.django_db
def test_a_walk_is_asked_for_and_done_by_the_pulse_in_pieces() -> None:
    for number in range(2):
        write(number)
        seal()
    auditor = User.objects.create_user("auditor", "x", name="审计员").actor()
    with pytest.raises(Forbidden):
        request(auditor)
    asked = request(SYSTEM)
    assert request(SYSTEM).pk == asked.pk
    verify_waiting()
    done = Verification.objects.get()
    assert (done.percent, done.problems, done.last_seal) == (100, [], 2)
    assert bytes(done.head) == bytes(Seal.objects.get(id=2).digest)
    assert not verify_waiting()
    assert Verification.objects.count() == 1


@pytest.mark.django_db
def test_a_chain_that_nobody_asked_about_is_walked_once_a_day() -> None:
    verify_waiting()
    verify_waiting()
    assert Verification.objects.filter(requested_by=None).count() == 1


@pytest.mark.django_db
def test_the_unsealed_tail_is_counted() -> None:
    write(1)
    report = verify()
    assert (report.ok, report.unsealed >= 3, report.sealed) == (True, True, 0)
    assert seal_waiting()
    assert verify().sealed == report.unsealed
