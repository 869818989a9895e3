"""Deliveries are worked off in the background."""

from pathlib import Path
from uuid import UUID

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.errors import Conflict
from yigongti.kernel.jobs.declaration import Outcome, Work, job

from .keeping import discard
from .services import try_out, work_off


@job("exchange.load", title="数据接收", whole=False)
def load_delivery(actor: Actor, work: Work, *, load: str) -> Outcome:
    """Read, check and write; what was written is one transaction, so it may be begun again at any time."""

    def advance(stage: str, done: int, total: int) -> None:
        work.advance(done, total, stage)

    done = work_off(actor, load_id=UUID(load), advance=advance)
    if done.reason:
        return Outcome(f"{done.number} 已退回：{done.reason}")
    taken = f"读取 {done.lines_read} 行，接收 {done.lines_accepted}"
    return Outcome(f"{taken}，{done.rest_in_words}", done.report.get("total", {}))


@job("exchange.try", title="数据试接收", whole=False)
def try_delivery(actor: Actor, work: Work, *, paths: list[str], source: str, mapping: str) -> Outcome:
    """The report that a delivery would get; nothing is written, and the files go."""

    def advance(stage: str, done: int, total: int) -> None:
        work.advance(done, total, stage)

    files = [Path(path) for path in paths]
    if not all(path.exists() for path in files):
        raise Conflict("试接收的文件已经删除", hint="请重新发送")
    try:
        report = try_out(mapping=mapping, files=files, source=source, advance=advance)
    finally:
        discard(files)
    total = report["total"]
    return Outcome(
        f"读取 {total['read']} 行，可接收 {total['accepted']}，拒收 {total['rejected']}，"
        f"参照 {total['reference']}；没有写入",
        report,
    )
