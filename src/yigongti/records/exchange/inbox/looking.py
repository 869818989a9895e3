"""What lies in the watched folder: deliveries that rest, files that still grow, and what cannot be taken and why.

Files that stand together in a mapping's folder are one delivery, and so is each folder inside it. A file is taken when
size and time have not changed for ``YIGONGTI_INBOX_SECONDS`` and nobody on this machine has it open for writing, or at
once when ``<name>.ready`` stands beside it.
"""

import fcntl
import os
import stat
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

PROCESSING, DONE, FAILED = "processing", "done", "failed"
OURS = (PROCESSING, DONE, FAILED)
MOVING = ".moving"
READY, ERROR, README = ".ready", ".错误.txt", "说明.txt"
GROWING = (".part", ".partial", ".tmp", ".filepart", ".crdownload", ".swp", "~")
LINKED = ("这是符号链接或特殊文件", "请放文件本身")
DEEP = ("文件夹里还有文件夹", "一个文件夹是一次发送，里面只放文件")
MISPLACED = ("文件放错了位置", "请放进 来源系统标识/映射/ 文件夹，见说明.txt")


@dataclass(frozen=True)
class Drop:
    """The files of one delivery. ``home`` is the mapping's folder, ``batch`` the folder inside it, if there is one."""

    home: Path
    files: tuple[Path, ...]
    batch: str = ""

    @property
    def source(self) -> str:
        """The code of the source system."""
        return self.home.parent.name

    @property
    def mapping(self) -> str:
        """The name of the mapping."""
        return self.home.name


@dataclass(frozen=True)
class Complaint:
    """Something that cannot be taken as it lies, why, and the way out."""

    path: Path
    reason: str
    hint: str


@dataclass
class Seen:
    """What one look found."""

    drops: list[Drop] = field(default_factory=list)
    growing: list[Path] = field(default_factory=list)
    complaints: list[Complaint] = field(default_factory=list)


class Rest:
    """How long each file has been as it is; remembered from look to look."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[tuple[int, int, int], float]] = {}

    def settled(self, path: Path, status: os.stat_result, seconds: float) -> bool:
        """Whether the file has rested so long."""
        stamp = (status.st_ino, status.st_size, status.st_mtime_ns)
        known, since = self._known.get(path, (None, 0.0))
        if known != stamp:
            self._known[path] = (stamp, time.monotonic())
            return seconds <= 0
        return time.monotonic() - since >= seconds

    def forget(self, present: set[Path]) -> None:
        """Only what still lies there is remembered."""
        self._known = {path: known for path, known in self._known.items() if path in present}


def look(root: Path, rest: Rest, seconds: float) -> Seen:
    """One look at everything. Links are never followed."""
    seen, present = Seen(), set[Path]()
    for source in _entries(root):
        if not _folder(source, seen):
            continue
        for home in _entries(Path(source.path)):
            if not _folder(home, seen) or _half_moved(Path(home.path)):
                continue
            folders = [one for one in _entries(Path(home.path)) if one.is_dir(follow_symlinks=False)]
            _delivery(Path(home.path), "", rest, seconds, seen, present)
            for batch in folders:
                if batch.name not in OURS:
                    _delivery(Path(home.path), batch.name, rest, seconds, seen, present)
    rest.forget(present)
    return seen


def _entries(folder: Path) -> Iterator["os.DirEntry[str]"]:
    try:
        found = sorted(os.scandir(folder), key=lambda one: one.name)
    except OSError:
        return
    for one in found:
        if one.name.endswith(ERROR):
            _drop_stale(Path(one.path))
        elif not one.name.startswith(".") and one.name != README:
            yield one


def _drop_stale(told: Path) -> None:
    """What was said of a file that is gone."""
    if not os.path.lexists(str(told).removesuffix(ERROR)):
        told.unlink(missing_ok=True)


def _folder(entry: "os.DirEntry[str]", seen: Seen) -> bool:
    if entry.is_dir(follow_symlinks=False):
        return True
    seen.complaints.append(Complaint(Path(entry.path), *(LINKED if entry.is_symlink() else MISPLACED)))
    return False


def _half_moved(home: Path) -> bool:
    """Whether a delivery of the folder is being moved, or its move broke off: what is left belongs to it."""
    return any((home / PROCESSING).glob(f"*{MOVING}"))


def _delivery(home: Path, batch: str, rest: Rest, seconds: float, seen: Seen, present: set[Path]) -> None:
    folder = home / batch if batch else home
    whole = bool(batch) and (home / f"{batch}{READY}").is_file()
    settled: list[Path] = []
    ready: list[Path] = []
    growing: list[Path] = []
    for entry in _entries(folder):
        path = Path(entry.path)
        if entry.is_dir(follow_symlinks=False):
            if batch:
                seen.complaints.append(Complaint(path, *DEEP))
                return
            continue
        status = entry.stat(follow_symlinks=False)
        if not stat.S_ISREG(status.st_mode):
            seen.complaints.append(Complaint(path, *LINKED))
            continue
        if entry.name.endswith(READY):
            continue
        present.add(path)
        if whole or path.with_name(entry.name + READY).is_file():
            ready.append(path)
        elif entry.name.lower().endswith(GROWING) or not rest.settled(path, status, seconds) or _written(path):
            growing.append(path)
        else:
            settled.append(path)
    seen.growing += growing
    if files := (*settled, *ready) if not growing else tuple(ready):
        seen.drops.append(Drop(home, tuple(sorted(files)), batch))


def _written(path: Path) -> bool:
    """Whether a process of this machine has the file open for writing, where the system can tell."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(handle)
    return False


def tickets(root: Path) -> Iterator[Path]:
    """The deliveries that were taken and not settled."""
    for place in root.glob(f"*/*/{PROCESSING}/*"):
        if place.is_dir() and not place.is_symlink():
            yield place


def counted(root: Path) -> Mapping[str, int]:
    """How many deliveries lie in each of our folders."""
    return {name: sum(1 for _ in root.glob(f"*/*/{name}/*")) for name in OURS}
