"""Checking a file without effect, and applying it: both run the same commands, the check takes everything back."""

import hashlib
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.errors import Conflict, Forbidden, NotFound, YigongtiError
from yigongti.kernel.jobs.declaration import Silent, Work, counted
from yigongti.kernel.jobs.services import seen, start
from yigongti.registry.sheets.checking import Rejection, entries, matched, refused
from yigongti.registry.sheets.layout import Outcome, SheetLayout, layouts
from yigongti.registry.sheets.models import Load
from yigongti.registry.sheets.reading import Table, TooLong, read
from yigongti.registry.storing import locked, store

#: lines that are checked and imported while the person waits
SHORT = 200
SILENT = Silent()


@dataclass
class Report:
    """What became of the lines of a file."""

    outcomes: dict[int, Outcome] = field(default_factory=dict)
    rejections: list[Rejection] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """``read = added + changed + unchanged + rejected``, in lines."""
        kinds = {outcome.value: list(self.outcomes.values()).count(outcome) for outcome in Outcome}
        rejected = len({reason.line for reason in self.rejections})
        return {"read": len(self.outcomes) + rejected, **kinds, "rejected": rejected}


def receive(actor: Actor, *, layout: SheetLayout, filename: str, content: bytes) -> Load:
    """Keep a file and check it: a short one (:data:`SHORT` lines) at once, a longer one in the background.

    Raises :class:`Invalid` at once for a file that is none, or lacks columns.
    """
    try:
        read(filename, content, SHORT)
    except TooLong as longer:
        matched(layout, Table(longer.values["headings"]))  # type: ignore[arg-type]
    else:
        return check(actor, layout=layout, filename=filename, content=content)
    with acting(actor):
        actor.require(layout.permission)
        load = store(_new(actor, layout, filename, content), state=Load.State.RECEIVED)
        return _in_background(actor, load, "sheets.check", f"预检 {load.filename}")


def check(actor: Actor, *, layout: SheetLayout, filename: str, content: bytes) -> Load:
    """Read a file and say what importing it would do; nothing is changed."""
    return examine(actor, load=_new(actor, layout, filename, content))


def examine(actor: Actor, *, load: Load, work: Work = SILENT) -> Load:
    """Check a file that has been kept, or is about to be: its lines are written, counted and taken back."""
    layout = layouts()[load.sheet]
    work.advance(0, 0, "读取文件")
    table = read(load.filename, bytes(load.content), layout.most)
    with acting(actor):
        actor.require(layout.permission)
        _, unknown = matched(layout, table)
        kept = transaction.savepoint()
        report = _run(actor, layout, table, work, "试写，不留痕迹")
        transaction.savepoint_rollback(kept)
        load.rejections = [reason.as_values() for reason in report.rejections]
        return store(load, state=Load.State.CHECKED, checked_at=clock.now(), ignored=unknown, **report.counts)


def begin(actor: Actor, *, load: Load) -> Load:
    """Import a checked file: a short one at once, a longer one in the background."""
    if load.read <= SHORT:
        return apply(actor, load=load)
    with acting(actor):
        return _in_background(actor, _own(actor, load), "sheets.apply", f"导入 {load.filename}")


def apply(actor: Actor, *, load: Load, work: Work = SILENT) -> Load:
    """Import the accepted lines of a checked file, all in one transaction; rejected lines stay outside."""
    with acting(actor):
        load = _own(actor, load)
        layout = layouts()[load.sheet]
        actor.require(layout.permission)
        work.advance(0, 0, "读取文件")
        report = _run(actor, layout, read(load.filename, bytes(load.content)), work, "写入")
        if report.counts != load.counts:
            raise Conflict("预检以后，平台里的数据有变化，结果会与预检不同", hint="请重新上传，再看一次预检结果")
        return store(load, state=Load.State.APPLIED, applied_at=clock.now())


def discard(actor: Actor, *, load: Load) -> Load:
    """Give a checked file up."""
    with acting(actor):
        if (job := seen(load.job_id)) and job.open:
            raise Conflict("这个文件正在处理", hint="请先取消后台任务")
        return store(_own(actor, load, Load.State.RECEIVED), state=Load.State.DISCARDED)


def access_load(actor: Actor, key: UUID) -> Load:
    """A file that the actor, or somebody at the same organisation, sent in."""
    found = Load.objects.select_related("user").filter(pk=key).first()
    mine = found and (
        actor.everything or found.organization_id in actor.organizations(layouts()[found.sheet].permission)
    )
    if found is None or not (mine or found.user_id == actor.user_id):
        raise NotFound("没有这次导入", hint="请返回列表")
    return found


def _new(actor: Actor, layout: SheetLayout, filename: str, content: bytes) -> Load:
    return Load(
        sheet=layout.key,
        filename=filename[-255:],
        content=content,
        digest=hashlib.sha256(content).hexdigest(),
        user_id=actor.user_id,
        organization_id=actor.organization_id,
    )


def _in_background(actor: Actor, load: Load, kind: str, title: str) -> Load:
    link = load.get_absolute_url()
    return store(load, job=start(actor, kind, title=title, subject=str(load.pk), link=link, load=str(load.pk)))


def _own(actor: Actor, load: Load, *also: str) -> Load:
    load = locked(load)
    if load.user_id != actor.user_id:
        raise Forbidden("只有上传的人可以继续这次导入", hint="请自己重新上传")
    if load.state not in (Load.State.CHECKED, *also):
        raise Conflict(f"这次导入{load.get_state_display()}", hint="如需再导入，请重新上传")
    return load


def _run(actor: Actor, layout: SheetLayout, table: Table, work: Work, stage: str) -> Report:
    report = Report()
    taken: dict[int, Any] = {}
    for line, found in counted(work, entries(layout, table), len(table.lines), "核对每一行"):
        if isinstance(found, list):
            report.rejections += found
        else:
            taken[line] = found
    for line, outcome in counted(work, layout.write(actor, taken.items()), len(taken), stage):
        if isinstance(outcome, YigongtiError):
            report.rejections.append(refused(layout, line, taken[line], outcome))
        else:
            report.outcomes[line] = outcome
    report.rejections.sort(key=lambda reason: reason.line)
    return report
