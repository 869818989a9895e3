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
    from yigongti.insight.indicators.running import run

    sought, dictionary = shipped()
    sources = district.sources(folder, dictionary)
    with duckdb.connect(config={"threads": 2}) as plain:
        rows = plain.execute(
            f"SELECT count(*) FROM read_parquet('{folder}/*/*.parquet', union_by_name = true)"
        ).fetchall()
    units = district.hierarchy(MONTHS)
    with DuckEngine() as engine:
        ours = timed(lambda: run(sought, dictionary, sources, engine, units, MONTHS))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    tell(
        f"{len(sought)} shipped indicators, a year of {residents:,} residents",
        [
            figure("facts", rows[0][0], "rows"),
            figure("the full set", ours[1], "s CPU", most=15, note=f"clock {ours[0]:.1f} s"),
            figure("results", ours[2].table.num_rows, "rows"),
            figure("peak memory", peak, "MB", most=1024),
        ],
    )


if __name__ == "__main__":
    main()
