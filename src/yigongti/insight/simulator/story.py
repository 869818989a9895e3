"""One played referral: its acts, its people, and what is written at each step."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from yigongti.care.referral import assessing, services
from yigongti.care.referral.models import Referral
from yigongti.insight.simulator import phrases
from yigongti.insight.simulator.casting import Casting, Patient
from yigongti.insight.simulator.people import Member
from yigongti.insight.simulator.phrases import Illness
from yigongti.insight.simulator.plots import Act
from yigongti.insight.simulator.worktime import working
from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.cases.advance import advance
from yigongti.records.health_record.services.encounters import record_encounter

SOURCE = "demonstration"
DAY = timedelta(days=1)


@dataclass
class Story:
    """A referral on its way. ``moments`` are fixed beforehand for what stands open today, else drawn as it goes."""

    casting: Casting
    acts: list[Act]
    patient: Patient
    illness: Illness
    urgency: str
    starts: datetime
    referrer: Member
    outside: bool = False
    case: Referral | None = None
    specialist: Member | None = None
    moments: list[datetime] = field(default_factory=list)
    appointment: datetime | None = None

    def take(self, act: Act) -> None:
        """Take an act now (the clock has travelled)."""
        opening = OPENINGS.get(act.step)
        if opening:
            opening(self)
            return
        step, data = STEPS[act.step]
        member = self.desk(act)
        outcome = advance(member.actor, self.now.flow, self.now.pk, step, data(self))
        self.case = outcome.case  # type: ignore[assignment]
        follow = AFTERWARDS.get(act.step)
        if follow:
            follow(self, member)

    @property
    def now(self) -> Referral:
        """The case as it stands."""
        assert self.case is not None
        return self.case

    def moment_after(self, moment: datetime) -> datetime:
        """When the next act happens."""
        if self.moments:
            return self.moments.pop(0)
        act, chance = self.acts[0], self.casting.chance
        if act.at_appointment and self.appointment:
            least = 2.0 if act.step == "miss" else 0.0
            return self.appointment + timedelta(hours=least + chance.uniform(0, 0.5))
        following = moment + timedelta(hours=chance.uniform(*act.delay(self.urgency)))
        return following if self.urgency == "red" or act.step in QUICK else working(following, chance)

    def desk(self, act: Act) -> Member:
        """Who takes an act."""
        case, staff, chance = self.now, self.casting.staff, self.casting.chance
        if act.desk == "referrer":
            return self.referrer
        if act.desk == "receiver":
            found = staff.at(case.counterpart_organization_id or 0, "family-doctor")
        elif act.desk == "office":
            found = staff.at(self.hospital, "referral-office")
        elif self.specialist is None:
            name = self.casting.department_names.get(case.department_id or 0, "")
            found = staff.at(self.hospital, "specialist", name)
            self.specialist = found[0] if chance.random() < 0.6 else chance.choice(found)
            return self.specialist
        else:
            return self.specialist
        return found[0] if chance.random() < 0.6 else chance.choice(found)

    @property
    def hospital(self) -> int:
        """Who acts for the hospital: itself, or the member that handles the case for one outside."""
        if self.now.direction == Referral.Direction.DOWN:
            return self.now.home_organization_id
        return self.now.handler_organization_id or self.now.counterpart_organization_id or 0

    def book(self) -> datetime:
        """The time of the appointment: given, or drawn within the next days."""
        if self.appointment and self.appointment > clock.now():
            return self.appointment
        if self.moments:
            self.appointment = max(clock.now(), self.moments[0] - timedelta(hours=3))
        else:
            lead = self.casting.chance.uniform(20, 100) if self.urgency == "green" else 20
            slot = working(clock.now() + timedelta(hours=lead), self.casting.chance)
            self.appointment = slot.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        return self.appointment


def _begin(story: Story) -> None:
    """A draft: from the criterion that fired on the measured values, or as the doctor judges."""
    actor, resident, visit = story.referrer.actor, story.patient.resident, story.patient.encounter
    proposed = services.propose(actor, resident_id=resident, encounter_id=visit) if visit else []
    fired = next((f"{one.policy}#{one.rule}" for one in proposed if one.direction == "up"), "")
    begun = services.begin_up(
        actor, resident_id=resident, encounter_id=visit, criterion=fired, disease="" if fired else story.illness.disease
    )
    story.case = begun.case  # type: ignore[assignment]
    if fired:
        story.urgency = story.now.priority


def _begin_down(story: Story) -> None:
    """A patient of the hospital, in its record with a stay, is to be sent down."""
    chance, casting = story.casting.chance, story.casting
    lead = casting.community.lead
    story.specialist = casting.staff.at(lead.pk, "specialist", story.illness.department)[0]
    started = clock.now() - timedelta(days=chance.randint(5, 11))
    record_encounter(
        SYSTEM,
        resident_id=story.patient.resident,
        kind="inpatient",
        started_at=started,
        ended_at=clock.now() - timedelta(minutes=30),
        organization_id=lead.pk,
        practitioner_id=story.specialist.practitioner.pk,
        department_id=casting.community.departments[lead.pk, story.illness.department].pk,
        complaint=story.illness.complaint,
        assessment=story.illness.diagnosis,
        source=SOURCE,
        source_key=f"stay:{story.patient.resident}",
    )
    outcome = services.begin_down(
        story.specialist.actor, resident_id=story.patient.resident, disease=story.illness.disease
    )
    story.case = outcome.case  # type: ignore[assignment]


def _form(story: Story) -> dict[str, Any]:
    """The referral form as the doctor completes it."""
    case, illness, casting = story.now, story.illness, story.casting
    fired, back = bool(case.proposal), case.basis_id is not None
    destination = case.counterpart_organization_id
    if story.outside:
        destination = casting.community.organizations["city"].pk
    department = case.department_id if (fired or back) and not story.outside else None
    if department is None and destination == casting.community.lead.pk:
        name = illness.red_department if story.urgency == "red" else illness.department
        department = casting.community.departments[destination, name].pk
    reason = {"red": "critical", "yellow": "complex"}.get(story.urgency, "diagnosis-unclear")
    return {
        "counterpart": destination,
        "department": department,
        "priority": case.priority if fired else story.urgency,
        "diagnosis_code": illness.code,
        "diagnosis": illness.diagnosis,
        "reason_codes": case.reason_codes or [reason],
        "reason_text": case.reason_text,
        "summary": f"{illness.complaint}\n{case.summary}",
        "history": case.history,
        "treatment": case.treatment or "已在本机构对症处理，效果欠佳",
        "privileges": ["clinic"] if story.urgency == "green" else ["clinic", "bed"],
        "follow_up_on": clock.today() + 14 * DAY,
        "consented": True,
    }


def _acceptance(story: Story) -> dict[str, Any]:
    place = "急诊抢救室" if story.urgency == "red" else story.casting.chance.choice(phrases.PLACES)
    return {"appointment_place": place, "note": "请带齐既往检查结果和在用药品"}


def _booking(story: Story) -> dict[str, Any]:
    if story.urgency == "red":
        return _acceptance(story)
    return {**_acceptance(story), "appointment_at": story.book()}


def _redirection(story: Story) -> dict[str, Any]:
    case = story.now
    other = "内分泌科" if story.illness.department != "内分泌科" else "心血管内科"
    organization = case.counterpart_organization_id or 0
    department = story.casting.community.departments[organization, other]
    return {"department": department.pk, "reason": "other-department", "note": phrases.REDIRECT}


def _reason(choices: tuple[str, ...]) -> Callable[[Story], dict[str, Any]]:
    return lambda story: {"reason": story.casting.chance.choice(choices)}


def _decline(story: Story) -> dict[str, Any]:
    reason, note = story.casting.chance.choice(phrases.DECLINE)
    return {"reason": reason, "note": note}


def _rebooking(story: Story) -> dict[str, Any]:
    story.appointment = None
    return {"appointment_at": story.book(), "note": "与患者电话约定"}


def _reply(story: Story) -> dict[str, Any]:
    return {
        "diagnosis": story.illness.diagnosis,
        "treatment": story.illness.reply,
        "medications": story.illness.drugs,
        "advice": phrases.ADVICE,
        "outcome": story.casting.chance.choice(("improved", "improved", "stable")),
        "follow_up_on": clock.today() + 10 * DAY,
    }


def _assessment(story: Story) -> dict[str, Any]:
    """Stable, with a settled plan: what a doctor answers before a patient goes down."""
    with acting(SYSTEM):
        asked = {code for code, _ in assessing.offered(story.now)}
    chance = story.casting.chance
    present = {"diagnosis_clear", "complications_stable", "acute_phase_over"}
    if story.illness.disease == "stroke":
        present.add("needs_rehabilitation")
    pressure = {"sbp": chance.randint(120, 138), "dbp": chance.randint(70, 86)}
    return {"condition_stable": "yes", "plan_settled": "yes", "present": sorted(present & asked), **pressure}


def _plan(story: Story) -> dict[str, Any]:
    return {
        "reason_codes": [story.casting.chance.choice(("acute-stable", "chronic", "agreed"))],
        "diagnosis_code": story.illness.code,
        "diagnosis": story.illness.diagnosis,
        "summary": f"{story.illness.reply}{phrases.DOWN_SUMMARY}",
        "drugs": story.illness.drugs,
        "rehabilitation": phrases.REHABILITATION,
        "warning_signs": story.illness.warning,
        "next_checks": phrases.NEXT_CHECKS,
        "first_contact_on": clock.today() + 3 * DAY,
        "consented": True,
    }


def _reroute(story: Story) -> dict[str, Any]:
    others = [b.pk for b in story.casting.community.branches if b.pk != story.now.counterpart_organization_id]
    return {**_plan(story), "counterpart": others[0]}


def _contact(story: Story) -> dict[str, Any]:
    chance = story.casting.chance
    pressure = {"sbp": chance.randint(122, 142), "dbp": chance.randint(72, 88)}
    measured = story.illness.disease in ("hypertension", "diabetes", "stroke", "chest-pain")
    return {
        "manner": chance.choice(("clinic", "clinic", "home", "phone")),
        "condition": chance.choice(phrases.CONDITION),
        "next_due": clock.today() + chance.choice((28, 90, 90, 90)) * DAY,
    } | (pressure if measured else {})


def _handed_down(story: Story, member: Member) -> None:
    """The story goes on with the referral down that the hospital has just sent."""
    with acting(SYSTEM):
        story.case = Referral.objects.get(basis=story.now, direction=Referral.Direction.DOWN)


def _returned(story: Story, member: Member) -> None:
    """The story goes on with the referral up that follows a warning sign."""
    with acting(SYSTEM):
        story.case = Referral.objects.get(basis=story.now, direction=Referral.Direction.UP)
    story.referrer, story.urgency, story.specialist = member, "yellow", None


def _empty(story: Story) -> dict[str, Any]:
    return {}


Data = Callable[[Story], dict[str, Any]]
OPENINGS: dict[str, Callable[[Story], None]] = {"begin": _begin, "begin_down": _begin_down}
#: act → the step of the workflow and what it is given
STEPS: dict[str, tuple[str, Data]] = {
    "revise": ("revise", _form),
    "submit": ("submit", _empty),
    "accept": ("accept", _acceptance),
    "accept_booked": ("accept", _booking),
    "redirect": ("redirect", _redirection),
    "ask": ("ask", lambda story: {"note": story.casting.chance.choice(phrases.SUPPLEMENT)}),
    "answer": ("answer", lambda story: {"note": phrases.ANSWER}),
    "decline": ("decline", _decline),
    "arrive": ("arrive", lambda story: {"care_kind": "observation" if story.urgency == "red" else "outpatient"}),
    "miss": ("miss", _reason(phrases.NO_SHOW)),
    "rebook": ("rebook", _rebooking),
    "withdraw": ("withdraw", _reason(phrases.WITHDRAW)),
    "treat": ("treat", lambda story: {"care_kind": "outpatient"}),
    "admit": ("treat", lambda story: {"care_kind": "inpatient"}),
    "conclude": ("conclude", _reply),
    "assess": ("assess", _assessment),
    "hand_down": ("hand_down", _plan),
    "follow_up": ("follow_up", _contact),
    "revise_plan": ("revise", _plan),
    "send_down": ("submit", _empty),
    "down_accept": ("accept", lambda story: {"first_visit_on": timezone.localdate(clock.now()) + 2 * DAY}),
    "refuse": ("refuse", lambda story: dict(zip(("reason", "note"), phrases.REFUSE, strict=True))),
    "reroute": ("revise", _reroute),
    "first_contact": ("first_contact", _contact),
    "return_up": ("return_up", lambda story: {"reason": "warning-sign", "note": phrases.WARNING, "priority": "yellow"}),
}
AFTERWARDS = {"hand_down": _handed_down, "return_up": _returned}
#: acts that follow at once, whatever the hour
QUICK = {"revise", "submit", "revise_plan", "send_down"}
