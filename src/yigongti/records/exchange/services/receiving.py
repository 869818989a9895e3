"""The one door in. A delivery is accepted (a case is opened), then worked off: read, shaped, checked, written.

What is written is one transaction: a load that breaks leaves no trace and is worked off again from the beginning.
"""

import hashlib
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.advance import advance as step
from yigongti.kernel.cases.advance import open_case
from yigongti.kernel.cases.keys import new_id
from yigongti.kernel.errors import Conflict, Invalid, NotFound
from yigongti.kernel.events.outbox import emit
from yigongti.kernel.policy.editions import Edition
from yigongti.kernel.policy.store import read_file, store
from yigongti.records.health_record.months import after_load, prepare_months
from yigongti.records.residents.models import SourceSystem

from .. import bench as benches
from .. import checking, news, quality, reading, references, reporting, writing
from ..entries import Sender
from ..files import Unreadable, gather
from ..keeping import Kept, discard, opened
from ..mappings import DeliveryMapping
from ..models import Load, RejectedRow
from ..staging import run
from ..workflow import Delivery
from ..writing import Progress
from .sources import sender, source_system

SMALL = 4 << 20
"""Bytes: a delivery below it stays in memory."""
MANY = 5_000
"""Rows after which the planner is told."""
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('exchange:' || %(source)s))"


def silent(stage: str, done: int, total: int) -> None:
    """Nobody asks how far it is."""


@dataclass(frozen=True)
class Found:
    """A delivery on the bench: the mapping, its edition, the lines of each read."""

    bench: duckdb.DuckDBPyConnection
    mapping: DeliveryMapping
    lines: dict[str, int]


def receive(
    actor: Actor,
    *,
    source: str | SourceSystem,
    mapping: str,
    files: Sequence[Path],
    channel: str = Load.Channel.COMMAND,
    organization: str = "",
    advance: Progress = silent,
) -> Load:
    """Take a delivery: ``files`` of ``source``, read by ``mapping``. Returns the load with its report.

    A delivery that cannot be read at all ends as refused, with the reason. Raises NotFound, Invalid, Forbidden.
    """
    load = accept(actor, source=source, mapping=mapping, files=files, channel=channel, organization=organization)
    return work_off(actor, load_id=load.pk, advance=advance)


def accept(
    actor: Actor,
    *,
    source: str | SourceSystem,
    mapping: str,
    files: Sequence[Path | Kept],
    channel: str = Load.Channel.PAGE,
    organization: str = "",
    corrects: Load | None = None,
    key: UUID | None = None,
) -> Load:
    """Open the case of a delivery; nothing is read yet. Files that we keep go when they are loaded.

    Who brings the same ``key`` again gets the load that it opened. Only the command line names mappings by file.
    """
    edition = mapping_named(mapping, files=channel == Load.Channel.COMMAND)
    body = edition.body
    assert isinstance(body, DeliveryMapping)
    from_ = (
        source
        if isinstance(source, SourceSystem)
        else sender(
            actor,
            code=source or body.system,
            title=body.system_title,
            organization_code=organization or body.organization,
        )
    )
    if from_.organization_id is None:
        raise Invalid(f"{from_.title}没有所属机构", hint="先在来源系统中写明所属机构", field="source")
    if not from_.active:
        raise Conflict(f"{from_.title}已停用", hint="先在来源系统中启用")
    actor.require(Permission.EXCHANGE_RECEIVE, from_.organization_id)
    described = [_described(file) for file in files]
    with acting(actor):
        load = Load(
            id=new_id(),
            workflow=Delivery.name,
            state=Delivery.received.name,
            home_organization_id=from_.organization_id,
            source=from_,
            mapping=edition.name if edition.name == mapping_name(mapping) else mapping,
            mapping_hash=edition.hash,
            channel=channel,
            files=described,
            digest=digest_of(described),
            paths=[str(one.path if isinstance(one, Kept) else one.resolve()) for one in files],
            kept=bool(files) and all(isinstance(one, Kept) for one in files),
            corrects=corrects,
        )
        found = open_case(actor, load, key=key).case
        assert isinstance(found, Load)
        return found


def work_off(actor: Actor, *, load_id: UUID, advance: Progress = silent) -> Load:
    """Read, check and write a load that was accepted or broke off. Returns it with its report."""
    machine = replace(SYSTEM, user_id=actor.user_id, name=actor.name, organization_id=actor.organization_id)
    load = _begun(actor, machine, load_id)
    try:
        with _bench(load.mapping, [Path(path) for path in load.paths], advance) as found:
            _write(machine, load, found, advance)
    except Unreadable as error:
        step(machine, Delivery, load.pk, "refuse", {"reason": error.message[:500], "hint": error.hint[:500]})
        with acting(machine):
            Load.objects.filter(pk=load.pk).update(reason=error.message[:500], hint=error.hint[:500])
    if load.kept:
        discard(map(Path, load.paths))
    with acting(machine):
        return Load.objects.select_related("source").get(pk=load.pk)


def _begun(actor: Actor, machine: Actor, load_id: UUID) -> Load:
    with acting(machine):
        load = Load.objects.select_related("source").filter(pk=load_id).first()
    if load is None:
        raise NotFound("没有找到这次接收")
    actor.require(Permission.EXCHANGE_RECEIVE, load.home_organization_id)
    if load.state not in (Delivery.received.name, Delivery.checking.name):
        raise Conflict(f"{load.number} 已{load.state_now.title}", hint="要重新发送请新建一次接收")
    if missing := [Path(path).name for path in load.paths if not Path(path).exists()]:
        raise Unreadable(f"文件 {missing[0]} 不在原处", hint="请重新发送")
    begins = "start" if load.state == Delivery.received.name else "resume"
    step(machine, Delivery, load.pk, begins, {"mapping_hash": mapping_named(load.mapping).hash})
    return load


@contextmanager
def _bench(mapping: str, paths: Sequence[Path], advance: Progress) -> Iterator[Found]:
    """A delivery read, shaped and checked on a bench of its own."""
    body = mapping_named(mapping).body
    assert isinstance(body, DeliveryMapping)
    small = sum(_size(path) for path in paths) < SMALL
    with opened(paths) as (plain, folder), benches.opened(disk=not small) as bench:
        benches.prepare(bench, body)
        advance("读取", 0, 1)
        lines = reading.read_all(bench, body, gather(plain, folder))
        advance("读取", 1, 1)
        benches.lock(bench)
        advance("校验", 0, 2)
        checking.shape(bench, body)
        advance("校验", 1, 2)
        checking.check(bench, body)
        advance("校验", 2, 2)
        yield Found(bench, body, lines)


def _write(machine: Actor, load: Load, found: Found, advance: Progress) -> None:
    started, cpu = time.monotonic(), time.process_time()
    if period := writing.months(found.bench, found.mapping):
        prepare_months(*period)
    now = clock.now()
    with acting(machine):
        run(ONE_AT_A_TIME, {"source": load.source_id})
        held = Load.objects.select_for_update(of=("self",)).get(pk=load.pk)
        if held.state != Delivery.checking.name:
            raise Conflict(f"{load.number} 已由另一次执行接手")
        references.check(found.bench, found.mapping, load.source_id)
        sender_ = Sender(load.source_id, load.home_organization_id, machine.user_id, now)
        done = writing.write(found.bench, found.mapping, machine, sender_, advance)
        news.tell(found.bench, found.mapping, sender_)
        report = reporting.report(found.bench, found.mapping, found.lines, done)
        reporting.keep_rejected(found.bench, found.mapping, load.pk)
        report["seconds"] = round(time.monotonic() - started, 2)
        report["cpu_seconds"] = round(time.process_time() - cpu, 2)
        quality.note(found.bench, found.mapping, load, done, now)
        _finish(machine, load, report)
        if held.corrects_id:
            _sent_again(held, [name for name, read in report["reads"].items() if read["read"]])
    if report["total"]["accepted"] > MANY:
        after_load()
    quality.after(load)


def _finish(machine: Actor, load: Load, report: dict[str, Any]) -> None:
    total = report["total"]
    counts = {f"lines_{word}": total[word] for word in reporting.LINES}
    Load.objects.filter(pk=load.pk).update(report=report, **counts)
    step(machine, Delivery, load.pk, "finish", total)
    emit("RecordReceived", load=str(load.pk), source=load.source_id, accepted=total["accepted"])


def _sent_again(load: Load, reads: list[str]) -> None:
    """The open lines of the first load have been sent again; what is still wrong with them stands in the new one."""
    again = RejectedRow.objects.filter(load_id=load.corrects_id, read__in=reads, state=RejectedRow.State.OPEN)
    again.update(state=RejectedRow.State.CORRECTED, corrected_by=load)


def try_out(*, mapping: str, files: Sequence[Path], source: str = "", advance: Progress = silent) -> dict[str, Any]:
    """The report that a delivery would get; nothing is written."""
    with _bench(mapping, files, advance) as found, acting(SYSTEM):
        references.check(found.bench, found.mapping, source or found.mapping.system)
        return reporting.report(found.bench, found.mapping, found.lines, {})


def mapping_name(text: str) -> str:
    """``omop-5.4`` is short for ``exchange/omop-5-4``."""
    return text if "/" in text else f"exchange/{text.replace('.', '-')}"


def mapping_named(text: str, *, files: bool = True) -> Edition:
    """The edition of a mapping in force, or with ``files`` that of a file. Raises NotFound, PolicyRefused."""
    path = Path(text)
    shipped = not (files and path.suffix == ".yaml" and path.is_file())
    edition = store().resolve(mapping_name(text)) if shipped else read_file(path)
    if not isinstance(edition.body, DeliveryMapping):
        raise NotFound(f"{edition.name} 不是映射", hint="映射的 kind 是 mapping")
    return edition


def digest_of(described: Sequence[dict[str, Any]]) -> str:
    """One digest of the names and contents of all files."""
    told = sorted(f"{one['sha256']} {one['name']}" for one in described)
    return hashlib.sha256("\n".join(told).encode(errors="surrogateescape")).hexdigest()


def _described(file: Path | Kept) -> dict[str, Any]:
    if isinstance(file, Kept):
        return file.described()
    return {"name": file.name, "bytes": _size(file), "sha256": _digest(file)}


def _size(path: Path) -> int:
    if path.is_dir():
        return sum(one.stat().st_size for one in path.rglob("*") if one.is_file())
    return path.stat().st_size if path.is_file() else 0


def _digest(path: Path) -> str:
    """SHA-256 of a file; of a folder that of its names and sizes."""
    if path.is_dir():
        listed = sorted(f"{one.relative_to(path)} {one.stat().st_size}" for one in path.rglob("*") if one.is_file())
        return hashlib.sha256("\n".join(listed).encode()).hexdigest()
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


__all__ = ["accept", "receive", "source_system", "try_out", "work_off"]
