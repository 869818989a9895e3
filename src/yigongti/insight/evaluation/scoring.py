"""From values to points, sums, grades and ranks: one statement of PostgreSQL, exact numbers, the same answer always.

What goes in is one JSON document (:func:`sheet`) that the evaluation keeps; its hash and the hash of what came out
prove that a score was computed as announced. A share stays a fraction until it is rounded once, half away from zero.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from .curves import Curve
from .definitions import EvaluationPolicy

STATUS = {"scored": "已评分", "missing": "没有数据", "small": "分母太小", "untargeted": "没有目标"}


class Given(NamedTuple):
    """The value of an item of a participant, the denominator it stands on, and its target where the curve asks."""

    unit: str
    item: str
    value: Decimal | None
    denominator: Decimal | None = None
    target: Decimal | None = None


class Change(NamedTuple):
    """A veto (``at_most``), or points that are added (negative: taken off)."""

    unit: str
    points: Decimal
    at_most: Decimal | None = None


@dataclass(frozen=True)
class Scored:
    """An item of a participant: where it stands on the curve (``x``), what of the weight that earns, in points.

    ``weight`` is what the item weighs for this participant: more than announced where others could not be scored.
    ``rank`` of ``peers`` is by the value; both are empty where there is none.
    """

    unit: str
    item: str
    status: str
    rank: int | None
    peers: int | None
    x: Decimal | None
    percent: Decimal | None
    weight: Decimal
    points: Decimal


@dataclass(frozen=True)
class Total:
    """The sum of a participant: points of the items, what changed them, the total, grade and rank among ``peers``."""

    unit: str
    items: Decimal
    changed: Decimal
    total: Decimal
    grade: str
    rank: int
    peers: int


@dataclass(frozen=True)
class Outcome:
    """All scores and sums, and the hash over them."""

    scores: list[Scored]
    totals: list[Total]
    digest: str


def sheet(
    policy: EvaluationPolicy, units: Iterable[str], given: Iterable[Given], changes: Iterable[Change] = ()
) -> dict[str, Any]:
    """Everything that decides the scores, as plain JSON; numbers are text, so that nothing is rounded on the way."""
    return {
        "total": _text(policy.total),
        "places": {"item": policy.rounding.item, "total": policy.rounding.total},
        "items": [
            {
                "item": item.item,
                "weight": _text(item.weight),
                "axis": item.curve.kind,
                "falls": item.better == "lower",
                "least": _text(item.least),
                "small": item.small,
                "missing": item.missing,
            }
            for item in policy.items_
        ],
        "bands": [band for item in policy.items_ for band in _bands(item.item, item.curve)],
        "grades": [{"grade": grade.grade, "floor": _text(grade.from_)} for grade in policy.grades],
        "units": sorted(units),
        "values": [{k: _text(v) for k, v in one._asdict().items()} for one in sorted(given, key=lambda g: g[:2])],
        "changes": [{k: _text(v) for k, v in one._asdict().items()} for one in sorted(changes, key=str)],
    }


def _bands(item: str, curve: Curve) -> Iterable[dict[str, Any]]:
    for band in curve.bands():
        yield {"item": item, **{key: _text(value) for key, value in band._asdict().items()}}


def _text(value: Any) -> Any:
    """The shortest decimal of a number: 85, 0.5."""
    if not isinstance(value, Decimal):
        return value
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def digest(content: Any) -> str:
    """SHA-256 over the JSON in its one canonical form."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _rounded(n: str, d: str, places: str) -> str:
    """n ÷ d to so many places: whole-number division, so that no digit is lost before the rounding."""
    ten = f"('1' || repeat('0', {places}))::numeric"
    return f"round(sign({n}) * div(2 * abs({n}) * {ten} + abs({d}), 2 * abs({d})) / {ten}, {places})"


SCORES = f"""
WITH doc AS MATERIALIZED (
    SELECT %(sheet)s::jsonb AS d
), rule AS (
    SELECT (d ->> 'total')::numeric AS total, (d -> 'places' ->> 'item')::int AS places,
           (d -> 'places' ->> 'total')::int AS whole FROM doc
), item AS (
    SELECT i.* FROM doc, jsonb_to_recordset(d -> 'items')
        AS i(item text, weight numeric, axis text, falls boolean, least numeric, small text, missing text)
), band AS (
    SELECT b.* FROM doc, jsonb_to_recordset(d -> 'bands')
        AS b(item text, low numeric, high numeric, first numeric, last numeric)
), unit AS (
    SELECT u.unit FROM doc, jsonb_array_elements_text(d -> 'units') AS u(unit)
), given AS (
    SELECT v.* FROM doc, jsonb_to_recordset(d -> 'values')
        AS v(unit text, item text, value numeric, denominator numeric, target numeric)
), standing AS (  -- what can be scored, and what becomes of the rest
    SELECT u.unit, i.*, g.value, g.target,
           CASE WHEN g.value IS NULL THEN 'missing'
                WHEN g.denominator < i.least THEN 'small'
                WHEN i.axis = 'target' AND NOT coalesce(g.target > 0, false) THEN 'untargeted'
                ELSE 'scored' END AS status
    FROM unit u CROSS JOIN item i LEFT JOIN given g ON g.unit = u.unit AND g.item = i.item
), ranked AS (
    SELECT *, CASE status WHEN 'scored' THEN '' WHEN 'small' THEN small ELSE missing END AS otherwise,
           CASE WHEN status = 'scored' THEN rank() OVER (PARTITION BY item, status
               ORDER BY CASE WHEN falls THEN value ELSE -value END) END AS place,
           CASE WHEN status = 'scored' THEN count(*) OVER (PARTITION BY item, status) END AS peers
    FROM standing
), placed AS (  -- the place on the curve as a fraction xn / xd
    SELECT *, CASE axis WHEN 'target' THEN value * 100 WHEN 'rank' THEN place * 100::numeric ELSE value END AS xn,
           CASE axis WHEN 'target' THEN target WHEN 'rank' THEN peers::numeric ELSE 1 END AS xd,
           sum(CASE WHEN otherwise <> 'spread' THEN weight END) OVER (PARTITION BY unit) AS counted
    FROM ranked
), earned AS (  -- what the curve gives, in percent, as a fraction yn / yd
    SELECT p.*, CASE WHEN p.status <> 'scored' THEN CASE p.otherwise WHEN 'full' THEN 100 ELSE 0 END
                     WHEN b.low IS NULL OR b.high IS NULL OR b.first = b.last THEN b.first
                     ELSE b.first * (b.high - b.low) * p.xd + (b.last - b.first) * (p.xn - b.low * p.xd) END AS yn,
           CASE WHEN p.status <> 'scored' OR b.low IS NULL OR b.high IS NULL OR b.first = b.last THEN 1
                ELSE (b.high - b.low) * p.xd END AS yd
    FROM placed p LEFT JOIN band b ON p.status = 'scored' AND b.item = p.item
        AND (b.low IS NULL OR b.low * p.xd <= p.xn) AND (b.high IS NULL OR p.xn < b.high * p.xd)
), score AS (
    SELECT unit, item, status, place, peers, otherwise,
           CASE WHEN status = 'scored' THEN {_rounded("xn", "xd", "6")} END AS x,
           CASE WHEN otherwise <> 'spread' THEN {_rounded("yn", "yd", "4")} END AS percent,
           CASE WHEN otherwise = 'spread' THEN 0::numeric
                ELSE {_rounded("(weight * total)", "counted", "4")} END AS weighs,
           CASE WHEN otherwise = 'spread' THEN round(0::numeric, places)
                ELSE {_rounded("(yn * weight * total)", "(yd * 100 * counted)", "places")} END AS points
    FROM earned CROSS JOIN rule
), change AS (
    SELECT c.unit, sum(c.points) AS points, min(c.at_most) AS at_most
    FROM doc, jsonb_to_recordset(d -> 'changes') AS c(unit text, points numeric, at_most numeric) GROUP BY c.unit
), summed AS (
    SELECT u.unit, s.points AS items, coalesce(c.points, 0) AS changed,
           {_rounded("least(greatest(s.points + coalesce(c.points, 0), 0), c.at_most)", "1::numeric", "whole")} AS total
    FROM unit u CROSS JOIN rule
    JOIN (SELECT unit, sum(points) AS points FROM score GROUP BY unit) s ON s.unit = u.unit
    LEFT JOIN change c ON c.unit = u.unit
), graded AS (
    SELECT s.*, rank() OVER (ORDER BY total DESC) AS place, count(*) OVER () AS peers,
           (SELECT g.grade FROM doc, jsonb_to_recordset(d -> 'grades') AS g(grade text, floor numeric)
            WHERE g.floor <= s.total ORDER BY g.floor DESC LIMIT 1) AS grade
    FROM summed s
)
SELECT * FROM (
    SELECT unit, item, status, place, peers, x, percent, weighs, points, NULL::numeric AS changed, NULL::text AS grade
    FROM score
    UNION ALL
    SELECT unit, NULL, NULL, place, peers, NULL, NULL, items, total, changed, grade FROM graded
) told
ORDER BY unit COLLATE "C", item COLLATE "C" NULLS LAST
"""


def score(told: Mapping[str, Any]) -> Outcome:
    """The scores of a sheet; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(SCORES, {"sheet": json.dumps(told, ensure_ascii=False)})
        rows = cursor.fetchall()
    scores = [Scored(*row[:9]) for row in rows if row[1] is not None]
    totals = [
        Total(unit=row[0], items=row[7], changed=row[9], total=row[8], grade=row[10], rank=row[3], peers=row[4])
        for row in rows
        if row[1] is None
    ]
    return Outcome(scores, totals, digest([[_text(value) for value in row] for row in rows]))
