"""Everything that happened to a resident, newest first: one statement for the record, one for each room that adds."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeAlias
from uuid import UUID

from django.db import connection

from .models import Condition, Encounter
from .observations import CATALOGUE

PAGE = 50
LATEST = (datetime(9999, 1, 1, tzinfo=UTC), UUID(int=2**128 - 1))

KINDS = {
    "encounter": "就诊和随访",
    "measurement": "单独的测量",
    "condition": "诊断",
    "medication": "用药",
    "allergy": "过敏",
    "document": "文档",
}


@dataclass(frozen=True)
class Value:
    """One measurement beside a moment; ``flag`` is ↑ or ↓ outside the usual range."""

    code: str
    name: str
    text: str
    unit: str
    flag: str = ""


@dataclass(frozen=True)
class Moment:
    """Something that happened. ``key`` orders moments and begins the next page."""

    kind: str
    id: UUID
    at: datetime
    title: str
    organization: str = ""
    organization_id: int | None = None
    practitioner: str = ""
    note: str = ""
    details: tuple[tuple[str, str], ...] = ()
    values: tuple[Value, ...] = ()
    tone: str = "calm"
    url: str = ""
    dated: bool = False
    """Known to the day only."""
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> tuple[datetime, UUID]:
        """Later moments first; the id decides at the same time."""
        return self.at, self.id


Key: TypeAlias = tuple[datetime, UUID]
Source: TypeAlias = Callable[[UUID, Key, int], Iterable[Moment]]
"""Takes the resident, the key to stay below and the most that is wanted; answers moments in any order."""

_sources: dict[str, tuple[str, Source]] = {}


def timeline_source(name: str, title: str) -> Callable[[Source], Source]:
    """A room above shows its own on the timeline: ``@timeline_source("referral", "转诊")``. One statement a call."""

    def register(source: Source) -> Source:
        _sources[name] = (title, source)
        return source

    return register


def kinds() -> dict[str, str]:
    """Every kind of moment with its Chinese name, for the filter."""
    return {**KINDS, **{name: title for name, (title, _) in _sources.items()}}


@dataclass(frozen=True)
class Page:
    """Some moments, newest first; ``next`` is the key to go on below, None at the end."""

    moments: Sequence[Moment]
    next: Key | None


def timeline(resident_id: UUID, *, only: Iterable[str] = (), below: Key | None = None, most: int = PAGE) -> Page:
    """The newest ``most`` moments below a key. ``only`` names kinds (default: all)."""
    wanted = set(only) & kinds().keys() or kinds().keys()
    key = below or LATEST
    found = list(_record(resident_id, wanted & KINDS.keys(), key, most + 1))
    for name, (_, source) in _sources.items():
        if name in wanted:
            found += [moment for moment in source(resident_id, key, most + 1) if moment.key < key]
    found.sort(key=lambda moment: moment.key, reverse=True)
    return Page(found[:most], found[most - 1].key if len(found) > most else None)


ALIVE = "replaced_by_id IS NULL AND voided_reason = ''"
SHANGHAI = "::timestamp AT TIME ZONE 'Asia/Shanghai'"


def _branch(kind: str, table: str, at: str, title: str, note: str, data: str) -> str:
    return f"""(SELECT '{kind}' AS kind, id, {at} AS at, organization_id, practitioner_id, {title} AS title,
        {note} AS note, {data} AS data FROM health_record_{table}
        WHERE resident_id = %(resident)s AND {ALIVE} AND ({at}, id) < (%(at)s, %(id)s)
        ORDER BY 3 DESC, 2 DESC LIMIT %(most)s)"""  # noqa: S608


BRANCHES = {
    "encounter": _branch(
        "encounter",
        "encounter",
        "started_at",
        "kind",
        "assessment",
        "jsonb_build_object('complaint', complaint, 'advice', advice, 'next_due', next_due)",
    ),
    "measurement": f"""(SELECT 'measurement' AS kind, (array_agg(id ORDER BY id))[1] AS id, effective_at AS at,
        organization_id, practitioner_id, '' AS title, '' AS note,
        jsonb_build_object('values', jsonb_agg(jsonb_build_array(code, value, text, unit) ORDER BY code)) AS data
        FROM health_record_observation
        WHERE resident_id = %(resident)s AND {ALIVE} AND encounter_id IS NULL AND effective_at <= %(at)s
        GROUP BY effective_at, organization_id, practitioner_id
        HAVING (effective_at, (array_agg(id ORDER BY id))[1]) < (%(at)s, %(id)s)
        ORDER BY 3 DESC, 2 DESC LIMIT %(most)s)""",  # noqa: S608
    "condition": _branch(
        "condition",
        "condition",
        f"coalesce(onset_on{SHANGHAI}, recorded_at)",
        "name",
        "''",
        "jsonb_build_object('code', code, 'status', status, 'dated', onset_on IS NOT NULL)",
    ),
    "medication": _branch(
        "medication",
        "medicationstatement",
        f"(start{SHANGHAI})",
        "name",
        "dose || ' ' || frequency",
        "jsonb_build_object('route', route, 'until', until)",
    ),
    "allergy": _branch("allergy", "allergyintolerance", "recorded_at", "substance", "reaction", "'{}'::jsonb"),
    "document": _branch(
        "document", "documentreference", "recorded_at", "title", "''", "jsonb_build_object('size', size)"
    ),
}

MEASURED = f"""
SELECT t.*, o.short_name, o.name, p.name, m.values FROM (
    SELECT * FROM ({{branches}}) every ORDER BY at DESC, id DESC LIMIT %(most)s
) t
JOIN organizations_organization o ON o.id = t.organization_id
LEFT JOIN staff_practitioner p ON p.id = t.practitioner_id
LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_array(code, value, text, unit) ORDER BY code) AS values
      FROM health_record_observation
     WHERE t.kind = 'encounter' AND encounter_id = t.id AND resident_id = %(resident)s AND {ALIVE}
) m ON true
ORDER BY t.at DESC, t.id DESC
"""  # noqa: S608


def _record(resident_id: UUID, wanted: Iterable[str], key: Key, most: int) -> Iterable[Moment]:
    branches = [BRANCHES[kind] for kind in KINDS if kind in set(wanted)]
    if not branches:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            MEASURED.format(branches=" UNION ALL ".join(branches)),
            {"resident": resident_id, "at": key[0], "id": key[1], "most": most},
        )
        rows = cursor.fetchall()
    for kind, entry_id, at, home, _, title, note, data, short, name, practitioner, values in rows:
        about = json.loads(data) if isinstance(data, str) else data
        held = json.loads(values) if isinstance(values, str) else values
        moment = Moment(
            kind=kind,
            id=entry_id,
            at=at,
            title=title,
            note=note,
            organization=short or name,
            organization_id=home,
            practitioner=practitioner or "",
            values=_values(held or about.pop("values", [])),
            data=about,
        )
        yield _worded(moment)


def _worded(moment: Moment) -> Moment:
    """The moment in the words that people use."""
    data = moment.data
    details: tuple[tuple[str, Any], ...] = ()
    if moment.kind == "encounter":
        details = (("主诉", data["complaint"]), ("处理", data["advice"]), ("下次随访", data["next_due"]))
        title = Encounter.Kind(moment.title).label
    elif moment.kind == "condition":
        details = (("ICD-10", data["code"]), ("状态", Condition.Status(data["status"]).label))
        title = f"诊断：{moment.title}"
    elif moment.kind == "medication":
        details = (("途径", data["route"]), ("停用", data["until"]))
        title = f"用药：{moment.title}"
    else:
        title = {"measurement": "测量", "allergy": f"过敏：{moment.title}", "document": f"文档：{moment.title}"}[
            moment.kind
        ]
    tone = "danger" if moment.kind == "allergy" else "calm"
    dated = moment.kind == "medication" or bool(data.get("dated"))
    return replace(moment, title=title, tone=tone, dated=dated, details=tuple((k, str(v)) for k, v in details if v))


def _values(rows: Iterable[Sequence[Any]]) -> tuple[Value, ...]:
    """Measurements in the order of the catalogue; the two blood pressures as one."""
    order = {code: place for place, code in enumerate(CATALOGUE)}
    found = [_value(*row) for row in sorted(rows, key=lambda row: order.get(row[0], 999))]
    by_code = {value.code: value for value in found}
    if {"sbp", "dbp"} <= by_code.keys():
        sbp, dbp = by_code["sbp"], by_code["dbp"]
        pair = Value("bp", "血压", f"{sbp.text}/{dbp.text}", sbp.unit, sbp.flag or dbp.flag)
        found = [pair, *(value for value in found if value.code not in ("sbp", "dbp"))]
    return tuple(found)


def _value(code: str, value: Any, text: str, unit: str) -> Value:
    item = CATALOGUE.get(code)
    if value is None or item is None:
        return Value(code, item.name if item else code, text or str(value if value is not None else ""), unit)
    number = Decimal(str(value))
    return Value(code, item.name, item.text(number), unit or item.unit, item.flag(number))
