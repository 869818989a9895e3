"""Referrals on the wire: what the API takes and answers."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Field, Schema
from pydantic import AfterValidator

from yigongti.care.referral import diseases, schemas
from yigongti.care.referral.models import Referral
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.cases.api import LONGEST_PAGE, CaseOut, case_out
from yigongti.kernel.cases.models import Priority


def _known(code: str) -> str:
    if code and code not in diseases.NAMES:
        raise ValueError("没有这个病种，可用：" + "、".join(diseases.NAMES))
    return code


Disease = Annotated[str, AfterValidator(_known), Field(description="病种：" + "、".join(diseases.NAMES))]


class ReferralsIn(Schema):
    """Which referrals: the filters of the register, and where the page begins."""

    direction: Literal["", "up", "down"] = ""
    state: str = Field("", max_length=32)
    priority: Literal["", "red", "yellow", "green"] = ""
    disease: Disease = ""
    member: int | None = Field(None, description="任一方是这个机构")
    since: date | None = Field(None, description="发起自")
    until: date | None = None
    late: bool | None = Field(None, description="在办且超过时限")
    number: str = Field("", max_length=32, pattern="^([A-Za-z]{2}[0-9-]+)?$", description="转诊编号")
    after: UUID | None = Field(None, description="上一页的 next")
    limit: int = Field(50, ge=1, le=LONGEST_PAGE)


class Side(Schema):
    """An organisation of a referral."""

    id: int
    name: str


class ReferralOut(CaseOut):
    """A referral in a list. Its steps are taken under ``/api/{workflow}s/{id}/{step}``."""

    direction: Literal["up", "down"]
    disease: str
    diagnosis: str
    resident_name: str
    home: Side = Field(description="转出机构")
    counterpart: Side | None = Field(description="转入机构")
    department: str
    appointment_at: datetime | None
    overdue: bool


class ReferralsOut(Schema):
    """A page of referrals, newest first; ``next`` is the ``after`` of the following page, empty on the last."""

    items: list[ReferralOut]
    next: UUID | None


class ReferralFullOut(ReferralOut):
    """A referral with its form, the plan, the reply and the excerpt of the record."""

    resident_sex: str
    resident_birth_date: date
    basis_id: UUID | None = Field(description="由来的转诊")
    episode: UUID = Field(description="同一诊疗过程")
    destination_reason: str
    diagnosis_code: str
    reason_codes: list[str]
    reason_text: str
    summary: str
    history: str
    treatment: str
    privileges: list[str]
    checklist: list[dict[str, Any]]
    consented: bool
    follow_up_on: date | None
    appointment_place: str
    submitted_at: datetime | None
    answered_at: datetime | None
    accepted_at: datetime | None
    arrived_at: datetime | None
    care_kind: str
    proposal: dict[str, Any]
    package: dict[str, Any]
    plan: dict[str, Any]
    reply: dict[str, Any]
    outcome_code: str


class EvidenceOut(Schema):
    """A value that a rule read."""

    label: str
    value: str
    unit: str


class SuggestionOut(Schema):
    """What one criterion proposes; ``criterion`` goes into the beginning or the dismissal."""

    criterion: str
    name: str
    direction: Literal["up", "down"]
    urgency: Priority
    level: str
    department: str
    reason: str
    version: str
    hash: str
    source: dict[str, Any]
    evidence: list[EvidenceOut]


class UpIn(Schema):
    """Begin a referral up: with ``criterion`` a proposal is followed, with ``change_reason`` followed with changes."""

    resident_id: UUID
    encounter_id: UUID | None = None
    criterion: str = Field("", max_length=96)
    disease: Disease = ""
    change_reason: str = Field("", max_length=32)
    change_note: str = Field("", max_length=1000)


class DownIn(Schema):
    """Begin a referral down, after a referral up (``basis_id``) or from a discharge; ``send`` submits it at once."""

    resident_id: UUID
    basis_id: UUID | None = None
    disease: Disease = ""
    plan: schemas.Plan | None = None
    send: bool = False


class DismissalIn(Schema):
    """Do not follow a proposal; the reason is from the list ``dismiss``."""

    resident_id: UUID
    encounter_id: UUID | None = None
    criterion: str = Field(max_length=96)
    reason: str = Field(max_length=32)
    note: str = Field("", max_length=1000)


class ReadyOut(Schema):
    """A patient in care who can go down by the criteria; ``proposals`` most fitting first."""

    referral_id: UUID
    number: str
    resident_id: UUID
    found_at: datetime
    assessed_at: datetime | None
    proposals: list[SuggestionOut]


class NotDownIn(Schema):
    """Not down yet; the reason is from the list ``dismiss-down``."""

    reason: str = Field(max_length=32)
    note: str = Field("", max_length=1000)


class DecisionOut(Schema):
    """A dismissal as it is kept."""

    id: UUID
    criterion: str
    verdict: str
    reason: str
    at: datetime


class OptionOut(Schema):
    """A value that a field may have."""

    value: str | int
    title: str


class RateOut(Schema):
    """Percent with one decimal, with its numerator and denominator; no value without a denominator."""

    value: str | None
    numerator: int
    denominator: int


class TallyOut(Schema):
    """One line: counts and rates of a value of a dimension in one direction."""

    dimension: str
    value: str | int | None
    direction: Literal["up", "down"]
    counts: dict[str, int]
    rates: dict[str, RateOut]


class StatisticsOut(Schema):
    """The lines of a period, both days included."""

    since: date
    until: date
    lines: list[TallyOut]


def brief(case: Referral, actor: Actor) -> dict[str, Any]:
    """What a list shows of a referral; no statement."""
    goal = case.counterpart_organization
    return {
        **case_out(case, actor).model_dump(),
        "direction": case.direction,
        "disease": case.disease,
        "diagnosis": case.diagnosis,
        "resident_name": case.resident_name,
        "home": Side(id=case.home_organization_id, name=case.home_organization.name),
        "counterpart": Side(id=goal.pk, name=goal.name) if goal else None,
        "department": case.department.name if case.department else "",
        "appointment_at": case.appointment_at,
        "overdue": case.is_overdue,
    }


def full(case: Referral, actor: Actor) -> ReferralFullOut:
    """The whole form."""
    own = {name: getattr(case, name) for name in ReferralFullOut.model_fields if hasattr(case, name)}
    return ReferralFullOut(**{**own, **brief(case, actor)})
