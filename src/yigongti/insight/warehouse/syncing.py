"""Bring the shelf up to date: only the months in which something is new or changed are read again.

All facts are read in one :mod:`.picture`, so a snapshot is one moment. Rows that came or changed are found by the
fact's watermark; their months, and the months in which the same rows stood before, are dirty. A dirty month is read
whole and replaces the month on the shelf; if its rows are the same, so is its file.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from yigongti.kernel.duck import connect
from yigongti.kernel.facts.declaration import Fact, chosen

from .derived import derive
from .picture import Picture, picture
from .pulling import Months, pull, shelved
from .shelf import FactShelf, Piece, Shelf, Snapshot, changes, month_name, month_of

OVERLAP = timedelta(hours=1)
"""So far before the last watermark is looked again: a row's clock may be read before its transaction begins."""


@dataclass
class Sync:
    """What a sync did: the snapshot in force, and how many rows of which facts it read."""

    snapshot: Snapshot
    read: dict[str, int] = field(default_factory=dict)

    @property
    def changed(self) -> dict[str, list[str]]:
        """Fact → months that differ from the snapshot before."""
        return self.snapshot.changed


Tell = Callable[[str, int, int], None]


def sync(shelf: Shelf, names: Iterable[str] = (), *, rebuild: bool = False, tell: Tell | None = None) -> Sync:
    """Read what is new or changed of the facts ``names`` (none: all) and publish a snapshot.

    ``rebuild`` reads everything again. ``tell`` hears fact, number and of how many. Another sync is waited for.
    Raises NotFound for an unknown fact.
    """
    wanted = chosen(names)
    with shelf.held():
        return _sync(shelf, wanted, rebuild=rebuild, tell=tell)


def _sync(shelf: Shelf, wanted: list[Fact], *, rebuild: bool, tell: Tell | None) -> Sync:
    before = shelf.current()
    kept = dict(before.facts) if before else {}
    done = Sync(Snapshot())
    with picture() as seen:
        for index, fact in enumerate(wanted):
            if tell:
                tell(fact.title, index, len(wanted))
            standing = None if rebuild else kept.get(fact.name)
            kept[fact.name], done.read[fact.name] = _synced(seen, fact, shelf, standing)
    derive(shelf, kept, changes(before, kept), everything=rebuild)
    done.snapshot = shelf.publish(Snapshot(facts=kept, changed=changes(before, kept)))
    return done


def _synced(seen: Picture, fact: Fact, shelf: Shelf, standing: FactShelf | None) -> tuple[FactShelf, int]:
    """The fact's shelf brought up to date, and how many rows were read."""
    if standing is None or not fact.watermark_column or not fact.time_column or standing.columns != _columns(fact):
        found = pull(seen, fact, shelf)
        return shelved(fact, found.pieces, _until(fact, found.watermark, seen)), found.rows
    dirty, watermark = _dirty(seen, fact, shelf, standing)
    if not dirty:
        return shelved(fact, standing.pieces, watermark), 0
    found = pull(seen, fact, shelf, Months(tuple(sorted(dirty))))
    named = {month_name(month) for month in dirty}
    merged: dict[str, Piece] = {m: p for m, p in standing.pieces.items() if m not in named} | found.pieces
    return shelved(fact, dict(sorted(merged.items())), watermark), found.rows


def _columns(fact: Fact) -> dict[str, str]:
    return shelved(fact, {}).columns


def _until(fact: Fact, newest: str, seen: Picture) -> str:
    """How far a fact was read: to its newest row, but no further than what an open transaction may still add."""
    if not newest or fact.column(fact.watermark_column).type == "bigint":
        return newest
    return min(newest, seen.oldest, key=datetime.fromisoformat)


def _since(fact: Fact, standing: FactShelf) -> str:
    if not standing.watermark:
        return "TRUE"
    if fact.column(fact.watermark_column).type == "bigint":
        return f"{fact.watermark_column} > {int(standing.watermark)}"
    return f"{fact.watermark_column} >= TIMESTAMPTZ '{standing.watermark}' - INTERVAL '{OVERLAP.total_seconds():.0f} s'"


def _dirty(seen: Picture, fact: Fact, shelf: Shelf, standing: FactShelf) -> tuple[set[date], str]:
    """The months of rows that are new or changed and those in which they stood before; the newest watermark."""
    changed = seen.table(
        f"SELECT {fact.names[0]}::text AS key, date_trunc('month', {fact.time_column})::date AS month, "
        f"(max(max({fact.watermark_column})) OVER ())::text AS watermark FROM ({fact.sql}) AS f "
        f"WHERE {_since(fact, standing)} AND {fact.time_column} IS NOT NULL GROUP BY 1, 2"
    )
    if not changed:
        return set(), standing.watermark
    months = set(pc.unique(changed["month"]).to_pylist())
    return months | _former(shelf, standing, fact.names[0], changed), _until(
        fact, changed["watermark"][0].as_py(), seen
    )


def _former(shelf: Shelf, standing: FactShelf, key: str, changed: pa.Table) -> set[date]:
    """Months on the shelf that hold rows of these keys."""
    by_path = {str(shelf.path(piece)): month for month, piece in standing.pieces.items()}
    if not by_path:
        return set()
    with connect() as bench:
        bench.register("changed", changed)
        listed = ", ".join(f"'{path}'" for path in by_path)
        rows = bench.execute(
            f"SELECT DISTINCT filename FROM read_parquet([{listed}], filename = true, hive_partitioning = false) "
            f"WHERE CAST({key} AS VARCHAR) IN (SELECT key FROM changed)"
        ).fetchall()
    return {month for row in rows if (month := month_of(by_path[row[0]]))}
