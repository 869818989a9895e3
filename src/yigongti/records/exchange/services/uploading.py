"""Files that people and systems hand in: sealed in a folder of ours until they are loaded."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile

from yigongti.config import configuration
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.advance import advance as step
from yigongti.kernel.cases.models import CaseEvent
from yigongti.kernel.errors import Conflict, Invalid, NotFound
from yigongti.kernel.jobs.models import Job
from yigongti.kernel.jobs.services import start
from yigongti.records.residents.models import SourceSystem

from ..keeping import Kept, discard, keep, receiving
from ..models import Load
from ..staging import run
from ..workflow import Delivery
from .receiving import accept, digest_of, mapping_named
from .sources import source_system

Permit = Permission.EXCHANGE_RECEIVE
REQUESTS = uuid.UUID("6f0c7f3e-9a53-5a55-8c51-5d0a4b1f0c11")
"""The space of the keys of requests: within it each source has its own."""
SETTLED = (Delivery.received.name, Delivery.checking.name, Delivery.loaded.name)
ALONE = "SELECT pg_advisory_xact_lock(hashtext('exchange-accept:' || %(source)s))"


@dataclass(frozen=True)
class Handed:
    """The load of what was handed in; ``repeated``: it had been handed in before."""

    load: Load
    repeated: bool = False


def hand_in(
    actor: Actor,
    *,
    source: str,
    mapping: str,
    files: Sequence[UploadedFile],
    channel: str = Load.Channel.PAGE,
    corrects: Load | None = None,
) -> Handed:
    """Keep the files, open the load and start working it off in the background. Raises Invalid, Forbidden, TooLarge."""
    if not files:
        raise Invalid("没有选择文件", hint="请选择一个或多个文件", field="files")
    system = may_deliver(actor, source)
    checked_mapping(mapping)
    return hand_in_blocks(
        actor,
        system=system,
        mapping=mapping,
        files=[(file.name or "", file.chunks()) for file in files],
        channel=channel,
        corrects=corrects,
    )


def hand_in_blocks(
    actor: Actor,
    *,
    system: SourceSystem,
    mapping: str,
    files: Iterable[tuple[str, Iterable[bytes]]],
    channel: str,
    corrects: Load | None = None,
    key: str = "",
) -> Handed:
    """The same for contents that come block by block. ``key`` is the sender's name for its request."""
    with receiving() as folder:
        kept = sealed(files, folder)
        with acting(actor):
            run(ALONE, {"source": system.pk})
            if before := _handed_in_before(actor, system, mapping, kept, key, corrects):
                discard(one.path for one in kept)
                return Handed(before, repeated=True)
            load = accept(
                actor,
                source=system,
                mapping=mapping,
                files=kept,
                channel=channel,
                corrects=corrects,
                key=request_key(system, key),
            )
            begin(actor, load=load)
            return Handed(load)


def sealed(files: Iterable[tuple[str, Iterable[bytes]]], folder: Path) -> list[Kept]:
    """Seal the files of one delivery. Raises Invalid, TooLarge."""
    kept: list[Kept] = []
    most = configuration().upload_bytes
    for name, blocks in files:
        kept.append(keep(blocks, folder, name, most - sum(one.bytes for one in kept)))
    if not kept:
        raise Invalid("没有文件", hint="请用 files 发送一个或多个文件，或把内容作为请求体", field="files")
    return kept


def may_deliver(actor: Actor, code: str) -> SourceSystem:
    """The system for which the actor brings data; without a code the only one. Raises Invalid, Forbidden, NotFound."""
    if code:
        system = source_system(code)
        actor.require(Permit, system.organization_id)
        return system
    mine = SourceSystem.objects.filter(active=True, organization_id__in=actor.organizations(Permit))
    found = list(mine.select_related("organization").order_by("code")[:20])
    if len(found) != 1:
        hint = f"可用：{'、'.join(one.code for one in found)}" if found else "先在“来源系统”中登记"
        raise Invalid("没有写明来源系统", hint=hint, field="source")
    return found[0]


def checked_mapping(name: str) -> None:
    """Refuse a mapping that is none, before anything is received. Raises Invalid."""
    try:
        mapping_named(name, files=False)
    except NotFound as error:
        raise Invalid(error.message, hint=error.hint, field="mapping") from None


def request_key(system: SourceSystem, key: str) -> UUID | None:
    """The sender's key as ours."""
    return uuid.uuid5(REQUESTS, f"{system.pk}\n{key}") if key else None


def _handed_in_before(
    actor: Actor, system: SourceSystem, mapping: str, kept: Sequence[Kept], key: str, corrects: Load | None
) -> Load | None:
    """The load of the same request, or of the same content where sending it again could change nothing."""
    digest = digest_of([one.described() for one in kept])
    if key:
        opened = CaseEvent.objects.filter(key=request_key(system, key)).values("case_id")
        found = Load.objects.select_related("source").filter(source=system, pk__in=opened).first()
        if found and found.digest != digest:
            raise Conflict(
                f"Idempotency-Key 已用于 {found.number}，那次的内容不同",
                hint="换一个键重新发送",
                field="Idempotency-Key",
            )
        if found:
            return found
    if corrects:
        return None
    same = Load.objects.select_related("source").filter(
        source=system, digest=digest, state__in=SETTLED, lines_rejected=0
    )
    edition = mapping_named(mapping, files=False)
    return same.filter(mapping=edition.name, mapping_hash=edition.hash).order_by("-opened_at").first()


def begin(actor: Actor, *, load: Load) -> Job:
    """Work a load off in the background; asked again while it runs, the same job is answered."""
    with acting(actor):
        job = start(
            actor,
            "exchange.load",
            title=f"数据接收 {load.number}",
            subject=str(load.pk),
            link=load.get_absolute_url(),
            load=str(load.pk),
        )
        Load.objects.filter(pk=load.pk).update(job=job.pk)
        load.job = job.pk
        return job


def begin_trial(
    actor: Actor, *, system: SourceSystem, mapping: str, files: Iterable[tuple[str, Iterable[bytes]]]
) -> Job:
    """Check a delivery in the background; nothing is written, the report is the result of the job."""
    checked_mapping(mapping)
    with receiving() as folder:
        kept = sealed(files, folder)
        return start(
            actor,
            "exchange.try",
            title=f"数据试接收 {kept[0].name}",
            paths=[str(one.path) for one in kept],
            source=system.pk,
            mapping=mapping,
        )


def access_load(actor: Actor, load_id: UUID) -> Load:
    """A load of an organisation of the actor's. Raises NotFound."""
    with acting(actor):
        found = Load.objects.select_related("source", "home_organization", "corrects").filter(pk=load_id).first()
    if found is None or not actor.may(Permit, found.home_organization_id):
        raise NotFound("没有找到这次接收，或者它不属于您的机构", hint="请从数据接收列表打开")
    return found


def withdraw(actor: Actor, *, load: Load, note: str = "") -> None:
    """Give a delivery up before it is loaded; files of ours go."""
    step(actor, Delivery, load.pk, "withdraw", {"note": note})
    if load.kept:
        discard(map(Path, load.paths))
