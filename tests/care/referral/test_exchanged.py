"""A referral is a ServiceRequest for the systems of both sides, and for nobody else."""

from care_community import Community
from fhir.resources.R4B import get_fhir_model_class
from fhir_people import let_in
from referral_play import sent

from yigongti.care.referral import services


def test_a_referral_is_read_and_found_by_both_sides(community: Community) -> None:
    case = sent(community, priority="red")
    home, there = let_in(case.home_organization), let_in(case.counterpart_organization)
    for system in (home, there):
        status, told = system.get(f"ServiceRequest/{case.pk}")
        assert status == 200, told
        get_fhir_model_class("ServiceRequest").model_validate(told)
        assert (told["status"], told["intent"], told["priority"]) == ("active", "order", "stat")
        assert told["subject"] == {"reference": f"Patient/{case.resident_id}"}
        assert told["identifier"][0]["value"] == case.number
        assert told["performer"][0]["reference"] == f"Organization/{case.counterpart_organization_id}"
    for query in (
        f"patient={case.resident_id}",
        "status=active",
        f"identifier={case.number}",
        "priority=stat",
        "code=up",
    ):
        assert home.ids(f"ServiceRequest?{query}") == [str(case.pk)], query
    assert home.ids("ServiceRequest?status=completed,revoked") == []
    everything = home.get(f"Patient/{case.resident_id}/$everything?_type=ServiceRequest")[1]["entry"]
    assert [one["resource"]["id"] for one in everything] == [str(case.resident_id), str(case.pk)]
    assert home("POST", "ServiceRequest", {"resourceType": "ServiceRequest"})[0] == 404
    assert "system/ServiceRequest.read" in home.get(".well-known/smart-configuration")[1]["scopes_supported"]
    narrow = let_in(case.home_organization, ["system/Patient.read"])
    assert narrow.get(f"ServiceRequest/{case.pk}")[0] == 403


def test_a_draft_does_not_leave_and_strangers_see_nothing(community: Community) -> None:
    draft = services.begin_up(
        community["family-doctor"], resident_id=community.residents["wang"].pk, disease="hypertension"
    ).case
    home = let_in(draft.home_organization)
    assert home.get(f"ServiceRequest/{draft.pk}")[0] == 404
    assert home.ids("ServiceRequest") == []
    case = sent(community, "li")
    organizations = {case.home_organization_id, case.counterpart_organization_id, *case.parties}
    stranger = next(one for one in community.organizations.values() if one.pk not in organizations)
    assert let_in(stranger).get(f"ServiceRequest/{case.pk}")[0] == 404
