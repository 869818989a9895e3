"""The records behind a number: a page of a numerator of 100,000 rows, the first and the deepest.

``python -m bench.explaining [rows a month] [months]`` makes visits of 200 organisations as Parquet on a shelf of its
own and asks for pages as the product does (docs/results.md).
"""

import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.report import figure, tell
from bench.search import scratch, timed

ORGANIZATIONS = 200
COUNTY = "431127"
BELONGS = f"i AS organization, 'county' AS level, '{COUNTY}' AS unit FROM range({ORGANIZATIONS}) r(i)"


def shelve(root: Path, rows: int, months: int):
    """A shelf with visits and who belongs to the county."""
    import duckdb

    from yigongti.insight.indicators.dictionary import declared
    from yigongti.insight.warehouse.pulling import sql_type
    from yigongti.insight.warehouse.shelf import FactShelf, Piece, Shelf, Snapshot, between, month_name
    from yigongti.kernel.facts.declaration import facts

    shelf, fact = Shelf(root), facts()["encounter"]
    known = {
        "encounter_id": "md5(i::VARCHAR || m)",
        "resident_id": "uuid()::VARCHAR",
        "organization_id": f"i % {ORGANIZATIONS}",
        "kind": "(['outpatient', 'emergency', 'follow-up'])[1 + i % 3]",
        "in_force": "true",
        "is_primary": "i % 2 = 0",
        fact.time_column: "m::DATE + (i % 28)::INTEGER",
    }
    pieces, homes = {}, {}
    assert "encounter" in declared()
    with duckdb.connect() as connection:
        for month in between(date(2025, 1, 1), date(2025, months, 1)):
            columns = ", ".join(
                f'CAST({known.get(c.name, "NULL")} AS {sql_type(c)}) AS "{c.name}"' for c in fact.columns
            )
            for name, sql, kept in (
                ("encounter", f"SELECT {columns} FROM (SELECT i, '{month}' AS m FROM range({rows}) r(i))", pieces),
                ("hierarchy", f"SELECT DATE '{month}' AS month, {BELONGS}", homes),
            ):
                path = shelf.files / f"{name}-{month_name(month)}.parquet"
                connection.execute(f"COPY ({sql}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")
                kept[month_name(month)] = Piece(path.name, rows, month_name(month))
    snapshot = Snapshot(
        "bench", "2025-12-31T23:00:00+08:00", "", {"encounter": FactShelf(pieces), "hierarchy": FactShelf(homes)}
    )
    return shelf, snapshot, declared()


def main() -> None:
    """Print milliseconds and processor time of a page."""
    rows, months = (int(n) for n in (sys.argv[1:3] + ["200000", "12"][len(sys.argv) - 1 :]))
    with scratch(), TemporaryDirectory() as folder:
        from yigongti.insight.indicators.definitions import Count
        from yigongti.insight.results.records import Asked, records

        shelf, snapshot, dictionary = shelve(Path(folder), rows, months)
        results = []
        for title, period, term, offset in (
            ("a month, first page", "2025-03", "count where kind = 'outpatient' and is_primary", 0),
            ("a month, page 1,000", "2025-03", "count where kind = 'outpatient' and is_primary", 25_000),
            ("a quarter, first page", "2025Q1", "count where kind = 'outpatient' and is_primary", 0),
            ("a quarter, page 4,000", "2025Q1", "count where kind = 'outpatient' and is_primary", 100_000),
            ("a quarter, different residents", "2025Q1", "distinct resident_id where kind = 'outpatient'", 0),
        ):
            side = Count(fact="encounter", where="in_force", term=term)
            asked = Asked(side, "county", COUNTY, period, snapshot)
            found = records(shelf, asked, dictionary, offset=offset)
            asked = replace(asked, total=found.total)  # the stored numerator knows it
            median, late, cpu, _ = timed(
                lambda asked=asked, offset=offset: records(shelf, asked, dictionary, offset=offset), 15
            )
            note = f"of {found.total:,} rows; p95 {late:.0f} ms, cpu {cpu:.0f} ms"
            results.append(figure(title, median, "ms p50", most=200, note=note))
        tell("explaining", results, rows=rows, months=months)


if __name__ == "__main__":
    main()
