"""A resident objects to an entry; a doctor may write it down for someone without a telephone."""

from uuid import UUID

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.advance import open_case
from yigongti.kernel.errors import Conflict, Invalid, NotFound
from yigongti.records.health_record.branches import ENTRIES
from yigongti.records.health_record.models import Entry
from yigongti.records.health_record.queries import local
from yigongti.records.residents.access import own_or_related

from ..models import Objection

TITLES = ("name", "title", "substance", "relationship", "code")


def title_of(entry: Entry) -> str:
    """The entry in one line: 诊断：高血压（2026-03-02，楠市镇卫生院）."""
    words = next((str(getattr(entry, name)) for name in TITLES if getattr(entry, name, "")), "")
    if not words:
        words = entry.get_kind_display() if hasattr(entry, "get_kind_display") else ""
    at = next(
        (getattr(entry, name) for name in ("started_at", "effective_at", "performed_at") if getattr(entry, name, None)),
        entry.recorded_at,
    )
    return f"{entry._meta.verbose_name}：{words}（{local(at):%Y-%m-%d}，{entry.organization}）"[:256]


def object_to(
    actor: Actor, *, resident_id: UUID, kind: str, entry_id: UUID, text: str, wanted: str = "", key: UUID | None = None
) -> Objection:
    """Open the case; the organisation that wrote the entry owes the answer. Raises NotFound, Conflict, Invalid."""
    if len(text.strip()) < 4:
        raise Invalid("请写明哪里不对（至少 4 个字）", field="text")
    if kind not in ENTRIES:
        raise NotFound("没有这种记录")
    with acting(actor):
        own_or_related(actor, resident_id, Permission.RECORD_WRITE)
        entry = (
            ENTRIES[kind].objects.in_force().select_related("organization").filter(resident_id=resident_id, pk=entry_id)
        ).first()
        if entry is None:
            raise NotFound("没有找到这条记录，或者它已经更正、作废")
        again = Objection.objects.filter(entry_id=entry_id, closed_at=None).first()
        if again and not (key and again.last_key == key):
            raise Conflict(f"这条记录已经有异议 {again.number} 在办理", hint="办完以后才能再提")
        case = Objection(
            workflow="objection",
            state="raised",
            resident_id=resident_id,
            home_organization=entry.organization,
            kind=kind,
            entry_id=entry_id,
            entry_title=title_of(entry),
            text=text.strip(),
            wanted=wanted.strip(),
        )
        outcome = open_case(actor, case, key=key, data={"note": text.strip()})
        assert isinstance(outcome.case, Objection)
        return outcome.case
