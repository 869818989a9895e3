"""Residents themselves: sealed, audited, behind row-level security, and their keys changed all the same."""

from datetime import date
from pathlib import Path

import pytest
from django.db import connection

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.ciphers import keyfile, rotation
from yigongti.kernel.ciphers.blind import blind_index
from yigongti.records.residents.identity import MALE, generate
from yigongti.records.residents.models import Resident
from yigongti.registry.organizations.models import Organization


@pytest.mark.django_db
def test_keys_of_residents_change(key_file: Path) -> None:
    number = generate(date(1990, 1, 1), MALE, "431127", 7)
    with acting(SYSTEM):
        clinic = Organization.objects.create(
            name="蓝山县测试卫生院", code="T1", institution_class="C220", tier=Organization.Tier.TOWNSHIP
        )
        resident = Resident.objects.create(
            number="T0001",
            name="张三",
            sex=number.sex,
            birth_date=number.birth_date,
            id_number=number,
            phone="13812345678",
            registered_by=clinic,
        )
    keyfile.add(key_file, "data")
    keyfile.add(key_file, "index")
    outcomes = rotation.rotate(lambda table, rows: None, settle=0)
    assert outcomes["residents_resident"] == rotation.Outcome(resealed=1)
    with acting(SYSTEM):
        found = Resident.objects.get(id_number_index=blind_index("id_number", number.lower()))
        assert (found.pk, found.id_number, found.phone) == (resident.pk, number, "13812345678")
        with connection.cursor() as cursor:
            cursor.execute("SELECT string_agg(e::text, '') FROM audit_entry e")
            audited = cursor.fetchone()[0]
    assert number not in audited
    assert "13812345678" not in audited
