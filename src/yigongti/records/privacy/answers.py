"""What the steps of an objection do."""

from typing import TYPE_CHECKING

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.errors import Conflict, Invalid
from yigongti.kernel.policy.bodies import Reasons
from yigongti.kernel.policy.store import resolve
from yigongti.records.health_record.branches import ENTRIES
from yigongti.records.health_record.models import Entry
from yigongti.records.health_record.services import void_entry

from . import schemas

if TYPE_CHECKING:
    from .models import Objection


def reasons() -> Reasons:
    """The reasons for which an entry stays."""
    policy = resolve("record/refusals").body
    assert isinstance(policy, Reasons)
    return policy


def entry_of(case: "Objection") -> Entry | None:
    """The entry objected to, if the actor may see it."""
    found: Entry | None = ENTRIES[case.kind].objects.filter(pk=case.entry_id).first()
    return found


def is_corrected(case: "Objection", actor: Actor, data: schemas.Correction) -> None:
    """Raise Conflict unless the entry has a newer version or is void, or shall be declared void now."""
    entry = entry_of(case)
    if data.how == "void" or entry is None or entry.replaced_at or entry.voided_reason:
        return
    raise Conflict("这一条记录还没有更正", hint="请先打开这一条，更正或作废，再在这里办结；或选“作废这一条”")


def correct(case: "Objection", actor: Actor, data: schemas.Correction) -> None:
    """The answer; an entry that should not be there becomes void."""
    entry = entry_of(case)
    if data.how == "void" and entry is not None and not entry.voided_reason and not entry.replaced_at:
        void_entry(actor, type(entry), entry.pk, reason=f"居民异议 {case.number}：{data.note}")
    case.answer = data.note


def refuse(case: "Objection", actor: Actor, data: schemas.Refusal) -> None:
    """The answer with its reason. Raises Invalid if the reason needs words or is none of the policy."""
    known = dict(reasons().choices("refuse"))
    if data.reason not in known:
        raise Invalid("请选择理由", field="reason")
    case.answer = f"{known[data.reason]}。{data.note}"


def ask_review(case: "Objection", actor: Actor, data: schemas.Words) -> None:
    """Once only. Raises Conflict the second time."""
    if case.reviews:
        raise Conflict("已经复核过一次", hint="可以向卫生健康行政部门反映")
    case.reviews += 1
