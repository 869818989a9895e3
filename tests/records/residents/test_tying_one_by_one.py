"""A load tied at once and the same load tied record by record give the same people."""

from collections import defaultdict
from datetime import date
from typing import Any

import duckdb
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from index_people import NUMBER, told
from records_community import Community

from yigongti.insight.simulator.registrations import TABLE, generate
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.records.residents.index import scoring, tables
from yigongti.records.residents.models import SourceIdentity
from yigongti.records.residents.services.matching import match, tie

ROWS = 120


class Undone(Exception):
    """Nothing of the block stays."""


@pytest.fixture
def said(house: Community) -> list[SourceIdentity]:
    """What a county wrote down, with all its mistakes."""
    with duckdb.connect() as duck:
        generate(duck, ROWS, 5)
        found = duck.execute(
            "SELECT name, TRY_CAST(birth_date AS DATE), sex, id_number, phone, address, record "
            f"FROM {TABLE} ORDER BY record"
        ).fetchall()
    return [_told(*row) for row in found]


def _told(name: str, born: date | None, sex: str, number: str, phone: str, address: str, key: str) -> SourceIdentity:
    fields: dict[str, Any] = {"id_number": number, "phone": phone, "address": address}
    given = {field: value for field, value in fields.items() if value}
    kind = "01" if number else ""
    return told(name=name or "", birth_date=born, sex=sex or "0", identity_kind=kind, source_key=key, **given)


def _groups() -> set[frozenset[str]]:
    people = defaultdict(set)
    for key, resident in SourceIdentity.objects.values_list("source_key", "resident_id"):
        people[resident].add(key)
    return {frozenset(keys) for keys in people.values()}


def _undone(*loads: list[Any] | None) -> set[frozenset[str]]:
    found: set[frozenset[str]] = set()
    try:
        with transaction.atomic(), acting(SYSTEM):
            for load in loads:
                tie(load)
            found = _groups()
            raise Undone
    except Undone:
        return found


def test_the_same_people(said: list[SourceIdentity], monkeypatch: pytest.MonkeyPatch) -> None:
    one_by_one = _undone(*([one.pk] for one in said))
    monkeypatch.setattr(tables, "FEW", 1000)
    few = _undone(None)
    monkeypatch.setattr(tables, "FEW", 0)
    many = _undone(None)
    monkeypatch.setattr(scoring, "FEW", 0)
    in_columns = _undone(None)
    monkeypatch.setattr(tables, "WHOLE", 0)
    whole = _undone(None)
    assert len(one_by_one) < len(said)
    assert one_by_one == few == many == in_columns == whole


def test_who_was_tied_is_found(said: list[SourceIdentity]) -> None:
    """``match`` names the resident to whom ``tie`` gave the record."""
    for load in said[: ROWS // 4]:
        tie([load.pk])
    with acting(SYSTEM):
        held = list(SourceIdentity.objects.exclude(resident=None).exclude(id_number_index=None))
    fields = ("name", "birth_date", "sex", "id_number", "phone", "address")
    for one in held:
        asked = {field: str(value) for field in fields if (value := getattr(one, field))}
        best = match(SYSTEM, asked, everywhere=True)
        assert one.resident_id in [candidate.resident_id for candidate in best]


def _statements(identity: SourceIdentity) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        tie([identity.pk])
    return [query["sql"][:160] for query in captured if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]


def test_a_record_that_arrives_takes_few_statements(house: Community) -> None:
    """What it takes is what it waits for: each statement goes to the database and back."""
    first, known = told(id_number=NUMBER, phone="13900139000"), told("lis", id_number=NUMBER)
    alike = told("insurance", id_number="", phone="13900139000")
    tie([told(name="李四").pk])  # the tables of the connection are there
    assert len(made := _statements(first)) <= 18, "\n".join(made)
    assert len(made := _statements(known)) <= 14, "\n".join(made)
    assert len(made := _statements(alike)) <= 17, "\n".join(made)
    with acting(SYSTEM):
        found = SourceIdentity.objects.filter(pk__in=[first.pk, known.pk, alike.pk])
        assert len({one.resident_id for one in found}) == 1


def test_nothing_stays_in_the_tables_of_a_connection(house: Community, monkeypatch: pytest.MonkeyPatch) -> None:
    tie([told(id_number=NUMBER).pk])
    monkeypatch.setattr(tables, "CROWDED", 1)  # made anew each time
    tie([told("lis", id_number=NUMBER).pk])
    with connection.cursor() as cursor:
        for name in tables.STAYING:
            cursor.execute(f'SELECT count(*) FROM "{name}"')
            assert cursor.fetchone() == (0,), name
        cursor.execute("SELECT current_setting('plan_cache_mode'), current_setting('enable_seqscan')")
        assert cursor.fetchone() == ("auto", "on")
