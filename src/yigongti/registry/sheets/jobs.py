"""Long files are checked and imported in the background."""

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.jobs.declaration import Outcome, Work, job

from . import services
from .models import Load
from .writing import rejected


@job("sheets.check", title="预检文件")
def check_file(actor: Actor, work: Work, *, load: str) -> Outcome:
    """Say what importing would do; the rejected lines are made ready to fetch."""
    row = services.examine(actor, load=Load.objects.get(pk=load), work=work)
    if row.rejected:
        work.advance(0, 0, "整理退回的行")
        row.report = rejected(row)
        row.save(update_fields=["report"])
    words = f"读入 {row.read} 行：可新增 {row.added}，可更新 {row.changed}，未变 {row.unchanged}，退回 {row.rejected}"
    return Outcome(words, row.counts)


@job("sheets.apply", title="导入文件")
def apply_file(actor: Actor, work: Work, *, load: str) -> Outcome:
    """Import the accepted lines."""
    row = services.apply(actor, load=Load.objects.get(pk=load), work=work)
    return Outcome(f"新增 {row.added}，更新 {row.changed}，退回 {row.rejected}", row.counts)
