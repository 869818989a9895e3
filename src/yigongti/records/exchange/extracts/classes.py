"""The check: are there at least k people behind every combination of quasi-identifiers, and what must be left out?

An equivalence class is the set of rows that look alike in all quasi-identifiers; its size is the number of *people* in
it, never of rows. A class that is too small, or whose people share too few values of a sensitive column (distinct
l-diversity), is suppressed. Where more would have to be suppressed than the policy allows, the next step of the ladder
is taken, and the check begins anew; where no step is left, nothing is released.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

import duckdb

from .ladders import Ladder

#: lower bounds of the sizes that the report counts
SIZES = (1, 2, 5, 10, 20, 50, 100, 500)


@dataclass(frozen=True)
class Rule:
    """What must hold: ``k`` people in a class, ``at_least`` values of each of ``diverse``, ``most`` rows left out."""

    k: int
    most: Decimal
    diverse: tuple[str, ...] = ()
    at_least: int = 1


@dataclass(frozen=True)
class Attempt:
    """One look: the step of each column, and what the rows looked like then."""

    levels: Mapping[str, int]
    classes: int
    smallest: int
    small_classes: int
    rows: int
    suppressed: int
    people: int
    holds: bool
    coarsened: str = ""

    @property
    def share(self) -> Decimal:
        """Suppressed rows of all rows."""
        return Decimal(self.suppressed) / self.rows if self.rows else Decimal(0)

    def told(self) -> dict[str, Any]:
        """As the report keeps it."""
        return asdict(self) | {"share": f"{self.share:.6f}"}


def expressions(quasi: Mapping[str, Ladder], levels: Mapping[str, int]) -> dict[str, str]:
    """Column → the expression of its step."""
    return {name: ladder.sql(f'"{name}"', levels[name]) for name, ladder in quasi.items()}


def ways(quasi: Mapping[str, Ladder], coarsen: Sequence[str]) -> Iterator[tuple[dict[str, int], str]]:
    """The steps of the ladder in the order of the policy, with the column that was made coarser."""
    levels = dict.fromkeys(quasi, 0)
    yield dict(levels), ""
    for name in coarsen:
        levels[name] += 1
        yield dict(levels), name


def search(
    bench: duckdb.DuckDBPyConnection, table: str, quasi: Mapping[str, Ladder], coarsen: Sequence[str], rule: Rule
) -> list[Attempt]:
    """Look, and go down the ladder until the rule holds; the last attempt says whether it does.

    ``table`` has a column ``person`` (never null) and the raw quasi-identifiers. Leaves the classes of the last attempt
    as table ``classes``.
    """
    attempts: list[Attempt] = []
    for levels, coarsened in ways(quasi, coarsen):
        attempts.append(_look(bench, table, quasi, levels, rule, coarsened))
        if attempts[-1].holds:
            break
    return attempts


def _look(
    bench: duckdb.DuckDBPyConnection,
    table: str,
    quasi: Mapping[str, Ladder],
    levels: Mapping[str, int],
    rule: Rule,
    coarsened: str,
) -> Attempt:
    listed = "".join(f'{sql} AS "{name}", ' for name, sql in expressions(quasi, levels).items())
    diverse = "".join(f""", count(DISTINCT coalesce("{name}"::VARCHAR, ''))""" for name in rule.diverse)
    least = f"least({rule.at_least}{diverse})" if rule.diverse else str(rule.at_least)
    bench.execute(f"""
        CREATE OR REPLACE TEMP TABLE classes AS
        SELECT {listed}count(*) AS rows, count(DISTINCT person) AS people,
               count(DISTINCT person) >= {rule.k} AND {least} >= {rule.at_least} AS kept
          FROM {table} GROUP BY ALL
    """)
    row = bench.execute("""
        SELECT count(*), coalesce(min(people), 0), count(*) FILTER (NOT kept), coalesce(sum(rows), 0)::BIGINT,
               coalesce(sum(rows) FILTER (NOT kept), 0)::BIGINT, bool_or(kept) FROM classes
    """).fetchall()[0]
    people = bench.execute(f"SELECT count(DISTINCT person) FROM {table}").fetchall()[0][0]
    rows, suppressed = row[3], row[4]
    holds = bool(row[5]) and Decimal(suppressed) <= rule.most * rows
    return Attempt(dict(levels), row[0], row[1], row[2], rows, suppressed, people, holds, coarsened)


def histogram(bench: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """The classes of the last attempt by size: from, to, classes, rows, whether they are kept."""
    whens = " ".join(f"WHEN people >= {low} THEN {low}" for low in reversed(SIZES))
    found = bench.execute(f"""
        SELECT CASE {whens} END AS low, kept, count(*), sum(rows)::BIGINT FROM classes GROUP BY ALL ORDER BY ALL
    """).fetchall()
    above = dict(zip(SIZES, (*(low - 1 for low in SIZES[1:]), None), strict=True))
    return [
        {"from": low, "to": above[low], "kept": kept, "classes": classes, "rows": rows}
        for low, kept, classes, rows in found
    ]
