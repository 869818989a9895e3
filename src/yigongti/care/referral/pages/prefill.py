"""What the case knows already of what a form asks: nobody types twice."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from pydantic import BaseModel

from yigongti.care.referral import assessing, drugs, schemas, services
from yigongti.care.referral.models import Readiness, Referral
from yigongti.kernel import clock

Known = dict[str, Any]
#: a patient who comes down is seen within this time
FIRST_CONTACT = timedelta(days=3)
#: columns of the case that the referral form has under the same name
SAME = (
    *("priority", "diagnosis_code", "diagnosis", "reason_codes", "reason_text", "summary", "history", "treatment"),
    *("privileges", "consented", "follow_up_on"),
)


def before(case: Referral, schema: type[BaseModel]) -> Known:
    """The initial values of a form about a case."""
    fill = FILL.get(schema)
    known = fill(case) if fill else {}
    return {name: value for name, value in known.items() if value not in (None, "", [])}


def _content(case: Referral) -> Known:
    own = {name: getattr(case, name) for name in SAME}
    return {**own, "counterpart": case.counterpart_organization_id, "department": case.department_id}


def _acceptance(case: Referral) -> Known:
    return {
        "department": case.department_id,
        "privileges": case.privileges,
        "appointment_place": case.appointment_place,
    }


def _preparation(case: Referral) -> Known:
    return {"done": [item["id"] for item in case.checklist if item.get("done")]}


def _reply(case: Referral) -> Known:
    """The letter that a correction starts from, else what came with the patient."""
    if case.reply:
        return {name: value for name, value in case.reply.items() if name in schemas.Reply.model_fields}
    return {
        "diagnosis": case.diagnosis,
        "medications": _lines(case.package.get("medications", [])),
        "follow_up_on": case.follow_up_on,
    }


def _plan(case: Referral) -> Known:
    """The plan of a referral down, or the one with which a referral up continues below."""
    return _handing_down(case) if case.direction == Referral.Direction.UP else _planned(case)


def _planned(case: Referral) -> Known:
    own = {name: case.plan.get(name) for name in ("rehabilitation", "warning_signs", "next_checks")}
    same = {name: getattr(case, name) for name in SAME if name in schemas.Plan.model_fields}
    return {
        **same,
        **own,
        "counterpart": case.counterpart_organization_id,
        "drugs": drugs.written(case.plan.get("drugs", [])),
        "first_contact_on": case.follow_up_on,
    }


def _handing_down(case: Referral) -> Known:
    hospital = case.counterpart_organization
    standing = Readiness.objects.filter(pk=case.pk).first()
    proposed = standing.proposals[0] if standing else {}
    goal = services.below(case.resident, case.disease, hospital, case.places) if hospital else None
    return {
        "counterpart": goal.organization.pk if goal else case.home_organization_id,
        "diagnosis_code": case.diagnosis_code,
        "diagnosis": case.reply.get("diagnosis") or case.diagnosis,
        "summary": case.reply.get("treatment") or stated(proposed),
        "drugs": case.reply.get("medications") or _lines(case.package.get("medications", [])),
        "reason_codes": [proposed.get("reason_code") or "acute-stable"],
        "warning_signs": services.warning_signs(case.disease, case.places),
        "first_contact_on": clock.today() + FIRST_CONTACT,
    }


def stated(proposed: Known) -> str:
    """What the suggestion rests on, as a first line of the summary."""
    if not proposed:
        return ""
    seen = (item["label"] if item["value"] == "True" else _value(item) for item in proposed["evidence"])
    return f"{proposed['reason']}（{'，'.join(seen)}）。\n"


def _value(item: Known) -> str:
    return f"{item['label']} {item['value']} {item['unit']}".strip()


def _assessment(case: Referral) -> Known:
    """The answers of the last assessment."""
    answers = assessing.last(case).get("answers", {})
    asked = {code: "yes" if answers[code] else "no" for code in assessing.ASKED if code in answers}
    return {**asked, "present": [code for code, _ in assessing.offered(case) if answers.get(code)]}


def _lines(medications: list[dict[str, Any]]) -> str:
    """Drugs as people edit them, for four weeks."""
    return drugs.written([{**drug, "days": 28} for drug in medications])


#: schema of a step → what fills its form
FILL: dict[type[BaseModel], Callable[[Referral], Known]] = {
    schemas.Content: _content,
    schemas.Acceptance: _acceptance,
    schemas.Appointment: lambda case: {"appointment_place": case.appointment_place},
    schemas.Preparation: _preparation,
    schemas.Arrival: lambda case: {"care_kind": case.care_kind or "outpatient"},
    schemas.Treatment: lambda case: {"care_kind": case.care_kind or "outpatient"},
    schemas.Assessment: _assessment,
    schemas.Reply: _reply,
    schemas.Plan: _plan,
    schemas.Reception: lambda case: {"first_visit_on": case.follow_up_on},
}
