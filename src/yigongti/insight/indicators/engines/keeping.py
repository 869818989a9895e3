"""States that outlast a run: when a month changes, only its files are read again.

Each file holds the state that one statement makes of one year of a fact; beside it stands from which files it was made.
A statement, its engine or its fact that is another has another file. What nobody used for :data:`AGE` goes.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from ..making import Step
from .sources import FactSource, Part

AGE = timedelta(days=40)
WHOLE = "all"
"""Files of no month."""
FORM = "1"
"""Raised when the same statement means another state."""


class Keeper:
    """A folder of states."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def place(self, step: Step, source: FactSource, year: int | None) -> Path:
        """Where the state of a year lies, or would."""
        columns = [f"{column.name} {column.type}" for column in source.fact.columns.values()]
        told = [FORM, duckdb.__version__, step.sql, step.known, source.fact.name, str(year), *columns]
        return self.folder / f"{hashlib.sha256(chr(10).join(told).encode()).hexdigest()[:40]}.parquet"

    def known(self, place: Path) -> dict[str, str]:
        """Month → the files of which the state was made; nothing where there is no state."""
        note = place.with_suffix(".json")
        if not (note.is_file() and place.is_file()):
            return {}
        note.touch()
        return dict(json.loads(note.read_text(encoding="utf-8")))

    def put(self, place: Path, draft: Path, made_of: Mapping[str, str]) -> None:
        """Keep a finished state; whoever stops in between leaves none."""
        note = place.with_suffix(".json")
        note.unlink(missing_ok=True)
        draft.replace(place)
        draft = note.with_suffix(".draft")
        draft.write_text(json.dumps(dict(made_of)), encoding="utf-8")
        draft.replace(note)

    def sweep(self) -> int:
        """Let go what was not used for long; how many states."""
        oldest = (datetime.now(UTC) - AGE).timestamp()
        gone = [note for note in self.folder.glob("*.json") if note.stat().st_mtime < oldest]
        for note in gone:
            note.unlink()
        for file in self.folder.iterdir():
            if file.suffix != ".json" and not file.with_suffix(".json").is_file():
                file.unlink()
        return len(gone)


def filed(part: Part) -> str:
    """The month of a part; :data:`WHOLE` where it has none."""
    return str(part.month or WHOLE)


def stamps(parts: Iterable[Part]) -> dict[str, str]:
    """Month → which files, as they are now."""
    of: dict[str, list[tuple[str, int, int]]] = {}
    for part in parts:
        found = ((path, Path(path).stat()) for path in part.paths)
        of.setdefault(filed(part), []).extend((path, told.st_size, told.st_mtime_ns) for path, told in found)
    return {month: hashlib.sha256(repr(sorted(files)).encode()).hexdigest()[:32] for month, files in of.items()}
