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
from yigongti.registry.sheets.checking import Rejection, entries, matched, refused
from yigongti.registry.sheets.layout import Outcome, SheetLayout, layouts
from yigongti.registry.sheets.models import Load
from yigongti.registry.sheets.reading import Table, read
from yigongti.registry.storing import locked, store


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


def check(actor: Actor, *, layout: SheetLayout, filename: str, content: bytes) -> Load:
    """Read a file and say what importing it would do; nothing is changed."""
    table = read(filename, content, layout.most)
    with acting(actor):
        actor.require(layout.permission)
        _, unknown = matched(layout, table)
        kept = transaction.savepoint()
        report = _run(actor, layout, table)
        transaction.savepoint_rollback(kept)
        return store(
            Load(
                sheet=layout.key,
                filename=filename[-255:],
                content=content,
                digest=hashlib.sha256(content).hexdigest(),
                user_id=actor.user_id,
                organization_id=actor.organization_id,
                rejections=[reason.as_values() for reason in report.rejections],
                ignored=unknown,
                **report.counts,
            )
        )


def apply(actor: Actor, *, load: Load) -> Load:
    """Import the accepted lines of a checked file, all in one transaction; rejected lines stay outside."""
    with acting(actor):
        load = _own(actor, load)
        layout = layouts()[load.sheet]
        actor.require(layout.permission)
        report = _run(actor, layout, read(load.filename, bytes(load.content)))
        if report.counts != load.counts:
            raise Conflict("预检以后，平台里的数据有变化，结果会与预检不同", hint="请重新上传，再看一次预检结果")
        return store(load, state=Load.State.APPLIED, applied_at=clock.now())


def discard(actor: Actor, *, load: Load) -> Load:
    """Give a checked file up."""
    with acting(actor):
        return store(_own(actor, load), state=Load.State.DISCARDED)


def access_load(actor: Actor, key: UUID) -> Load:
    """A file that the actor, or somebody at the same organisation, sent in."""
    found = Load.objects.select_related("user").filter(pk=key).first()
    mine = found and (
        actor.everything or found.organization_id in actor.organizations(layouts()[found.sheet].permission)
    )
    if found is None or not (mine or found.user_id == actor.user_id):
        raise NotFound("没有这次导入", hint="请返回列表")
    return found


def _own(actor: Actor, load: Load) -> Load:
    load = locked(load)
    if load.user_id != actor.user_id:
        raise Forbidden("只有上传的人可以继续这次导入", hint="请自己重新上传")
    if load.state != Load.State.CHECKED:
        raise Conflict(f"这次导入{load.get_state_display()}", hint="如需再导入，请重新上传")
    return load


def _run(actor: Actor, layout: SheetLayout, table: Table) -> Report:
    report = Report()
    taken: dict[int, Any] = {}
    for line, found in entries(layout, table):
        if isinstance(found, list):
            report.rejections += found
        else:
            taken[line] = found
    for line, outcome in layout.write(actor, taken.items()):
        if isinstance(outcome, YigongtiError):
            report.rejections.append(refused(layout, line, taken[line], outcome))
        else:
            report.outcomes[line] = outcome
    report.rejections.sort(key=lambda reason: reason.line)
    return report
