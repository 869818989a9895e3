"""What stands beside the timeline: problems, drugs, the course of each value, documents. One statement."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.html import format_html
from django.utils.safestring import SafeString

from yigongti.kernel import clock, prepared

from .branches import BRANCHES
from .models import Condition
from .observations import ASSESSED, CATALOGUE, Measured

POINTS = 24
"""How many of the latest values a small chart shows."""
WIDTH, HEIGHT = 132, 30


@dataclass(frozen=True)
class Problem:
    """A line of the problem list."""

    id: UUID
    code: str
    name: str
    status: str
    since: date | None


@dataclass(frozen=True)
class Drug:
    """A drug that the person takes now."""

    id: UUID
    name: str
    dose: str
    frequency: str
    since: date
    organization_id: int
    prescribed: bool = False
    """From a prescription whose days are not over yet, not from the list of what the person takes."""

    @property
    def kind(self) -> str:
        """Its kind on the timeline."""
        return "prescription" if self.prescribed else "medication"


@dataclass(frozen=True)
class Report:
    """A diagnostic report: ``conclusion`` in the words of who wrote it."""

    id: UUID
    name: str
    at: datetime
    conclusion: str


@dataclass(frozen=True)
class Attachment:
    """A file of the record."""

    id: UUID
    title: str
    at: datetime
    media_type: str


@dataclass(frozen=True)
class Line:
    """How one measurement went: the latest value and the points before it, the oldest first."""

    measured: Measured
    points: Sequence[tuple[datetime, Decimal]]

    @property
    def at(self) -> datetime:
        """When the latest value was measured."""
        return self.points[-1][0]

    @property
    def text(self) -> str:
        """The latest value."""
        return self.measured.text(self.points[-1][1])

    @property
    def flag(self) -> str:
        """↑ or ↓ when the latest value lies outside the usual range."""
        return self.measured.flag(self.points[-1][1])

    @property
    def spark(self) -> SafeString:
        """A small chart: the line, the usual range behind it, the last point."""
        return spark(self.measured, self.points)


@dataclass(frozen=True)
class Overview:
    """Everything beside the timeline."""

    problems: Sequence[Problem]
    drugs: Sequence[Drug]
    documents: Sequence[Attachment]
    lines: Sequence[Line]
    reports: Sequence[Report] = ()
    family: Sequence[tuple[str, str]] = ()
    """Relative and disease."""
    places: Sequence[tuple[int, str]] = ()
    """Where the person was in care: organisations of visits and reports, by name."""
    kinds: frozenset[str] = frozenset()
    """Of which kinds there are entries."""

    def line(self, code: str) -> Line | None:
        """The course of one code, if it was ever measured."""
        return next((line for line in self.lines if line.measured.code == code), None)


ALIVE = "resident_id = %(id)s AND replaced_by_id IS NULL AND voided_reason = ''"
ALONE = {"measurement": " AND encounter_id IS NULL AND report_id IS NULL"}
THERE = ", ".join(
    f"('{kind}', EXISTS (SELECT 1 FROM health_record_{branch.table} WHERE {ALIVE}{ALONE.get(kind, '')}))"  # noqa: S608
    for kind, branch in BRANCHES.items()
)
SUMMARY = f"""
SELECT
 (SELECT jsonb_agg(jsonb_build_array(id, code, name, status, onset_on) ORDER BY onset_on, recorded_at)
    FROM (SELECT DISTINCT ON (coalesce(nullif(code, ''), name)) id, coalesce(nullif(code, ''), local_code) AS code,
                 coalesce((SELECT c.name FROM terminology_concept c
                            WHERE c.system_id = 'icd-10' AND code_system = '' AND c.code = d.code), d.name) AS name,
                 status, onset_on, recorded_at
            FROM health_record_condition d WHERE {ALIVE} AND status <> 'resolved' AND verification <> 'refuted'
             AND (category = 'problem-list-item' OR register <> '')
           ORDER BY coalesce(nullif(code, ''), name), onset_on, recorded_at) p),
 (SELECT jsonb_agg(jsonb_build_array(id, name, dose, frequency, start, organization_id, prescribed) ORDER BY start, id)
    FROM (SELECT DISTINCT ON (name) * FROM (
        SELECT id, name, dose, frequency, start, organization_id, false AS prescribed
          FROM health_record_medicationstatement
         WHERE {ALIVE} AND start <= %(today)s AND (until IS NULL OR until > %(today)s)
        UNION ALL
        SELECT id, name, dose, frequency, (authored_at AT TIME ZONE 'Asia/Shanghai')::date, organization_id, true
          FROM health_record_medicationrequest
         WHERE {ALIVE} AND status = 'active' AND authored_at <= %(now)s
           AND authored_at > %(now)s::timestamptz - least(coalesce(days, 0), 366) * interval '1 day'
           AND authored_at > %(now)s::timestamptz - interval '366 days') every
        ORDER BY name, prescribed, start DESC) d),
 (SELECT jsonb_agg(jsonb_build_array(id, title, recorded_at, media_type) ORDER BY recorded_at DESC)
    FROM (SELECT id, title, recorded_at, media_type FROM health_record_documentreference
           WHERE {ALIVE} AND location = '' ORDER BY recorded_at DESC LIMIT 20) d),
 (SELECT jsonb_object_agg(code, points) FROM (
    SELECT code, jsonb_agg(jsonb_build_array(effective_at, value, unit, local_name, reference_low, reference_high)
                           ORDER BY effective_at) AS points
      FROM (SELECT code, effective_at, value, unit, local_name, reference_low, reference_high,
                   row_number() OVER (PARTITION BY code ORDER BY effective_at DESC) AS place
              FROM health_record_observation WHERE {ALIVE} AND value IS NOT NULL) o
     WHERE place <= {POINTS} GROUP BY code) lines),
 (SELECT jsonb_agg(jsonb_build_array(id, name, effective_at, conclusion) ORDER BY effective_at DESC)
    FROM (SELECT id, name, effective_at, conclusion FROM health_record_diagnosticreport
           WHERE {ALIVE} ORDER BY effective_at DESC LIMIT 8) r),
 (SELECT jsonb_agg(jsonb_build_array(relationship, name) ORDER BY recorded_at)
    FROM health_record_familymemberhistory WHERE {ALIVE}),
 (SELECT jsonb_agg(jsonb_build_array(o.id, coalesce(nullif(o.short_name, ''), o.name))
                   ORDER BY coalesce(nullif(o.short_name, ''), o.name), o.id)
    FROM organizations_organization o
   WHERE o.id IN (SELECT organization_id FROM health_record_encounter WHERE {ALIVE}
                  UNION SELECT organization_id FROM health_record_diagnosticreport WHERE {ALIVE})),
 (SELECT jsonb_agg(kind) FROM (VALUES {THERE}) every(kind, there) WHERE there)
"""  # noqa: S608


def overview(resident_id: UUID) -> Overview:
    """The overview of a resident that the actor may see."""
    found, _ = prepared.run(SUMMARY, {"id": resident_id, "today": clock.today(), "now": clock.now()})
    problems, drugs, documents, lines, reports, family, places, kinds = (_json(cell) for cell in found[0])
    return Overview(
        [Problem(UUID(i), code, name, Condition.Status(s).label, _day(on)) for i, code, name, s, on in problems or ()],
        [
            Drug(UUID(i), name, dose, frequency, date.fromisoformat(since), home, prescribed)
            for i, name, dose, frequency, since, home, prescribed in drugs or ()
        ],
        [Attachment(UUID(i), title, datetime.fromisoformat(at), kind) for i, title, at, kind in documents or ()],
        _lines(lines or {}),
        [Report(UUID(i), name, datetime.fromisoformat(at), words) for i, name, at, words in reports or ()],
        [(relative, disease) for relative, disease in family or ()],
        [(home, name) for home, name in places or ()],
        frozenset(kinds or ()),
    )


def _lines(points: Mapping[str, Sequence[Sequence[Any]]]) -> list[Line]:
    """What the catalogue knows in its order; the rest behind it, what was measured last first."""
    strangers = sorted(points.keys() - CATALOGUE.keys(), key=lambda code: str(points[code][-1][0]), reverse=True)
    known = [code for code in CATALOGUE if code in points and code not in ASSESSED]
    return [
        Line(
            CATALOGUE.get(code) or stranger(code, *points[code][-1][1:]),
            [(datetime.fromisoformat(at), Decimal(str(value))) for at, value, *_ in points[code]],
        )
        for code in [*known, *strangers]
    ]


def stranger(code: str, value: Any, unit: str, name: str, low: Any, high: Any) -> Measured:
    """What is measured under a code that is not in our catalogue, as its source tells it."""
    exponent = Decimal(str(value)).normalize().as_tuple().exponent
    limits = tuple(None if limit is None else Decimal(str(limit)) for limit in (low, high))
    decimals = max(0, -exponent) if isinstance(exponent, int) else 0
    return Measured(code, name or code, unit, Decimal(0), Decimal(0), decimals, (limits[0], limits[1]))


def _json(cell: Any) -> Any:
    return json.loads(cell) if isinstance(cell, str) else cell


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def spark(item: Measured, points: Sequence[tuple[datetime, Decimal]]) -> SafeString:
    """The points as a small SVG, spaced by time; the band is the usual range."""
    values = [float(value) for _, value in points]
    limits = [float(limit) for limit in item.normal if limit is not None]
    low, high = min([*values, *limits]), max([*values, *limits])
    span, begin = (high - low) or 1.0, points[0][0]
    length = (points[-1][0] - begin).total_seconds() or 1.0

    def across(at: datetime) -> float:
        return 3 + (WIDTH - 6) * (at - begin).total_seconds() / length if len(points) > 1 else WIDTH / 2

    def down(value: float) -> float:
        return 3 + (HEIGHT - 6) * (high - value) / span

    below, above = item.normal
    top = down(float(above)) if above is not None else 0.0
    bottom = down(float(below)) if below is not None else float(HEIGHT)
    line = " ".join(f"{across(at):.1f},{down(float(value)):.1f}" for at, value in points)
    return format_html(
        '<svg class="r-spark" viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-label="{}">'
        '<rect class="r-usual" x="0" y="{}" width="{}" height="{}"/><polyline points="{}"/>'
        '<circle class="{}" cx="{}" cy="{}" r="2.5"/></svg>',
        WIDTH,
        HEIGHT,
        WIDTH,
        HEIGHT,
        f"{item.name}：{'、'.join(item.text(value) for _, value in points)}",
        f"{top:.1f}",
        WIDTH,
        f"{max(bottom - top, 0):.1f}",
        line,
        "r-out" if item.flag(points[-1][1]) else "r-in",
        f"{across(points[-1][0]):.1f}",
        f"{down(values[-1]):.1f}",
    )
