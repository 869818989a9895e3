"""A message is stored, then worked off, then answered; the same message again gets the same answer.

Working off and noting the answer are one transaction: killed in between, the message is still stored and is worked off
by the pulse or when the sender repeats it.
"""

import hashlib
import logging
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address, ip_network

from django.db import transaction
from django.db.models import F

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.errors import YigongtiError

from ..hl7v2 import acknowledged
from .header import CONTROLS, LINE_CONTROLS, Header, header
from .models import InboundMessage, MessageSender

logger = logging.getLogger(__name__)
State = InboundMessage.State
REUSED = timedelta(days=30)
"""So long a control id belongs to one message."""


@dataclass(frozen=True)
class Taken:
    """A stored message. ``answered``: it came before and this was the answer."""

    message: InboundMessage
    header: Header
    answered: str = ""


def store(raw: bytes, peer: str = "") -> Taken:
    """Store a message as it came; refused ones too. Raises OperationalError when the database is away."""
    head = header(raw)
    digest = hashlib.sha256(raw).digest()
    same = {"application": head.application, "facility": head.facility, "control_id": head.control_id}
    with acting(SYSTEM):
        sender = (
            MessageSender.objects.select_related("source")
            .filter(application=head.application, facility=head.facility, active=True)
            .first()
        )
        made = InboundMessage(
            source=sender.source if sender else None,
            organization_id=sender.source.organization_id if sender else None,
            peer=peer[:64],
            event=head.event,
            content=raw.decode("latin-1"),
            size=len(raw),
            digest=digest,
            **same,
        )
        reason, hint = _refusal(made, head, sender, same)
        if reason:
            made.state, made.error, made.hint, made.ended_at = State.REFUSED, reason[:500], hint, clock.now()
            made.code, made.ack = "AR", answer(head, "AR", reason)
        if InboundMessage.objects.bulk_create([made], ignore_conflicts=True) and _kept(made):
            return Taken(made, head, made.ack)
        before = InboundMessage.objects.get(digest=digest, **same)
        InboundMessage.objects.filter(pk=before.pk).update(repeats=F("repeats") + 1)
        return Taken(before, head, before.ack)


def _kept(made: InboundMessage) -> bool:
    return InboundMessage.objects.filter(pk=made.pk).exists()


def _refusal(made: InboundMessage, head: Header, sender: MessageSender | None, same: dict[str, str]) -> tuple[str, str]:
    if not head.text.startswith("MSH"):
        return "不是 HL7 v2 消息：应以 MSH 段开头", "检查发送方的报文格式和分帧"
    if sender is None:
        who = f"{head.application or '（空）'}|{head.facility or '（空）'}"
        return f"发送方 {who} 没有登记", "由信息科在 HL7 消息页面登记 MSH-3、MSH-4 对应的来源系统"
    if not (_from_there(sender, made.peer) and sender.source.active):
        return (
            f"来源系统{sender.source.title}已停用，或者不能从 {made.peer} 发送",
            "由信息科启用，或在发送方登记中加入地址",
        )
    if not head.control_id:
        return "没有消息控制号 MSH-10", "每条消息应有不重复的控制号"
    if _used_otherwise(made, same):
        return f"控制号 {head.control_id[:60]} 已用于另一条内容不同的消息", "换一个控制号重发"
    return "", ""


def _used_otherwise(made: InboundMessage, same: dict[str, str]) -> bool:
    since = clock.now() - REUSED
    other = InboundMessage.objects.filter(received_at__gt=since, **same).exclude(digest=bytes(made.digest))
    return other.exclude(state=State.REFUSED).exists()


def _from_there(sender: MessageSender, peer: str) -> bool:
    if not sender.addresses or not peer:
        return True
    try:
        return any(ip_address(peer) in ip_network(part, strict=False) for part in sender.addresses.split())
    except ValueError:
        return False


def work_off(message: InboundMessage, *, again: bool = False) -> InboundMessage:
    """Work a stored message off and note the answer; who comes second waits and finds it. ``again``: in any case."""
    from .handling import handle

    with acting(SYSTEM):
        row = InboundMessage.objects.select_for_update(of=("self",)).select_related("source").get(pk=message.pk)
        if row.ack and not again:
            return row
        head = header(str(row.content).encode("latin-1"))
        row.attempts += 1
        try:
            with transaction.atomic():
                outcome = handle(row, head)
            row.state, row.code, row.error, row.hint, row.load = State.DONE, "AA", "", "", outcome.load
            if outcome.error:
                row.state, row.code, row.error, row.hint = State.FAILED, "AE", outcome.error, outcome.hint
            if outcome.unsupported:
                row.state, row.code = State.REFUSED, "AR"
        except YigongtiError as error:
            row.state, row.code, row.error, row.hint = State.FAILED, "AE", error.message, error.hint
        except Exception:
            logger.exception("HL7 message %s", row.pk)
            row.state, row.code, row.error, row.hint = State.FAILED, "AE", "处理出错", "已记入日志；修复后可以重放"
        row.error, row.hint = (CONTROLS.sub("", words)[:500] for words in (row.error, row.hint))
        row.ended_at = clock.now()
        row.ack = answer(head, row.code, row.error)
        row.save(update_fields=["state", "code", "error", "hint", "load", "ack", "attempts", "ended_at", "source"])
        return row


def answer(head: Header, code: str, words: str = "") -> str:
    """The answer in the sender's terms."""
    at = clock.now().strftime("%Y%m%d%H%M%S+0000")
    return acknowledged(LINE_CONTROLS.sub("", head.text), code, head.control_id, CONTROLS.sub("", words), at)


def take(raw: bytes, peer: str = "") -> list[str]:
    """A message in, the answers out: one, or in enhanced mode (MSH-15, MSH-16) first that it is stored."""
    taken = store(raw, peer)
    head = taken.header
    message = taken.message
    if not taken.answered:
        message = work_off(message)
    if not head.enhanced:
        return [message.ack]
    refused = message.code == "AR"
    answers = []
    if head.accept in ("AL", "") or (head.accept == "ER" and refused) or (head.accept == "SU" and not refused):
        answers.append(answer(head, "CR" if refused else "CA", message.error if refused else ""))
    good = message.code == "AA"
    if head.respond in ("AL",) or (head.respond == "ER" and not good) or (head.respond == "SU" and good):
        answers.append(message.ack)
    return answers
