"""Linking a generated county: precision, recall, seconds by the clock and of the processor, memory.

``python -m bench.linkage [rows] [seed] [--json]``; nothing but memory is needed. Another process makes the rows, so
that the memory is that of linking alone. docs/linkage.md tells the noise.
"""

import resource
import sys
import tempfile
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter, process_time

import duckdb

from bench.report import figure, tell
from yigongti.cli.linking import model_named
from yigongti.insight.simulator.registrations import TABLE, generate
from yigongti.records.linkage import batch, truth
from yigongti.records.linkage.online import Scorer

MODEL = "index/residents"
CANDIDATES = 10
MEMORY = "700MB"
"""DuckDB's own limit while linking; the process needs about half a gigabyte beside it."""


def made(path: str, rows: int, seed: int) -> None:
    """Write the county of the seed as Parquet."""
    with duckdb.connect(config={"memory_limit": "3GB", "threads": 2}) as connection:
        generate(connection, rows, seed)
        connection.execute(f"COPY {TABLE} TO '{path}' (FORMAT parquet)")


def main() -> None:
    """Generate, link, compare with the truth; then one row against a few."""
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    rows, seed = (*numbers, *(1_000_000, 1)[len(numbers) :])
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "county.parquet")
        child = get_context("spawn").Process(target=made, args=(path, rows, seed))
        child.start()
        child.join()
        _linked(path)


def _linked(path: str) -> None:
    connection = duckdb.connect(config={"memory_limit": MEMORY, "threads": 2})
    connection.execute(f"CREATE VIEW {TABLE} AS FROM read_parquet('{path}')")
    model = model_named(MODEL)
    tried = type(model).model_validate({**model.model_dump(by_alias=True), "truth": {"column": "person"}})
    wall, cpu = perf_counter(), process_time()
    done = batch.link(connection, [TABLE], tried)
    wall, cpu = perf_counter() - wall, process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = truth.score(connection, batch.PAIRS, two=False)
    results = [
        figure("link, by the clock", wall, "s", most=60, note=f"{done.rows} rows"),
        figure("link, processor", cpu, "s"),
        figure("peak memory", peak, "MB", most=1536, note="of linking"),
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
