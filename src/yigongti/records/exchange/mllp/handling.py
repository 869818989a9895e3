"""What a message does: patients, contacts, diagnoses and results through the one door; a merge is proposed."""

from dataclasses import dataclass, replace
from uuid import UUID

from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.errors import Invalid

from ..hl7v2 import rows
from .header import Header
from .models import InboundMessage

MAPPING = "exchange/hl7-v2"
TAKEN = {
    "ADT^A01": "入院",
    "ADT^A03": "出院",
    "ADT^A04": "门诊登记",
    "ADT^A08": "更新病人信息",
    "ADT^A28": "新增病人",
    "ADT^A31": "更新病人主索引",
    "ORU^R01": "检验检查结果",
}
MERGE = "ADT^A40"


@dataclass(frozen=True)
class Outcome:
    """What came of it; ``error`` where something could not be taken."""

    load: UUID | None = None
    error: str = ""
    hint: str = ""
    unsupported: bool = False


def handle(message: InboundMessage, head: Header) -> Outcome:
    """Work a message of a known sender off. Raises YigongtiError."""
    if message.source is None:
        return Outcome(error=f"发送方 {head.application}|{head.facility} 没有登记", hint="登记后重放", unsupported=True)
    if head.event not in (*TAKEN, MERGE):
        known = "、".join((*TAKEN, MERGE))
        return Outcome(error=f"不接收事件 {head.event or '（空）'}", hint=f"可用：{known}", unsupported=True)
    try:
        parsed = list(rows(head.text.replace("\r\n", "\r").replace("\n", "\r")))
    except Exception as error:  # broken text fails in many ways inside the library
        raise Invalid(f"不是有效的 HL7 消息：{str(error)[:120]}", hint="检查分隔符和段名") from error
    actor = _machine_of(message)
    if head.event == MERGE:
        from .merging import propose

        return propose(actor, message, parsed[0].document)
    return _delivered(actor, message, head)


def _machine_of(message: InboundMessage) -> Actor:
    source = message.source
    assert source
    return replace(SYSTEM, name=source.title, organization_id=source.organization_id, purpose="接口")


def _delivered(actor: Actor, message: InboundMessage, head: Header) -> Outcome:
    from ..keeping import private_folder
    from ..models import Load
    from ..services import receive

    assert message.source
    with private_folder() as folder:
        path = folder / f"{message.pk}.hl7"
        path.write_text(head.text, "utf-8", errors="replace")
        load = receive(actor, source=message.source, mapping=MAPPING, files=[path], channel=Load.Channel.HL7)
    return Outcome(load.pk, *_fault(load))


def _fault(load: object) -> tuple[str, str]:
    """What of a delivery could not be taken, in one sentence, with the way out."""
    from ..models import Load

    assert isinstance(load, Load)
    if load.state != "loaded":
        return load.reason or "没有入库", load.hint
    first = load.rejected.order_by("pk").first()
    if first is None:
        return "", ""
    where = f"{first.target}.{first.column}" if first.column else first.target or first.read
    return f"{load.lines_read} 行中拒收 {load.lines_rejected} 行：{where} {first.reason}", first.remedy
