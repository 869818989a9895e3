"""Does the shelf equal PostgreSQL? Rows, keys, sums and days of every month, counted by both."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from yigongti.kernel.duck import connect
from yigongti.kernel.facts.declaration import Fact, chosen

from .picture import ZONE, Picture, picture
from .shelf import FactShelf, Shelf, Snapshot

NUMBERS = ("int", "bigint")


@dataclass(frozen=True)
class Difference:
    """A month of a fact that is not what PostgreSQL says: what differs, there and here."""

    fact: str
    month: str
    what: str
    database: str
    shelf: str


def verify(shelf: Shelf, snapshot: Snapshot, names: Iterable[str] = ()) -> Iterator[Difference]:
    """Every difference between the snapshot and the database as it is now. Raises NotFound for an unknown fact."""
    wanted = chosen(names)
    with picture() as seen:
        for fact in wanted:
            if fact.name in snapshot.facts:
                yield from _compared(fact, _told(seen, fact), _held(shelf, fact, snapshot.facts[fact.name]))


Figures = dict[str, dict[str, Decimal]]


def _measures(fact: Fact) -> dict[str, str]:
    """What is compared by the same SQL in both: rows, keys' hashes, sums of numbers and of days that were not read."""
    key = fact.names[0]
    found = {"rows": "count(*)", f"keys({key})": "sum({hash})"}
    for column in fact.columns:
        if column.type in NUMBERS or column.type.startswith("decimal"):
            found[f"sum({column.name})"] = f'sum("{column.name}")'
        elif column.day_of:
            found[f"days({column.name})"] = f"sum(\"{column.name}\" - DATE '2000-01-01')"
    return found


def _told(seen: Picture, fact: Fact) -> Figures:
    hashed = f"('x' || substr(md5({fact.names[0]}::text), 1, 8))::bit(32)::bigint"
    month = f"to_char({fact.time_column}, 'YYYY-MM')" if fact.time_column else "'all'"
    asked = ", ".join(sql.format(hash=hashed) for sql in _measures(fact).values())
    return _figures(fact, seen.rows(f"SELECT coalesce({month}, 'all'), {asked} FROM ({fact.sql}) AS f GROUP BY 1"))


def _held(shelf: Shelf, fact: Fact, held: FactShelf) -> Figures:
    if not held.pieces:
        return {}
    hashed = f"('0x' || substr(md5(CAST({fact.names[0]} AS VARCHAR)), 1, 8))::BIGINT"
    month = f"strftime(\"{fact.time_column}\", '%Y-%m')" if fact.time_column else "'all'"
    asked = ", ".join(sql.format(hash=hashed) for sql in _measures(fact).values())
    paths = ", ".join(f"'{shelf.path(piece)}'" for piece in held.pieces.values())
    with connect() as bench:
        bench.execute(f"SET TimeZone = '{ZONE}'")
        source = f"read_parquet([{paths}], hive_partitioning = false)"
        rows = bench.execute(f"SELECT coalesce({month}, 'all'), {asked} FROM {source} GROUP BY 1").fetchall()
    return _figures(fact, rows)


def _figures(fact: Fact, rows: Iterable[Iterable[Any]]) -> Figures:
    names = list(_measures(fact))
    return {
        str(month): {name: Decimal(value or 0) for name, value in zip(names, values, strict=True)}
        for month, *values in rows
    }


def _compared(fact: Fact, database: Figures, shelf: Figures) -> Iterator[Difference]:
    for month in sorted({*database, *shelf}):
        there, here = database.get(month, {}), shelf.get(month, {})
        for what in _measures(fact):
            if there.get(what, Decimal(0)) != here.get(what, Decimal(0)):
                yield Difference(fact.name, month, what, f"{there.get(what, 0):f}", f"{here.get(what, 0):f}")
