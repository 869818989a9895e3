"""A referral is a ServiceRequest for the systems of both sides, and for nobody else."""

from care_community import Community
from fhir.resources.R4B import get_fhir_model_class
from fhir_people import System, exported, let_in, lines
from referral_play import sent, step

from yigongti.care.referral import services
from yigongti.kernel import clock


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


def told(system: System, path: str) -> list[dict]:
    """The referrals of an export, each as valid FHIR."""
    outputs = exported(system, path)["manifest"]["output"]
    found = [one for output in outputs if output["type"] == "ServiceRequest" for one in lines(system, output["url"])]
    for one in found:
        get_fhir_model_class("ServiceRequest").model_validate(one)
    return found


def test_referrals_are_exported_to_both_sides_alone(community: Community) -> None:
    case = sent(community, priority="red")
    services.begin_up(community["family-doctor"], resident_id=community.residents["li"].pk, disease="hypertension")
    home, there = let_in(case.home_organization), let_in(case.counterpart_organization)
    group = f"Group/{case.home_organization_id}/$export?_type=ServiceRequest"
    for system, path in (
        (home, "$export?_type=ServiceRequest"),
        (there, "Patient/$export?_type=Patient,ServiceRequest"),
        (home, group),
        (home, "$export?_type=ServiceRequest&_typeFilter=ServiceRequest?status=active"),
    ):
        assert [one["id"] for one in told(system, path)] == [str(case.pk)], path
    assert told(home, "$export?_type=ServiceRequest&_typeFilter=ServiceRequest?status=completed") == []
    organizations = {case.home_organization_id, case.counterpart_organization_id, *case.parties}
    stranger = next(one for one in community.organizations.values() if one.pk not in organizations)
    assert told(let_in(stranger), "$export?_type=ServiceRequest") == []
    narrow = let_in(case.home_organization, ["system/Patient.read"])
    assert narrow("GET", "$export?_type=ServiceRequest", Prefer="respond-async")[0] == 403


def test_a_step_of_a_referral_reaches_who_follows(community: Community) -> None:
    case = sent(community)
    home = let_in(case.home_organization)
    [before] = told(home, "$export?_type=ServiceRequest")
    since = clock.now().isoformat(timespec="milliseconds").replace("+", "%2B")
    assert told(home, f"$export?_type=ServiceRequest&_since={since}") == []
    step(community["family-doctor"], case, "withdraw", reason="other", note="患者改日再来")
    [after] = told(home, f"$export?_type=ServiceRequest&_since={since}")
    assert (before["status"], after["status"]) == ("active", "revoked")
    assert int(after["meta"]["versionId"]) > int(before["meta"]["versionId"])
    assert after["meta"]["lastUpdated"] > before["meta"]["lastUpdated"]


def test_everything_about_a_resident_has_their_referrals(community: Community) -> None:
    case = sent(community)
    home = let_in(case.home_organization)

    def found(query: str) -> list[str]:
        entries = home.get(f"Patient/{case.resident_id}/$everything?{query}")[1]["entry"]
        return [one["resource"]["id"] for one in entries if one["resource"]["resourceType"] == "ServiceRequest"]

    day = clock.today()
    assert found("") == [str(case.pk)]
    assert found(f"start={day}&end={day}") == [str(case.pk)]
    assert found("end=2001-01-01") == []
    assert found("_since=2999-01-01") == []
    assert found("_type=Condition") == []
