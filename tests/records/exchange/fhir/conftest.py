"""Fixtures of the FHIR server: a community with a resident and a record, and systems that call with tokens."""

from dataclasses import replace

import pytest
from fhir_people import Opening, Person, System, let_in, record
from records_community import Community

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM


@pytest.fixture
def opened(community: Community) -> Opening:
    """Let a system in at an organisation with scopes."""
    return let_in


@pytest.fixture
def his(community: Community, opened: Opening) -> System:
    """The system of the centre where the resident is registered."""
    return opened(community.centre)


@pytest.fixture
def person(community: Community) -> Person:
    """王秀英 with one row of every kind at the centre."""
    resident = community.resident(replace(community.family_doctor, everything=True))
    with acting(SYSTEM):
        return Person(resident.pk, resident.number, str(resident.id_number), record(resident, community.centre))
