"""The scan of many residents says the same as the reading of one."""

import random
from datetime import timedelta

import pytest
from django.db import connection
from records_community import Community

from yigongti.care.referral import observed
from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.records.health_record import services
from yigongti.records.health_record.known import at, known_sql
from yigongti.records.residents.models import Resident

FRESH = {code: span.days for code, span in observed.FRESH.items()}
SQL = known_sql(FRESH, registers=observed.REGISTERS, uncontrolled=observed.POOR_CONTROL)


def scanned() -> dict[object, dict]:
    """Every visible resident's row, without what is not known."""
    with connection.cursor() as cursor:
        cursor.execute(SQL, at(clock.now(), clock.today()))
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return {row.pop("resident_id"): {k: v for k, v in row.items() if v is not None} for row in rows}


@pytest.mark.parametrize("seed", range(6))
def test_one_and_many_agree(community: Community, seed: int) -> None:
    pick = random.Random(seed)
    doctor = community.family_doctor
    for _ in range(4):
        resident = community.resident()
        for code, name in pick.sample([("I10", "高血压"), ("E11.9", "糖尿病"), ("J44", "慢阻肺"), ("K29", "胃炎")], 2):
            services.diagnose(doctor, resident_id=resident.pk, code=code, name=name)
        for _ in range(pick.randrange(9)):
            values = {"sbp": pick.randrange(110, 200), "dbp": pick.randrange(60, 105)}
            if pick.random() < 0.5:
                values["fasting_glucose"] = pick.randrange(4, 15)
            services.record_encounter(
                doctor,
                resident_id=resident.pk,
                kind="follow-up",
                started_at=clock.now() - timedelta(days=pick.randrange(400), hours=pick.randrange(24)),
                measurements=values,
            )
    with acting(doctor):
        rows = scanned()
        for resident in Resident.objects.all():
            one = observed.finding_of(resident, encounter=None, tier="township")
            one.pop("tier")
            assert rows[resident.pk] == one
    with acting(community.stranger):
        assert scanned() == {}


def test_names_that_become_sql_are_ours() -> None:
    with pytest.raises(KeyError, match="sbp; DROP"):
        known_sql({"sbp; DROP": 1}, registers={}, uncontrolled={})
