"""The types of columns: few, with the same meaning in PostgreSQL, Parquet, DuckDB and Spark."""

import re
from collections.abc import Mapping

#: our name → what PostgreSQL may call it, and the words for people
PLAIN: Mapping[str, tuple[frozenset[str], str]] = {
    "text": (frozenset({"text", "varchar", "bpchar"}), "文字"),
    "int": (frozenset({"int4", "int2"}), "整数"),
    "bigint": (frozenset({"int8"}), "长整数"),
    "bool": (frozenset({"bool"}), "是否"),
    "date": (frozenset({"date"}), "日期"),
    "timestamp": (frozenset({"timestamptz"}), "时间"),
    "uuid": (frozenset({"uuid"}), "标识"),
}
DECIMAL = re.compile(r"decimal\((\d{1,2}),(\d{1,2})\)")
LIST = re.compile(r"list\((\w+)\)")


def known(name: str) -> bool:
    """Whether ``name`` is a type: a plain one (:data:`PLAIN`), ``decimal(p,s)`` or ``list(…)`` of a plain one."""
    if found := LIST.fullmatch(name):
        return found[1] in PLAIN
    if found := DECIMAL.fullmatch(name):
        return 0 <= int(found[2]) <= int(found[1]) <= 38 and int(found[1]) > 0
    return name in PLAIN


def fits(name: str, internal: str, precision: int | None = None, scale: int | None = None) -> bool:
    """Whether a result column of PostgreSQL's type ``internal`` (``int8``, ``_text``…) is of our type ``name``."""
    if found := LIST.fullmatch(name):
        return internal.startswith("_") and internal[1:] in PLAIN[found[1]][0]
    if found := DECIMAL.fullmatch(name):
        return internal == "numeric" and (precision, scale) == (int(found[1]), int(found[2]))
    return internal in PLAIN[name][0]


def in_words(name: str) -> str:
    """The type for people: 小数（12 位，2 位小数）."""
    if found := LIST.fullmatch(name):
        return f"{PLAIN[found[1]][1]}列表"
    if found := DECIMAL.fullmatch(name):
        return f"小数（共 {found[1]} 位，小数 {found[2]} 位）"
    return PLAIN[name][1]
