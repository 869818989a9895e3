"""From the rows of the last step to what may leave: pseudonyms, shifted days, allowed values, generalised classes."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import duckdb

from . import classes
from .classes import Attempt, Rule
from .ladders import Ladder, rare_sql
from .models import Extract
from .policies import Column, ExtractPolicy

#: what a text becomes that is not among the allowed values
OTHER = "other"


@dataclass(frozen=True)
class Outcome:
    """What the check found. ``query`` gives the rows that may leave; without it nothing may.

    ``joined``: how alike people stay when all rows of one pseudonym are laid together.
    """

    attempts: list[Attempt]
    histogram: list[dict[str, Any]]
    columns: list[Column]
    query: str
    joined: dict[str, int] | None = None

    @property
    def last(self) -> Attempt:
        """The attempt that decided."""
        return self.attempts[-1]


def deidentify(bench: duckdb.DuckDBPyConnection, case: Extract, policy: ExtractPolicy) -> Outcome:
    """Check the rows of the bench; pseudonyms must be installed and the steps made."""
    columns = policy.opened(case.categories)
    _base(bench, policy.from_, columns)
    quasi = {column.name: column.generalise for column in columns if column.generalise}
    for name, ladder in quasi.items():
        if ladder.rare:
            _recode(bench, name, ladder.rare)
    attempts = classes.search(bench, "base", quasi, [c for c in policy.coarsen if c in quasi], rule_of(case, policy))
    found = classes.histogram(bench)
    last = attempts[-1]
    query = _released(columns, quasi, last, table=policy.form == "table") if last.holds else ""
    told = _joined(bench, quasi, last, rule_of(case, policy).k) if query and _has_pseudonym(policy, columns) else None
    return Outcome(attempts, found, columns, query, told)


def _has_pseudonym(policy: ExtractPolicy, columns: list[Column]) -> bool:
    return policy.form == "rows" and any(column.role == "pseudonym" for column in columns)


def _joined(bench: duckdb.DuckDBPyConnection, quasi: dict[str, Ladder], last: Attempt, k: int) -> dict[str, int]:
    """People of whom rows leave; those whose rows, laid together, look like those of fewer than ``k``; the fewest.

    Every row alone is one of k. Who knows in which months or years somebody was here can lay several together.
    """
    steps = classes.expressions(quasi, last.levels)
    coarse = ", ".join(f'{sql} AS "~{name}"' for name, sql in steps.items())
    join = " AND ".join(f'b."~{name}" = c."{name}"' for name in quasi)
    line = ", ".join(f'b."~{name}"' for name in quasi)
    [[people, below, smallest]] = bench.execute(f"""
        WITH lines AS (SELECT DISTINCT b.person, concat_ws(chr(31), {line}) AS line
                         FROM (SELECT *, {coarse} FROM base) b JOIN classes c ON {join} WHERE c.kept),
             people AS (SELECT person, md5(string_agg(line, chr(30) ORDER BY line)) AS whole FROM lines GROUP BY 1),
             alike AS (SELECT count(*) OVER (PARTITION BY whole) AS same FROM people)
        SELECT count(*), count(*) FILTER (same < {k}), coalesce(min(same), 0) FROM alike
    """).fetchall()
    return {"people": people, "below": below, "smallest": smallest}


def rule_of(case: Extract, policy: ExtractPolicy) -> Rule:
    """What must hold for this case."""
    diversity = policy.diversity
    return Rule(
        k=max(case.k, policy.least),
        most=Decimal(policy.suppression.most),
        diverse=tuple(diversity.columns) if diversity else (),
        at_least=diversity.at_least if diversity else 1,
    )


def _base(bench: duckdb.DuckDBPyConnection, source: str, columns: list[Column]) -> None:
    listed = ", ".join(f'{_value(column)} AS "{column.name}"' for column in columns)
    bench.execute(
        f'CREATE TABLE base AS SELECT resident_id AS person, {listed} FROM "{source}" WHERE resident_id IS NOT NULL'
    )


def _value(column: Column) -> str:
    """A value before generalisation."""
    raw = f'"{column.raw}"'
    if column.role == "pseudonym":
        return f"pseudonym({raw})"
    if column.role == "shifted":
        return f"shifted({raw}, resident_id, {column.days})"
    if column.role == "quasi":
        return raw
    if column.values:
        allowed = ", ".join(f"'{value}'" for value in column.values)
        return f"CASE WHEN {raw} IS NULL OR {raw} = '' THEN '' WHEN {raw} IN ({allowed}) THEN {raw} ELSE '{OTHER}' END"
    return raw if column.places is None else f"round({raw}, {column.places})"


def _recode(bench: duckdb.DuckDBPyConnection, name: str, rare: int) -> None:
    recoded = rare_sql("base", f'"{name}"', "person", rare)
    bench.execute(f"CREATE OR REPLACE TEMP TABLE recoded AS {recoded}")
    bench.execute(f'UPDATE base SET "{name}" = becomes FROM recoded WHERE base."{name}" = recoded.value')


def _released(columns: list[Column], quasi: dict[str, Ladder], last: Attempt, *, table: bool) -> str:
    """The query of what may leave, in an order that says nothing but its content."""
    steps = classes.expressions(quasi, last.levels)
    coarse = ", ".join(f'{sql} AS "~{name}"' for name, sql in steps.items())
    join = " AND ".join(f'b."~{name}" = c."{name}"' for name in quasi)
    source = f"(SELECT *, {coarse} FROM base) b JOIN classes c ON {join}"
    if not table:
        listed = ", ".join(
            f'b."~{c.name}" AS "{c.name}"' if c.name in quasi else f'b."{c.name}" AS "{c.name}"' for c in columns
        )
        return f"SELECT {listed} FROM {source} WHERE c.kept ORDER BY ALL"
    dims = ", ".join(f'b."~{name}" AS "{name}"' for name in quasi)
    cells = ", ".join(f'b."~{name}"' for name in quasi)
    measures = "".join(f", {_measure(column)}" for column in columns if column.aggregate)
    return (
        f"SELECT {dims}, CASE WHEN c.kept THEN c.rows END AS records, CASE WHEN c.kept THEN c.people END AS people"
        f"{measures}, NOT c.kept AS small FROM {source}"
        f" GROUP BY {cells}, c.kept, c.rows, c.people ORDER BY ALL"
    )


def _measure(column: Column) -> str:
    function = {"sum": "sum", "mean": "avg"}[column.aggregate or "sum"]
    value = f'{function}(b."{column.name}")'
    rounded = value if column.places is None else f"round({value}, {column.places})"
    return f'CASE WHEN c.kept THEN {rounded} END AS "{column.name}"'
