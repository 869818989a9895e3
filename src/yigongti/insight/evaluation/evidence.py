"""What proves something: files, encrypted, seen by both sides only."""

from django.core.files.uploadedfile import UploadedFile

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.ciphers import sm4
from yigongti.kernel.errors import Conflict, Invalid, NotFound

from . import houses
from .models import Answer, Evidence, Score

LARGEST = 10 << 20

KINDS = {
    b"%PDF": "application/pdf",
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG": "image/png",
    b"PK\x03\x04": "application/vnd.openxmlformats-officedocument",
}


def add(actor: Actor, *, case: Answer, item: str, file: UploadedFile | None) -> Evidence:
    """Keep a file, encrypted. Raises Invalid, Forbidden, Conflict."""
    houses.require(actor, case.home_organization_id)
    if case.state not in ("reporting", "commenting", "appealing"):
        raise Conflict("现在不能上传材料", hint="自评、征求意见和申诉期内可以上传")
    if file is None or not file.name:
        raise Invalid("没有选择文件", field="file")
    if (file.size or 0) > LARGEST:
        raise Invalid(f"文件超过 {LARGEST >> 20} MB", hint="请压缩后再传", field="file")
    content = file.read()
    kind = next((kind for start, kind in KINDS.items() if content.startswith(start)), "")
    if not kind:
        raise Invalid("只收 PDF、图片、Word 和 Excel", field="file")
    with acting(actor):
        if item and not Score.objects.filter(answer=case, item=item).exists():
            raise Invalid("没有这个项目", field="item")
        name = file.name.replace("\\", "/").rsplit("/", 1)[-1][-200:]
        kept = Evidence(answer=case, item=item, name=name, media_type=kind, size=len(content))
        kept.added_by_id = actor.user_id
        kept.content = sm4.encrypt(content, kept.sealed_for())
        kept.save()
        return kept


def fetch(actor: Actor, *, case: Answer, evidence_id: int) -> tuple[Evidence, bytes]:
    """One file in clear. Raises NotFound."""
    with acting(actor):
        found = Evidence.objects.filter(answer=case, pk=evidence_id).first()
        if found is None:
            raise NotFound("没有这份材料")
        return found, sm4.decrypt(bytes(found.content), found.sealed_for())
