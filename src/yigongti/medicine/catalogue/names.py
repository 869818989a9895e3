"""How a drug is called: what a doctor writes and what the formulary says, brought to one form."""

import re
import unicodedata
from collections.abc import Iterable

#: a strength or a pack at the end: ``氨氯地平片 5mg×28片``
_STRENGTH = re.compile(r"[\d.]+(mg|g|ml|μg|ug|iu|万?单位|%).*$")
_BRACKETS = re.compile(r"\([^)]*\)")


def normal(text: str) -> str:
    """``阿托伐他汀钙片（20 mg）`` → ``阿托伐他汀钙片``: without width, blanks, brackets and strength."""
    flat = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text.casefold()))
    return _STRENGTH.sub("", _BRACKETS.sub("", flat)) or flat


def separated(aliases: str) -> list[str]:
    """The other names, however they were separated."""
    return [part for part in re.split(r"[、,，;；\s]+", aliases) if part]


def called(name: str, aliases: Iterable[str] = ()) -> list[str]:
    """Every form under which a drug is recognised."""
    return sorted({normal(one) for one in (name, *aliases)})
