"""Files that an item rests on: checked by their content, encrypted, looked at by name."""

import hashlib
import zipfile
from io import BytesIO
from uuid import UUID

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.audit.reading import note
from yigongti.kernel.cases.advance import lock
from yigongti.kernel.ciphers import sm4
from yigongti.kernel.errors import Conflict, Invalid, NotFound

from . import duties, houses, services, steps
from .models import Evidence, Item, Report
from .plans import plans
from .workflow import Reporting

STARTS = {
    b"%PDF": ("application/pdf", (".pdf",)),
    b"\xff\xd8\xff": ("image/jpeg", (".jpg", ".jpeg")),
    b"\x89PNG\r\n": ("image/png", (".png",)),
}
OFFICE = {
    "word/document.xml": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", (".docx",)),
    "xl/workbook.xml": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", (".xlsx",)),
}
ACCEPTED = ".pdf,.jpg,.jpeg,.png,.docx,.xlsx"
WORDS = "PDF、JPG、PNG、DOCX、XLSX"


def kind_of(name: str, content: bytes) -> str:
    """The media type by content; name and content must agree. Raises Invalid."""
    found = next((known for start, known in STARTS.items() if content.startswith(start)), None)
    if found is None and content.startswith(b"PK"):
        found = _office(content)
    if found is None:
        raise Invalid(f"“{name}”不是能收的文件", hint=f"只收 {WORDS}", field="file")
    media_type, endings = found
    if not name.lower().endswith(endings):
        raise Invalid(f"“{name}”的内容是 {endings[0][1:].upper()}，与文件名不符", hint="请改正扩展名", field="file")
    return media_type


def _office(content: bytes) -> tuple[str, tuple[str, ...]] | None:
    try:
        with zipfile.ZipFile(BytesIO(content)) as packed:
            names = set(packed.namelist())
    except zipfile.BadZipFile:
        return None
    if any(name.endswith("vbaProject.bin") for name in names):
        raise Invalid("文件里有宏", hint="请另存为不带宏的文件", field="file")
    return next((known for part, known in OFFICE.items() if part in names), None)


def add(actor: Actor, *, report: Report, item: str, name: str, content: bytes) -> Evidence:
    """Keep a file for an item that can still be changed. Raises Invalid, Forbidden, Conflict."""
    rules = plans().evidence
    shown = name.replace("\\", "/").rsplit("/", 1)[-1][-200:]
    if not content:
        raise Invalid(f"“{shown}”是空的", field="file")
    if len(content) > rules.largest_mb << 20:
        raise Invalid(f"“{shown}”超过 {rules.largest_mb} MB", hint="请压缩或分成几个文件", field="file")
    media_type, digest = kind_of(shown, content), hashlib.sha256(content).hexdigest()
    with acting(actor):
        case = _editable(actor, report.pk, item)
        standing = list(steps.evidence_of(case).filter(item=item).defer("content"))
        if same := next((one for one in standing if one.digest == digest), None):
            return same
        if len(standing) >= rules.most:
            raise Invalid(f"每个指标最多 {rules.most} 个文件", hint="请先移出不需要的", field="file")
        made = Evidence(
            report=case,
            item=item,
            edition=case.edition,
            name=shown,
            media_type=media_type,
            size=len(content),
            digest=digest,
            added_by_id=actor.user_id,
        )
        made.content = sm4.encrypt(content, made.sealed_for())
        made.save()
        return made


def remove(actor: Actor, *, report: Report, evidence_id: int) -> Evidence:
    """Take a file out of this edition; earlier editions keep it. Raises NotFound, Forbidden, Conflict."""
    with acting(actor):
        found = steps.evidence_of(report).filter(pk=evidence_id).defer("content").first()
        if found is None:
            raise NotFound("没有这份材料，或者已经移出")
        case = _editable(actor, report.pk, found.item)
        found.removed_in = case.edition
        found.save(update_fields=["removed_in"])
        return found


def _editable(actor: Actor, report_id: UUID, item: str) -> Report:
    """The case, locked, if the actor may change this item now."""
    case = lock(Reporting, report_id)
    assert isinstance(case, Report)
    houses.require(actor, case)
    if not case.is_editable:
        raise Conflict(f"{case.number} 现在是“{case.state_now.title}”，不能增减材料", hint="可以撤回修改或申请更正")
    if item not in {one.indicator for one in duties.asked(case)}:
        raise Invalid(f"这份填报里没有指标 {item}", field="item")
    locked = Item.objects.filter(report=case, edition=case.edition, item=item, verdict="accepted")
    if locked.exists():
        raise Conflict("这个指标已被接受，不能增减材料", hint="如有错误，请在接受后申请更正")
    return case


def fetch(actor: Actor, *, report: Report, evidence_id: int) -> tuple[Evidence, bytes]:
    """One file in clear; looked at by name. Who only looks sees those of the accepted edition. Raises NotFound."""
    with acting(actor):
        rows = Evidence.objects.filter(report=report)
        if not services.involved(actor, report):
            rows = steps.evidence_of(report, report.accepted_edition)
        found = rows.filter(pk=evidence_id).first()
        if found is None:
            raise NotFound("没有这份材料")
        note(
            actor,
            Entry.Action.READ,
            subject="reporting:evidence-file",
            subject_id=str(report.pk),
            number=report.number,
            item=found.item,
        )
        return found, sm4.decrypt(bytes(found.content), found.sealed_for())
