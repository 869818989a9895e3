"""The registry over REST, as of a day."""

from datetime import date

import pytest
from django.test import Client
from registry.community import LONG_AGO, County, area

from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.access.models import Grant, User
from yigongti.kernel.access.permissions import Permission
from yigongti.registry.consortia.services import end_membership, open_centre
from yigongti.registry.organizations.models import Organization
from yigongti.registry.organizations.services import assign_function, open_department
from yigongti.registry.places.services import draw_grid
from yigongti.registry.staff.services import register_practitioner
from yigongti.registry.terminology.loading import load_starter
from yigongti.site.api import api

DAY = date(2026, 3, 1)


@pytest.fixture
def caller(client: Client, here: County) -> Client:
    user = User.objects.create_user("caller", name="张三")
    Grant.objects.create(user=user, role="family-doctor", organization=here.east, start=LONG_AGO)
    client.force_login(user, "yigongti.kernel.access.backends.GrantedBackend")
    return client


def test_organisations_page_by_page_and_one_in_full(caller: Client, here: County) -> None:
    open_department(SYSTEM, organization=here.east, code="02", name="全科", opened_on=LONG_AGO)
    assign_function(SYSTEM, tier="township", kind="disease", code="I10", name="高血压", extent="treat", start=LONG_AGO)
    seen: list[str] = []
    after = ""
    while after is not None:
        answer = caller.get(
            f"/api/organizations?limit=2&after={after}" if after else "/api/organizations?limit=2"
        ).json()
        seen += [item["code"] for item in answer["items"]]
        after = answer["next"]
    assert seen == list(Organization.objects.order_by("pk").values_list("code", flat=True))
    assert [item["name"] for item in caller.get("/api/organizations?q=cdwsy").json()["items"]] == ["城东卫生院"]
    assert len(caller.get("/api/organizations?tier=township").json()["items"]) == 2
    one = caller.get(f"/api/organizations/{here.east.pk}").json()
    assert [department["name"] for department in one["departments"]] == ["全科"]
    assert one["functions"] == [{"kind": "disease", "code": "I10", "name": "高血压", "extent": "treat", "own": False}]
    capability = f"/api/organizations/{here.east.pk}/capability?disease="
    assert caller.get(f"{capability}I10.x00").json() == {"extent": "treat"}
    assert caller.get(f"{capability}C34.900").json() == {"extent": None}
    assert caller.get("/api/organizations?on=2019-01-01").json()["items"] == []
    assert caller.get("/api/organizations/999999").status_code == 404


def test_a_consortium_as_of_a_day(caller: Client, here: County) -> None:
    open_centre(SYSTEM, consortium=here.consortium, kind="ecg", organization=here.hospital, start=LONG_AGO)
    end_membership(SYSTEM, membership=here.membership(here.west), on=DAY)
    address = f"/api/consortia/{here.consortium.pk}"
    before, after = caller.get(f"{address}?on=2026-02-28").json(), caller.get(f"{address}?on=2026-03-01").json()
    assert (len(before["members"]), len(after["members"])) == (3, 2)
    assert (after["lead_id"], after["centres"][0]["kind"]) == (here.hospital.pk, "ecg")
    mine = f"/api/consortia?organization_id={here.west.pk}&on="
    assert len(caller.get(f"{mine}2026-02-28").json()["items"]) == 1
    assert caller.get(f"{mine}2026-03-01").json()["items"] == []
    assert len(caller.get("/api/consortia?q=蓝山").json()["items"]) == 1


def test_staff_places_and_concepts(caller: Client, here: County) -> None:
    person = register_practitioner(
        SYSTEM, code="W1", name="李建国", sex="1", organization=here.east, post="家庭医生", start=LONG_AGO
    )
    found = caller.get(f"/api/staff?q=ljg&organization_id={here.east.pk}").json()["items"]
    assert [(one["name"], one["positions"][0]["post"]) for one in found] == [("李建国", "家庭医生")]
    assert "phone" not in found[0]
    assert caller.get(f"/api/staff/{person.pk}?on=2019-01-01").json()["positions"] == []
    assert caller.get(f"/api/staff?organization_id={here.west.pk}").json()["items"] == []
    draw_grid(SYSTEM, code="G", name="格", area=area("431127001"), centre=here.east, start=LONG_AGO)
    area("431127001001")
    village = caller.get("/api/places/areas/431127001001").json()
    assert (village["centre_id"], village["grids"][0]["area_code"]) == (here.east.pk, "431127001")
    load_starter(SYSTEM)
    assert {system["code"] for system in caller.get("/api/terminology/systems").json()} >= {"icd-10", "icd-9-cm-3"}
    found = caller.get("/api/terminology/systems/icd-10/concepts?q=gxy&limit=5").json()
    assert "高血压" in found[0]["name"]
    assert caller.get("/api/terminology/systems/icd-10/concepts/I10.x00").json()["code"] == "I10.x00"
    assert caller.get("/api/terminology/systems/icd-10/concepts/NO").status_code == 404


@pytest.mark.parametrize(
    "address", ["organizations", "consortia", "staff", "places/areas/43", "terminology/systems", "organizations/1"]
)
def test_a_visitor_and_a_resident_are_refused(client: Client, here: County, address: str) -> None:
    assert client.get(f"/api/{address}").status_code == 401
    user = User.objects.create_user("resident", name="居民")
    Grant.objects.create(user=user, role="resident", organization=here.east, start=LONG_AGO)
    client.force_login(user, "yigongti.kernel.access.backends.GrantedBackend")
    refused = client.get(f"/api/{address}")
    assert (refused.status_code, refused["Content-Type"]) == (403, "application/problem+json")


@pytest.mark.parametrize("query", ["limit=0", "limit=9999", "on=yesterday", "after=x", "tier=moon"])
def test_a_question_that_makes_no_sense_is_refused(caller: Client, query: str) -> None:
    assert caller.get(f"/api/organizations?{query}").status_code == 422


def test_every_registry_operation_says_who_may() -> None:
    declared = {
        f"{prefix}{path}": getattr(operation.view_func, "permission", None)
        for prefix, router in api._routers
        for path, view in router.path_operations.items()
        for operation in view.operations
        if prefix.strip("/") in ("organizations", "consortia", "staff", "places", "terminology")
    }
    assert len(declared) == 11
    assert set(declared.values()) == {(Permission.REGISTRY_READ,)}
