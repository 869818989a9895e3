"""Whose processor time it was: read from /proc, so that a busy machine does not blur what a step costs."""

import os
from collections.abc import Mapping
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def seconds(stand_pid: int, database_pid: int) -> Mapping[str, float]:
    """Processor seconds used so far by web, worker, database and this client."""
    found = dict.fromkeys(("web", "worker", "database", "client"), 0.0)
    parents: dict[int, int] = {}
    used: dict[int, float] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            pid = int(folder.name)
            parents[pid] = int(fields[1])
            # with the children that have ended and been waited for
            used[pid] = sum(map(int, fields[11:15])) / TICK
    for pid, spent in used.items():
        line = ancestry(pid, parents)
        if pid == os.getpid():
            found["client"] = spent
        elif database_pid in line:
            found["database"] += spent
        elif stand_pid in line and pid != stand_pid:
            found["worker" if any(is_worker(p) for p in line) else "web"] += spent
    return found


def below(pid: int) -> list[int]:
    """Every process that descends from ``pid``."""
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    return [one for one in parents if one != pid and pid in ancestry(one, parents)]


def ancestry(pid: int, parents: Mapping[int, int]) -> list[int]:
    """The process and those above it."""
    line = [pid]
    while (above := parents.get(line[-1], 0)) > 1:
        line.append(above)
    return line


def is_worker(pid: int) -> bool:
    """Whether this is ``yigongti worker``."""
    try:
        return b"\0worker" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def command(pid: int) -> str:
    """The command line of a process."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
