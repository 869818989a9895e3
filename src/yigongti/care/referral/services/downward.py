"""A referral down: where to, and the plan from what the hospital wrote."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.advance import Outcome, advance
from yigongti.kernel.errors import Conflict
from yigongti.records.health_record.models import Encounter
from yigongti.records.health_record.services import practitioner_of
from yigongti.records.residents.models import Resident
from yigongti.registry.organizations.models import Organization

from .. import criteria, destinations, diseases, drugs, excerpt, rules, schemas, steps
from ..models import Referral
from ..workflow import DownReferral
from .opening import episode_of, first_event, open_once, open_referral, places_of, resident_seen, signed_centre


def begin_down(
    actor: Actor,
    *,
    resident_id: UUID,
    basis: Referral | None = None,
    disease: str = "",
    plan: schemas.Plan | None = None,
    send: bool = False,
    key: UUID | None = None,
) -> Outcome:
    """A down-referral: destination found (contract centre, grid, nearest) and the plan filled from the record."""
    with acting(actor):
        sender_id = basis.counterpart_organization_id if basis else actor.organization_id
        assert sender_id is not None
        sender = Organization.objects.select_related("part_of").get(pk=sender_id)
        actor.require(Permission.REFERRAL_TREAT, basis.handler_organization_id or sender.pk if basis else sender.pk)
        resident = resident_seen(resident_id)
        group = basis.disease if basis else disease or diseases.OTHER
        first = open_referral(resident.pk, group)
        if first and (basis is None or first.pk != basis.pk):
            return Outcome(first, first_event(first), repeated=True)
        places = basis.places if basis else places_of(sender)
        goal = below(resident, group, sender, places)
        package = excerpt.excerpt(resident, places)
        case = Referral(
            workflow=DownReferral.name,
            state=DownReferral.draft.name,
            direction=Referral.Direction.DOWN,
            priority="green",
            resident=resident,
            home_organization=sender,
            counterpart_organization=goal.organization if goal else None,
            destination_reason=goal.reason if goal else "",
            places=places,
            episode=basis.episode if basis else episode_of(resident, group, places),
            basis=basis,
            parties=[basis.home_organization_id] if basis else [],
            signed_organization_id=signed_centre(resident),
            referring_doctor_id=practitioner_of(actor),
            disease=group,
            **(_concluded(basis) if basis else _discharge(resident, sender, package, group)),
            package=package,
            plan={
                "drugs": drugs.placed(
                    [{**m, "days": 28} for m in package["medications"]], goal.organization.pk if goal else 0
                ),
                "warning_signs": warning_signs(group, places),
            },
            follow_up_on=clock.today() + timedelta(days=3),
        )
        if plan:
            steps.revise_plan(case, actor, plan)
        outcome = open_once(actor, case, key)
        if send and not outcome.repeated:
            return advance(actor, DownReferral, outcome.case.pk, "submit")
        return outcome


def below(
    resident: Resident, group: str, sender: Organization, places: rules.Places
) -> destinations.Destination | None:
    """Where the patient goes down to; None when nobody is found and the doctor chooses."""
    try:
        return destinations.downward(resident, diseases.NAMES[group].title, sender, places=places)
    except Conflict:
        return None


def warning_signs(group: str, places: rules.Places) -> str:
    """What shall bring the patient up again at once: the red criteria of the illness."""
    return "；".join(criteria.red_flags(group, place=list(places) or None))


def _concluded(basis: Referral) -> dict[str, str]:
    """Diagnosis and summary as the hospital wrote them in the referral up."""
    return {
        "diagnosis": basis.reply.get("diagnosis") or basis.diagnosis,
        "diagnosis_code": basis.diagnosis_code,
        "summary": basis.reply.get("treatment", ""),
    }


def _discharge(resident: Resident, sender: Organization, package: dict[str, Any], group: str) -> dict[str, Any]:
    """Diagnosis and summary from the last stay or visit at the sender."""
    named = diseases.NAMES[group]
    stay = (
        Encounter.objects.in_force()
        .filter(resident=resident, organization=sender, started_at__lte=clock.now())
        .order_by("-started_at")
        .first()
    )
    condition = next((c for c in package["conditions"] if c["code"].startswith(named.icd)), None) if named.icd else None
    words = [stay.complaint, stay.assessment, stay.advice] if stay else []
    return {
        "encounter": stay,
        "diagnosis": (condition["name"] if condition else "") or (stay.assessment[:128] if stay else "") or named.title,
        "diagnosis_code": condition["code"] if condition else "",
        "summary": "\n".join(filter(None, words)),
    }
