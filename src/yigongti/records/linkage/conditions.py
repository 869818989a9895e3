"""What can be said of two prepared rows, each statement in two forms: SQL over ``<column>_l`` and ``<column>_r`` for
splink, and a Python function of two rows for the online form. A property test holds them equal.

An unknown value makes a statement untrue (in SQL it is NULL, which no CASE branch takes).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from yigongti.records.linkage.distances import jaro_winkler, within

Dialect = Literal["duckdb", "spark"]
Row = Mapping[str, Any]
JARO_WINKLER: Mapping[Dialect, str] = {"duckdb": "jaro_winkler_similarity", "spark": "jaro_winkler"}


@dataclass(frozen=True)
class Condition:
    """A statement on two rows."""

    sql: Callable[[Dialect], str]
    holds: Callable[[Row, Row], bool]


def same(left: str, right: str | None = None) -> Condition:
    """The column ``left`` of the one row equals ``right`` (the same column by default) of the other."""
    right = right or left
    return Condition(
        lambda dialect: f"{left}_l = {right}_r",
        lambda a, b: a[left] is not None and a[left] == b[right],
    )


def crossed(column: str, other: str) -> Condition:
    """``column`` of either row equals ``other`` of the other row."""
    return any_of(same(column, other), same(other, column))


def typing_error(column: str, steps: int = 1) -> Condition:
    """At most ``steps`` characters wrong, missing, too many, or neighbours swapped. For ASCII columns."""

    def sql(dialect: Dialect) -> str:
        plain = f"levenshtein({column}_l, {column}_r)"  # cheap, and never more than twice the other
        precise = f"damerau_levenshtein({column}_l, {column}_r)"
        return f"({plain} <= {steps} OR ({plain} <= {2 * steps} AND {precise} <= {steps}))"

    return Condition(
        sql, lambda a, b: a[column] is not None and b[column] is not None and within(a[column], b[column], steps)
    )


def alike(column: str, at_least: float) -> Condition:
    """Jaro–Winkler similarity of at least ``at_least``. For ASCII columns."""
    return Condition(
        lambda dialect: f"{JARO_WINKLER[dialect]}({column}_l, {column}_r) >= {at_least}",
        lambda a, b: a[column] is not None and b[column] is not None and jaro_winkler(a[column], b[column]) >= at_least,
    )


def begins(column: str, length: int = 3) -> Condition:
    """The one is the beginning of the other, and has ``length`` characters or more: a short form or a cut."""
    a_sql, b_sql = f"{column}_l", f"{column}_r"
    shorter = f"least(length({a_sql}), length({b_sql}))"

    def holds(a: Row, b: Row) -> bool:
        x, y = a[column], b[column]
        return x is not None and y is not None and min(len(x), len(y)) >= length and (x[: len(y)] == y[: len(x)])

    return Condition(
        lambda dialect: (
            f"({shorter} >= {length} AND substr({a_sql}, 1, length({b_sql})) = substr({b_sql}, 1, length({a_sql})))"
        ),
        holds,
    )


def fits(column: str) -> Condition:
    """Equal where ``_`` in either stands for one unknown character."""

    def holds(a: Row, b: Row) -> bool:
        x, y = a[column], b[column]
        if x is None or y is None or len(x) != len(y) or not ("_" in x or "_" in y):
            return False
        return all(p in (q, "_") for p, q in zip(x, y, strict=True)) or all(
            q in (p, "_") for p, q in zip(x, y, strict=True)
        )

    left, right = f"{column}_l", f"{column}_r"
    return Condition(
        lambda dialect: (
            f"(length({left}) = length({right}) AND "
            f"((instr({left}, '_') > 0 AND {right} LIKE {left}) OR (instr({right}, '_') > 0 AND {left} LIKE {right})))"
        ),
        holds,
    )


def both(column: str, value: str) -> Condition:
    """The column is ``value`` in both rows."""
    return Condition(
        lambda dialect: f"({column}_l = '{value}' AND {column}_r = '{value}')",
        lambda a, b: a[column] == value and b[column] == value,
    )


def not_both(column: str, value: str) -> Condition:
    """The column, which is never unknown here, is not ``value`` in both rows."""
    return Condition(
        lambda dialect: f"({column}_l <> '{value}' OR {column}_r <> '{value}')",
        lambda a, b: (
            a[column] is not None and b[column] is not None and not (a[column] == value and b[column] == value)
        ),
    )


def all_of(*parts: Condition) -> Condition:
    """Every part holds."""
    return Condition(
        lambda dialect: "(" + " AND ".join(part.sql(dialect) for part in parts) + ")",
        lambda a, b: all(part.holds(a, b) for part in parts),
    )


def any_of(*parts: Condition) -> Condition:
    """Some part holds."""
    return Condition(
        lambda dialect: "(" + " OR ".join(part.sql(dialect) for part in parts) + ")",
        lambda a, b: any(part.holds(a, b) for part in parts),
    )
