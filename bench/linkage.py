"""Linking a generated county: precision, recall, seconds by the clock and of the processor, memory.

``python -m bench.linkage [rows] [--json]``; nothing but memory is needed. docs/linkage.md tells the noise.
"""

import resource
import sys
from time import perf_counter, process_time

import duckdb

from bench.report import figure, tell
from yigongti.cli.linking import model_named
from yigongti.insight.simulator.registrations import TABLE, generate
from yigongti.records.linkage import batch, truth
from yigongti.records.linkage.online import Scorer

MODEL = "index/residents"
CANDIDATES = 10


def main() -> None:
    """Generate, link, compare with the truth; then one row against a few."""
    numbers = [word for word in sys.argv[1:] if word.isdigit()]
    rows = int(numbers[0]) if numbers else 1_000_000
    connection = duckdb.connect(config={"memory_limit": "3GB", "threads": 2})
    generate(connection, rows)
    model = model_named(MODEL)
    tried = type(model).model_validate({**model.model_dump(by_alias=True), "truth": {"column": "person"}})
    wall, cpu = perf_counter(), process_time()
    done = batch.link(connection, [TABLE], tried)
    wall, cpu = perf_counter() - wall, process_time() - cpu
    found = truth.score(connection, batch.PAIRS, two=False)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    results = [
        figure("link, by the clock", wall, "s", note=f"{done.rows} rows"),
        figure("link, processor", cpu, "s"),
        figure("peak memory", peak, "MB", note="with the generated rows"),
        figure("precision", 100 * found.precision, "%", least=99.9),
        figure("recall", 100 * found.recall, "%", least=97),
        figure(f"one row against {CANDIDATES}", online(connection, Scorer(model, done.trained)), "ms CPU"),
    ]
    tell("linkage", results)


def online(connection: duckdb.DuckDBPyConnection, scorer: Scorer) -> float:
    """Milliseconds of the processor to score one row against a few."""
    fields = list(scorer.model.fields)
    found = connection.execute(f"SELECT {', '.join(fields)} FROM {TABLE} LIMIT 2200").fetchall()
    rows = [dict(zip(fields, row, strict=True)) for row in found]
    started = process_time()
    for place in range(200):
        scorer.score(rows[place * 11 + 1 : place * 11 + 11], rows[place * 11])
    return (process_time() - started) / 200 * 1000


if __name__ == "__main__":
    main()
