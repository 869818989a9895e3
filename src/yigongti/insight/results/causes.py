"""Why numbers moved: how many rows came, went and changed in each month of each fact between two snapshots."""

from collections.abc import Iterable, Mapping

import duckdb

from yigongti.insight.indicators.dictionary import Dictionary
from yigongti.insight.warehouse.derived import steps
from yigongti.insight.warehouse.shelf import Piece, Shelf, Snapshot
from yigongti.kernel.duck import connect

Causes = dict[str, dict[str, list[int]]]


def causes(
    shelf: Shelf, before: Snapshot, now: Snapshot, changes: Mapping[str, Iterable[str]], dictionary: Dictionary
) -> Causes:
    """Fact → month → rows added, removed, altered; derived facts follow from others and are not named."""
    found: Causes = {}
    with connect() as connection:
        for name, months in sorted(changes.items()):
            if name in steps() or name not in dictionary:
                continue
            old = before.facts[name].pieces if name in before.facts else {}
            new = now.facts[name].pieces if name in now.facts else {}
            found[name] = {
                month: _compared(connection, shelf, old.get(month), new.get(month), dictionary[name].key)
                for month in sorted(months)
            }
    return found


def reached(shelf: Shelf, snapshots: Iterable[Snapshot], fact: str, column: str, months: set[str]) -> set[int]:
    """The years of ``column`` of the rows that stand in ``months`` of a fact in any of the snapshots."""
    pieces = {
        str(shelf.path(piece))
        for one in snapshots
        for month, piece in (one.facts[fact].pieces.items() if fact in one.facts else ())
        if month in months
    }
    if not pieces:
        return set()
    files = ", ".join(f"'{path}'" for path in sorted(pieces))
    with connect() as connection:
        sql = f"SELECT DISTINCT year({column}) FROM read_parquet([{files}], hive_partitioning = false)"
        return {year for (year,) in connection.execute(sql).fetchall() if year is not None}


def _compared(
    connection: duckdb.DuckDBPyConnection, shelf: Shelf, old: Piece | None, new: Piece | None, key: str
) -> list[int]:
    if old is None or new is None:
        return [new.rows if new else 0, old.rows if old else 0, 0]
    told = connection.execute(
        f"""
        SELECT count(*) FILTER (WHERE o.h IS NULL), count(*) FILTER (WHERE n.h IS NULL),
               count(*) FILTER (WHERE o.h <> n.h)
        FROM (SELECT {key} AS k, hash(r) AS h FROM {_rows(shelf, new)} r) n
        FULL JOIN (SELECT {key} AS k, hash(r) AS h FROM {_rows(shelf, old)} r) o ON o.k = n.k
        """
    ).fetchone()
    return list(told or (0, 0, 0))


def _rows(shelf: Shelf, piece: Piece) -> str:
    return f"read_parquet('{shelf.path(piece)}', hive_partitioning = false)"
