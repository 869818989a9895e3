"""One click: a referral up, filled from the record; and up again after a warning sign."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.advance import Outcome
from yigongti.kernel.errors import Conflict
from yigongti.records.health_record.models import Encounter
from yigongti.records.health_record.services import practitioner_of
from yigongti.records.residents.models import Resident
from yigongti.registry.organizations.models import Organization

from .. import criteria, destinations, diseases, drugs, excerpt, schemas
from ..models import Decision, Referral
from ..workflow import UpReferral
from .opening import (
    acting_home,
    episode_of,
    first_event,
    open_once,
    open_referral,
    places_of,
    resident_seen,
    signed_centre,
)
from .proposing import decide, shown, suggested


def begin_up(
    actor: Actor,
    *,
    resident_id: UUID,
    encounter_id: UUID | None = None,
    criterion: str = "",
    disease: str = "",
    change_reason: str = "",
    change_note: str = "",
    key: UUID | None = None,
) -> Outcome:
    """One click: a draft of a referral up, filled from the record.

    With ``criterion`` the proposal of that rule fills urgency, level and department. An open referral of the same
    episode is answered instead of a second one (``repeated``): the way leads to the first.
    """
    with acting(actor):
        home = acting_home(actor, Permission.REFERRAL_SUBMIT)
        resident = resident_seen(resident_id)
        suggestion = suggested(actor, resident_id, encounter_id, criterion) if criterion else None
        group = disease or (diseases.of_policy(suggestion.policy) if suggestion else diseases.OTHER)
        if resident.died_on:
            raise Conflict(f"{resident.name}已登记死亡，不能转诊", hint="如登记有误，请先更正居民信息")
        if first := open_referral(resident.pk, group):
            return Outcome(first, first_event(first), repeated=True)
        encounter = Encounter.objects.filter(pk=encounter_id, resident=resident).first() if encounter_id else None
        case = _draft(actor, home, resident, encounter, suggestion, group)
        if change_note and not suggestion:
            case.reason_text = change_note
        outcome = open_once(actor, case, key)
        if suggestion:
            verdict = Decision.Verdict.CHANGED if change_reason else Decision.Verdict.ACCEPTED
            decide(
                actor,
                home,
                resident.pk,
                encounter_id,
                suggestion,
                verdict,
                change_reason,
                change_note,
                outcome.case,  # type: ignore[arg-type]
            )
        return outcome


def _draft(
    actor: Actor,
    home: Organization,
    resident: Resident,
    encounter: Encounter | None,
    suggestion: criteria.Suggestion | None,
    group: str,
) -> Referral:
    """The case as the record and the suggestion fill it."""
    places = places_of(home)
    goal = destinations.upward(home, suggestion.level if suggestion else "county")
    package = excerpt.excerpt(resident, places)
    return Referral(
        workflow=UpReferral.name,
        state=UpReferral.draft.name,
        direction=Referral.Direction.UP,
        priority=suggestion.urgency if suggestion else "green",
        resident=resident,
        home_organization=home,
        counterpart_organization=goal.organization,
        handler_organization_id=destinations.handler(goal.organization, home.pk),
        destination_reason=goal.reason,
        places=places,
        episode=episode_of(resident, group, places),
        encounter=encounter,
        signed_organization_id=signed_centre(resident),
        department=destinations.department_named(goal.organization.pk, suggestion.department) if suggestion else None,
        referring_doctor_id=practitioner_of(actor),
        disease=group,
        package=package,
        proposal=shown(suggestion) if suggestion else {},
        follow_up_on=clock.today() + timedelta(days=(suggestion and suggestion.follow_up_days) or 14),
        privileges=["clinic"] if suggestion else [],
        **_first_words(resident, package, suggestion, encounter, group),
    )


def _first_words(
    resident: Resident,
    package: dict[str, Any],
    suggestion: criteria.Suggestion | None,
    encounter: Encounter | None,
    group: str,
) -> dict[str, Any]:
    """Diagnosis, reasons, summary and history from the record."""
    named = diseases.NAMES.get(group, diseases.NAMES[diseases.OTHER])
    condition = next((c for c in package["conditions"] if c["code"].startswith(named.icd)), None) if named.icd else None
    complaint = encounter.complaint if encounter else ""
    today = "，".join(filter(None, [excerpt.pressure(package), encounter.assessment if encounter else ""]))
    reason = suggestion.reason if suggestion else ""
    return {
        "diagnosis": condition["name"] if condition else (encounter.assessment if encounter else "") or named.title,
        "diagnosis_code": condition["code"] if condition else named.icd[0] if named.icd else "",
        "reason_codes": [diseases.reason_for(suggestion.urgency)] if suggestion else [],
        "reason_text": reason,
        "summary": excerpt.summary(resident, package, reason, complaint, today),
        "history": "、".join(c["name"] for c in package["conditions"]),
        "treatment": encounter.advice if encounter else "",
    }


def begin_return(actor: Actor, *, basis: Referral, data: schemas.WarningSign) -> Outcome:
    """A patient who was sent down goes up again: a draft with the warning sign as its reason."""
    assert basis.counterpart_organization_id is not None
    home = Organization.objects.select_related("part_of").get(pk=basis.counterpart_organization_id)
    resident = resident_seen(basis.resident_id)
    goal = basis.home_organization
    places = places_of(home)
    package = excerpt.excerpt(resident, places)
    case = Referral(
        workflow=UpReferral.name,
        state=UpReferral.draft.name,
        direction=Referral.Direction.UP,
        priority=data.priority,
        resident=resident,
        home_organization=home,
        counterpart_organization=goal,
        handler_organization_id=destinations.handler(goal, home.pk),
        destination_reason="上次诊治的医院",
        places=places,
        episode=basis.episode,
        basis=basis,
        signed_organization_id=basis.signed_organization_id,
        department_id=_department_before(basis),
        referring_doctor_id=practitioner_of(actor),
        disease=basis.disease,
        diagnosis=basis.diagnosis,
        diagnosis_code=basis.diagnosis_code,
        reason_codes=["critical" if data.priority == "red" else "complex"],
        reason_text=data.note,
        summary=excerpt.summary(resident, package, data.note, "", excerpt.pressure(package)),
        history="、".join(c["name"] for c in package["conditions"]),
        treatment=drugs.written(basis.plan.get("drugs", [])),
        package={**package, "reviewed": True},
        consented=True,
        follow_up_on=clock.today() + timedelta(days=14),
    )
    return open_once(actor, case, None)


def _department_before(basis: Referral) -> int | None:
    """The department that treated the episode before it was sent down; None where that referral is not ours to see."""
    first = Referral.objects.filter(sequels=basis)
    return first.values_list("department_id", flat=True).first()
