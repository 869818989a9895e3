"""Break the glass: open the record of someone in danger without any relation, with a reason and an alarm."""

from datetime import timedelta
from uuid import UUID

from django.db import models

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.audit.reading import note
from yigongti.kernel.errors import Invalid, NotFound

from .. import events
from ..access import working_at
from ..models import CareRelation, Resident
from .desk import Presented, at_desk
from .relations import Kind, open_relation

LONGEST = 24 * 60
"""Minutes; whoever needs longer has a relation by then."""


class Reason(models.TextChoices):
    """Why someone opens a record in an emergency."""

    LIFE = "life", "危及生命，须立即了解病史、用药和过敏"
    UNCONSCIOUS = "unconscious", "患者意识不清，无法出示证件"
    PUBLIC_HEALTH = "public-health", "突发公共卫生事件处置"
    OTHER = "other", "其他紧急情况，或诊疗确需查看受保护的记录"


def whom(actor: Actor, *, resident_id: UUID) -> Presented:
    """Whose record would be opened; the asking is noted. Raises Forbidden, NotFound."""
    with acting(actor):
        working_at(actor, Permission.RECORD_EMERGENCY)
        found = at_desk(ids=[resident_id])
    if not found:
        raise NotFound("没有这位居民")
    return found[0]


def open_in_emergency(
    actor: Actor, *, resident_id: UUID, reason: str, text: str, minutes: int = 60
) -> tuple[Resident, CareRelation]:
    """Open the record for ``minutes``. The privacy officer, the director and the resident are told.

    Raises Forbidden, Invalid, NotFound.
    """
    if reason not in Reason.values:
        raise Invalid("请选择紧急调阅的原因", field="reason")
    if len(text.strip()) < 4:
        raise Invalid("请写明情况（至少 4 个字），本人和隐私负责人会看到", field="text")
    if not 5 <= minutes <= LONGEST:
        raise Invalid(f"调阅时长应为 5–{LONGEST} 分钟", field="minutes")
    with acting(actor):
        organization = working_at(actor, Permission.RECORD_EMERGENCY)
        if not at_desk(ids=[resident_id]):
            raise NotFound("没有这位居民")
        until = clock.now() + timedelta(minutes=minutes)
        source = str(actor.user_id or "")
        open_relation(
            resident_id=resident_id, organization_id=organization, kind=Kind.EMERGENCY, source=source, until=until
        )
        words = f"{Reason(reason).label}：{text.strip()}"
        note(
            actor,
            Entry.Action.EMERGENCY,
            subject="residents:emergency",
            subject_id=str(resident_id),
            resident_id=resident_id,
            reason=words,
            until=until,
        )
        events.record_opened_in_emergency(actor, resident_id, words, until)
        relation = CareRelation.objects.filter(
            resident_id=resident_id, organization_id=organization, kind=Kind.EMERGENCY, source=source
        ).latest("until")
        return Resident.objects.get(pk=resident_id), relation
