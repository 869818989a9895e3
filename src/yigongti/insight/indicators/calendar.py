"""Which periods a month belongs to and which units an organisation, numbered: numbers are grouped faster than words."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

import duckdb
import pyarrow as pa


def months(first: date, last: date) -> Iterator[date]:
    """Every month from the first to the last."""
    for number in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
        yield date(number // 12, number % 12 + 1, 1)


def periods(month: date) -> dict[str, str]:
    """The month, quarter and year: ``2026-05``, ``2026Q2``, ``2026``."""
    return {
        "month": f"{month:%Y-%m}",
        "quarter": f"{month.year}Q{(month.month + 2) // 3}",
        "year": str(month.year),
    }


@dataclass(frozen=True)
class Numbered:
    """A table whose places or times are numbers, and the table that tells what the numbers stand for."""

    table: pa.Table
    names: pa.Table


def calendar(known: Iterable[date]) -> Numbered:
    """``month, moment, last`` and ``moment, type, period``; ``last`` marks the last known month of each period."""
    listed = sorted(set(known))
    final = {period: month for month in listed for period in periods(month).items()}
    numbers = {period: number for number, period in enumerate(final)}
    rows = [
        {"month": month, "moment": numbers[period], "last": final[period] == month}
        for month in listed
        for period in periods(month).items()
    ]
    names = [{"moment": number, "type": kind, "period": period} for (kind, period), number in numbers.items()]
    fields = [("month", pa.date32()), ("moment", pa.int32()), ("last", pa.bool_())]
    named = [("moment", pa.int32()), ("type", pa.string()), ("period", pa.string())]
    return Numbered(pa.Table.from_pylist(rows, pa.schema(fields)), pa.Table.from_pylist(names, pa.schema(named)))


def places(hierarchy: pa.Table) -> Numbered:
    """``month, organization, place`` and ``place, level, unit`` of ``month, organization, level, unit``."""
    with duckdb.connect() as connection:
        connection.register("hierarchy", hierarchy)
        connection.execute(
            "CREATE TABLE named AS SELECT (row_number() OVER (ORDER BY level, unit))::INTEGER AS place, level, unit "
            "FROM (SELECT DISTINCT level, CAST(unit AS VARCHAR) AS unit FROM hierarchy)"
        )
        table = connection.sql(
            "SELECT CAST(h.month AS DATE) AS month, h.organization, n.place FROM hierarchy h "
            "JOIN named n ON n.level = h.level AND n.unit = CAST(h.unit AS VARCHAR)"
        ).to_arrow_table()
        return Numbered(table, connection.table("named").to_arrow_table())
