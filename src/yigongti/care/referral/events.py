"""What the referral room listens to: what happens to a person elsewhere ends or changes an open referral."""

from datetime import datetime
from typing import Any

from yigongti.kernel.events.outbox import consumer

from . import rules, steps
from .models import Referral
from .workflow import UpReferral

#: an admission ends only what has not begun: a patient in the receiver's care is where the referral meant
BEFORE_ARRIVAL = {
    UpReferral.draft.name,
    UpReferral.review.name,
    UpReferral.submitted.name,
    UpReferral.supplement.name,
    UpReferral.accepted.name,
    UpReferral.no_show.name,
}


def _open(payload: dict[str, Any]) -> list[Referral]:
    return list(Referral.objects.filter(resident_id=payload["resident"], closed_at=None).order_by("pk"))


@consumer("ResidentDied")
def end_on_death(payload: dict[str, Any]) -> None:
    """A death ends every open referral of the person."""
    for case in _open(payload):
        if rules.option("close_on_death", case.places):
            steps.automatically(case, "died", f"居民已于 {payload['on']} 死亡")


@consumer("ResidentMoved")
def end_on_moving_away(payload: dict[str, Any]) -> None:
    """Who moved away is no longer followed up here; what a hospital has begun it finishes."""
    for case in _open(payload):
        if case.direction == Referral.Direction.DOWN or case.state in BEFORE_ARRIVAL:
            steps.automatically(case, "moved-away", f"居民已于 {payload['on']} 迁出")


@consumer("ConsentWithdrawn")
def end_on_withdrawn_consent(payload: dict[str, Any]) -> None:
    """Without consent to the referral, what has not begun ends."""
    if payload["kind"] != "referral":
        return
    for case in _open(payload):
        if case.state in BEFORE_ARRIVAL and rules.option("close_on_consent_withdrawn", case.places):
            steps.automatically(case, "consent-withdrawn", "居民撤回了转诊同意")


@consumer("AdmittedElsewhere")
def end_on_admission_elsewhere(payload: dict[str, Any]) -> None:
    """A stay in another hospital than the one it is sent to ends a referral that has not begun.

    A stay that began before the referral was opened, told late by a delivery, is not what became of it.
    """
    began = datetime.fromisoformat(payload["at"]) if payload.get("at") else None
    for case in _open(payload):
        if began and began < case.opened_at:
            continue
        elsewhere = payload["organization"] not in (case.counterpart_organization_id, case.handler_organization_id)
        waiting = case.direction == Referral.Direction.UP and case.state in BEFORE_ARRIVAL
        if elsewhere and waiting and rules.option("close_on_admission_elsewhere", case.places):
            steps.automatically(case, "admitted-elsewhere", "居民已在其他医院住院")
