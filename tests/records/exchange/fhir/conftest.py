"""Fixtures of the FHIR server: a community with a resident and a record, and systems that call with tokens."""

from dataclasses import replace

import pytest
from django.test import Client
from fhir_people import ALL, Opening, Person, System, record
from records_community import Community

from yigongti.kernel.access import applications
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.registry.organizations.models import Organization


@pytest.fixture
def opened(community: Community) -> Opening:
    """Let a system in at an organisation with scopes."""

    def open_system(organization: Organization, scopes: list[str] = ALL) -> System:
        made, secret = applications.open_application(SYSTEM, name="HIS", organization_id=organization.pk, scopes=scopes)
        given = {"grant_type": "client_credentials", "client_id": made.client_id, "client_secret": secret}
        answer = Client().post("/api/token", given)
        assert answer.status_code == 200, answer.content
        return System(answer.json()["access_token"], made.user_id)

    return open_system


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
