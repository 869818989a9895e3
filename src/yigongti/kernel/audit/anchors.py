"""The head of the chain, written down outside the database, so that a chain cut short at its end is found too.

``HOME/audit-head-<database>.json`` holds the last seal that this machine saw committed. Whoever owns the database but
not this file cannot remove the newest entries unnoticed.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from django.db import connection

from yigongti.config import configuration


@dataclass(frozen=True)
class Anchor:
    """A seal and its digest (hex)."""

    seal: int
    digest: str


def path() -> Path:
    """The file of the database that this process uses; a database made anew has a new one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT oid FROM pg_database WHERE datname = current_database()")
        return configuration().home / f"audit-head-{cursor.fetchone()[0]}.json"


def write(seal: int, digest: bytes) -> None:
    """Write the head down; the file is whole at any moment."""
    file = path()
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps(asdict(Anchor(seal, digest.hex()))), encoding="utf-8")
    draft.replace(file)


def read() -> Anchor | None:
    """What was written down last, if anything."""
    file = path()
    return Anchor(**json.loads(file.read_text(encoding="utf-8"))) if file.exists() else None


def forget() -> None:
    """Begin anew after a restore, which takes the chain back on purpose."""
    path().unlink(missing_ok=True)
