"""The records behind a number: the rows of the fact that a side of a definition counted, straight from the shelf."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp, parse_one

from yigongti.insight import periods
from yigongti.insight.indicators import conditions
from yigongti.insight.indicators.definitions import Count
from yigongti.insight.indicators.dictionary import Dictionary, FactTable, table
from yigongti.insight.indicators.engines.duckdb import ZONE
from yigongti.insight.warehouse import reading
from yigongti.insight.warehouse.shelf import Shelf, Snapshot, between
from yigongti.kernel.duck import connect

MEMORY = "300MB"


@dataclass(frozen=True)
class Asked:
    """A side of a definition, for a unit and a period, on a snapshot; ``total`` where the number of rows is known."""

    side: Count
    level: str
    unit: str
    period: str
    snapshot: Snapshot
    total: int | None = None


@dataclass(frozen=True)
class Found:
    """A page of rows with the columns shown, and how many rows there are."""

    columns: tuple[str, ...]
    rows: list[dict[str, Any]]
    total: int
    fact: FactTable


def records(shelf: Shelf, asked: Asked, dictionary: Dictionary, *, offset: int = 0, limit: int = 25) -> Found:
    """The rows that were counted, the newest first. What is counted as residents shows each resident's row once."""
    fact = table(dictionary, asked.side.fact)
    source = reading.sources(shelf, asked.snapshot, dictionary).get(fact.name)
    if source is None:
        return Found((), [], 0, fact)
    shown = columns(asked.side, fact)
    with connect() as connection:
        connection.execute(f"SET memory_limit = '{MEMORY}'; SET threads = 2; SET TimeZone = '{ZONE}'")
        connection.register("units", _units(shelf, asked))
        months = [month for month in months_of(asked.period) if month <= asked.snapshot.taken_at.date()]
        own = asked.side.at in ("", fact.time)
        wanted = [p for p in source.parts if not own or p.month is None or p.month in months]
        files = [path for part in wanted for path in part.paths]
        if not files:
            return Found(shown, [], 0, fact)
        chosen = _chosen(asked.side, fact, files, months)
        total = asked.total
        if total is None:
            total = connection.execute(f"SELECT count(*) FROM ({chosen})").fetchall()[0][0]
        listed = ", ".join(f'"{name}"' for name in shown)
        order = f'"{asked.side.at or fact.time or fact.key}" DESC NULLS LAST, "{fact.key}"'
        page = connection.sql(f"SELECT {listed} FROM ({chosen}) ORDER BY {order} LIMIT {limit:d} OFFSET {offset:d}")
        return Found(shown, page.to_arrow_table().to_pylist(), total, fact)


def columns(side: Count, fact: FactTable) -> tuple[str, ...]:
    """What a row shows: its time, organisation and resident, what the definition asks of it, and its key."""
    organization = side.organization or fact.organization
    asked = [c for text in (side.where, side.parsed.where, side.parsed.of) if text for c in _named(text, fact)]
    first = [side.at or fact.time, organization, "resident_id"]
    return tuple(dict.fromkeys(name for name in (*first, *asked, fact.key) if name in fact.columns))


def _named(text: str, fact: FactTable) -> Iterator[str]:
    nodes = parse_one(text, dialect=conditions.DIALECT).find_all(exp.Column)
    yield from (node.name for node in nodes if node.name in fact.columns)


def _chosen(side: Count, fact: FactTable, files: Sequence[str], months: Sequence[date]) -> str:
    """The counted rows as a query."""
    at, organization, term = side.at or fact.time, side.organization or fact.organization, side.parsed
    month = f"CAST(date_trunc('month', f.\"{at}\") AS DATE)" if at else "DATE '1970-01-01'"
    listed = ", ".join(f"'{path}'" for path in files)
    stock = fact.stock if side.stock is None else side.stock
    wanted = months[-1:] if stock else months
    base = (
        f"SELECT f.* FROM read_parquet([{listed}], hive_partitioning = false, union_by_name = true) f "
        f'JOIN units u ON u.organization = f."{organization}" AND u.month = {month} '
        f"WHERE u.month IN ({', '.join(f'''DATE '{m}' ''' for m in wanted)})"
    )
    asked = (side.where, "" if term.kind == "latest" else term.where)
    where = [f"({conditions.portable(text)})" for text in asked if text]
    rows = f"SELECT * FROM ({base}) WHERE {' AND '.join(where)}" if where else base
    if term.kind in ("distinct", "latest"):
        rows = (
            f"SELECT * FROM ({rows}) WHERE {term.of} IS NOT NULL "
            f"QUALIFY row_number() OVER (PARTITION BY {term.of} "
            f'ORDER BY "{at or fact.key}" DESC, "{fact.key}" DESC) = 1'
        )
    if term.kind == "latest" and term.where:
        rows = f"SELECT * FROM ({rows}) WHERE {conditions.portable(term.where)}"
    return rows


def _units(shelf: Shelf, asked: Asked) -> pa.Table:
    """Which organisations belonged to the unit in which month."""
    told = reading.hierarchy(shelf, asked.snapshot)
    mask = pc.and_(pc.equal(told["level"], asked.level), pc.equal(pc.cast(told["unit"], pa.string()), asked.unit))
    return told.filter(mask).select(["month", "organization"])


def months_of(period: str) -> Iterator[date]:
    """The months of a period: ``2026``, ``2026Q3``, ``2026-11``."""
    return between(*periods.span(period))
