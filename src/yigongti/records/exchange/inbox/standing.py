"""What lies in the watched folder now, for people who ask."""

from pathlib import Path
from typing import Any

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM

from .looking import Complaint, Rest, counted, look
from .words import complaints_of


def standing(root: Path) -> dict[str, Any]:
    """Files that wait, deliveries in each of our folders, and what cannot be taken; paths are within the folder."""
    if not root.is_dir():
        return {"counts": {"processing": 0, "done": 0, "failed": 0}, "waiting": [], "complaints": []}
    seen = look(root, Rest(), 0)
    with acting(SYSTEM):
        refused = complaints_of({drop.home for drop in seen.drops})
    told = list(seen.complaints)
    waiting = list(seen.growing)
    for drop in seen.drops:
        if why := refused.get(drop.home):
            told += [Complaint(file, why.reason, why.hint) for file in drop.files]
        else:
            waiting += drop.files
    return {
        "counts": dict(counted(root)),
        "waiting": sorted(str(file.relative_to(root)) for file in waiting),
        "complaints": [
            {"path": str(one.path.relative_to(root)), "reason": one.reason, "hint": one.hint} for one in told
        ],
    }
