"""Commands of the referral room: propose, begin, decide. Everything after that is a step (:mod:`.workflow`)."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.advance import Outcome, advance, open_case
from yigongti.kernel.cases.keys import new_id
from yigongti.kernel.errors import Conflict, NotFound
from yigongti.records.health_record.models import Encounter
from yigongti.records.residents.models import Resident, SignedCentre
from yigongti.registry.organizations.models import Department, Organization

from . import criteria, destinations, diseases, drugs, excerpt, observed, rules, schemas, steps
from .models import Decision, Referral
from .workflow import DownReferral, UpReferral


def places_of(organization: Organization) -> list[str]:
    """Where policies are looked up for an organisation: its consortium before its area."""
    consortium = destinations.consortium_of(organization)
    return [code for code in ([consortium.code] if consortium else []) + [organization.area_code] if code]


def _home(actor: Actor, permission: Permission) -> Organization:
    """The organisation for which the actor acts."""
    actor.require(permission, actor.organization_id)
    assert actor.organization_id is not None
    return Organization.objects.select_related("part_of").get(pk=actor.organization_id)


def _resident(resident_id: UUID) -> Resident:
    found = Resident.objects.select_related("area").filter(pk=resident_id).first()
    if found is None:
        raise NotFound("没有找到这位居民，或者您与居民没有服务关系", hint="先登记就诊，或凭证件、健康码建立服务关系")
    return found


def propose(actor: Actor, *, resident_id: UUID, encounter_id: UUID | None = None) -> list[criteria.Suggestion]:
    """What the criteria in force say about a resident now, most urgent first, without those dismissed this week."""
    with acting(actor):
        home = _home(actor, Permission.REFERRAL_READ)
        resident = _resident(resident_id)
        encounter = Encounter.objects.filter(pk=encounter_id).first() if encounter_id else None
        finding = observed.finding_of(resident, encounter=encounter, tier=home.tier)
        recent = clock.now() - timedelta(days=7)
        dismissed = set(
            Decision.objects.filter(
                resident=resident, verdict=Decision.Verdict.DISMISSED, at__gte=recent, encounter=encounter
            ).values_list("criterion", flat=True)
        )
        found = criteria.propose(finding, place=places_of(home) or None)
        return [s for s in found if f"{s.policy}#{s.rule}" not in dismissed]


def dismiss(
    actor: Actor, *, resident_id: UUID, criterion: str, reason: str, note: str = "", encounter_id: UUID | None = None
) -> Decision:
    """Do not refer in spite of a proposal; the reason is kept. Raises NotFound when the criterion does not fire."""
    with acting(actor):
        home = _home(actor, Permission.REFERRAL_SUBMIT)
        suggestion = _suggested(actor, resident_id, encounter_id, criterion)
        rules.check_reason("dismiss", reason, note, places_of(home))
        return _decide(actor, home, resident_id, encounter_id, suggestion, Decision.Verdict.DISMISSED, reason, note)


def _suggested(actor: Actor, resident_id: UUID, encounter_id: UUID | None, criterion: str) -> criteria.Suggestion:
    for suggestion in propose(actor, resident_id=resident_id, encounter_id=encounter_id):
        if f"{suggestion.policy}#{suggestion.rule}" == criterion:
            return suggestion
    raise NotFound("这条转诊建议现在不成立（数据已更新或已处理）", hint="请刷新页面")


def _decide(
    actor: Actor,
    home: Organization,
    resident_id: UUID,
    encounter_id: UUID | None,
    suggestion: criteria.Suggestion,
    verdict: Decision.Verdict,
    reason: str = "",
    note: str = "",
    referral: Referral | None = None,
) -> Decision:
    return Decision.objects.create(
        resident_id=resident_id,
        encounter_id=encounter_id,
        criterion=f"{suggestion.policy}#{suggestion.rule}",
        policy_hash=suggestion.hash,
        proposed=shown(suggestion),
        verdict=verdict,
        reason=reason,
        note=note,
        referral=referral,
        organization=home,
        user_id=actor.user_id,
    )


def shown(suggestion: criteria.Suggestion) -> dict[str, Any]:
    """A suggestion as it is kept with the case: rule, values, source and policy version."""
    return {
        "policy": suggestion.policy,
        "rule": suggestion.rule,
        "name": suggestion.name,
        "direction": suggestion.direction,
        "urgency": suggestion.urgency,
        "level": suggestion.level,
        "department": suggestion.department,
        "reason": suggestion.reason,
        "version": suggestion.version,
        "hash": suggestion.hash,
        "source": suggestion.source.model_dump(mode="json"),
        "evidence": [{"label": e.label, "value": str(e.value), "unit": e.unit} for e in suggestion.evidence],
    }


def open_referral(resident_id: UUID, disease: str) -> Referral | None:
    """The open referral of the same episode group, if there is one that the actor can see."""
    return (
        Referral.objects.filter(resident_id=resident_id, disease=disease, closed_at=None).order_by("-opened_at").first()
    )


def begin_up(
    actor: Actor,
    *,
    resident_id: UUID,
    encounter_id: UUID | None = None,
    criterion: str = "",
    disease: str = "",
    change_reason: str = "",
    change_note: str = "",
    basis: Referral | None = None,
    key: UUID | None = None,
) -> Outcome:
    """One click: a draft of a referral up, filled from the record.

    With ``criterion`` the proposal of that rule fills urgency, level and department. An open referral of the same
    episode is answered instead of a second one (``repeated``): the way leads to the first.
    """
    with acting(actor):
        home = _home(actor, Permission.REFERRAL_SUBMIT)
        resident = _resident(resident_id)
        suggestion = _suggested(actor, resident_id, encounter_id, criterion) if criterion else None
        group = disease or (diseases.of_policy(suggestion.policy) if suggestion else diseases.OTHER)
        if resident.died_on:
            raise Conflict(f"{resident.name}已登记死亡，不能转诊", hint="如登记有误，请先更正居民信息")
        if first := open_referral(resident.pk, group):
            return Outcome(first, first_event(first), repeated=True)
        places = places_of(home)
        goal = destinations.upward(home, suggestion.level if suggestion else "county")
        encounter = Encounter.objects.filter(pk=encounter_id, resident=resident).first() if encounter_id else None
        package = excerpt.excerpt(resident, places)
        case = Referral(
            workflow=UpReferral.name,
            state=UpReferral.draft.name,
            direction=Referral.Direction.UP,
            priority=suggestion.urgency if suggestion else "green",
            resident=resident,
            home_organization=home,
            counterpart_organization=goal.organization,
            handler_organization_id=destinations.handler(goal.organization, home),
            destination_reason=goal.reason,
            places=places,
            episode=basis.episode if basis else episode_of(resident, group, places),
            basis=basis,
            encounter=encounter,
            signed_organization_id=signed_centre(resident),
            department=destinations.department_named(goal.organization.pk, suggestion.department)
            if suggestion
            else None,
            referring_doctor_id=steps.doctor_of(actor),
            disease=group,
            package=package,
            proposal=shown(suggestion) if suggestion else {},
            follow_up_on=clock.today() + timedelta(days=(suggestion and suggestion.follow_up_days) or 14),
            privileges=["clinic"] if suggestion else [],
            **_first_words(resident, package, suggestion, encounter, group),
        )
        outcome = _open_once(actor, case, key)
        if suggestion:
            verdict = Decision.Verdict.CHANGED if change_reason else Decision.Verdict.ACCEPTED
            _decide(
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


def _open_once(actor: Actor, case: Referral, key: UUID | None) -> Outcome:
    """Open the case; if someone else opened the same episode in this moment, lead to theirs."""
    from django.db import IntegrityError

    try:
        with transaction.atomic():
            return open_case(actor, case, key=key)
    except IntegrityError as error:
        if "referral_one_open_per_episode" not in str(error):
            raise
        first = open_referral(case.resident_id, case.disease)
        if first is None or first.direction != case.direction:
            raise Conflict(
                "该居民同一病种已有一份正在办理的转诊，由其他机构发起",
                hint="请联系居民的签约机构或转诊办查明；结束后可再发起",
            ) from error
        return Outcome(first, first_event(first), repeated=True)


def episode_of(resident: Resident, disease: str, places: rules.Places) -> UUID:
    """The episode that a new referral belongs to: the last one of this illness, if it ended only days ago."""
    since = clock.now() - timedelta(days=rules.option("same_episode_days", places))
    last = (
        Referral.objects.filter(resident=resident, disease=disease, closed_at__gte=since).order_by("-closed_at").first()
    )
    return last.episode if last else new_id()


def first_event(case: Referral) -> Any:
    """The event that opened a case."""
    from yigongti.kernel.cases.models import CaseEvent

    return CaseEvent.objects.filter(case_id=case.pk).order_by("sequence").first()


def signed_centre(resident: Resident) -> int | None:
    """The organisation with whom the resident is signed today."""
    return SignedCentre.objects.on().filter(resident=resident).values_list("organization_id", flat=True).first()


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
        resident = _resident(resident_id)
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
            signed_organization_id=signed_centre(resident),
            referring_doctor_id=steps.doctor_of(actor),
            disease=group,
            **(_concluded(basis) if basis else _discharge(resident, sender, package, group)),
            package=package,
            plan={
                "drugs": [{**m, "days": 28, "in_formulary": None} for m in package["medications"]],
                "warning_signs": warning_signs(group, places),
            },
            follow_up_on=clock.today() + timedelta(days=3),
        )
        if plan:
            steps.revise_plan(case, actor, plan)
        outcome = _open_once(actor, case, key)
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


def begin_return(actor: Actor, *, basis: Referral, data: schemas.WarningSign) -> Outcome:
    """A patient who was sent down goes up again: a draft with the warning sign as its reason."""
    assert basis.counterpart_organization_id is not None
    home = Organization.objects.select_related("part_of").get(pk=basis.counterpart_organization_id)
    resident = _resident(basis.resident_id)
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
        handler_organization_id=destinations.handler(goal, home),
        destination_reason="上次诊治的医院",
        places=places,
        episode=basis.episode,
        basis=basis,
        signed_organization_id=basis.signed_organization_id,
        department_id=_department_before(basis),
        referring_doctor_id=steps.doctor_of(actor),
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
    return _open_once(actor, case, None)


def _department_before(basis: Referral) -> int | None:
    """The department that treated the episode before it was sent down; None where that referral is not ours to see."""
    first = Referral.objects.filter(sequels=basis)
    return first.values_list("department_id", flat=True).first()


def departments_of(organization_id: int) -> list[tuple[int, str]]:
    """The departments that take referrals."""
    found = Department.objects.filter(organization_id=organization_id, accepts_referrals=True, closed_on=None)
    return list(found.values_list("pk", "name"))
