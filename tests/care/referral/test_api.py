"""Referrals over REST: the same filters, the same permissions, the same commands as the pages."""

from typing import Any
from uuid import uuid4

import pytest
from care_community import Community, treated_at
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from referral_play import DISCHARGE, client_of, measured, sent, step

from yigongti.kernel.audit.models import Entry

BASE = "/api/referrals"
MOST_STATEMENTS = 6


def post(client: Client, path: str, body: dict[str, Any], **headers: str) -> Any:
    return client.post(BASE + path, body, content_type="application/json", headers=headers)


def test_the_list_is_narrowed_and_paged(community: Community) -> None:
    first, second = sent(community, "wang", priority="red"), sent(community, "li")
    office = client_of(community, "office")
    page = office.get(f"{BASE}?limit=1").json()
    assert [item["id"] for item in page["items"]] == [str(second.pk)]
    rest = office.get(f"{BASE}?limit=1&after={page['next']}").json()
    assert ([item["id"] for item in rest["items"]], rest["next"]) == ([str(first.pk)], None)
    one = office.get(f"{BASE}?priority=red&state=submitted&direction=up&disease=hypertension&late=false").json()
    assert [item["resident_name"] for item in one["items"]] == ["测试wang"]
    assert one["items"][0]["home"]["name"] == "测试town"
    assert {"accept", "decline"} <= {item["name"] for item in one["items"][0]["steps"]}
    assert office.get(f"{BASE}?number={first.number}").json()["items"][0]["id"] == str(first.pk)
    assert office.get(f"{BASE}?disease=gout").status_code == 422
    assert office.get(f"{BASE}?state=nowhere").status_code == 422


def test_the_list_takes_few_statements_whatever_its_length(community: Community) -> None:
    sent(community, "wang")
    sent(community, "li")
    office = client_of(community, "office")
    with CaptureQueriesContext(connection) as captured:
        office.get(BASE)
    assert len([q for q in captured if "SELECT" in q["sql"]]) <= MOST_STATEMENTS, [q["sql"][:90] for q in captured]


def test_one_tells_its_form_and_looking_is_recorded(community: Community) -> None:
    case = sent(community)
    answer = client_of(community, "office").get(f"{BASE}/{case.pk}")
    body = answer.json()
    assert (body["summary"], body["number"], body["consented"]) == (case.summary, case.number, True)
    assert body["package"]["medications"] == []
    assert answer["ETag"] == f'"{body["version"]}"'
    assert Entry.objects.filter(action="READ", subject="api:referral", resident_id=case.resident_id).exists()


@pytest.mark.parametrize(
    ("name", "status", "seen"),
    [
        ("foreign-office", 404, 0),
        ("family-doctor2", 404, 0),
        ("council", 403, None),
        ("commission", 403, None),
        ("auditor", 403, None),
        ("specialist", 200, 1),
        ("village-doctor", 404, 0),
    ],
)
def test_who_may_read_what(community: Community, name: str, status: int, seen: int | None) -> None:
    case = sent(community)
    client = client_of(community, name)
    assert client.get(f"{BASE}/{case.pk}").status_code == status
    listed = client.get(BASE)
    if seen is None:
        assert listed.status_code == 403
    else:
        assert len(listed.json()["items"]) == seen
    assert Client().get(BASE).status_code == 401


def test_a_proposal_is_followed_once_per_key(community: Community) -> None:
    visit = measured(community, "wang", sbp=192, dbp=112)
    doctor = client_of(community, "village-doctor")
    where = {"resident_id": str(visit.resident_id), "encounter_id": str(visit.pk)}
    best = doctor.get(f"{BASE}/proposals", where).json()[0]
    assert best["source"]["document"]
    assert any(item["value"].startswith("192") for item in best["evidence"])
    key = str(uuid4())
    body = {**where, "criterion": best["criterion"]}
    answer = post(doctor, "/up", body, **{"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["state"]) == (201, "draft"), answer.json()
    again = post(doctor, "/up", body, **{"Idempotency-Key": key})
    assert (again.status_code, again.json()["id"]) == (200, answer.json()["id"])
    other = post(doctor, "/up", body, **{"Idempotency-Key": str(uuid4())})
    assert (other.status_code, other["Idempotency-Replayed"]) == (200, "true")
    lists = doctor.get(f"{BASE}/{answer.json()['id']}/choices/revise").json()
    assert {"destinations", "departments", "reasons:up", "privileges", "priorities"} == set(lists)


def test_a_proposal_is_dismissed_with_a_reason_of_the_list(community: Community) -> None:
    visit = measured(community, "wang", sbp=192, dbp=112)
    doctor = client_of(community, "village-doctor")
    best = doctor.get(f"{BASE}/proposals", {"resident_id": str(visit.resident_id)}).json()[0]
    body = {"resident_id": str(visit.resident_id), "criterion": best["criterion"], "reason": "treated-here"}
    assert post(doctor, "/dismissals", body | {"reason": "because"}).status_code == 422
    assert post(doctor, "/dismissals", body).json()["verdict"] == "dismissed"
    assert post(doctor, "/dismissals", body).status_code == 404
    assert post(client_of(community, "specialist"), "/dismissals", body).status_code == 403


def test_a_discharge_goes_down_and_strangers_cannot(community: Community) -> None:
    resident = treated_at(community, "li", "county")
    plan = {
        "reason_codes": ["acute-stable"],
        "diagnosis": "高血压",
        "summary": DISCHARGE,
        "drugs": "氨氯地平片，5mg，每日一次，28",
        "rehabilitation": "低盐饮食",
        "warning_signs": "血压高于 180/110",
        "next_checks": "一月后复查肾功能",
        "first_contact_on": "2099-01-01",
        "consented": True,
    }
    body = {"resident_id": str(resident), "disease": "hypertension", "plan": plan, "send": True}
    answer = post(client_of(community, "specialist"), "/down", body)
    assert answer.status_code == 201, answer.json()
    told = answer.json()
    assert (told["state"], told["counterpart"]["name"], told["destination_reason"]) == (
        "submitted",
        "测试town",
        "居民的签约机构",
    )
    assert told["plan"]["drugs"][0]["name"] == "氨氯地平片"
    assert post(client_of(community, "family-doctor"), "/down", body).status_code == 403
    assert post(client_of(community, "foreign-doctor"), "/down", body).status_code == 404
    assert post(client_of(community, "foreign-doctor"), "/down", body | {"disease": "gout"}).status_code == 422


def test_statistics_count_what_the_list_shows(community: Community) -> None:
    case = sent(community)
    step(community["office"], case, "accept")
    answer = client_of(community, "council").get(f"{BASE}/statistics")
    lines = {(line["dimension"], line["direction"]): line for line in answer.json()["lines"]}
    assert lines["all", "up"]["counts"]["accepted"] == 1
    assert lines["all", "up"]["rates"]["answer_rate"] == {"value": "100.0", "numerator": 1, "denominator": 1}
    assert lines["disease", "up"]["value"] == "hypertension"
    assert client_of(community, "council").get(f"{BASE}/definitions").json()["rates"]["answer_rate"]["numerator"]
    assert client_of(community, "village-doctor").get(f"{BASE}/statistics").status_code == 403
    assert (
        client_of(community, "council").get(f"{BASE}/statistics?since=2026-02-01&until=2026-01-01").status_code == 422
    )
