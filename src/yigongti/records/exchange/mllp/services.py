"""Senders, and messages once more."""

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_network
from uuid import UUID

from django.db.models import Q, QuerySet

from yigongti.config import configuration
from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.audit.reading import note
from yigongti.kernel.errors import Conflict, Invalid, NotFound
from yigongti.records.residents.models import SourceSystem
from yigongti.registry.storing import locked, store

from . import taking
from .header import decoded
from .models import InboundMessage, MessageSender

Permit = Permission.EXCHANGE_RECEIVE
REMOVED = "removed"
"""What became of a message whose content is gone."""


def messages(actor: Actor) -> QuerySet[InboundMessage]:
    """Those of one's organisations, and those of unknown senders (without content)."""
    found = InboundMessage.objects.defer("content").select_related("source")
    if actor.everything:
        return found
    return found.filter(Q(organization_id__in=actor.organizations(Permit)) | Q(organization_id=None))


def failed_lately(actor: Actor, days: int) -> int:
    """How many messages of known senders could not be worked off in the last so many days."""
    rows = messages(actor).filter(organization__isnull=False).filter(state=InboundMessage.State.FAILED)
    return rows.filter(received_at__gt=clock.now() - timedelta(days=days)).count()


def access_message(actor: Actor, key: UUID) -> InboundMessage:
    """One of them. Raises Forbidden, NotFound."""
    actor.require(Permit)
    found = messages(actor).filter(pk=key).first()
    if found is None:
        raise NotFound("没有这条消息，或者它不属于您管理的机构")
    return found


def content(actor: Actor, message: InboundMessage) -> str:
    """What came, as text, one segment a line; leaves an entry in the audit. Raises Forbidden, NotFound."""
    actor.require(Permit, message.organization_id)
    if message.removed_at:
        raise NotFound("原文已按保存期限清除", hint=f"原文保存 {configuration().mllp_days} 天；处理结果仍可查看")
    if message.organization_id is None and not actor.everything:
        raise NotFound("未登记发送方的消息不显示内容", hint="先登记发送方再重放")
    note(actor, Entry.Action.READ, subject="mllp:message", subject_id=str(message.pk), control_id=message.control_id)
    return decoded(str(message.content).encode("latin-1")).replace("\r", "\n")


@dataclass(frozen=True)
class Replayed:
    """A message that was worked off once more: its state before, and as it is now; ``removed`` where nothing was left
    to work off.
    """

    message: InboundMessage
    before: str
    removed: bool = False

    @property
    def outcome(self) -> str:
        """The state that it has now, or ``removed``."""
        return REMOVED if self.removed else str(self.message.state)


def replay(actor: Actor, *, keys: list[UUID]) -> list[Replayed]:
    """Work messages off once more; what they already brought is recognised as the same. Returns what became of each.

    Raises Forbidden, NotFound, and Conflict where the only message has lost its content.
    """
    actor.require(Permit)
    done = []
    for key in keys:
        with acting(actor):
            row = access_message(actor, key)
        if row.removed_at and len(keys) == 1:
            raise Conflict("原文已按保存期限清除，不能重放", hint="请发送方重新发送")
        if row.removed_at:
            done.append(Replayed(row, row.state, removed=True))
            continue
        _known(row)
        done.append(Replayed(taking.work_off(row, again=True), row.state))
    return done


def _known(row: InboundMessage) -> None:
    """A sender that was registered meanwhile is known now."""
    if row.source_id is not None:
        return
    with acting(SYSTEM):
        here = {"application": row.application, "facility": row.facility, "active": True}
        sender = MessageSender.objects.select_related("source").filter(**here).first()
        if sender:
            InboundMessage.objects.filter(pk=row.pk).update(
                source=sender.source, organization_id=sender.source.organization_id
            )


def senders(actor: Actor) -> QuerySet[MessageSender]:
    """The senders of one's organisations."""
    found = MessageSender.objects.select_related("source__organization").order_by("application", "facility")
    if actor.everything:
        return found
    return found.filter(source__organization_id__in=actor.organizations(Permit))


def register_sender(
    actor: Actor, *, application: str, facility: str, source: SourceSystem, addresses: str = "", active: bool = True
) -> MessageSender:
    """Say which source system sends as MSH-3 and MSH-4. Raises Invalid, Conflict."""
    actor.require(Permit, source.organization_id)
    with acting(actor):
        plain = _networks(addresses)
        return store(
            MessageSender(
                application=application.strip(),
                facility=facility.strip(),
                source=source,
                addresses=plain,
                active=active,
            )
        )


def change_sender(
    actor: Actor, *, sender: MessageSender, source: SourceSystem, addresses: str, active: bool
) -> MessageSender:
    """Another system, other addresses, or stop it."""
    for organization in (sender.source.organization_id, source.organization_id):
        actor.require(Permit, organization)
    with acting(actor):
        return store(locked(sender), source=source, addresses=_networks(addresses), active=active)


def _networks(text: str) -> str:
    try:
        return " ".join(str(ip_network(part, strict=False)) for part in text.replace(",", " ").split())
    except ValueError as error:
        raise Invalid(f"网络地址不能识别：{error}", hint="例如 10.8.3.0/24", field="addresses") from None
