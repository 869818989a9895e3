"""Which periods a month belongs to and which units an organisation, numbered: numbers are grouped faster than words."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from yigongti.insight.periods import around
from yigongti.kernel.duck import connect


@dataclass(frozen=True)
class Calendar:
    """``months``: ``month, moment, last``; ``last`` marks the last known month of each period.

    ``years``: ``year, moment, bits, last``, the months of a period as bits (January is 1), and the last of them;
    ``span`` and ``end`` say at which place, from 1, these stand among ``spans`` and ``ends``.
    ``names``: ``moment, type, period``.
    """

    months: pa.Table
    years: pa.Table
    names: pa.Table
    spans: tuple[int, ...]
    ends: tuple[int, ...]


def calendar(known: Iterable[date], touched: Collection[date] | None = None) -> Calendar:
    """The periods of the known months; of those only the ones that hold a ``touched`` month, where that is said."""
    listed = sorted(set(known))
    of: dict[tuple[str, str], list[date]] = {}
    for month in listed:
        for named in around(month).items():
            of.setdefault(named, []).append(month)
    if touched is not None:
        of = {named: within for named, within in of.items() if not set(touched).isdisjoint(within)}
    months, years, names = [], [], []
    for moment, ((kind, period), within) in enumerate(of.items()):
        last = within[-1]
        names.append({"moment": moment, "type": kind, "period": period})
        months += [{"month": month, "moment": moment, "last": month == last} for month in within]
        bits = sum(1 << month.month - 1 for month in within)
        years.append({"year": last.year, "moment": moment, "bits": bits, "last": 1 << last.month - 1})
    spans, ends = (tuple(sorted({row[name] for row in years})) for name in ("bits", "last"))
    for row in years:
        row |= {"span": 1 + spans.index(row["bits"]), "end": 1 + ends.index(row["last"])}
    whole = dict.fromkeys(("year", "moment", "span", "end"), pa.int32()) | dict.fromkeys(("bits", "last"), pa.int64())
    return Calendar(
        pa.Table.from_pylist(months, _schema(month=pa.date32(), moment=pa.int32(), last=pa.bool_())),
        pa.Table.from_pylist(years, _schema(**whole)),
        pa.Table.from_pylist(names, _schema(moment=pa.int32(), type=pa.string(), period=pa.string())),
        spans,
        ends,
    )


def _schema(**fields: pa.DataType) -> pa.Schema:
    return pa.schema(list(fields.items()))


@dataclass(frozen=True)
class Places:
    """``months``: ``month, organization, place``. ``names``: ``place, level, unit``; units that are the same
    organisations in every month are one place.

    ``runs``: ``run, organization, year, bits``; an organisation in those months of a year in which it belongs to the
    same places. ``belongs``: ``run, year, place, whole``; ``whole`` where a place is all runs of the year, of several.
    """

    months: pa.Table
    names: pa.Table
    runs: pa.Table
    belongs: pa.Table

    @property
    def flat(self) -> bool:
        """Whether every place is a single run of a year, or all of them."""
        found = self.belongs.group_by(["year", "place", "whole"]).aggregate([("run", "count")])
        return not pc.any(pc.and_(pc.invert(found["whole"]), pc.greater(found["run_count"], 1))).as_py()


def places(hierarchy: pa.Table, levels: Collection[str]) -> Places:
    """The units of these levels, of ``month, organization, level, unit``."""
    with connect() as connection:
        connection.register("hierarchy", hierarchy)
        connection.register("wanted", pa.table({"level": pa.array(sorted(levels), pa.string())}))
        connection.execute(_PLACES)
        return Places(*(connection.table(name).to_arrow_table() for name in ("placed", "named", "runs", "belongs")))


_PLACES = """
CREATE TABLE told AS
SELECT DISTINCT CAST(month AS DATE) AS month, organization, level, CAST(unit AS VARCHAR) AS unit
FROM hierarchy SEMI JOIN wanted USING (level);

CREATE TABLE named AS
SELECT CAST(dense_rank() OVER (ORDER BY within) AS INTEGER) AS place, level, unit
FROM (SELECT level, unit, list({'m': month, 'o': organization} ORDER BY month, organization) AS within
      FROM told GROUP BY level, unit);

CREATE TABLE placed AS
SELECT DISTINCT t.month, t.organization, n.place FROM told t JOIN named n USING (level, unit);

CREATE TABLE members AS
SELECT month, organization, year(month)::INTEGER AS year, list(place ORDER BY place) AS places
FROM placed GROUP BY month, organization;

CREATE TABLE numbered AS
SELECT month, organization, year, places,
       CAST(dense_rank() OVER (ORDER BY organization, year, places) AS INTEGER) AS run FROM members;

CREATE TABLE runs AS
SELECT run, organization, year, bit_or(1::BIGINT << (month(month) - 1)) AS bits
FROM numbered GROUP BY run, organization, year;

CREATE TABLE belongs AS
WITH pairs AS (SELECT DISTINCT run, year, unnest(places) AS place FROM numbered)
SELECT run, year, place, count(*) OVER (PARTITION BY year, place) = runs AND runs > 1 AS whole
FROM pairs JOIN (SELECT year, count(DISTINCT run) AS runs FROM numbered GROUP BY year) USING (year);
"""
