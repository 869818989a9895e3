"""Small tables of a desk: a title, heads, rows of cells that open."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """A text, where it opens, and how it stands out."""

    text: object
    url: str = ""
    tone: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Card:
    """A table; ``empty`` says what would be here. ``numbers`` are the columns that are right-aligned."""

    title: str
    rows: Sequence[Sequence[Cell]] = ()
    heads: Sequence[str] = ()
    numbers: frozenset[int] = frozenset()
    url: str = ""
    more: str = "全部"
    empty: str = ""
    wide: bool = False
