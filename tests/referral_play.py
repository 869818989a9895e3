"""Playing referrals in tests, as the pages do."""

from typing import Any

from care_community import Community
from django.test import Client

from yigongti.care.referral import services
from yigongti.care.referral.models import Referral
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.cases.advance import Outcome, advance
from yigongti.kernel.events.outbox import deliver
from yigongti.records.health_record.models import Encounter
from yigongti.records.health_record.services.encounters import record_encounter

SUMMARY = (
    "头晕两天，今晨测血压 192/112 mmHg，伴剧烈头痛、恶心，无肢体活动障碍，"
    "已口服卡托普利 12.5 mg，半小时后复测 186/110，未见缓解。"
)
DISCHARGE = (
    "入院后予降压、对症治疗，血压平稳于 138/86 mmHg，头颅 CT 未见出血，"
    "复查肾功能、电解质正常，病情稳定，带药转回基层继续治疗和随访。"
)


def step(actor: Actor, case: Referral, name: str, **data: Any) -> Outcome:
    """Take a step as the page does."""
    return advance(actor, case.flow, case.pk, name, data)


def measured(community: Community, who: str, **values: Any) -> Encounter:
    """A visit at the village with measurements."""
    return record_encounter(
        community["village-doctor"],
        resident_id=community.residents[who].pk,
        kind="follow-up",
        measurements=values,
        complaint="头晕",
    )


def content(case: Referral, **changes: Any) -> dict[str, Any]:
    """What the form holds when the doctor has completed it."""
    return {
        "counterpart": case.counterpart_organization_id,
        "department": case.department_id,
        "priority": case.priority,
        "diagnosis": case.diagnosis or "高血压 3 级",
        "reason_codes": case.reason_codes or ["diagnosis-unclear"],
        "summary": SUMMARY,
        "follow_up_on": case.follow_up_on,
        "consented": True,
    } | changes


def sent(community: Community, who: str = "wang", **changes: Any) -> Referral:
    """A referral submitted by the township's family doctor."""
    doctor = community["family-doctor"]
    case = services.begin_up(doctor, resident_id=community.residents[who].pk, disease="hypertension").case
    step(doctor, case, "revise", **content(case, **changes))
    return step(doctor, case, "submit").case


def client_of(community: Community, name: str) -> Client:
    """A browser in which this person is logged in."""
    client = Client()
    client.force_login(community.users[name], backend="yigongti.kernel.access.backends.GrantedBackend")
    return client


def drain() -> None:
    """Deliver everything that waits."""
    while deliver():
        pass
