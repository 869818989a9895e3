"""Terms: what is counted, written as people say it.

::

    count                                  rows
    count where sbp >= 140                 rows for which the condition holds
    distinct resident_id where …           different residents
    sum total_fen where …                  a sum of numbers, exact
    max beds                               the largest value
    latest resident_id where sbp < 140     residents whose last row of the period fulfils the condition

``latest`` looks at the rows that the definition's own ``where`` lets in, takes the last one of each resident by the
fact's time (the key breaks ties), and asks the condition of that row only.
"""

import re
from dataclasses import dataclass
from typing import Literal, cast

from yigongti.kernel.errors import Invalid
from yigongti.kernel.policy.problems import allowed_words

Kind = Literal["count", "distinct", "sum", "max", "latest"]
KINDS: tuple[Kind, ...] = ("count", "distinct", "sum", "max", "latest")
COUNTS: tuple[Kind, ...] = ("count", "distinct", "latest")
"""Terms that count people or events, in whole numbers."""
PATTERN = re.compile(r"^\s*(\w+)(?:\s+(?!where\b)(.*?))?(?:\s+where\s+(.+))?\s*$", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Term:
    """A parsed term: its kind, what it is of (a column or an expression; empty for ``count``), and its condition."""

    kind: Kind
    of: str = ""
    where: str = ""

    def __str__(self) -> str:
        of = f" {self.of}" if self.of else ""
        return f"{self.kind}{of}" + (f" where {self.where}" if self.where else "")


def parse(text: str) -> Term:
    """The term in ``text``. Raises Invalid with the way it is written."""
    found = PATTERN.match(text)
    kind, of, where = (part.strip() if part else "" for part in found.groups()) if found else ("", "", "")
    if kind not in KINDS:
        raise Invalid(f"{text!r} 不是一个统计项", hint=allowed_words(kind, KINDS))
    if kind == "count" and of:
        raise Invalid(
            f"count 后面不写字段（这里是 {of}）", hint="写成 count where 条件；不同的人数写 distinct resident_id"
        )
    if kind != "count" and not of:
        raise Invalid(f"{kind} 后面应写字段", hint=f"例如 {kind} resident_id")
    return Term(cast(Kind, kind), of, where)
