"""A load tied at once and the same load tied record by record give the same people."""

from collections import defaultdict
from datetime import date
from typing import Any

import duckdb
import pytest
from django.db import transaction
from index_people import told
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
