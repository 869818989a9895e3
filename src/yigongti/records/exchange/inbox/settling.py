"""A delivery that was worked off goes to done/ or failed/, with its report and the lines to correct beside it."""

import json
import os
import shutil
import time
from pathlib import Path

from yigongti.kernel.access.actor import SYSTEM

from .. import rejects
from ..models import Load
from ..reporting import LINES
from ..workflow import Delivery
from .looking import DONE, FAILED

REPORT, WHY = "报告.json", "错误.txt"
DAY = 86_400


def settle(place: Path, load: Load) -> Path:
    """Write the report and the rejected lines beside the files, then move the folder to where it ends."""
    loaded = load.state == Delivery.loaded.name
    counts = {word: getattr(load, f"lines_{word}") for word in LINES}
    told = {"number": load.number, "id": str(load.pk), "state": load.state, **counts, "report": load.report}
    if not loaded:
        told |= {"reason": load.reason, "hint": load.hint}
        _write(place / WHY, f"{load.reason or load.state_now.title}\n{load.hint}\n".encode())
    if loaded and rejects.rejected(load).exists():
        name, content = rejects.as_files(SYSTEM, load, "xlsx")
        stem, _, ending = name.removeprefix("退回-").rpartition(".")
        _write(place / f"{stem}-退回.{ending}", content)
    _write(place / REPORT, json.dumps(told, ensure_ascii=False, indent=1, default=str).encode())
    return _end(place, DONE if loaded else FAILED)


def give_up(place: Path, reason: str, hint: str) -> Path:
    """It could not even be accepted."""
    _write(place / WHY, f"{reason}\n{hint}\n".encode())
    return _end(place, FAILED)


def _write(path: Path, content: bytes) -> None:
    beside = path.with_name(f".{path.name}")
    beside.write_bytes(content)
    os.replace(beside, path)


def _end(place: Path, where: str) -> Path:
    to = place.parent.parent / where
    to.mkdir(exist_ok=True)
    return place.rename(to / place.name)


def clear(root: Path, days: int) -> None:
    """What was loaded goes after so many days; what failed stays until people have looked at it."""
    for one in root.glob(f"*/*/{DONE}/*"):
        if one.is_dir() and not one.is_symlink() and time.time() - one.stat().st_mtime > days * DAY:
            shutil.rmtree(one, ignore_errors=True)
