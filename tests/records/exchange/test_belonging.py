"""Whose the residents of a delivery are: an organisation in which somebody works can open them."""

from datetime import date
from pathlib import Path

import pytest
from django.test import Client
from records_community import Community

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.models import Grant, User
from yigongti.records.exchange.models import Load
from yigongti.records.exchange.services import receive, sources
from yigongti.records.residents import services as residents
from yigongti.records.residents.access import access_resident
from yigongti.records.residents.models import CareRelation, Resident, SourceSystem
from yigongti.registry.consortia.models import Consortium, Membership
from yigongti.registry.organizations.models import Organization

LONG_AGO = date(2000, 1, 1)
SUBJECTS = "id,age,male,futime,status\n1,60,0,100,0\n2,48,1,900,0\n"
MEASURED = "id,days,test,value\n1,10,sbp,150\n1,20,sbp,140\n"
EVENTS = "id,days,event\n1,30,htn\n"


@pytest.fixture
def cohort(tmp_path: Path) -> Path:
    for name, text in {"nafld1": SUBJECTS, "nafld2": MEASURED, "nafld3": EVENTS}.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def led(community: Community) -> Community:
    """The hospital leads the only tight consortium."""
    with acting(SYSTEM):
        made = Consortium.objects.create(code="Y1", name="医共体", kind="county", tightness="tight", start=LONG_AGO)
        Membership.objects.create(consortium=made, organization=community.hospital, role="lead", start=LONG_AGO)
    return community


def taken(folder: Path, organization: str = "") -> Load:
    load = receive(SYSTEM, source="", mapping="nafld", files=[folder], organization=organization)
    assert load.state == "loaded", load.reason
    return load


def registered() -> dict[object, list[str]]:
    with acting(SYSTEM):
        found: dict[object, list[str]] = {}
        for one in CareRelation.objects.in_force().filter(kind="registered").select_related("organization"):
            found.setdefault(one.resident_id, []).append(one.organization.code)
        return found


@pytest.mark.parametrize(("organization", "whose"), [("", "H1"), ("C1", "C1"), ("V1", "V1")])
@pytest.mark.django_db
def test_the_residents_of_a_cohort_are_registered_once(
    led: Community, cohort: Path, organization: str, whose: str
) -> None:
    taken(cohort, organization)
    assert list(registered().values()) == [[whose], [whose]]
    taken(cohort)
    assert list(registered().values()) == [[whose], [whose]]


@pytest.mark.django_db
def test_without_a_lead_the_source_is_an_organisation_of_its_own(community: Community, cohort: Path) -> None:
    taken(cohort)
    assert {code for codes in registered().values() for code in codes} == {"cohort-nafld"}


@pytest.mark.parametrize(
    ("organization", "reader"), [("C1", "family_doctor"), ("V1", "village_doctor"), ("", "specialist")]
)
@pytest.mark.django_db
def test_who_works_there_finds_and_opens_the_record_by_clicking(
    client: Client, led: Community, cohort: Path, organization: str, reader: str
) -> None:
    taken(cohort, organization)
    actor: Actor = getattr(led, reader)
    user = User.objects.get(pk=actor.user_id)
    role, at = actor.grants[0].role, actor.organization_id
    with acting(SYSTEM):
        Grant.objects.create(user=user, role=role, organization_id=at, start=LONG_AGO)
        person = Resident.objects.get(sex="2")
    client.force_login(user)
    roster = client.get("/residents/", {"q": person.name}).content.decode()
    assert f"/record/{person.pk}/" in roster
    page = client.get(f"/record/{person.pk}/").content.decode()
    assert "原发性高血压" in page
    with pytest.raises(Exception, match="没有找到"), acting(led.stranger):
        access_resident(led.stranger, person.pk)


@pytest.mark.django_db
def test_another_organisation_takes_a_source_over_with_its_people(led: Community, cohort: Path) -> None:
    taken(cohort)
    with acting(SYSTEM):
        private, shared = Resident.objects.order_by("sex")
        residents.grant_consent(SYSTEM, resident_id=private.pk, kind="sharing", evidence="本人签字")
        residents.withdraw_consent(SYSTEM, resident_id=private.pk, kind="sharing")
    taken(cohort, "C1")
    assert registered() == {private.pk: ["H1"], shared.pk: ["H1", "C1"]}
    with acting(SYSTEM):
        CareRelation.objects.filter(organization__code="C1").delete()
        system = SourceSystem.objects.get(pk="cohort-nafld")
        sources.change_source(SYSTEM, source=system, title="队列")
        assert not CareRelation.objects.filter(organization__code="C1").exists()
        assert Organization.objects.filter(code="cohort-nafld").count() == 0
