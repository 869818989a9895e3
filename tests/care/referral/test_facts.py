"""The fact of referrals, computed from referrals that were played through the services."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from care_community import Community, build, treated_at
from django.db import connection

from yigongti.care.referral import services
from yigongti.care.referral.workflow import DownReferral, UpReferral
from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.cases.advance import advance
from yigongti.kernel.cases.declaration import Workflow
from yigongti.kernel.facts.declaration import fact

START = datetime.fromisoformat("2026-03-02T09:00:00+08:00")
CONTENT = {
    "diagnosis": "高血压3级",
    "reason_codes": ["complex"],
    "summary": "头晕两天，血压 186/112，既往高血压十年，规律服药，今晨加重，无胸痛，神志清楚，要求上级医院进一步诊治。",
    "history": "高血压",
    "priority": "yellow",
    "consented": True,
    "follow_up_on": "2026-03-20",
}
REPLY = {
    "diagnosis": "高血压3级",
    "treatment": "调整药物后血压平稳",
    "advice": "两周后复查血压",
    "outcome": "improved",
}
PLAN = {
    "reason_codes": ["acute-stable"],
    "diagnosis": "高血压3级",
    "summary": "住院七天，血压平稳，出院带药，建议基层继续随访，监测血压，低盐饮食，如有头痛及时就诊，每两周复诊一次。",
    "warning_signs": "血压高于 180/110",
    "rehabilitation": "低盐饮食",
    "next_checks": "两周后查肾功能",
    "first_contact_on": "2026-03-12",
    "consented": True,
}


class Play:
    """Takes steps at times: minutes after the start."""

    def __init__(self, community: Community) -> None:
        self.community = community

    def begin(self, resident: str, disease: str, minute: float = 0) -> UUID:
        with clock.travelling(START + timedelta(minutes=minute)):
            outcome = services.begin_up(
                self.community["family-doctor"], resident_id=self.community.residents[resident].pk, disease=disease
            )
        return outcome.case.pk

    def step(self, flow: type[Workflow], case: UUID, minute: float, who: str, step: str, **data: Any) -> None:
        with clock.travelling(START + timedelta(minutes=minute)):
            advance(self.community[who], flow, case, step, data)

    def up(self, case: UUID, minute: float, who: str, step: str, **data: Any) -> None:
        self.step(UpReferral, case, minute, who, step, **data)

    def sent(self, resident: str, disease: str, minute: float) -> UUID:
        case = self.begin(resident, disease)
        county = self.community.organizations["county"].pk
        self.up(case, 1, "family-doctor", "revise", counterpart=county, **CONTENT)
        self.up(case, minute, "family-doctor", "submit")
        return case


@pytest.fixture
def play(db: None) -> Iterator[Play]:
    community = build()
    return Play(community)


def rows() -> dict[UUID, dict[str, Any]]:
    """The fact by referral."""
    told = fact("referral")
    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute(told.sql)
        return {row[0]: dict(zip(told.names, row, strict=True)) for row in cursor.fetchall()}


def test_all_the_way_round_up(play: Play) -> None:
    case = play.sent("wang", "hypertension", 10)
    play.up(case, 25, "office", "ask", note="请补充心电图")
    play.up(case, 85, "family-doctor", "answer", note="心电图正常，已上传")
    play.up(case, 90.5, "office", "accept")
    play.up(case, 300, "office", "arrive")
    play.up(case, 330, "specialist", "treat", care_kind="outpatient")
    play.up(case, 400, "specialist", "conclude", **REPLY)
    play.up(case, 3000, "family-doctor", "follow_up", condition="血压平稳")
    row = rows()[case]
    minutes = {name.removesuffix("_minutes"): v for name, v in row.items() if name.endswith("_minutes")}
    assert minutes == {
        "draft": 10,
        "review": None,
        "waiting": Decimal("20.50"),
        "supplement": 60,
        "appointment": None,
        "arrival": Decimal("209.50"),
        "treatment": 30,
        "reply": 70,
        "follow_up": 2600,
        "total": 3000,
    }
    assert (row["direction"], row["from_tier"], row["to_tier"]) == ("up", "township", "county")
    assert row["accept_in_time"]
    assert row["accepted"]
    assert row["closed_loop"]
    assert not row["declined"]
    assert not row["no_show"]
    assert row["terminated_cause"] is None
    assert (row["supplements"], row["redirects"], row["returned_in_30_days"]) == (1, 0, False)
    assert row["criterion"] is None
    assert row["steps"] == 10


def test_late_redirected_missed_and_declined(play: Play) -> None:
    late = play.sent("wang", "diabetes", 10)
    play.up(
        late, 20, "office", "redirect", department=play.community.departments["内分泌科"].pk, reason="other-department"
    )
    play.up(late, 10 + 60 * 24 * 9, "office", "accept")
    play.up(late, 10 + 60 * 24 * 10, "office", "miss", reason="improved")
    declined = play.sent("li", "other", 30)
    play.up(declined, 45, "office", "decline", reason="not-indicated", note="可在基层继续治疗")
    again = play.begin("li", "other", 60 * 24 * 20)
    found = rows()
    assert found[late]["accept_in_time"] is False
    assert found[late]["redirects"] == 1
    assert found[late]["no_show"]
    assert found[late]["state"] == "no_show"
    assert found[late]["returned_in_30_days"] is None
    assert found[declined]["declined"]
    assert found[declined]["accept_in_time"]
    assert found[declined]["waiting_minutes"] == 15
    assert found[declined]["returned_in_30_days"] is True
    assert found[again]["draft_minutes"] is None
    assert found[again]["closed_loop"] is False


def test_handed_down_and_followed_up_below(play: Play) -> None:
    case = play.sent("wang", "stroke", 5)
    play.up(case, 10, "office", "accept")
    play.up(case, 60, "office", "arrive", care_kind="inpatient")
    play.up(case, 6000, "specialist", "hand_down", **PLAN)
    down = next(row for row in rows().values() if row["direction"] == "down")
    play.step(DownReferral, down["referral_id"], 6100, "family-doctor", "accept")
    play.step(DownReferral, down["referral_id"], 7000, "family-doctor", "first_contact", condition="恢复良好")
    found = rows()
    up, down = found[case], found[down["referral_id"]]
    assert up["handed_down"]
    assert not up["closed_loop"]
    assert up["treatment_minutes"] == 5940
    assert (up["episode_id"], up["referral_id"]) == (down["episode_id"], down["basis_id"])
    assert (down["waiting_minutes"], down["follow_up_minutes"]) == (100, 900)
    assert down["closed_loop"]
    assert down["from_tier"] == "county"
    assert down["to_tier"] == "township"


def test_case_events_tell_minutes_and_lateness(play: Play) -> None:
    case = play.sent("wang", "copd", 10)
    play.up(case, 10 + 60 * 24 * 9, "office", "accept")
    told = fact("case_event")
    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT step, minutes, in_time, alarm FROM ({told.sql}) f WHERE case_id = %s ORDER BY sequence", [case]
        )
        events = cursor.fetchall()
    assert events == [
        ("open", None, None, False),
        ("revise", None, None, False),
        ("submit", Decimal("10.00"), True, False),
        ("accept", Decimal("12960.00"), False, False),
    ]


def test_the_record_of_a_visit_counts_once(play: Play) -> None:
    assert treated_at(play.community, "wang", "county")
    told = fact("resident")
    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), count(grid_organization_id), count(signed_organization_id) FROM ({told.sql}) f"
        )
        assert cursor.fetchone() == (2, 2, 2)
