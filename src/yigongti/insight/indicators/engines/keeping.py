"""States that outlast a run: when a month changes, only its files are read again.

Each file holds the state that one statement makes of one year of a fact; beside it stands from which files it was made.
A statement, its engine or its fact that is another has another file. What nobody used for :data:`AGE` goes.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from ..making import Step
from ..people import SPREAD
from .sources import FactSource, Part

AGE = timedelta(days=40)
WHOLE = "all"
"""Files of no month."""
FORM = "1"
"""Raised when the same statement means another state."""


@dataclass(frozen=True)
class Piece:
    """The state of a year: what was kept, but for the months ``gone``, and the table of what is ``fresh``."""

    place: Path
    gone: tuple[str, ...] = ()
    fresh: str = ""

    @property
    def changed(self) -> bool:
        """Whether it is another than was kept."""
        return bool(self.gone or self.fresh)

    def queries(self, step: Step) -> list[str]:
        """The state, in parts."""
        return [self._rest(step), *([f"SELECT * FROM {self.fresh}"] if self.fresh else [])]

    def _rest(self, step: Step) -> str:
        kept = f"FROM read_parquet('{self.place}')"
        if not self.gone:
            return f"SELECT * {kept}"
        if step.apart == "rows":
            dates = ", ".join(f"DATE '{month}'" for month in self.gone)
            return f"SELECT * {kept} WHERE {step.by[0]} NOT IN ({dates})"
        return self._masked(step, ((1 << 62) - 1) & ~self._bits)

    def members(self, step: Step, columns: Iterable[str]) -> str:
        """``year, member`` of whom the kept months that are gone and the fresh ones tell differently."""
        keys = [name for name in columns if name not in step.by]
        told, numbers = ", ".join(keys), ", ".join(step.by)
        fresh = f" UNION ALL SELECT {told}, {numbers} FROM {self.fresh}" if self.fresh else ""
        both = f"SELECT {told}, {numbers} FROM ({self._masked(step, self._bits)}) AS k{fresh}"
        alone = f"SELECT year, member FROM ({both}) AS b GROUP BY {told}, {numbers} HAVING count(*) = 1"
        return f"SELECT DISTINCT year, member FROM ({alone}) AS a"

    @property
    def _bits(self) -> int:
        return sum(SPREAD << date.fromisoformat(month).month - 1 for month in self.gone)

    def _masked(self, step: Step, bits: int) -> str:
        """The kept numbers as far as these bits go, where anything is left."""
        rest = {number: f"({number} & {bits})" for number in step.by}
        left = ", ".join(f"{sql} AS {number}" for number, sql in rest.items())
        some = " OR ".join(f"{sql} <> 0" for sql in rest.values())
        return f"SELECT * REPLACE ({left}) FROM read_parquet('{self.place}') WHERE {some}"


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

    def merged(self, step: Step, pieces: Iterable["Piece"], tables: Iterable[bytes]) -> Path:
        """Where the merge of kept pieces lies, or would: another one for other pieces or tables that it rests on."""
        told = hashlib.sha256("\n".join([FORM, duckdb.__version__, step.sql]).encode())
        for piece in pieces:
            told.update(piece.place.name.encode() + piece.place.with_suffix(".json").read_bytes())
        for table in tables:
            told.update(hashlib.sha256(table).digest())
        return self.folder / f"{told.hexdigest()[:40]}.parquet"

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
