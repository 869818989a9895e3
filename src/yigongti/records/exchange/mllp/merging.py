"""A40: the sender says that two of its patients are one. Here that is a proposal, which a person decides."""

import json

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.errors import Invalid
from yigongti.records.residents.models import SourceIdentity

from .handling import Outcome
from .models import InboundMessage


def propose(actor: Actor, message: InboundMessage, document: str) -> Outcome:
    """Propose to merge the resident of MRG-1 into that of PID-3. Raises Invalid, Conflict."""
    from yigongti.records.residents.services import merging

    said = json.loads(document)
    kept, gone = (_identity(message, said.get(path, ""), path) for path in ("PID-3.1", "MRG-1.1"))
    if kept.resident_id == gone.resident_id:
        return Outcome()
    assert kept.resident_id
    assert gone.resident_id
    merging.propose_merge(
        actor,
        one=kept.resident_id,
        two=gone.resident_id,
        reason=f"{message.source} 通知两个病人号是同一人（A40，{message.control_id}）"[:200],
    )
    return Outcome()


def _identity(message: InboundMessage, key: str, path: str) -> SourceIdentity:
    if not key:
        raise Invalid(f"没有 {path}", hint="A40 应有 PID-3（保留）和 MRG-1（并入）")
    found = SourceIdentity.objects.filter(source=message.source, source_key=key).first()
    if found is None or found.resident_id is None:
        raise Invalid(f"还没有收到病人 {key}，或者尚未归入居民", hint="先发送 A28 或 A31，归入后重放")
    return found
