"""The indicators that an evaluation may name, read from the files beside it.

A policy is checked while policies are being loaded, so this reads the files of the sets and not what is in force.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from yigongti.insight.indicators.sets import ROOM
from yigongti.kernel.policy.documents import read


@dataclass(frozen=True)
class Known:
    """What an evaluation needs to know of an indicator."""

    code: str
    name: str
    kind: str
    unit: str
    better: str
    criteria: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    levels: tuple[str, ...] = ("organization", "centre", "consortium", "county")
    periods: tuple[str, ...] = ("month", "quarter", "year")
    completeness: Decimal = Decimal(0)

    def incomplete(self, reported: int, expected: int) -> bool:
        """Whether fewer organisation-months have data than the definition asks for."""
        return bool(expected) and Decimal(reported) / expected < self.completeness


_instead: ContextVar[Mapping[str, Known] | None] = ContextVar("indicators", default=None)


def known_indicators() -> Mapping[str, Known]:
    """Code → indicator, of all sets in the folder of policies."""
    from yigongti.kernel.policy.store import folder

    if (instead := _instead.get()) is not None:
        return instead
    files = sorted((folder() / ROOM).glob("*.yaml"))
    return _read(tuple((file, file.stat().st_mtime_ns) for file in files))


@contextmanager
def as_they_were(texts: Iterable[str]) -> Iterator[None]:
    """Meanwhile the indicators are those of these texts of sets, as an evaluation kept them."""
    before = _instead.set({code: one for text in texts for code, one in _of(text, "").items()})
    try:
        yield
    finally:
        _instead.reset(before)


@lru_cache(maxsize=4)
def _read(files: tuple[tuple[Path, int], ...]) -> Mapping[str, Known]:
    return {code: one for file, _ in files for code, one in _of(file.read_text(encoding="utf-8"), file.name).items()}


def _of(text: str, file: str) -> dict[str, Known]:
    told = read(text, file).data
    name = str(told["policy"]).split("/", 1)[1]
    return {f"{name}/{one['indicator']}": _known(f"{name}/{one['indicator']}", one) for one in told["indicators"]}


def _known(code: str, one: Mapping[str, Any]) -> Known:
    return Known(
        code=code,
        name=one["name"],
        kind=one.get("kind", "computed"),
        unit=one.get("unit", ""),
        better=one.get("better", "none"),
        criteria=tuple(one.get("criteria", ())),
        evidence=tuple(one.get("evidence", ())),
        levels=tuple(one.get("levels", Known.levels)),
        periods=tuple(one.get("periods", Known.periods)),
        completeness=Decimal(str(one.get("completeness", 0))),
    )
