"""The news of this room. Keys: ``resident`` is the resident's id as text; days are ISO dates.

- ``ResidentDied(resident, on)`` and ``ResidentDeathCorrected(resident)``
- ``ResidentMoved(resident, on, to)``: moved away from the area served, and ``ResidentReturned(resident)``
- ``ConsentWithdrawn(resident, kind)``
- ``ResponsibilityChanged(resident, organizations)``: the address now lies in the grids of these organisations
- ``ResidentTied(linked, created, review)``: source identities were tied; how many to whom
- ``ResidentsMerged(survivor, loser, merge)`` and ``ResidentsUnmerged(survivor, loser, merge)``
- ``IdentityMoved(identity, before, after, move)``: a source identity went, with all of its, to another resident
- ``RecordOpenedInEmergency(resident, organization, user, reason, until)``: an alarm
"""

from datetime import date, datetime
from uuid import UUID

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.events.outbox import emit, telling
from yigongti.kernel.prepared import Write


def resident_died(resident_id: UUID, on: date) -> None:
    emit("ResidentDied", resident=str(resident_id), on=on.isoformat())


def resident_death_corrected(resident_id: UUID) -> None:
    emit("ResidentDeathCorrected", resident=str(resident_id))


def resident_moved(resident_id: UUID, on: date, to: str) -> None:
    emit("ResidentMoved", resident=str(resident_id), on=on.isoformat(), to=to)


def resident_returned(resident_id: UUID) -> None:
    emit("ResidentReturned", resident=str(resident_id))


def consent_withdrawn(resident_id: UUID, kind: str) -> None:
    emit("ConsentWithdrawn", resident=str(resident_id), kind=kind)


def responsibility_changed(resident_id: UUID, organizations: list[int]) -> None:
    emit("ResponsibilityChanged", resident=str(resident_id), organizations=organizations)


def record_opened_in_emergency(actor: Actor, resident_id: UUID, reason: str, until: datetime) -> None:
    emit(
        "RecordOpenedInEmergency",
        resident=str(resident_id),
        organization=actor.organization_id,
        user=actor.user_id,
        reason=reason,
        until=until.isoformat(),
    )


def residents_tied(*, linked: int, created: int, review: int) -> None:
    emit("ResidentTied", linked=linked, created=created, review=review)


def residents_merged(survivor: UUID, loser: UUID, merge: UUID) -> Write:
    return telling("ResidentsMerged", survivor=str(survivor), loser=str(loser), merge=str(merge))


def residents_unmerged(survivor: UUID, loser: UUID, merge: UUID) -> Write:
    return telling("ResidentsUnmerged", survivor=str(survivor), loser=str(loser), merge=str(merge))


def identity_moved(identity: UUID, before: UUID, after: UUID, move: UUID) -> Write:
    return telling("IdentityMoved", identity=str(identity), before=str(before), after=str(after), move=str(move))
