"""The migrated template database, kept between sessions as a dump named by the digest of all that migrations say."""

import ast
import hashlib
import importlib.util
import subprocess
from collections.abc import Iterator
from pathlib import Path

from yigongti.cli import binaries
from yigongti.cli.postgres import ADMIN, Server
from yigongti.cli.roles import DATABASE

PROJECT = Path(__file__).resolve().parent.parent
SOURCE = PROJECT / "src"
KEPT = 4


def imports(file: Path) -> Iterator[str]:
    """Names of our modules that a source file imports, directly."""
    package = ".".join(file.relative_to(SOURCE).with_suffix("").parts[:-1])
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
            names = [module, *(f"{module}.{alias.name}" for alias in node.names)]
        yield from (name for name in names if name.startswith("yigongti."))


def digest() -> str:
    """The digest of every migration of ours, of all modules that they lead to, and of the pinned packages."""
    waiting = set(SOURCE.glob("yigongti/**/migrations/*.py"))
    seen: set[Path] = set()
    while waiting:
        file = waiting.pop()
        seen.add(file)
        for name in imports(file):
            module = SOURCE.joinpath(*name.split("."))
            found = {module.with_suffix(".py"), module / "__init__.py"}
            waiting |= {path for path in found if path.exists()} - seen
    total = hashlib.sha256()
    for file in [PROJECT / "requirements" / "dev.txt", *sorted(seen)]:
        total.update(str(file.relative_to(PROJECT)).encode() + b"\0" + file.read_bytes() + b"\0")
    return total.hexdigest()[:20]


def build(server: Server) -> None:
    """Make the template: from the dump of an earlier session when the migrations are the same, else by migrating."""
    kept = PROJECT / ".pytest_cache" / "template" / f"{digest()}-{binaries.major()}.dump"
    if kept.exists():
        command = [
            binaries.program("pg_restore"),
            "--exit-on-error",
            "--dbname",
            server.url(ADMIN, DATABASE),
            str(kept),
        ]
        subprocess.run(command, check=True)
        kept.touch()
        return
    migrate()
    kept.parent.mkdir(parents=True, exist_ok=True)
    draft = kept.with_suffix(f".{server.access.port}")
    command = [binaries.program("pg_dump"), "--format=custom", "--compress=0", "--file", str(draft)]
    subprocess.run([*command, "--dbname", server.url(ADMIN, DATABASE)], check=True)
    draft.replace(kept)
    for old in sorted(kept.parent.iterdir(), key=lambda file: -file.stat().st_mtime)[KEPT:]:
        old.unlink(missing_ok=True)


def migrate() -> None:
    """Bring the template database to the newest schema, as its owner."""
    from django.db import connections

    from yigongti.cli.preparing import migrate as bring_up_to_date

    owner = connections["owner"]
    name = owner.settings_dict["NAME"]
    owner.settings_dict["NAME"] = DATABASE
    bring_up_to_date(lambda *_: None)
    owner.settings_dict["NAME"] = name
