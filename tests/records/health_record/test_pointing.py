"""Observations point to what exists, though no foreign key asks row by row."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from records_community import Community

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.cases.keys import new_id
from yigongti.records.health_record import services
from yigongti.records.health_record.models import Encounter, Observation


def row(community: Community, **other: object) -> Observation:
    """A measurement, not saved."""
    given = {"resident": community.resident(), "organization": community.centre, "code": "sbp", "value": 130}
    return Observation(id=new_id(), effective_at=clock.now(), **{**given, **other})


@pytest.mark.parametrize(
    ("column", "nowhere"),
    [("resident_id", uuid4()), ("organization_id", -1), ("practitioner_id", -1), ("encounter_id", uuid4())],
)
def test_what_is_nowhere_is_refused_for_a_whole_statement(community: Community, column: str, nowhere: object) -> None:
    good, bad = row(community), row(community)
    setattr(bad, column, nowhere)
    with acting(SYSTEM):
        with pytest.raises(IntegrityError, match=column), transaction.atomic():
            Observation.objects.bulk_create([good, bad])
        Observation.objects.bulk_create([good])
        with pytest.raises(IntegrityError, match=column), transaction.atomic():
            Observation.objects.filter(pk=good.pk).update(**{column: nowhere})
        assert Observation.objects.filter(pk=good.pk).exists()


def test_what_observations_point_to_stays(community: Community) -> None:
    resident = community.resident()
    visit = services.record_encounter(
        community.family_doctor, resident_id=resident.pk, kind="follow-up", measurements={"sbp": 150, "dbp": 90}
    )
    with acting(SYSTEM):
        with pytest.raises(IntegrityError, match="encounter_id"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM health_record_encounter WHERE id = %s", [visit.pk])
        assert Encounter.objects.filter(pk=visit.pk).exists()


def test_a_row_is_found_by_what_it_points_to_through_an_index(community: Community) -> None:
    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for column, value in (("resident_id", uuid4()), ("encounter_id", uuid4()), ("organization_id", 1)):
            cursor.execute(f"EXPLAIN SELECT 1 FROM health_record_observation WHERE {column} = %s", [value])
            assert any("Index" in line for (line,) in cursor.fetchall()), column
