"""What a step costs the database: every step of both agreements, taken through HTTP as people take it.

Counted is every statement of the whole request (session with user and grants, the settings of row-level security, the
lock, whatever guard and effect ask, and what is written) except BEGIN, COMMIT and savepoints. A step that opens another
referral is several transitions in one request, and the limit holds for each of them.
"""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from care_community import Community
from django.db import connection
from django.test.utils import CaptureQueriesContext
from referral_play import DISCHARGE, client_of, content, sent, step

from yigongti.care.referral import services
from yigongti.care.referral.models import Referral
from yigongti.care.referral.workflow import FLOWS
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.cases.advance import advance
from yigongti.kernel.cases.models import CaseEvent

MOST = 8
#: open (and send) another referral
TRANSITIONS = {"hand_down": 3, "return_up": 2}
FRAME = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")
DOCTOR, OFFICE, SPECIALIST, DIRECTOR = "family-doctor", "office", "specialist", "director"
PLATFORM_ITSELF = "platform"
Data = dict[str, Any] | Callable[[Referral], dict[str, Any]]
Taken = tuple[str, str, Data]


def plan(case: Referral) -> dict[str, Any]:
    """The plan down."""
    return {
        "reason_codes": ["acute-stable"],
        "diagnosis": "高血压 3 级",
        "summary": DISCHARGE,
        "drugs": "氨氯地平片，5mg，每日一次，28",
        "warning_signs": "血压≥180/110，剧烈头痛",
        "next_checks": "两周后复查血压、血钾",
        "first_contact_on": case.follow_up_on,
        "consented": True,
    }


REPLY = {"diagnosis": "高血压", "treatment": DISCHARGE, "advice": "两周后随访血压", "outcome": "improved"}
CONTACT = {"condition": "血压平稳", "sbp": 136, "dbp": 84, "manner": "home", "next_due": "2099-01-01"}
STABLE = {"condition_stable": "yes", "plan_settled": "yes", "sbp": 132, "dbp": 82, "fasting_glucose": "6.1"}
LATER = {"appointment_at": "2099-01-01T08:00:00+08:00"}
ENDED = {"cause": "died", "note": "居民已死亡"}

ACCEPT: Taken = (OFFICE, "accept", {})
ARRIVE: Taken = (OFFICE, "arrive", {})
TREAT: Taken = (SPECIALIST, "treat", {"care_kind": "inpatient"})
CONCLUDE: Taken = (SPECIALIST, "conclude", REPLY)
HAND_DOWN: Taken = (SPECIALIST, "hand_down", plan)
ASK: Taken = (OFFICE, "ask", {"note": "请补充近期血钾结果"})
MISS: Taken = (OFFICE, "miss", {"reason": "unreachable", "note": "电话无人接听"})
REFUSE: Taken = (DOCTOR, "refuse", {"reason": "capability", "note": "没有条件"})
WITHDRAW: Taken = (DOCTOR, "withdraw", {"reason": "other", "note": "患者改日再来"})

#: direction, how the case came to where it is, and the step that is counted
STEPS: list[tuple[str, list[Taken], Taken]] = [
    ("draft", [], (DOCTOR, "revise", content)),
    ("draft", [], (DOCTOR, "revise", lambda case: content(case) | {"counterpart": "city", "department": None})),
    ("draft", [(DOCTOR, "revise", content)], (DOCTOR, "submit", {})),
    ("reviewed", [], ("town-director", "approve", {})),
    ("reviewed", [], ("town-director", "send_back", {"reason": "not-indicated", "note": "本院可以处理"})),
    ("up", [], (OFFICE, "accept", {"department": "内分泌科", **LATER})),
    ("up", [], (OFFICE, "redirect", {"department": "内分泌科", "reason": "other-department"})),
    ("up", [], (OFFICE, "redirect", {"counterpart": "city", "reason": "equipment", "note": "需要造影"})),
    ("up", [], ASK),
    ("up", [], (OFFICE, "decline", {"reason": "not-indicated", "note": "请在基层继续随访"})),
    ("up", [ASK], (DOCTOR, "answer", {"note": "血钾 4.1 mmol/L"})),
    ("up", [ACCEPT], (DOCTOR, "prepare", {"done": []})),
    ("up", [ACCEPT], ARRIVE),
    ("up", [ACCEPT], (OFFICE, "rebook", LATER)),
    ("up", [ACCEPT], MISS),
    ("up", [ACCEPT, MISS], (DOCTOR, "resubmit", {})),
    ("up", [ACCEPT, ARRIVE], TREAT),
    ("up", [ACCEPT, ARRIVE, TREAT], CONCLUDE),
    ("up", [ACCEPT, ARRIVE, TREAT], (SPECIALIST, "assess", STABLE)),
    ("up", [ACCEPT, ARRIVE, TREAT], HAND_DOWN),
    ("up", [ACCEPT, ARRIVE], (OFFICE, "undo_arrival", {})),
    ("up", [ACCEPT, ARRIVE, CONCLUDE], (SPECIALIST, "correct_reply", REPLY)),
    ("up", [ACCEPT, ARRIVE, CONCLUDE], (DOCTOR, "follow_up", CONTACT)),
    ("up", [], (DIRECTOR, "reassign", {"user": OFFICE})),
    ("up", [], WITHDRAW),
    ("up", [], (PLATFORM_ITSELF, "terminate", ENDED)),
    ("down", [REFUSE], (SPECIALIST, "revise", plan)),
    ("down", [REFUSE, (SPECIALIST, "revise", plan)], (SPECIALIST, "submit", {})),
    ("down", [], (DOCTOR, "accept", {})),
    ("down", [], REFUSE),
    ("down", [(DOCTOR, "accept", {})], (DOCTOR, "first_contact", CONTACT)),
    ("down", [], (DOCTOR, "return_up", {"reason": "warning-sign", "note": "血压又到 190/115", "priority": "red"})),
    ("down", [], ("town-director", "reassign", {"user": DOCTOR})),
    ("down", [], (SPECIALIST, "withdraw", {"reason": "other", "note": "改日再下转"})),
    ("down", [], (PLATFORM_ITSELF, "terminate", ENDED)),
]


def test_every_step_is_counted() -> None:
    counted = {("down-referral" if start == "down" else "up-referral", name) for start, _, (_, name, _) in STEPS}
    assert counted == {(flow.name, name) for flow in FLOWS for name in flow.steps}


def body(community: Community, case: Referral, data: Data) -> dict[str, Any]:
    """What the request holds: names of the table above become keys."""
    given = data(case) if callable(data) else dict(data)
    named = {
        "department": {name: one.pk for name, one in community.departments.items()},
        "counterpart": {name: one.pk for name, one in community.organizations.items()},
        "user": {name: one.pk for name, one in community.users.items()},
    }
    found = {
        name: named.get(name, {}).get(value, value) if isinstance(value, str) else value
        for name, value in given.items()
    }
    return dict(json.loads(json.dumps(found, default=str)))


def begun(community: Community, start: str) -> Referral:
    """A referral: a draft, sent up, waiting for the own review, or on its way down."""
    doctor = community[DOCTOR]
    if start == "draft":
        return services.begin_up(doctor, resident_id=community.residents["wang"].pk, disease="hypertension").case
    case = sent(community)
    if start == "reviewed":
        with acting(SYSTEM):
            desk = case.flow.states["review"].desk
            assert desk is not None
            Referral.objects.filter(pk=case.pk).update(
                state="review", owner_organization=case.home_organization, owner_permission=desk.permission.value
            )
            case.refresh_from_db()
    if start == "down":
        for who, name, data in (ACCEPT, ARRIVE, HAND_DOWN):
            case = step(community[who], case, name, **body(community, case, data)).case
        with acting(SYSTEM):
            return Referral.objects.get(basis=case)
    return case


@pytest.mark.parametrize(
    ("start", "road", "last"), STEPS, ids=[f"{start}-{last[1]}-{n}" for n, (start, _, last) in enumerate(STEPS)]
)
def test_a_step_takes_at_most_eight_statements(
    community: Community, start: str, road: list[Taken], last: Taken
) -> None:
    case = begun(community, start)
    for who, name, data in road:
        case = step(community[who], case, name, **body(community, case, data)).case
    who, name, data = last
    given = body(community, case, data)
    before = _events()
    if who == PLATFORM_ITSELF:
        with CaptureQueriesContext(connection) as captured:
            advance(SYSTEM, case.flow, case.pk, name, given, key=uuid4())
    else:
        client, path = client_of(community, who), f"/api/{case.workflow}s/{case.pk}/{name}"
        with CaptureQueriesContext(connection) as captured:
            answer = client.post(
                path, given, content_type="application/json", headers={"Idempotency-Key": str(uuid4())}
            )
        assert answer.status_code == 200, answer.content.decode()
    transitions = _events() - before
    assert transitions == TRANSITIONS.get(name, 1)
    statements = [query["sql"] for query in captured if not query["sql"].startswith(FRAME)]
    assert len(statements) <= MOST * transitions, "\n".join(sql[:160] for sql in statements)


def _events() -> int:
    with acting(SYSTEM):
        return CaseEvent.objects.count()
