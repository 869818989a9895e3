"""The shelf: Parquet files that never change, and snapshots that say which of them belong together.

A file is named by its rows, so the same rows give the same file. A snapshot is one small JSON document; ``CURRENT``
names the one in force and is replaced in one step. A crash leaves files that no snapshot names (``compact`` removes
them) and the last good snapshot in force.
"""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

from django.utils import timezone

from yigongti.kernel import clock
from yigongti.kernel.errors import NotFound

from .comments import written

CURRENT = "CURRENT"
WHOLE = "all"
"""The part of a fact that has no months."""


@dataclass(frozen=True)
class Piece:
    """One file: a month of a fact, or the whole of a fact without months. ``digest`` is over its rows."""

    path: str
    rows: int
    digest: str


@dataclass
class FactShelf:
    """All pieces of a fact by month (``2026-05``, or :data:`WHOLE`), and how far it was read."""

    pieces: dict[str, Piece] = field(default_factory=dict)
    watermark: str = ""
    columns: dict[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """All rows."""
        return sum(piece.rows for piece in self.pieces.values())


@dataclass
class Snapshot:
    """Which files belong together. ``changed`` names the months that differ from the snapshot before."""

    id: str = ""
    at: str = ""
    before: str = ""
    facts: dict[str, FactShelf] = field(default_factory=dict)
    changed: dict[str, list[str]] = field(default_factory=dict)

    @property
    def taken_at(self) -> datetime:
        """When it was taken, in Chinese time."""
        return timezone.localtime(datetime.fromisoformat(self.at))

    def content(self) -> str:
        """A hash over every piece: snapshots with the same content hold the same rows."""
        listed = {name: {m: p.digest for m, p in sorted(f.pieces.items())} for name, f in sorted(self.facts.items())}
        return hashlib.sha256(json.dumps(listed, sort_keys=True).encode()).hexdigest()


class Removed(NamedTuple):
    """What tidying removed, and how many old snapshots stay for now because somebody reads them."""

    snapshots: int
    files: int
    read: int


class Shelf:
    """A folder of pieces and snapshots.

    Two locks, both of the system, so that a process that dies holds none: one process at a time changes the shelf
    (:meth:`held`), and what somebody reads (:meth:`reading`) is not removed.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files = root / "facts"
        self.snapshots = root / "snapshots"
        self.work = root / "work"
        for folder in (self.files, self.snapshots, self.work):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Alone with the shelf: one process changes it at a time, the others wait."""
        with (self.root / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def current(self) -> Snapshot | None:
        """The snapshot in force; None before the first."""
        pointer = self.root / CURRENT
        return self.snapshot(pointer.read_text().strip()) if pointer.is_file() else None

    def snapshot(self, name: str) -> Snapshot:
        """The snapshot of that name (or its beginning). Raises NotFound."""
        found = [file for file in self.snapshots.glob("*.json") if file.name.startswith(name)] if name else []
        if len(found) != 1:
            raise NotFound(f"没有快照 {name}", hint="yigongti warehouse status 列出现有快照")
        values = json.loads(found[0].read_text(encoding="utf-8"))
        facts = {
            name: FactShelf({m: Piece(**p) for m, p in told["pieces"].items()}, told["watermark"], told["columns"])
            for name, told in values["facts"].items()
        }
        return Snapshot(values["id"], values["at"], values["before"], facts, values["changed"])

    @contextmanager
    def reading(self, name: str) -> Iterator[Snapshot]:
        """The snapshot of that name (or its beginning): it and its files stay as long as the block. Raises NotFound."""
        found = self.snapshot(name)
        with self._readers(found.id).open("a") as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            yield self.snapshot(found.id)  # which was removed, perhaps, while this waited

    def _readers(self, name: str) -> Path:
        return self.snapshots / f"{name}.readers"

    def listed(self) -> list[Snapshot]:
        """Every snapshot, newest first."""
        found = [self.snapshot(path.stem) for path in self.snapshots.glob("*.json")]
        return sorted(found, key=lambda one: one.taken_at, reverse=True)

    def publish(self, snapshot: Snapshot) -> Snapshot:
        """Make a snapshot the one in force. The same content as before stays the snapshot before."""
        standing = self.current()
        if standing is not None and standing.content() == snapshot.content():
            if all(standing.facts[name].watermark == fact.watermark for name, fact in snapshot.facts.items()):
                return standing
            snapshot.id, snapshot.before, snapshot.changed = standing.id, standing.before, standing.changed
        else:
            moment = timezone.localtime(clock.now())
            snapshot.before = standing.id if standing else ""
            snapshot.id = f"{moment:%Y%m%d-%H%M%S}-{snapshot.content()[:8]}"
        snapshot.at = timezone.localtime(clock.now()).isoformat()
        _replace(self.snapshots / f"{snapshot.id}.json", json.dumps(asdict(snapshot), ensure_ascii=False, indent=1))
        _replace(self.root / CURRENT, snapshot.id)
        return snapshot

    def path(self, piece: Piece) -> Path:
        """Where a piece lies."""
        return self.files / piece.path

    def keep(self, fact: str, month: str, made: Path, rows: int, digest: str) -> Piece:
        """Move a finished file to its place; one with the same rows stays, unless it says something else of itself."""
        place = Path(fact) if month == WHOLE else Path(fact, f"year={month[:4]}", f"month={int(month[5:])}")
        piece = Piece(str(place / f"{digest[:16]}.parquet"), rows, digest)
        target = self.path(piece)
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.is_file() and written(target) == written(made):
            made.unlink()
        else:
            with made.open("rb") as file:
                os.fsync(file.fileno())
            made.replace(target)
        return piece

    def compact(self, keep: int, pinned: Collection[str] = ()) -> Removed:
        """Remove old snapshots that nobody reads, and the files that none names.

        The newest ``keep`` stay, the one in force, and the ``pinned``. A sync is waited for: it writes files before
        their snapshot names them.
        """
        with self.held():
            listed, current = self.listed(), self.current()
            stays = {one.id for one in listed[:keep]} | set(pinned) | ({current.id} if current else set())
            old = {one.id for one in listed if one.id not in stays}
            gone = {name for name in old if self._forgotten(name)}
            kept = [one for one in listed if one.id not in gone]
            named = {piece.path for one in kept for fact in one.facts.values() for piece in fact.pieces.values()}
            loose = [file for file in self.files.rglob("*.parquet") if str(file.relative_to(self.files)) not in named]
            for file in loose:
                file.unlink()
            for left in self.work.iterdir():
                shutil.rmtree(left) if left.is_dir() else left.unlink()
            return Removed(len(gone), len(loose), len(old - gone))

    def _forgotten(self, name: str) -> bool:
        """Remove a snapshot, unless somebody reads it."""
        readers = self._readers(name)
        with readers.open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            (self.snapshots / f"{name}.json").unlink()
            readers.unlink()
            return True


def _replace(path: Path, text: str) -> None:
    """Write a small file in one step."""
    draft = path.with_suffix(".draft")
    with draft.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def month_name(month: date | None) -> str:
    """``2026-05``; :data:`WHOLE` where there is no month."""
    return f"{month:%Y-%m}" if month else WHOLE


def month_of(name: str) -> date | None:
    """The first day of ``2026-05``."""
    return None if name == WHOLE else date(int(name[:4]), int(name[5:]), 1)


def between(first: date, last: date) -> Iterator[date]:
    """Every month from the first to the last."""
    for number in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
        yield date(number // 12, number % 12 + 1, 1)


def changes(before: Snapshot | None, facts: Mapping[str, FactShelf]) -> dict[str, list[str]]:
    """Fact → months whose rows differ from the snapshot before."""
    found: dict[str, list[str]] = {}
    for name, fact in facts.items():
        old = before.facts[name].pieces if before and name in before.facts else {}
        months = {
            m
            for m in {*old, *fact.pieces}
            if m not in old or m not in fact.pieces or old[m].digest != fact.pieces[m].digest
        }
        if months:
            found[name] = sorted(months)
    return found
