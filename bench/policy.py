"""Policies: fifty rules on one row against bare Python comparisons, and on a million rows against the scan alone.

``python -m bench.policy [rows] [--json]`` prints a table; no database is needed.
"""

import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter
from typing import Any

import duckdb

from bench.report import figure, tell
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


def some_value(column: Column, dice: Random) -> Any:
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


def main() -> None:
    """Measure and print."""
    rows = next((int(argument) for argument in sys.argv[1:] if argument.isdecimal()), 1_000_000)
    store().overrides = None
    found = criteria(on=DAY)
    fifty = found.criteria[:FIFTY]
    rules = RuleSet(FINDING, [replace(criterion.rule, id=criterion.key) for criterion in fifty])
    results = []
    for title, scale, unit, figures in (
        ("one row", 1_000_000, "µs", one_row(found, rules)),
        (f"{rows:,} rows in DuckDB", 1, "s", many_rows(found, rules, rows)),
    ):
        floor = figures[0][1]
        for number, (what, seconds) in enumerate(figures):
            most = 1000.0 if unit == "µs" and number == 1 else None
            note = f"{seconds / floor:.1f} × the floor" if number else "the floor"
            value = seconds * scale
            results.append(figure(f"{title}: {what}", value, unit, most=most, note=note))
    tell("Policies", results)


if __name__ == "__main__":
    main()
