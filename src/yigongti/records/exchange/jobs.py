"""Deliveries are worked off in the background."""

from uuid import UUID

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.jobs.declaration import Outcome, Work, job

from .services import work_off


@job("exchange.load", title="数据接收", whole=False)
def load_delivery(actor: Actor, work: Work, *, load: str) -> Outcome:
    """Read, check and write; what was written is one transaction, so it may be begun again at any time."""

    def advance(stage: str, done: int, total: int) -> None:
        work.advance(done, total, stage)

    done = work_off(actor, load_id=UUID(load), advance=advance)
    if done.reason:
        return Outcome(f"{done.number} 已退回：{done.reason}")
    taken = f"读取 {done.lines_read} 行，接收 {done.lines_accepted}"
    return Outcome(f"{taken}，重复 {done.lines_duplicate}，拒收 {done.lines_rejected}", done.report.get("total", {}))
