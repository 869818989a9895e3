"""Pinyin keys: people find things by the first letters of the syllables, or by the syllables themselves."""

import re

from pypinyin import Style, lazy_pinyin

_SPOKEN = re.compile(r"[^0-9a-z\s]+")


def initials(text: str, limit: int = 256) -> str:
    """``高血压病`` → ``gxyb``; letters and digits stay, everything else is dropped."""
    letters = lazy_pinyin(text, style=Style.FIRST_LETTER)
    return _SPOKEN.sub("", "".join(letters).lower()).replace(" ", "")[:limit]


def keys(*texts: str, limit: int = 256) -> str:
    """Initials and syllables of each text, for a search by ``contains``: ``lsxrmyy lanshanxianrenminyiyuan``."""
    spoken: list[str] = []
    for text in filter(None, texts):
        syllables = "".join(lazy_pinyin(text)).lower()
        spoken += [initials(text), _SPOKEN.sub("", syllables).replace(" ", "")]
    return " ".join(dict.fromkeys(spoken))[:limit]
