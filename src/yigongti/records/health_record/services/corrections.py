"""Correcting and voiding what was written: the old row stays and says what replaced it."""

from collections.abc import Mapping
from copy import copy
from typing import Any, TypeVar, cast
from uuid import UUID

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.keys import new_id
from yigongti.kernel.errors import Invalid, NotFound, Stale
from yigongti.records.residents.access import access_resident

from ..models import (
    KINDS,
    AllergyIntolerance,
    AtEncounter,
    CarePlan,
    Condition,
    DiagnosticReport,
    DocumentReference,
    Encounter,
    Entry,
    FamilyMemberHistory,
    Immunization,
    MedicationDispense,
    MedicationRequest,
    MedicationStatement,
    Observation,
    Procedure,
)
from ..observations import checked, measured
from .encounters import moment, observations
from .history import check

E = TypeVar("E", bound=Entry)
ATTACHED: tuple[Any, ...] = tuple(kind for kind in KINDS if issubclass(kind, AtEncounter))
"""Kinds of rows that hang on an encounter and go with it."""

NAMES: Mapping[Any, str] = {
    Encounter: "kind started_at ended_at complaint findings assessment advice next_due department_id",
    Observation: "value text effective_at",
    Condition: "code name register onset_on abated_on status verification",
    DiagnosticReport: "name category effective_at issued_at findings conclusion body_site specimen",
    Procedure: "code name performed_at performed_until body_site reason outcome note",
    MedicationRequest: "name dose route frequency quantity quantity_unit days note",
    MedicationDispense: "name dose quantity quantity_unit days batch dispensed_at",
    MedicationStatement: "name dose route frequency start until",
    AllergyIntolerance: "substance reaction category criticality status onset_on",
    Immunization: "name occurred_at dose_number manufacturer batch expires_on body_site",
    CarePlan: "title category start until description activities goals status",
    DocumentReference: "title kind dated_at",
    FamilyMemberHistory: "relationship name code onset_age deceased note",
}
CORRECTABLE: Mapping[Any, frozenset[str]] = {kind: frozenset(names.split()) for kind, names in NAMES.items()}
"""What may be corrected by hand, for each kind."""


def correct_entry(actor: Actor, entry: type[E], entry_id: UUID, **changes: Any) -> E:
    """A new version of an entry; the old one points to it. Only the organisation that wrote it may.

    Raises Stale if someone corrected or voided it before.
    """
    if stranger := changes.keys() - CORRECTABLE.get(entry, frozenset()):
        raise Invalid(f"不能更正：{'、'.join(sorted(stranger))}")
    with acting(actor):
        old = _held(actor, entry, entry_id)
        new = cast(E, entry.objects.get(pk=old.pk))
        for field, value in changes.items():
            setattr(new, field, value)
        _check(new)
        new.pk = new_id()
        new.source_key = ""
        new.version = old.version + 1
        new.recorded_at, new.recorded_by = clock.now(), actor.user_id
        new.save(force_insert=True)
        old.replaced_by, old.replaced_at = new, new.recorded_at
        old.save(update_fields=["replaced_by", "replaced_at"])
        if isinstance(new, Encounter):
            _carry_over(old, new)
        if isinstance(new, DiagnosticReport):
            Observation.objects.in_force().filter(report_id=old.pk).update(report_id=new.pk)
        return new


def void_entry(actor: Actor, entry: type[E], entry_id: UUID, *, reason: str) -> E:
    """Declare an entry void with a reason (wrong person, typed twice); an encounter takes what hangs on it along."""
    if not reason.strip():
        raise Invalid("请写明作废原因", field="reason")
    with acting(actor):
        old = _held(actor, entry, entry_id)
        void = {"voided_reason": reason.strip()[:128], "voided_at": clock.now()}
        for name, value in void.items():
            setattr(old, name, value)
        old.save(update_fields=list(void))
        if isinstance(old, Encounter):
            for attached in ATTACHED:
                attached.objects.in_force().filter(encounter=old).update(**void)
        return old


def correct_visit(actor: Actor, encounter_id: UUID, *, measurements: Mapping[str, object], **content: Any) -> Encounter:
    """A visit as it should have been written: changed words make a new version of it, each changed value a new version
    of the measurement, a value that was left out is void, a new one is added. Unchanged parts stay as they are.
    """
    values = checked(measurements)
    with acting(actor):
        encounter = _held(actor, Encounter, encounter_id)
        changes = {name: value for name, value in content.items() if getattr(encounter, name) != value}
        if changes:
            encounter = correct_entry(actor, Encounter, encounter_id, **changes)
        written = {row.code: row for row in Observation.objects.in_force().filter(encounter=encounter)}
        for code, row in written.items():
            if code not in values and row.value is not None:
                void_entry(actor, Observation, row.pk, reason="更正就诊时删去")
            elif code in values and row.value != values[code]:
                correct_entry(actor, Observation, row.pk, value=values[code])
        added = {code: value for code, value in values.items() if code not in written}
        rows = observations(encounter, added)
        for row in rows:
            row.recorded_at, row.recorded_by = clock.now(), actor.user_id
        Observation.objects.bulk_create(rows)
        return encounter


def _held(actor: Actor, entry: type[E], entry_id: UUID) -> E:
    old = entry.objects.select_for_update().filter(pk=entry_id).first()
    if old is None:
        raise NotFound("没有找到这条记录")
    actor.require(Permission.RECORD_WRITE, old.organization_id)
    access_resident(actor, old.resident_id, Permission.RECORD_WRITE)
    if old.replaced_by or old.voided_reason:
        raise Stale("这条记录已被更正或作废", hint="请刷新页面，在新的一条上修改")
    return cast(E, old)


def _check(new: Entry) -> None:
    if isinstance(new, FamilyMemberHistory | Immunization | DiagnosticReport):
        check(new)
    if isinstance(new, Observation) and new.value is not None:
        new.value = measured(new.code).value(new.value)
        new.effective_at = moment(new.effective_at, new.resident, "effective_at")
    if isinstance(new, Encounter):
        new.started_at = moment(new.started_at, new.resident)
        if new.ended_at and new.ended_at < new.started_at:
            raise Invalid("结束时间不能早于开始时间", field="ended_at")


def _carry_over(old: Entry, new: Encounter) -> None:
    """What hangs on an encounter hangs on its correction; what was measured when it began moves in time."""
    assert isinstance(old, Encounter)
    if new.started_at != old.started_at:
        _move(old, new)
    for attached in ATTACHED:
        attached.objects.in_force().filter(encounter=old).update(encounter=new)


def _move(old: Encounter, new: Encounter) -> None:
    """New versions of what was measured at the beginning, at the new time: they may lie in another month."""
    moved = list(Observation.objects.in_force().filter(encounter=old, effective_at=old.started_at))
    versions = {row.pk: copy(row) for row in moved}
    for version in versions.values():
        version.pk, version.source_key, version.version = new_id(), "", version.version + 1
        version.encounter, version.effective_at = new, new.started_at
        version.recorded_at, version.recorded_by = new.recorded_at, new.recorded_by
    Observation.objects.bulk_create(versions.values())
    for row in moved:
        row.replaced_by, row.replaced_at = versions[row.pk], new.recorded_at
    Observation.objects.bulk_update(moved, ["replaced_by", "replaced_at"])
