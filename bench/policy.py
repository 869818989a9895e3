"""Policies: fifty rules on one row against bare Python comparisons, and on a million rows against the scan alone.

``python bench/policy.py [rows]`` prints a table; no database is needed.
"""

import sys
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter

import duckdb
from rich.console import Console
from rich.table import Table

from yigongti.care.referral.criteria import Criteria, criteria
from yigongti.care.referral.findings import FINDING
from yigongti.kernel.policy import scan
from yigongti.kernel.policy.rules import RuleSet
from yigongti.kernel.policy.shapes import SQL_TYPES, Column
from yigongti.kernel.policy.store import store

DAY = date(2026, 6, 1)
FIFTY = 50


def timed(work: Callable[[], object], times: int) -> float:
    """The median of ``times`` runs, in seconds."""
    runs = []
    for _ in range(times):
        start = perf_counter()
        work()
        runs.append(perf_counter() - start)
    return median(runs)


def some_value(column: Column, dice: Random) -> object:
    """A value such as records hold; 30 % are unknown."""
    if dice.random() < 0.3:
        return None
    if column.type == "boolean":
        return dice.random() < 0.05
    return dice.choice(list(column.choices)) if column.choices else dice.uniform(column.low or 0, column.high or 100)


def one_row(found: Criteria, rules: RuleSet) -> list[tuple[str, float]]:
    """Seconds per row."""
    dice = Random(1)
    rows = [{name: some_value(column, dice) for name, column in FINDING.columns.items()} for _ in range(500)]
    names = [name for name, column in FINDING.columns.items() if column.family == "number"]
    pairs = [(names[n % len(names)], names[(n + 7) % len(names)]) for n in range(FIFTY)]

    def floor() -> None:
        for row in rows:
            [
                rule
                for rule, (one, other) in enumerate(pairs)
                if (a := row[one]) is not None and (b := row[other]) is not None and (a >= 180 or b >= 110)
            ]

    return [
        ("50 hand-written conditions of two comparisons (floor)", timed(floor, 9) / len(rows)),
        ("50 rules, checked input", timed(lambda: [rules.evaluate(row) for row in rows], 9) / len(rows)),
        (
            f"all {len(found.criteria)} criteria, suggestions with evidence",
            timed(lambda: [found.suggest(row) for row in rows], 9) / len(rows),
        ),
    ]


def findings(connection: duckdb.DuckDBPyConnection, file: Path, rows: int) -> None:
    """A Parquet file of findings: numbers inside their limits, 5 % of signs present, 30 % unknown."""
    connection.execute("SELECT setseed(0.5)")
    items = []
    for name, column in FINDING.columns.items():
        value = f"{column.low or 0} + random() * {(column.high or 100) - (column.low or 0)}"
        if column.family == "boolean":
            value = "random() < 0.05"
        elif column.choices:
            names = "', '".join(column.choices)
            value = f"['{names}'][1 + (random() * {len(column.choices) - 1})::INTEGER]"
        items.append(f'CASE WHEN random() >= 0.3 THEN CAST({value} AS {SQL_TYPES[column.family]}) END AS "{name}"')
    query = f"SELECT range AS person, {', '.join(items)} FROM range({rows})"
    connection.execute(f"COPY ({query}) TO '{file}' (FORMAT parquet, COMPRESSION zstd)")


def many_rows(found: Criteria, rules: RuleSet, rows: int) -> list[tuple[str, float]]:
    """Seconds for the file."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        file = Path(folder) / "findings.parquet"
        findings(connection, file, rows)
        table = connection.read_parquet(str(file))
        touched = ", ".join(f"count({scan.quoted(name)})" for name in rules.columns)

        def matched() -> object:
            return found.scan(table, ["person"]).aggregate("count(*), sum(len(fired))").fetchall()

        return [
            (
                f"scan of the {len(rules.columns)} columns read (floor)",
                timed(lambda: table.aggregate(touched).fetchall(), 5),
            ),
            ("50 rules, how many rows each holds for", timed(lambda: rules.counts(table), 5)),
            (f"all {len(found.criteria)} criteria, list per person", timed(matched, 3)),
        ]


def main(rows: int) -> None:
    """Measure and print."""
    store().overrides = None
    found = criteria(on=DAY)
    rules = RuleSet(FINDING, [criterion.rule for criterion in found.criteria[:FIFTY]])
    rules.conditions = lambda: {one.key: one.rule.tree for one in found.criteria[:FIFTY]}  # type: ignore[method-assign]
    table = Table("work", "time", "ratio to the floor", title="Policies")
    for title, unit, figures in (
        ("one row", "ms", one_row(found, rules)),
        (f"{rows:,} rows (DuckDB)", "s", many_rows(found, rules, rows)),
    ):
        table.add_section()
        for what, seconds in figures:
            shown = f"{seconds * 1000:.3f} ms" if unit == "ms" else f"{seconds:.2f} s"
            table.add_row(f"{title}: {what}", shown, f"{seconds / figures[0][1]:.1f}")
    Console().print(table)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
