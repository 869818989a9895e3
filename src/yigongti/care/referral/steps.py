"""Guards and effects of the steps declared in :mod:`.workflow`. Each runs inside the transaction of ``advance``."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.models import User
from yigongti.kernel.cases.declaration import State
from yigongti.kernel.errors import Conflict, Invalid
from yigongti.records.health_record.services import practitioner_of
from yigongti.records.residents.models import CareRelation
from yigongti.records.residents.services.relations import closing, opening
from yigongti.registry.organizations.models import Department, Organization

from . import drugs, rules, schemas

if TYPE_CHECKING:
    from .models import Referral

REFERRAL = CareRelation.Kind.REFERRAL


# --- guards ---------------------------------------------------------------------------------------------------------


def _amounts(case: "Referral") -> dict[str, int]:
    """How much there is of each part of the quality gate."""
    package, plan = case.package, case.plan
    return {
        "summary": len(case.summary),
        "reason": len(case.reason_codes),
        "diagnoses": 1 if case.diagnosis else 0,
        "medications": len(package.get("medications", [])) + bool(package.get("reviewed")),
        "allergies": len(package.get("allergies", [])) + bool(package.get("reviewed")),
        "history": bool(case.history) + bool(package.get("reviewed")),
        "results": len(package.get("results", [])),
        "phone": 1 if package.get("reachable") else 0,
        "consent": 1 if case.consented else 0,
        "follow_up": 1 if case.follow_up_on or plan.get("first_contact_on") else 0,
        "discharge_summary": len(case.summary),
        "drug_plan": len(plan.get("drugs", [])) + bool(plan),
        "rehabilitation": 1 if plan.get("rehabilitation") else 0,
        "warning_signs": 1 if plan.get("warning_signs") else 0,
        "next_check": 1 if plan.get("next_checks") else 0,
    }


def shortfalls(case: "Referral") -> list[Any]:
    """What the quality gate misses in a case."""
    return rules.gate(case.places).shortfalls(_amounts(case), direction=case.direction, urgency=case.priority)


def passes_quality_gate(case: "Referral", actor: Actor, data: Any) -> None:
    """Refuse a submission that lacks what policy ``referral/quality-gate`` asks for."""
    if missing := [s for s in shortfalls(case) if s.blocking]:
        raise Invalid(
            "转诊单还不能提交：" + "；".join(s.message for s in missing),
            hint="请点“修改”补上这些内容",
            fields={s.part: s.message for s in missing},
        )


def plan_is_complete(case: "Referral", actor: Actor, data: Any) -> None:
    """A down-referral needs a destination and a plan that passes the quality gate."""
    if case.counterpart_organization_id is None:
        raise Invalid("还没有接收机构", hint="请点“修改方案”选择接收机构", field="counterpart")
    passes_quality_gate(case, actor, data)


def _department(organization_id: int | None, department_id: int | None) -> Department | None:
    if department_id is None or organization_id is None:
        return None
    found = Department.objects.filter(pk=department_id, organization_id=organization_id, closed_on=None).first()
    if found is None:
        raise Invalid("所选科室不属于接收机构，或已停办", hint="请重新选择科室", field="department")
    return found


def _limited(case: "Referral", step: str, option: str, what: str) -> None:
    """Refuse when ``step`` was taken as often as the policy allows."""
    from yigongti.kernel.cases.models import CaseEvent

    most = rules.option(option, case.places)
    if CaseEvent.objects.filter(case_id=case.pk, step=step).count() >= most:
        raise Conflict(f"{what}已达 {most} 次", hint="请接收，或写明建议后退回")


# --- up -------------------------------------------------------------------------------------------------------------


def send_up(case: "Referral", actor: Actor, data: Any) -> State | None:
    """Open the record to the receiver; go to the own review first where the consortium wants it."""
    from .workflow import UpReferral

    case.submitted_at = case.submitted_at or clock.now()
    open_record(case)
    wanted = rules.option("own_review", case.places)
    tiers = rules.option("own_review_tiers", case.places)
    reviewed = wanted == "all" or (wanted == "green-and-yellow" and case.priority != "red")
    return UpReferral.review if reviewed and case.home_organization.tier in tiers else None


def open_record(case: "Referral") -> None:
    """The receiver, and whoever handles the case for it, may read the record while the case is open."""
    sides = filter(None, (case.counterpart_organization_id, case.handler_organization_id))
    case.besides += opening(resident_id=case.resident_id, organizations=sides, kind=REFERRAL, source=str(case.pk))


def close_record(case: "Referral") -> None:
    """The receiver's right to read the record ends with the case; the case keeps its excerpt."""
    case.besides.append(closing(resident_id=case.resident_id, kind=REFERRAL, source=str(case.pk)))


def revise(case: "Referral", actor: Actor, data: schemas.Content) -> None:
    """Put what the doctor changed into the case."""
    from .destinations import handler

    for code in data.reason_codes:
        rules.check_reason("up", code, data.reason_text, case.places, field="reason_codes")
    if data.counterpart != case.counterpart_organization_id:
        case.counterpart_organization = organization(data.counterpart)
        case.handler_organization_id = handler(case.counterpart_organization, case.home_organization_id)
        case.destination_reason = "医生选择"
    case.department = _department(case.counterpart_organization_id, data.department)
    for name in (
        *("priority", "diagnosis_code", "diagnosis", "reason_codes", "reason_text", "summary", "history", "treatment"),
        *("privileges", "follow_up_on", "consented"),
    ):
        setattr(case, name, getattr(data, name))
    case.package = {**case.package, "reviewed": True}


def organization(organization_id: int) -> Organization:
    """An organisation that is open. Raises Invalid."""
    found = Organization.objects.filter(pk=organization_id, closed_on=None).first()
    if found is None:
        raise Invalid("所选机构不存在或已撤销", hint="请重新选择", field="counterpart")
    return found


def answer(case: "Referral") -> None:
    """The receiver's first answer, whatever it is; in time if before the deadline."""
    if case.answered_at is None:
        case.answered_at = clock.now()
        case.answered_in_time = case.due_at is None or case.answered_at <= case.due_at


def ask(case: "Referral", actor: Actor, data: schemas.Question) -> None:
    """Something is missing."""
    _limited(case, "ask", "maximum_supplements", "要求补充")
    answer(case)


def refuse(case: "Referral", actor: Actor, data: Any) -> None:
    """The centre cannot take the patient; the sender looks for another."""
    rules.check_reason("down-refuse", data.reason, data.note, case.places)
    answer(case)


def miss(case: "Referral", actor: Actor, data: Any) -> None:
    """The patient did not come."""
    rules.check_reason("no-show", data.reason, data.note, case.places)


def send_back(case: "Referral", actor: Actor, data: Any) -> None:
    """The own reviewer does not agree yet."""
    rules.check_reason("send-back", data.reason, data.note, case.places)


def accept(case: "Referral", actor: Actor, data: schemas.Acceptance) -> None:
    """Department, time and place; without a time the patient may come now."""
    answer(case)
    case.accepted_at = case.accepted_at or clock.now()
    if (
        data.appointment_at is None
        and case.priority == "red"
        and not rules.option("accept_red_without_slot", case.places)
    ):
        raise Invalid("本医共体要求紧急转诊也先约定时间", hint="请填写预约时间", field="appointment_at")
    if data.department:
        case.department = _department(case.counterpart_organization_id, data.department)
    case.appointment_at, case.appointment_place = data.appointment_at, data.appointment_place
    case.privileges = sorted({*case.privileges, *data.privileges})
    name = case.department.name if case.department else ""
    done = {item["id"] for item in case.checklist if item.get("done")}
    case.checklist = [
        {"id": check.id, "name": check.name, "who": check.who, "required": check.required, "done": check.id in done}
        for check in rules.preparations(name, case.places)
    ]


def redirect(case: "Referral", actor: Actor, data: schemas.Redirection) -> None:
    """To another department, or to another member: the new receiver sees the record, the old one no longer owns it."""
    from .destinations import handler

    rules.check_reason("redirect", data.reason, data.note, case.places)
    answer(case)
    _limited(case, "redirect", "maximum_redirects", "改派")
    if data.counterpart and data.counterpart != case.counterpart_organization_id:
        case.counterpart_organization = organization(data.counterpart)
        case.handler_organization_id = handler(case.counterpart_organization, case.home_organization_id)
        case.department, case.destination_reason = None, "转诊办改派"
        open_record(case)
    elif not data.department:
        raise Invalid("请选择改派到哪个科室或机构", field="department")
    if data.department:
        case.department = _department(case.counterpart_organization_id, data.department)


def decline(case: "Referral", actor: Actor, data: schemas.Refusal) -> None:
    """Reason and advice go back; the receiver's right to read ends soon."""
    rules.check_reason("decline", data.reason, data.note, case.places)
    answer(case)
    case.outcome_code = data.reason
    close_record(case)


def prepare(case: "Referral", actor: Actor, data: schemas.Preparation) -> None:
    """Tick the steps before admission."""
    if unknown := set(data.done) - {item["id"] for item in case.checklist}:
        raise Invalid(f"准备清单里没有：{'、'.join(sorted(unknown))}", field="done")
    case.checklist = [item | {"done": item["id"] in data.done} for item in case.checklist]


def arrive(case: "Referral", actor: Actor, data: schemas.Arrival) -> None:
    """The patient is here."""
    case.arrived_at, case.care_kind = clock.now(), data.care_kind


def undo_arrival(case: "Referral", actor: Actor, data: Any) -> None:
    """The arrival was registered by mistake."""
    case.arrived_at, case.care_kind = None, ""


def rebook(case: "Referral", actor: Actor, data: schemas.Appointment) -> None:
    """A new time and place."""
    case.appointment_at = data.appointment_at
    case.appointment_place = data.appointment_place or case.appointment_place


def treat(case: "Referral", actor: Actor, data: schemas.Treatment) -> None:
    """Who treats, and how."""
    case.care_kind = data.care_kind
    case.attending_doctor_id = practitioner_of(actor)


def conclude(case: "Referral", actor: Actor, data: schemas.Reply) -> None:
    """The reply letter; the family doctor follows up."""
    rules.check_reason("outcome", data.outcome, data.advice, case.places, field="outcome")
    case.reply = data.model_dump(mode="json") | {"by": actor.name, "at": clock.now().isoformat()}
    case.outcome_code = data.outcome
    case.follow_up_on = data.follow_up_on or case.follow_up_on


def first_contact(case: "Referral", actor: Actor, data: schemas.FirstContact) -> None:
    """The follow-up below closes the loop and stands in the record as a visit."""
    from .record import write_follow_up

    moment: datetime = data.contacted_at or clock.now()
    if moment > clock.now():
        raise Invalid("随访时间不能晚于现在", field="contacted_at")
    write_follow_up(case, actor, data, moment)
    close_record(case)


def end(case: "Referral", actor: Actor, data: Any) -> None:
    """Withdrawn or terminated: the receiver's right to read ends."""
    if isinstance(data, schemas.Ending):
        case.outcome_code = data.cause
    else:
        rules.check_reason("withdraw", data.reason, data.note, case.places)
        case.outcome_code = data.reason
    close_record(case)


def reassign(case: "Referral", actor: Actor, data: schemas.Reassignment) -> None:
    """Name the colleague who shall do the next step."""
    where = case.owner_organization_id
    colleague = User.objects.with_grants().filter(pk=data.user, is_active=True).first()
    if colleague is None or not any(
        colleague.actor().may(permission, where)
        for permission in [desk.permission for desk in [case.state_now.desk] if desk]
    ):
        raise Invalid("所选人员在该机构没有办理这一步的权限", hint="请选择其他人员", field="user")
    case.owner_user = colleague


# --- down -----------------------------------------------------------------------------------------------------------


def hand_down(case: "Referral", actor: Actor, data: schemas.Plan) -> None:
    """Open the down-referral that continues this case, and send it when it is complete."""
    from . import services

    services.begin_down(actor, resident_id=case.resident_id, basis=case, plan=data, send=True)
    case.outcome_code = "stable"


def revise_plan(case: "Referral", actor: Actor, data: schemas.Plan) -> None:
    """Put the plan into the case; drugs are checked against the destination."""
    for code in data.reason_codes:
        rules.check_reason("down", code, data.summary, case.places, field="reason_codes")
    if data.counterpart and data.counterpart != case.counterpart_organization_id:
        case.counterpart_organization = organization(data.counterpart)
        case.destination_reason = "医生选择"
    listed = drugs.parse(data.drugs)
    case.diagnosis_code, case.diagnosis, case.summary = data.diagnosis_code, data.diagnosis, data.summary
    case.reason_codes, case.consented = data.reason_codes, data.consented
    case.follow_up_on = data.first_contact_on
    case.plan = {
        "drugs": drugs.checked(listed, case.counterpart_organization_id or 0),
        "rehabilitation": data.rehabilitation,
        "warning_signs": data.warning_signs,
        "next_checks": data.next_checks,
        "first_contact_on": data.first_contact_on.isoformat() if data.first_contact_on else None,
    }
    case.package = {**case.package, "reviewed": True}


def send_down(case: "Referral", actor: Actor, data: Any) -> None:
    """Open the record to the centre."""
    case.submitted_at = case.submitted_at or clock.now()
    open_record(case)


def receive(case: "Referral", actor: Actor, data: schemas.Reception) -> None:
    """Taken over below."""
    answer(case)
    case.accepted_at = clock.now()
    case.attending_doctor_id = practitioner_of(actor)
    case.follow_up_on = data.first_visit_on or case.follow_up_on


def return_up(case: "Referral", actor: Actor, data: schemas.WarningSign) -> None:
    """A warning sign: a new referral up, with this one as its basis, ready to be sent."""
    from . import services

    rules.check_reason("return-up", data.reason, data.note, case.places)
    services.begin_return(actor, basis=case, data=data)
    case.outcome_code = data.reason
    close_record(case)


def automatically(case: "Referral", cause: str, note: str) -> None:
    """Close a case because of what happened elsewhere; a case already closed stays as it is."""
    from yigongti.kernel.cases.advance import advance

    with acting(SYSTEM):
        if case.is_open:
            advance(SYSTEM, case.flow, case.pk, "terminate", schemas.Ending(cause=cause, note=note))
