"""Every declared step is a command of the API: typed, once per key, against the version that the caller saw."""

from typing import Any
from uuid import uuid4

import care_community
import pytest
from care_community import Community
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from yigongti.care.referral import services
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.cases.advance import advance

pytestmark = pytest.mark.django_db
MOST_STATEMENTS = 8
SUMMARY = "头晕两天，今晨测血压 192/112 mmHg，伴剧烈头痛、恶心，已口服卡托普利 12.5 mg，半小时后复测 186/110。"


@pytest.fixture
def community(db: None) -> Community:
    return care_community.build()


@pytest.fixture
def path(community: Community) -> str:
    """The address of an up-referral that waits for the county's referral office."""
    doctor = community["family-doctor"]
    case = services.begin_up(doctor, resident_id=community.residents["wang"].pk, disease="hypertension").case
    content = {
        "counterpart": case.counterpart_organization_id,
        "department": case.department_id,
        "priority": case.priority,
        "diagnosis": case.diagnosis or "高血压 3 级",
        "reason_codes": ["diagnosis-unclear"],
        "summary": SUMMARY,
        "follow_up_on": case.follow_up_on,
        "consented": True,
    }
    advance(doctor, case.flow, case.pk, "revise", content)
    advance(doctor, case.flow, case.pk, "submit")
    return f"/api/up-referrals/{case.pk}"


def of(community: Community, username: str, **options: Any) -> Client:
    """A browser in which the person is logged in."""
    client = Client(**options)
    client.force_login(community.users[username], backend="yigongti.kernel.access.backends.GrantedBackend")
    return client


def post(client: Client, path: str, body: Any = None, **headers: str) -> Any:
    return client.post(path, body if body is not None else {}, content_type="application/json", headers=headers)


def test_a_case_tells_its_state_owner_version_and_steps(community: Community, path: str) -> None:
    answer = of(community, "office").get(path)
    case = answer.json()
    assert (case["state"], case["owner"], case["title"]) == ("submitted", "转诊办", "上转 待接收")
    assert case["owner_organization_id"] == community.organizations["county"].pk
    assert {step["name"] for step in case["steps"]} >= {"accept", "decline", "redirect", "ask"}
    assert answer["ETag"] == f'"{case["version"]}"'
    entry = Entry.objects.get(action="READ", subject="api:up-referral")
    assert entry.resident_id == community.residents["wang"].pk


def test_a_step_is_taken_and_the_list_shows_it(community: Community, path: str) -> None:
    client = of(community, "office")
    answer = post(client, f"{path}/accept", {"appointment_place": "急诊抢救室"})
    assert (answer.status_code, answer.json()["state"]) == (200, "accepted")
    listed = client.get("/api/up-referrals?state=accepted").json()
    assert [case["id"] for case in listed["items"]] == [answer.json()["id"]]
    assert client.get("/api/up-referrals?state=submitted").json() == {"items": [], "next": None}


def test_a_step_through_http_takes_at_most_eight_statements(community: Community, path: str) -> None:
    client = of(community, "office")
    with CaptureQueriesContext(connection) as captured:
        answer = post(client, f"{path}/accept", {}, Idempotency_Key=str(uuid4()))
    assert answer.status_code == 200
    statements = [q["sql"] for q in captured if not q["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))]
    assert len(statements) <= MOST_STATEMENTS, "\n".join(statements)


def test_a_repeated_request_has_one_effect_and_the_same_answer(community: Community, path: str) -> None:
    client, key = of(community, "office"), str(uuid4())
    first = post(client, f"{path}/accept", {}, Idempotency_Key=key)
    again = post(client, f"{path}/accept", {}, Idempotency_Key=key)
    assert first.json() == again.json()
    assert (first.headers.get("Idempotency-Replayed"), again["Idempotency-Replayed"]) == (None, "true")


def test_someone_was_faster(community: Community, path: str) -> None:
    client = of(community, "office")
    answer = post(client, f"{path}/accept", {}, If_Match='"1"')
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:yigongti:problem:stale")
    assert answer["Content-Type"] == "application/problem+json"
    seen = client.get(path)["ETag"]
    assert post(client, f"{path}/accept", {}, If_Match=seen).status_code == 200
    assert post(client, f"{path}/arrive", {}, If_Match="first").status_code == 422


def test_what_is_missing_is_said_field_by_field_in_chinese(community: Community, path: str) -> None:
    answer = post(of(community, "office"), f"{path}/decline", {"note": "短", "nonsense": 1})
    assert answer.status_code == 422
    errors = {error["field"]: error["message"] for error in answer.json()["errors"]}
    assert errors == {"reason": "请填写", "note": "至少 4 个字", "nonsense": "没有这一项"}


@pytest.mark.parametrize(
    ("who", "status"), [("family-doctor", 403), ("foreign-office", 404), ("auditor", 403), ("council", 403)]
)
def test_others_are_refused(community: Community, path: str, who: str, status: int) -> None:
    answer = post(of(community, who), f"{path}/accept", {})
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    if status == 403:
        assert Entry.objects.filter(action="REFUSED", user_id=community.users[who].pk).exists()


def test_the_illegal_step_is_a_conflict_with_the_way_out(community: Community, path: str) -> None:
    answer = post(of(community, "office"), f"{path}/arrive", {})
    assert answer.status_code == 409
    assert "转诊办" in answer.json()["hint"]


def test_visitors_and_forged_requests_are_refused(community: Community, path: str) -> None:
    assert post(Client(), f"{path}/accept", {}).status_code == 401
    assert post(Client(), f"{path}/accept", {}, Authorization="Bearer nonsense").status_code == 401
    forged = of(community, "office", enforce_csrf_checks=True)
    assert post(forged, f"{path}/accept", {}).status_code == 403
    beside = post(of(community, "office"), f"{path}/accept", {}, Authorization="Bearer nonsense")
    assert beside.status_code == 401


def test_errors_of_the_framework_are_problems_too(community: Community, path: str) -> None:
    client = of(community, "office")
    for method, address, status in (
        ("get", "/api/nothing", 404),
        ("delete", path, 405),
        ("get", "/api/up-referrals/not-an-id", 422),
        ("get", "/api/up-referrals?limit=0", 422),
        ("get", "/api/up-referrals?state=%00", 422),
    ):
        answer = getattr(client, method)(address)
        assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), address
        assert answer.json()["status"] == status
    broken = client.post(f"{path}/accept", "{", content_type="application/json")
    assert broken.status_code == 400
    for text in ('{"note": "\\u0000"}', '{"note": "\\ud800"}'):
        assert client.post(f"{path}/accept", text, content_type="application/json").status_code == 400


def test_the_description_is_served_without_login_and_names_every_step(db: None) -> None:
    description = Client().get("/api/openapi.json").json()
    assert "/api/up-referrals/{case_id}/accept" in description["paths"]
    assert not any("terminate" in path for path in description["paths"])
    body = description["paths"]["/api/up-referrals/{case_id}/decline"]["post"]["requestBody"]
    assert body["content"]["application/json"]["schema"]["$ref"].endswith("Refusal")
