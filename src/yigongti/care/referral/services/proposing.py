"""What the criteria propose for a person, and what the doctor decided about it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.errors import NotFound
from yigongti.records.health_record.models import Encounter
from yigongti.registry.organizations.models import Organization

from .. import criteria, observed, rules
from ..models import Decision, Referral
from .opening import acting_home, places_of, resident_seen


def propose(actor: Actor, *, resident_id: UUID, encounter_id: UUID | None = None) -> list[criteria.Suggestion]:
    """What the criteria in force say about a resident now, most urgent first, without those dismissed this week."""
    with acting(actor):
        home = acting_home(actor, Permission.REFERRAL_READ)
        resident = resident_seen(resident_id)
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
        home = acting_home(actor, Permission.REFERRAL_SUBMIT)
        suggestion = suggested(actor, resident_id, encounter_id, criterion)
        rules.check_reason("dismiss", reason, note, places_of(home))
        return decide(actor, home, resident_id, encounter_id, suggestion, Decision.Verdict.DISMISSED, reason, note)


def suggested(actor: Actor, resident_id: UUID, encounter_id: UUID | None, criterion: str) -> criteria.Suggestion:
    for suggestion in propose(actor, resident_id=resident_id, encounter_id=encounter_id):
        if f"{suggestion.policy}#{suggestion.rule}" == criterion:
            return suggestion
    raise NotFound("这条转诊建议现在不成立（数据已更新或已处理）", hint="请刷新页面")


def decide(
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
        "reason_code": suggestion.reason_code,
        "version": suggestion.version,
        "hash": suggestion.hash,
        "source": suggestion.source.model_dump(mode="json"),
        "evidence": [{"label": e.label, "value": _plain(e.value), "unit": e.unit} for e in suggestion.evidence],
    }


def _plain(value: Any) -> str:
    """``192``, ``7.8``; True and False by their names."""
    return f"{value:g}" if isinstance(value, float) else str(value)
