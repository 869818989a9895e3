"""Which periods a month belongs to."""

from collections.abc import Iterable, Iterator
from datetime import date

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


def calendar(known: Iterable[date]) -> pa.Table:
    """``month, type, period, last``: ``last`` marks the last known month of each period."""
    listed = sorted(set(known))
    final = {period: month for month in listed for period in periods(month).items()}
    rows = [
        {"month": month, "type": kind, "period": period, "last": final[kind, period] == month}
        for month in listed
        for kind, period in periods(month).items()
    ]
    fields = [("month", pa.date32()), ("type", pa.string()), ("period", pa.string()), ("last", pa.bool_())]
    return pa.Table.from_pylist(rows, schema=pa.schema(fields))
