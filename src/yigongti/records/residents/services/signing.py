"""Signing with a centre and a family doctor (签约), and what the resident consents to."""

from datetime import date, datetime, time
from uuid import UUID

from django.utils import timezone

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.errors import Conflict, Invalid
from yigongti.registry.staff.models import Practitioner

from .. import events
from ..access import access_resident, own_or_related
from ..models import CareRelation, Consent, Contact, SignedCentre
from .relations import Kind, open_relation


def sign(
    actor: Actor,
    *,
    resident_id: UUID,
    organization_id: int,
    doctor_id: int | None = None,
    start: date | None = None,
    until: date | None = None,
) -> SignedCentre:
    """Sign the resident with a centre. Two who sign at once: one wins, the other is told with whom.

    A signing dated ahead opens the record on its day (:mod:`..duties`); one that follows the centre's own prolongs it.
    Raises Conflict while another signing holds in the period.
    """
    with acting(actor):
        actor.require(Permission.RESIDENT_REGISTER, organization_id)
        resident = access_resident(actor, resident_id, Permission.RESIDENT_REGISTER, lock=True)
        start = start or clock.today()
        if resident.died_on or resident.moved_on:
            raise Conflict(f"{resident.name}已登记{'死亡' if resident.died_on else '迁出'}，不能签约")
        _refuse_second(resident_id, start, until)
        if doctor_id and not Practitioner.objects.filter(pk=doctor_id).exists():
            raise Invalid("没有这位医生", field="doctor")
        if start <= clock.today() or _holds_until(resident_id, organization_id, start):
            open_relation(
                resident_id=resident_id,
                organization_id=organization_id,
                kind=Kind.SIGNED,
                until=midnight(until) if until else None,
            )
        return SignedCentre.objects.create(
            resident=resident, organization_id=organization_id, doctor_id=doctor_id, start=start, until=until
        )


def _holds_until(resident_id: UUID, organization_id: int, start: date) -> bool:
    """The centre's earlier signing lasts until this one begins."""
    earlier = SignedCentre.objects.filter(resident_id=resident_id, organization_id=organization_id, until=start)
    return earlier.filter(start__lte=clock.today()).exists()


def _refuse_second(resident_id: UUID, start: date, until: date | None) -> None:
    others = SignedCentre.objects.filter(resident_id=resident_id).exclude(until__lte=start)
    other = (others.filter(start__lt=until) if until else others).select_related("organization", "doctor").first()
    if other:
        raise Conflict(
            f"已与{other.organization}{f'（{other.doctor}医生）' if other.doctor else ''}签约，"
            f"自 {other.start:%Y-%m-%d}{f' 至 {other.until:%Y-%m-%d}' if other.until else ' 起'}",
            hint="请先解约，再与新的机构签约",
            organization=other.organization_id,
        )


def end_signing(actor: Actor, *, resident_id: UUID, on: date | None = None) -> SignedCentre:
    """End the signing in force on a day (default: today); the centre's relation ends with it."""
    with acting(actor):
        access_resident(actor, resident_id, Permission.RESIDENT_REGISTER, lock=True)
        day = on or clock.today()
        signing = SignedCentre.objects.on(day).filter(resident_id=resident_id).first()
        if signing is None:
            raise Conflict("这一天没有有效的签约")
        actor.require(Permission.RESIDENT_REGISTER, signing.organization_id)
        if signing.start >= day:
            signing.delete()
        else:
            signing.until = day
            signing.save(update_fields=["until"])
        relations = CareRelation.objects.filter(resident_id=resident_id, organization_id=signing.organization_id)
        end = clock.now() if day <= clock.today() else midnight(day)
        relations.filter(kind=Kind.SIGNED).in_force().update(until=end)
        return signing


def midnight(day: date) -> datetime:
    """When a day begins in Beijing: what holds until a day (not included) ends then."""
    return timezone.make_aware(datetime.combine(day, time.min))


def grant_consent(actor: Actor, *, resident_id: UUID, kind: str, evidence: str) -> Consent:
    """Record what the resident agreed to, and how. Granted already: the consent in force is returned."""
    if kind not in Consent.Kind.values:
        raise Invalid("没有这种知情同意", field="kind")
    if not evidence.strip():
        raise Invalid("请填写同意的方式，例如“本人签字”", field="evidence")
    with acting(actor):
        own_or_related(actor, resident_id, Permission.RECORD_WRITE)
        held = Consent.objects.filter(resident_id=resident_id, kind=kind, withdrawn_at=None).first()
        return held or Consent.objects.create(resident_id=resident_id, kind=kind, evidence=evidence.strip())


def withdraw_consent(actor: Actor, *, resident_id: UUID, kind: str) -> Consent:
    """The resident no longer agrees: the house hears of it. Raises Conflict if there is nothing to withdraw."""
    with acting(actor):
        own_or_related(actor, resident_id, Permission.RECORD_WRITE)
        held = Consent.objects.filter(resident_id=resident_id, kind=kind, withdrawn_at=None).first()
        if held is None:
            raise Conflict("没有可以撤回的同意")
        held.withdrawn_at = clock.now()
        held.save(update_fields=["withdrawn_at"])
        events.consent_withdrawn(resident_id, kind)
        return held


def add_contact(actor: Actor, *, resident_id: UUID, name: str, relation: str, phone: str) -> Contact:
    """Someone to call."""
    if not name.strip() or not phone.strip():
        raise Invalid("请填写联系人的姓名和电话", field="phone" if name.strip() else "name")
    with acting(actor):
        access_resident(actor, resident_id, Permission.RESIDENT_REGISTER, lock=True)
        return Contact.objects.create(resident_id=resident_id, name=name, relation=relation, phone=phone)


def remove_contact(actor: Actor, *, resident_id: UUID, contact_id: int) -> None:
    """Someone no longer to call; the audit keeps who it was."""
    with acting(actor):
        access_resident(actor, resident_id, Permission.RESIDENT_REGISTER, lock=True)
        Contact.objects.filter(pk=contact_id, resident_id=resident_id).delete()
