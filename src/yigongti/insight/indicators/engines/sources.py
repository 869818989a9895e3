"""Where a fact lies: files of Parquet, whole or by month."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from ..dictionary import FactTable

ZONE = "Asia/Shanghai"
SQL_TYPES = {
    "text": "VARCHAR",
    "uuid": "VARCHAR",
    "int": "INTEGER",
    "bigint": "BIGINT",
    "bool": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMPTZ",
    "list(text)": "VARCHAR[]",
}
"""Our types in files: a uuid is text, which every engine reads."""
SMALL = 1_000_000
"""Bytes of a month's files below which months are better read as one: then each row tells its month."""


@dataclass(frozen=True)
class Part:
    """Some files of a fact; ``month`` where all their rows are of one month, and all rows of that month are theirs."""

    paths: tuple[str, ...]
    month: date | None = None


@dataclass(frozen=True)
class FactSource:
    """All files of a fact."""

    fact: FactTable
    parts: tuple[Part, ...]

    @property
    def paths(self) -> list[str]:
        """Every file."""
        return [path for part in self.parts for path in part.paths]

    def within(self, months: Collection[date]) -> "FactSource":
        """The parts that may hold rows of these months by the fact's own time; one at least, to know the columns."""
        found = tuple(one for one in self.parts if one.month is None or one.month in months)
        return replace(self, parts=found or self.parts[:1])

    def portions(self, size: int = SMALL) -> Iterator[Part]:
        """The parts, small ones together until their files are of ``size`` bytes: then the rows tell their months."""
        kept: list[Part] = []
        weight = 0
        for part in self.parts:
            found = sum(Path(path).stat().st_size for path in part.paths)
            if kept and weight + found > size:
                yield _together(kept)
                kept, weight = [], 0
            if found >= size or not self.fact.time:
                yield part
            else:
                kept.append(part)
                weight += found
        if kept:
            yield _together(kept)

    def years(self) -> Iterator[tuple[Part, ...]]:
        """The parts of each year together, small ones in one; those of no month by themselves."""
        for one in self.by_year().values():
            yield tuple(one.portions())

    def by_year(self) -> dict[int | None, "FactSource"]:
        """The parts of each year; those of no month under None."""
        of: dict[int | None, list[Part]] = {}
        for part in self.parts:
            of.setdefault(part.month.year if part.month else None, []).append(part)
        return {year: replace(self, parts=tuple(parts)) for year, parts in of.items()}

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(Path(path).stat().st_size for path in self.paths)


def _together(parts: Sequence[Part]) -> Part:
    return parts[0] if len(parts) == 1 else Part(tuple(path for part in parts for path in part.paths))
