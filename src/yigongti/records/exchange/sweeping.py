"""What nobody needs any more goes: plain copies of processes that were killed, files of loads that ended, and files
that waited longer than ``YIGONGTI_DELIVERY_DAYS``.
"""

import fcntl
import shutil
import time
from datetime import timedelta
from pathlib import Path

from yigongti.config import configuration
from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.cases.advance import advance
from yigongti.kernel.errors import YigongtiError
from yigongti.kernel.jobs.models import Job
from yigongti.kernel.jobs.pulse import pulse

from .keeping import discard, shelf
from .models import Load
from .workflow import Delivery

YOUNG = 3600.0
"""Seconds in which a folder may still be being filled by a request."""
BEGINNING = 60.0
"""Seconds in which a process may not hold its lock yet."""
TRYING = "exchange.try"


@pulse(every=300)
def sweep() -> None:
    """Once: plain copies, then what expired, then what no open load names."""
    sweep_open()
    expire()
    sweep_orphans()


def sweep_open() -> None:
    """Plain copies whose process is gone."""
    place = shelf() / "open"
    if not place.is_dir():
        return
    for folder in place.iterdir():
        if folder.suffix != ".lock" and _age(folder) > BEGINNING and _abandoned(folder.with_suffix(".lock")):
            shutil.rmtree(folder, ignore_errors=True)
            folder.with_suffix(".lock").unlink(missing_ok=True)


def _abandoned(lock: Path) -> bool:
    if not lock.exists():
        return True
    with lock.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def expire() -> None:
    """Loads that were not worked off in time are refused, and their files go."""
    days = configuration().delivery_days
    with acting(SYSTEM):
        late = Load.objects.filter(closed_at=None, kept=True, opened_at__lt=clock.now() - timedelta(days=days))
        found = list(late.only("id", "paths")[:50])
    for load in found:
        reason, hint = f"{days} 天内没有入库，平台保存的文件已按期删除", "请重新发送"
        try:
            with acting(SYSTEM):
                advance(SYSTEM, Delivery, load.pk, "refuse", {"reason": reason, "hint": hint})
                Load.objects.filter(pk=load.pk).update(reason=reason, hint=hint)
        except YigongtiError:
            continue  # it was taken up meanwhile
        discard(map(Path, load.paths))


def sweep_orphans() -> None:
    """Folders that no open load and no open trial names."""
    old = [one for one in shelf().iterdir() if one.is_dir() and one.name != "open" and _age(one) > YOUNG]
    if not old:
        return
    with acting(SYSTEM):
        held = [path for paths in Load.objects.filter(closed_at=None, kept=True).values_list("paths", flat=True)
                for path in paths]  # fmt: skip
        trials = Job.objects.filter(kind=TRYING, state__in=Job.OPEN).values_list("arguments", flat=True)
        held += [path for arguments in trials for path in arguments.get("paths", [])]
    needed = {Path(path).parent for path in held}
    discard(one / "any" for one in old if one not in needed)


def _age(folder: Path) -> float:
    try:
        return time.time() - folder.stat().st_mtime
    except FileNotFoundError:
        return 0.0
