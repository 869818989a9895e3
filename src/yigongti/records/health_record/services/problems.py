"""Diagnoses, drugs and allergies."""

from datetime import date
from uuid import UUID

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.errors import Conflict, Invalid
from yigongti.records.residents.access import access_resident
from yigongti.records.residents.services import contact

from ..models import AllergyIntolerance, Condition, Entry, MedicationStatement
from ..registers import REGISTERS, register_of
from .encounters import practitioner_of, writing_at


def diagnose(
    actor: Actor,
    *,
    resident_id: UUID,
    code: str,
    name: str,
    onset_on: date | None = None,
    register: str | None = None,
    status: str = Condition.Status.ACTIVE,
) -> Condition:
    """Put a diagnosis (ICD-10 and its name) on the problem list; it puts the person on its chronic register.

    Raises Conflict if the same diagnosis is on the list already.
    """
    if not code.strip() or not name.strip():
        raise Invalid("请选择诊断", field="code")
    if register and register not in REGISTERS:
        raise Invalid(f"没有专病登记 {register}", field="register", hint="、".join(REGISTERS))
    if onset_on and onset_on > clock.today():
        raise Invalid("发病日期不能晚于今天", field="onset_on")
    condition = Condition(
        code=code.strip().upper(),
        name=name.strip(),
        register=register_of(code) if register is None else register,
        status=status,
        onset_on=onset_on,
    )
    with acting(actor):
        write_entry(actor, resident_id, condition, check=_refuse_second)
        return condition


def _refuse_second(condition: Entry) -> None:
    assert isinstance(condition, Condition)
    same = Condition.objects.in_force().filter(resident_id=condition.resident_id, code=condition.code)
    if same.exclude(status=Condition.Status.RESOLVED).exists():
        raise Conflict(f"问题列表中已有“{condition.name}”（{condition.code}）", field="code")


def settle(actor: Actor, *, condition_id: UUID, status: str) -> Condition:
    """The disease is in remission, has healed, or is active again; the old status stays in the audit."""
    if status not in Condition.Status.values:
        raise Invalid("请选择状态", field="status")
    with acting(actor):
        condition = Condition.objects.in_force().select_for_update().get(pk=condition_id)
        access_resident(actor, condition.resident_id, Permission.RECORD_WRITE)
        condition.status = status
        condition.save(update_fields=["status"])
        return condition


def prescribe(
    actor: Actor,
    *,
    resident_id: UUID,
    name: str,
    dose: str,
    frequency: str,
    route: str = "口服",
    start: date | None = None,
    until: date | None = None,
    encounter_id: UUID | None = None,
) -> MedicationStatement:
    """A drug that the person takes from now on."""
    for field, text in (("name", name), ("dose", dose), ("frequency", frequency)):
        if not text.strip():
            raise Invalid("请填写药品、用量和频次", field=field)
    begins = start or clock.today()
    if until and until < begins:
        raise Invalid("停用日期不能早于开始日期", field="until")
    medication = MedicationStatement(
        name=name.strip(),
        dose=dose.strip(),
        frequency=frequency.strip(),
        route=route.strip(),
        start=begins,
        until=until,
        encounter_id=encounter_id,
    )
    with acting(actor):
        write_entry(actor, resident_id, medication)
        return medication


def stop_medication(actor: Actor, *, medication_id: UUID, on: date | None = None) -> MedicationStatement:
    """The person no longer takes the drug. Raises Conflict if it was stopped before."""
    with acting(actor):
        medication = MedicationStatement.objects.in_force().select_for_update().get(pk=medication_id)
        access_resident(actor, medication.resident_id, Permission.RECORD_WRITE)
        day = on or clock.today()
        if medication.until and medication.until <= day:
            raise Conflict(f"{medication.name}已于 {medication.until:%Y-%m-%d} 停用")
        medication.until = max(day, medication.start)
        medication.save(update_fields=["until"])
        return medication


def record_allergy(actor: Actor, *, resident_id: UUID, substance: str, reaction: str = "") -> AllergyIntolerance:
    """What the person must not get. Recorded already: the first entry is returned."""
    if not substance.strip():
        raise Invalid("请填写过敏原", field="substance")
    with acting(actor):
        known = (
            AllergyIntolerance.objects.in_force().filter(resident_id=resident_id, substance=substance.strip()).first()
        )
        if known:
            return known
        allergy = AllergyIntolerance(substance=substance.strip(), reaction=reaction.strip())
        write_entry(actor, resident_id, allergy)
        return allergy


def write_entry(actor: Actor, resident_id: UUID, entry: Entry, check: object = None) -> None:
    """Store a new entry of the record, written here and now by the actor."""
    organization = writing_at(actor)
    access_resident(actor, resident_id, Permission.RECORD_WRITE, lock=True)
    entry.resident_id = resident_id
    if callable(check):
        check(entry)
    entry.organization_id = organization
    entry.practitioner_id = practitioner_of(actor)
    entry.recorded_at, entry.recorded_by = clock.now(), actor.user_id
    entry.save(force_insert=True)
    contact(resident_id, organization, clock.now())
