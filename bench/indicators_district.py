"""Every shipped indicator that computes, over a year of a district of 1.13 million residents; then one late month.

``python -m bench.indicators_district [residents] [--json]``; no database. A child process writes the facts that the
definitions read, with the columns of the platform's dictionary.
"""

import resource
import sys
import tempfile
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import duckdb

from bench.indicators import timed
from bench.report import figure, tell
from yigongti.insight.indicators import district

MONTHS = [date(2025, month, 1) for month in range(1, 13)]
LATE = date(2025, 3, 1)


def made(folder: str, residents: int) -> None:
    """Write what the shipped definitions read."""
    from yigongti.insight.indicators.planning import plan

    sought, dictionary = shipped()
    district.write(Path(folder), dictionary, plan(sought, dictionary).facts, residents, MONTHS)


def shipped() -> tuple[list[Any], Any]:
    """Every definition that the platform ships, and its dictionary."""
    from yigongti.cli.installation import load_django

    load_django()
    from yigongti.insight.indicators import sets
    from yigongti.insight.indicators.dictionary import declared
    from yigongti.kernel.policy.store import Store, folder

    return [one for one in sets.sought(sets.in_force(Store(folder()))) if one.item.kind == "computed"], declared()


def main() -> None:
    """Make, compute, make one month late, compute again."""
    residents = next((int(word) for word in sys.argv[1:] if word.isdigit()), 1_130_000)
    with tempfile.TemporaryDirectory() as folder:
        child = get_context("spawn").Process(target=made, args=(folder, residents))
        child.start()
        child.join()
        _measured(Path(folder), residents)


def _measured(folder: Path, residents: int) -> None:
    from yigongti.insight.indicators.engines.duckdb import DuckEngine
    from yigongti.insight.indicators.engines.keeping import Keeper
    from yigongti.insight.indicators.running import run

    sought, dictionary = shipped()
    sources = district.sources(folder, dictionary)
    with duckdb.connect(config={"threads": 2}) as plain:
        rows = plain.execute(
            f"SELECT count(*) FROM read_parquet('{folder}/*/*.parquet', union_by_name = true)"
        ).fetchall()
    units = district.hierarchy(MONTHS)

    def computed(keeper: Keeper | None, touched: list[date] | None = None) -> Any:
        with DuckEngine(keeper=keeper) as engine:
            return run(sought, dictionary, sources, engine, units, MONTHS, touched=touched)

    with tempfile.TemporaryDirectory() as kept:
        keeper = Keeper(Path(kept))
        ours = timed(lambda: computed(keeper))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        files = _late(folder, LATE)
        late = timed(lambda: computed(keeper, [LATE]))
    if computed(None, [LATE]).digest != late[2].digest:
        sys.exit("from kept states and from all facts the answers differ")
    tell(
        f"{len(sought)} shipped indicators, a year of {residents:,} residents",
        [
            figure("facts", rows[0][0], "rows"),
            figure("the full set", ours[0], "s", most=15, note=f"CPU {ours[1]:.1f} s; states kept"),
            figure("results", ours[2].table.num_rows, "rows"),
            figure("peak memory", peak, "MB", most=1024),
            figure("after one late month", late[0], "s", most=2, note=f"CPU {late[1]:.1f} s; {files} files changed"),
            figure("results of its month, quarter, year", late[2].table.num_rows, "rows"),
        ],
    )


def _late(folder: Path, month: date) -> int:
    """Every fact's file of the month loses one row in a hundred; how many files."""
    files = list(folder.glob(f"*/{month:%Y-%m}.parquet"))
    with duckdb.connect(config={"threads": 2}) as plain:
        for file in files:
            draft = file.with_suffix(".draft")
            kept = f"SELECT * FROM read_parquet('{file}') AS r WHERE hash(r) % 100 <> 0"
            plain.execute(f"COPY ({kept}) TO '{draft}' (FORMAT parquet, COMPRESSION zstd)")
            draft.replace(file)
    return len(files)


if __name__ == "__main__":
    main()
