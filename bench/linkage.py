"""Linking a generated county: precision, recall, seconds by the clock and of the processor, memory.

``python -m bench.linkage [rows] [seed] [--json]``; nothing but memory is needed. First the rows with themselves, then a
source of so many rows against as many residents with the weights that are shipped: what the index does with a whole
source, without what is sealed and written. Other processes make the rows, so that the memory is that of linking alone.
docs/linkage.md tells the noise.
"""

import resource
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter, process_time

import duckdb

from bench.index_county import county
from bench.report import Result, figure, tell
from yigongti.cli.linking import model_named
from yigongti.insight.simulator.registrations import TABLE, generate
from yigongti.kernel.duck import connect
from yigongti.records import linkage
from yigongti.records.linkage import batch, truth
from yigongti.records.linkage.configuration import LinkageModel
from yigongti.records.linkage.online import Scorer
from yigongti.records.linkage.trained import Trained

MODEL = "index/residents"
CANDIDATES = 10
MEMORY, MEMORY_TWO = "700MB", "2GB"
"""DuckDB's own limit while linking; the process needs about half a gigabyte beside it."""
TWO = ("known", "source")
WEIGHTS = Path(linkage.__file__).parents[1] / "residents" / "weights.json"
"""The weights that are shipped (``residents/index/weights.py``, which needs a database)."""


def made(path: str, rows: int, seed: int) -> None:
    """Write the county of the seed as Parquet."""
    with connect(memory_limit="3GB", threads=2) as connection:
        generate(connection, rows, seed)
        connection.execute(f"COPY {TABLE} TO '{path}' (FORMAT parquet)")


def made_two(folder: str, rows: int, seed: int) -> None:
    """Write ``known`` and ``source`` of the seed as Parquet, every column as text."""
    with county(rows, seed) as connection:
        for table in TWO:
            columns = [name for name, *_ in connection.execute(f"DESCRIBE {table}").fetchall()]
            named = {column: "birth_date" if "birth_date" in column else column for column in columns}
            taken = ", ".join(f'"{column}"::VARCHAR AS "{name}"' for column, name in named.items())
            connection.execute(f"COPY (SELECT {taken} FROM {table}) TO '{folder}/{table}.parquet' (FORMAT parquet)")


def main() -> None:
    """Generate, link, compare with the truth; then a source against the index, and one row against a few."""
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    rows, seed = (*numbers, *(1_000_000, 1)[len(numbers) :])
    spawn = get_context("spawn")
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(1, spawn, max_tasks_per_child=1) as apart:
        path = str(Path(folder) / "county.parquet")
        apart.submit(made, path, rows, seed).result()
        alone = apart.submit(_linked, path).result()
        apart.submit(made_two, folder, rows, seed).result()
        tell("linkage", alone + apart.submit(_against, folder).result())


def _linked(path: str) -> list[Result]:
    connection = connect(memory_limit=MEMORY, threads=2)
    connection.execute(f"CREATE VIEW {TABLE} AS FROM read_parquet('{path}')")
    model = _model()
    spent, done = _timed(lambda: batch.link(connection, [TABLE], model))
    found = truth.score(connection, batch.PAIRS, two=False)
    return [
        figure("link, by the clock", spent.clock, "s", most=60, note=f"{done.rows} rows with themselves"),
        figure("link, processor", spent.processor, "s"),
        figure("peak memory", spent.peak, "MB", most=1536, note="of linking"),
        figure("precision", 100 * found.precision, "%", least=99.9),
        figure("recall", 100 * found.recall, "%", least=97),
        figure(f"one row against {CANDIDATES}", online(connection, Scorer(model, done.trained)), "ms CPU"),
    ]


def _against(folder: str) -> list[Result]:
    connection = connect(memory_limit=MEMORY_TWO, threads=2)
    for table in TWO:
        connection.execute(f"CREATE VIEW {table} AS FROM read_parquet('{folder}/{table}.parquet')")
    model = _model()
    [(people,)] = connection.execute("SELECT count(*) FROM known").fetchall()
    trained = Trained.from_json(WEIGHTS.read_text("utf-8"), model).among(people)
    spent, done = _timed(lambda: batch.link(connection, TWO, model, trained, known_prior=True))
    found = truth.score(connection, batch.PAIRS, two=True)
    return [
        figure("a source against the index, by the clock", spent.clock, "s", most=60, note=f"{done.rows} rows of both"),
        figure("  processor", spent.processor, "s"),
        figure("  peak memory", spent.peak, "MB", most=3072),
        figure("  precision", 100 * found.precision, "%", least=99.9),
        figure("  recall", 100 * found.recall, "%", least=97),
    ]


def _model() -> LinkageModel:
    model = model_named(MODEL)
    return type(model).model_validate({**model.model_dump(by_alias=True), "truth": {"column": "person"}})


@dataclass(frozen=True)
class Spent:
    """Seconds by the clock and of the processor, and the most memory in MB."""

    clock: float
    processor: float
    peak: float


def _timed(work: Callable[[], batch.Linked]) -> tuple[Spent, batch.Linked]:
    clock, processor = perf_counter(), process_time()
    done = work()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Spent(perf_counter() - clock, process_time() - processor, peak), done


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
