"""From what was typed to what is compared: each step in two forms, SQL for a table and Python for one row.

A step reads the field as received (``{raw}``) or what earlier steps made of it (``{x}``, ``{x}_py`` …) and is tested to
give the same in both forms.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from pypinyin import Style, lazy_pinyin

from yigongti.records.linkage.calendar import solar_of_lunar

Values = Mapping[str, str | None]
"""What is known of a field: suffix to value; ``raw`` is the text as received, ``""`` the cleaned one."""

WIDE = "".join(chr(code) for code in range(0xFF01, 0xFF5F)) + "\u3000"
NARROW = "".join(chr(code) for code in range(0x21, 0x7F)) + " "
EMPTY = (
    "", "-", "--", "/", ".", "0", "null", "none", "nan", "n/a", "na", "nil", "unknown",
    "无", "不详", "未知", "暂无", "未填", "空",
)  # fmt: skip
"""What people write when they know nothing."""
NOTHING = ", ".join(f"'{word}'" for word in EMPTY)
_TO_NARROW = str.maketrans(WIDE, NARROW)
_SQL_NARROW = NARROW.replace("'", "''")
# the two dear functions run only where there is something for them to do
_HALF = (
    f"CASE WHEN regexp_matches({{raw}}, '[\\x{{FF01}}-\\x{{FF5E}}\\x{{3000}}]') "
    f"THEN translate({{raw}}, '{WIDE}', '{_SQL_NARROW}') ELSE {{raw}} END"
)
_SPACED = "regexp_matches({t}, '\\s\\s|[\\t\\n\\r\\f]')"
TIDY = (
    f"lower({_HALF})",
    f"trim(CASE WHEN {_SPACED} THEN regexp_replace({{t}}, '\\s+', ' ', 'g') ELSE {{t}} END)",
)


def tidy(raw: str | None) -> str:
    """Half-width, lower case, single spaces."""
    return re.sub(r"[ \t\n\f\r]+", " ", (raw or "").translate(_TO_NARROW).lower()).strip(" ")


def known(text: str | None) -> str | None:
    """None for what stands for nothing."""
    return None if text is None or text in EMPTY else text


@dataclass(frozen=True)
class Step:
    """One prepared column: its suffix, its SQL, the same in Python. ``lookup`` names a table of values instead."""

    suffix: str
    sql: str
    value: Callable[[Values], str | None]
    lookup: str = ""
    before: tuple[str, ...] = ()
    """SQL of what is made on the way, each from the one before (``{t}``), so that nothing is computed twice."""


Form = tuple[str, Callable[[str], str | None]]
"""SQL over ``{t}``, and the same in Python."""


def cleaned(*forms: Form) -> Step:
    """The first step: the tidied text goes through each form; None at any of them is the end."""

    def value(values: Values) -> str | None:
        text = known(tidy(values["raw"]))
        for _, apply in forms:
            text = None if text is None else (apply(text) or None)
        return text

    nothing = f"CASE WHEN {{t}} NOT IN ({NOTHING}) THEN {{t}} END"
    *before, last = (f"nullif({sql}, '')" for sql, _ in forms)
    return Step("", last, value, before=(*TIDY, nothing, *before))


def step(suffix: str, sql: str, value: Callable[[str], str | None], of: str = "") -> Step:
    """A column made from the cleaned text, or from that of an earlier suffix."""
    return Step(suffix, sql, lambda v: None if (text := v[of]) is None else value(text))


@lru_cache(maxsize=60_000)
def syllable(character: str) -> str:
    """The usual reading of a Chinese character without tone (ü is v); another character stays."""
    return str(lazy_pinyin(character, style=Style.NORMAL)[0]) if ord(character) > 0x2E7F else character


def pinyin(text: str) -> str:
    """The readings of all characters, one after the other."""
    return "".join(map(syllable, text))


def pinyin_step(suffix: str, of: str = "") -> Step:
    """Readings, by a table of the characters that occur."""
    column = f"{{x}}_{of}" if of else "{x}"
    return Step(suffix, column, lambda v: None if (text := v[of]) is None else pinyin(text), lookup="pinyin")


def solar_step(suffix: str) -> Step:
    """The solar date of a date that was meant by the lunar calendar."""
    return Step(
        suffix, "{x}", lambda v: None if (text := v[""]) is None else solar_of_lunar().get(text), lookup="solar"
    )


def plain_letters(text: str) -> str:
    """Without accents, as DuckDB's ``strip_accents``."""
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def replaced(pairs: Mapping[str, str], sql: str = "{x}") -> tuple[str, Callable[[str], str]]:
    """A chain of replacements in both forms."""
    for old, new in pairs.items():
        sql = f"replace({sql}, '{old}', '{new}')"

    def value(text: str) -> str:
        for old, new in pairs.items():
            text = text.replace(old, new)
        return text

    return sql, value
