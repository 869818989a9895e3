"""The worker looks into the watched folder every few seconds."""

import logging
import time
from pathlib import Path

from yigongti.config import configuration
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.jobs.declaration import job
from yigongti.kernel.jobs.pulse import pulse

from . import taking, words
from .looking import Rest, Seen, look
from .settling import clear

logger = logging.getLogger(__name__)
OFTEN, SELDOM = 3.0, 600.0
_rest = Rest()
_told: dict[Path, float] = {}


@pulse(every=OFTEN)
def watch() -> None:
    """Take what rests, go on with what broke off, say what cannot be taken."""
    root = configuration().inbox
    if root is None:
        return
    root.mkdir(parents=True, exist_ok=True)
    if time.monotonic() - _told.get(root, -SELDOM) >= SELDOM:
        with acting(SYSTEM):
            words.write_readme(root)
        clear(root, configuration().inbox_days)
        _told[root] = time.monotonic()
    taking.go_on(root)
    seen = look(root, _rest, configuration().inbox_seconds)
    receive(root, seen)


def receive(root: Path, seen: Seen) -> None:
    """Take the deliveries that can be served; complain about the rest."""
    with acting(SYSTEM):
        refused = words.complaints_of({drop.home for drop in seen.drops}) if seen.drops else {}
    told = list(seen.complaints)
    for drop in seen.drops:
        if why := refused.get(drop.home):
            told += [words.Complaint(file, why.reason, why.hint) for file in drop.files]
            continue
        try:
            taking.take(root, drop)
        except OSError as error:
            reason = f"不能移动到 processing：{error.strerror}"
            told.append(words.Complaint(drop.files[0], reason, "请检查文件夹的权限和磁盘空间"))
    words.complain(told)


job(taking.WORK, title="收件文件夹", whole=False)(taking.work_ticket)
