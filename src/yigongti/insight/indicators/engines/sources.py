"""Where a fact lies: files of Parquet or CSV, whole or by month, and its columns read with their types."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import yaml

from yigongti.kernel.duck import connect
from yigongti.kernel.errors import Invalid, NotFound

from ..dictionary import Dictionary, FactTable, from_values

DICTIONARY = "dictionary.yaml"
FORMATS = {".parquet": "parquet", ".csv": "csv"}
HIERARCHY = "hierarchy"
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
PORTION = 16_000_000
"""Bytes of files that are read in one go: some hundred thousand rows, whose states fit into memory with ease."""


@dataclass(frozen=True)
class Part:
    """Some files of a fact; ``month`` where all their rows are of one month."""

    paths: tuple[str, ...]
    month: date | None = None


@dataclass(frozen=True)
class FactSource:
    """All files of a fact."""

    fact: FactTable
    parts: tuple[Part, ...]
    form: str = "parquet"

    @property
    def paths(self) -> list[str]:
        """Every file."""
        return [path for part in self.parts for path in part.paths]

    def within(self, months: Collection[date]) -> "FactSource":
        """The parts that may hold rows of these months by the fact's own time; one at least, to know the columns."""
        found = tuple(one for one in self.parts if one.month is None or one.month in months)
        return replace(self, parts=found or self.parts[:1])

    def portions(self, size: int = PORTION) -> Iterator[Part]:
        """The parts, small ones together until their files are of ``size`` bytes: then the rows tell their months."""
        kept: list[str] = []
        weight = 0
        for part in self.parts:
            found = sum(Path(path).stat().st_size for path in part.paths)
            if found >= size or not self.fact.time:
                yield part
                continue
            if kept and weight + found > size:
                yield Part(tuple(kept))
                kept, weight = [], 0
            kept.extend(part.paths)
            weight += found
        if kept:
            yield Part(tuple(kept))

    @property
    def types(self) -> Mapping[str, str]:
        """Column → SQL type, where the file does not know it (CSV)."""
        return {c.name: SQL_TYPES.get(c.type, c.type) for c in self.fact.columns.values()}


def folder(path: Path) -> tuple[Dictionary, dict[str, FactSource]]:
    """The facts in a folder with a ``dictionary.yaml``: ``visit.parquet``, ``visit.csv`` or ``visit/**``.

    Raises NotFound where the dictionary or the files of a fact are missing.
    """
    told = path / DICTIONARY
    if not told.is_file():
        raise NotFound(f"{path} 里没有 {DICTIONARY}", hint="写明每个事实的 columns、time、key，见 docs/indicators.md")
    values = yaml.safe_load(told.read_text(encoding="utf-8")) or {}
    if not isinstance(values, dict) or not isinstance(values.get("facts"), dict):
        raise Invalid(f"{told} 应有 facts: {{事实: {{columns: …}}}}")
    dictionary = from_values(values["facts"])
    return dictionary, {name: _found(path, fact) for name, fact in dictionary.items()}


def _found(path: Path, fact: FactTable) -> FactSource:
    for suffix, form in FORMATS.items():
        if files := [path / f"{fact.name}{suffix}"] if (path / f"{fact.name}{suffix}").is_file() else []:
            return FactSource(fact, (Part(tuple(map(str, files))),), form)
        if files := sorted((path / fact.name).rglob(f"*{suffix}")):
            return FactSource(fact, tuple(_parts(files)), form)
    raise NotFound(
        f"{path} 里没有事实 {fact.name} 的文件", hint=f"应为 {fact.name}.parquet、{fact.name}.csv 或目录 {fact.name}"
    )


def _parts(files: Sequence[Path]) -> Iterator[Part]:
    """One part for each month of ``year=2026/month=5``; files elsewhere are one part."""
    months: dict[date | None, list[str]] = {}
    for file in files:
        months.setdefault(_month_in(file), []).append(str(file))
    for month, paths in months.items():
        yield Part(tuple(paths), month)


def _month_in(file: Path) -> date | None:
    """The month in a path such as ``year=2026/month=05/…``."""
    told = dict(part.split("=", 1) for part in file.parts if part.count("=") == 1)
    return date(int(told["year"]), int(told["month"]), 1) if {"year", "month"} <= told.keys() else None


def hierarchy(path: Path) -> pa.Table | None:
    """``hierarchy.parquet`` or ``.csv`` in the folder (``month, organization, level, unit``); None without one."""
    for suffix in FORMATS:
        file = path / f"{HIERARCHY}{suffix}"
        if file.is_file():
            reader = "read_parquet" if suffix == ".parquet" else "read_csv"
            with connect() as connection:
                return connection.sql(f"SELECT * FROM {reader}(?)", params=[str(file)]).to_arrow_table()
    return None
