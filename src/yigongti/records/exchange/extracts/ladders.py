"""Generalisation: how a value that could point to a person is made coarser, step by step.

Every step is one SQL expression (DuckDB) over the value; the answer is a text and never null, so that the rows which
look alike after it are exactly the rows with the same texts.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from yigongti.kernel.policy.kinds import Strict

Kind = Literal["band", "area", "time", "code", "value"]
#: what each kind of value may become, from fine to coarse
STEPS: Mapping[str, tuple[str, ...]] = {
    "area": ("village", "town", "county", "city", "province", "all"),
    "time": ("month", "quarter", "year", "all"),
    "code": ("code", "category", "chapter", "all"),
    "value": ("value", "all"),
}
WORDS: Mapping[str, str] = {
    "village": "村（社区）",
    "town": "乡镇（街道）",
    "county": "县区",
    "city": "市",
    "province": "省",
    "month": "月",
    "quarter": "季度",
    "year": "年",
    "code": "原编码",
    "category": "ICD-10 类目（三位）",
    "chapter": "ICD-10 章",
    "value": "原值",
    "all": "不区分",
}
DIGITS: Mapping[str, int] = {"village": 12, "town": 9, "county": 6, "city": 4, "province": 2}
EVERYTHING = "*"
#: letters (and, within D and H, the number) of ICD-10 to its chapter
CHAPTERS = (
    ("A", "B", "A00-B99"),
    ("C", "D4", "C00-D48"),
    ("D5", "D8", "D50-D89"),
    ("E", "E", "E00-E90"),
    ("F", "F", "F00-F99"),
    ("G", "G", "G00-G99"),
    ("H0", "H5", "H00-H59"),
    ("H6", "H9", "H60-H95"),
    ("I", "I", "I00-I99"),
    ("J", "J", "J00-J99"),
    ("K", "K", "K00-K93"),
    ("L", "L", "L00-L99"),
    ("M", "M", "M00-M99"),
    ("N", "N", "N00-N99"),
    ("O", "O", "O00-O99"),
    ("P", "P", "P00-P96"),
    ("Q", "Q", "Q00-Q99"),
    ("R", "R", "R00-R99"),
    ("S", "T", "S00-T98"),
    ("V", "Y", "V01-Y98"),
    ("Z", "Z", "Z00-Z99"),
)


class Ladder(Strict):
    """How one column is generalised: the first step always, the next ones only where the check needs them.

    ``band``: widths of bands of numbers (years of age), with everything from ``top`` on together. ``code``: codes that
    fewer than ``rare`` persons have become their category, and if that is rare too their chapter, before anything else.
    """

    kind: Kind
    steps: Annotated[list[int | str], Field(min_length=1)]
    top: Annotated[int, Field(ge=1)] | None = None
    rare: Annotated[int, Field(ge=2)] | None = None

    def mistakes(self) -> str:
        """What is wrong with the steps, or an empty string."""
        if self.kind == "band":
            widths = [step for step in self.steps if step != "all"]
            wrong = [step for step in widths if not isinstance(step, int) or step < 1]
            if wrong or widths != sorted(widths, key=str_or_int) or "all" in self.steps[:-1]:
                return "band 的 steps 应为从小到大的宽度，最后可以是 all"
            return ""
        order = STEPS[self.kind]
        if any(step not in order for step in self.steps):
            return f"{self.kind} 的 steps 可用：{'、'.join(order)}"
        places = [order.index(str(step)) for step in self.steps]
        return "" if places == sorted(set(places)) else "steps 应从细到粗，不重复"

    def words(self, level: int) -> str:
        """A step in words: 5 岁组 is said as 每 5 一组."""
        step = self.steps[level]
        if isinstance(step, int):
            top = f"，{self.top} 及以上合为一组" if self.top else ""
            return ("原值" if step == 1 else f"每 {step} 一组") + top
        return WORDS[step]

    def sql(self, column: str, level: int) -> str:
        """The expression of a step over ``column``."""
        step = self.steps[level]
        if step == "all":
            return f"'{EVERYTHING}'"
        if self.kind == "band":
            return band(column, int(step), self.top)
        return {"area": _area, "time": _time, "code": _code, "value": _value}[self.kind](column, str(step))


def str_or_int(step: int | str) -> int:
    """Widths in order; what is no number comes last and is refused elsewhere."""
    return step if isinstance(step, int) else 1 << 30


def band(column: str, width: int, top: int | None) -> str:
    """``60-64``; ``85+`` from ``top`` on."""
    low = f"(floor({column}::DOUBLE / {width})::BIGINT * {width})"
    text = f"{low}::VARCHAR" if width == 1 else f"{low} || '-' || ({low} + {width - 1})"
    above = f"WHEN {column} >= {top} THEN '{top}+' " if top else ""
    return f"CASE WHEN {column} IS NULL THEN '' {above}ELSE {text} END"


def _area(column: str, step: str) -> str:
    return f"left(coalesce({column}, ''), {DIGITS[step]})"


def _time(column: str, step: str) -> str:
    text = {
        "month": f"strftime({column}, '%Y-%m')",
        "quarter": f"strftime({column}, '%Y') || '-Q' || quarter({column})",
        "year": f"strftime({column}, '%Y')",
    }[step]
    return f"coalesce({text}, '')"


def _code(column: str, step: str) -> str:
    if step == "code":
        return f"coalesce({column}, '')"
    if step == "category":
        return f"left(coalesce({column}, ''), 3)"
    whens = " ".join(
        f"WHEN left({column}, {len(first)}) >= '{first}' AND left({column}, {len(last)}) <= '{last}' THEN '{name}'"
        for first, last, name in CHAPTERS
    )
    # a code that was made coarser already says its chapter
    return f"CASE WHEN {column} LIKE '___-___' THEN {column} {whens} ELSE '' END"


def _value(column: str, step: str) -> str:
    return f"coalesce({column}::VARCHAR, '')"


def rare_sql(table: str, column: str, person: str, rare: int) -> str:
    """The values of ``column`` with rare codes replaced: a query of (value, becomes)."""
    category, chapter = f"left({column}, 3)", _code(f"k.{column}", "chapter")
    return f"""
        WITH told AS (SELECT DISTINCT {column}, {person} FROM {table} WHERE {column} IS NOT NULL AND {column} <> ''),
             codes AS (SELECT {column}, count(*) AS persons FROM told GROUP BY ALL),
             kept AS (SELECT t.*, CASE WHEN c.persons >= {rare} THEN t.{column} END AS whole
                        FROM told t JOIN codes c USING ({column})),
             parents AS (SELECT {category} AS category, count(DISTINCT {person}) AS persons FROM kept
                          WHERE whole IS NULL GROUP BY ALL)
        SELECT DISTINCT k.{column} AS value,
               CASE WHEN k.whole IS NOT NULL THEN k.whole
                    WHEN p.persons >= {rare} THEN p.category ELSE {chapter} END AS becomes
          FROM kept k LEFT JOIN parents p ON p.category = left(k.{column}, 3)
    """
