"""Attachments of the record: few kinds, known by their content, never larger than a page needs."""

from uuid import UUID

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.errors import Invalid

from ..models import DocumentReference
from .problems import write_entry

LARGEST = 10 * 1024 * 1024
"""Bytes."""

#: first bytes of what we take; anything else is refused whatever its name says
SIGNATURES = (
    (b"%PDF-", "application/pdf"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
)
EXTENSIONS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}

KINDS = {
    "report": "检查检验报告",
    "discharge": "出院小结",
    "prescription": "处方",
    "consent": "知情同意书",
    "photo": "照片",
    "other": "其他",
}


def sniff(content: bytes) -> str:
    """The media type of a content by its first bytes. Raises :class:`Invalid` for anything that is not taken."""
    for signature, media_type in SIGNATURES:
        if content.startswith(signature):
            return media_type
    raise Invalid("只能上传 PDF、JPEG 或 PNG 文件", field="content", hint="其他格式请先另存为 PDF")


def attach(
    actor: Actor,
    *,
    resident_id: UUID,
    title: str,
    kind: str,
    content: bytes,
    encounter_id: UUID | None = None,
) -> DocumentReference:
    """Attach a file to the record. Raises Invalid for an empty, too large or foreign file."""
    if kind not in KINDS:
        raise Invalid("请选择文件类别", field="kind")
    if not content:
        raise Invalid("文件是空的", field="content")
    if len(content) > LARGEST:
        raise Invalid(f"文件超过 {LARGEST // 1024 // 1024} MB", field="content", hint="请压缩或分成几份上传")
    document = DocumentReference(
        title=title.strip()[:128] or KINDS[kind],
        kind=kind,
        media_type=sniff(content),
        content=content,
        size=len(content),
        encounter_id=encounter_id,
    )
    with acting(actor):
        write_entry(actor, resident_id, document)
        return document
