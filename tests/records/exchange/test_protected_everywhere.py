"""A protected row stays away from whoever has no need of it, by whatever way the record leaves: one table of ways.

The hospital wrote it, so its doctors see it, on pages and in the document that they make; the centre, which registered
the person and answers for the grid, does not. A system is nobody who treats: no system gets protected rows, not even of
its own organisation. The de-identified extract has its own test (``test_hidden_protected_and_withdrawn_stay_out``).
"""

from collections.abc import Callable
from datetime import date
from uuid import UUID

import pytest
from django.test import Client
from fhir_people import exported, let_in, lines
from records_community import Community

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.models import Grant, User
from yigongti.records.health_record.models import Condition
from yigongti.records.privacy import settling
from yigongti.records.residents import services as people
from yigongti.records.residents.models import CareRelation
from yigongti.registry.organizations.models import Organization

SECRET, PLAIN = "人类免疫缺陷病毒病", "原发性高血压"
Place = tuple[Actor, Organization]
Way = Callable[[Place, UUID, UUID], str]


def page(path: str) -> Way:
    """What a doctor of the place gets at an address of the site."""

    def got(place: Place, resident: UUID, row: UUID) -> str:
        client = Client()
        client.force_login(User.objects.get(pk=place[0].user_id))
        answer = client.get(path.format(resident=resident, row=row))
        return str(answer.json()) if path.startswith("/api/") else answer.content.decode()

    return got


def fhir(path: str) -> Way:
    """What a system of the place gets from the FHIR server."""

    def got(place: Place, resident: UUID, row: UUID) -> str:
        his = let_in(place[1])
        return str(his.get(path.format(resident=resident, row=row))[1])

    return got


def export(place: Place, resident: UUID, row: UUID) -> str:
    his = let_in(place[1])
    manifest = exported(his, "Patient/$export?_type=Condition")["manifest"]
    return str([line for one in manifest["output"] for line in lines(his, one["url"])])


#: (way, whether a doctor of the organisation that wrote it, or its system, sees it there)
WAYS: dict[str, tuple[Way, bool]] = {
    "record page": (page("/record/{resident}/"), True),
    "timeline": (page("/record/{resident}/timeline/"), True),
    "summary page": (page("/record/{resident}/summary/"), True),
    "entry": (page("/record/{resident}/entry/condition/{row}/"), True),
    "REST timeline": (page("/api/record/{resident}/timeline"), True),
    "FHIR read": (fhir("Condition/{row}"), False),
    "FHIR search": (fhir("Condition?patient={resident}"), False),
    "FHIR search by code": (fhir("Condition?code=B20"), False),
    "FHIR $everything": (fhir("Patient/{resident}/$everything"), False),
    "FHIR _revinclude": (fhir("Patient?_id={resident}&_revinclude=Condition:patient"), False),
    "FHIR $export": (export, False),
    "document": (page("/record/{resident}/summary.json"), True),
}


@pytest.fixture
def places(community: Community) -> dict[str, Place]:
    settling.settle()
    found = {
        "wrote": (community.specialist, community.hospital),
        "no need": (community.family_doctor, community.centre),
    }
    with acting(SYSTEM):
        for actor, home in found.values():
            role = actor.grants[0].role
            Grant.objects.create(
                user_id=actor.user_id, role=role, organization_id=home.pk, subtree=True, start=date(2000, 1, 1)
            )
    return found


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.django_db
def test_a_protected_row_is_left_out(community: Community, places: dict[str, Place], name: str) -> None:
    way, sees = WAYS[name]
    resident = community.resident()
    with acting(SYSTEM):
        people.open_relation(
            resident_id=resident.pk, organization_id=community.hospital.pk, kind=CareRelation.Kind.ENCOUNTER
        )
        at = {"resident": resident, "organization": community.hospital, "onset_on": date(2024, 1, 1)}
        row = Condition.objects.create(code="B20", name=SECRET, **at)
        Condition.objects.create(code="I10.x00", name=PLAIN, **at)
    told = {who: way(place, resident.pk, row.pk) for who, place in places.items()}
    assert (SECRET in told["wrote"]) is sees
    assert SECRET not in told["no need"]
    if name not in ("entry", "FHIR read", "FHIR search by code"):
        assert all(PLAIN in text for text in told.values())
