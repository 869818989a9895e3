"""Everything that happened to a resident, newest first: one statement for the record, one for each room that adds."""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeAlias
from uuid import UUID

from django.db import connection
from django.utils import timezone

from yigongti.kernel import prepared

from .branches import ALIVE, BRANCHES, SHANGHAI, VALUE
from .observations import ASSESSED
from .values import Value, answers, values_of

PAGE = 50
ALONE = "measurement"
LATEST = (datetime(9999, 1, 1, tzinfo=UTC), UUID(int=2**128 - 1))

KINDS = {kind: branch.label for kind, branch in BRANCHES.items()}
SMALL = frozenset(
    {"condition", "prescription", "dispense", "medication", "allergy", "immunization", "family", "document"}
)


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
    source: str = ""
    """The system that it was received from."""
    version: int = 1
    recorded: bool = False
    """A row of the record itself, which has a page of its own."""

    @property
    def day(self) -> date:
        """The day of Beijing time under which it stands."""
        return timezone.localdate(self.at)

    @property
    def small(self) -> bool:
        """Told in one line: what is ordered, given or noted beside the visits."""
        return self.kind in SMALL

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


@dataclass(frozen=True)
class Wanted:
    """What is asked for: kinds (none: all), days from and to (both included), an organisation, words."""

    only: frozenset[str] = frozenset()
    since: date | None = None
    until: date | None = None
    organization_id: int | None = None
    text: str = ""

    @property
    def narrow(self) -> bool:
        """Whether more than the kind is asked."""
        return bool(self.since or self.until or self.organization_id or self.text)

    def conditions(self) -> list[str]:
        """SQL over the columns of a branch."""
        return [
            sql
            for asked, sql in (
                (self.since, f"at >= (%(since)s::date{SHANGHAI})"),
                (self.until, f"at < ((%(until)s::date + 1){SHANGHAI})"),
                (self.organization_id, "organization_id = %(organization)s"),
                (self.text, "concat_ws(' ', title, note, details::text, local_name) ILIKE %(text)s"),
            )
            if asked
        ]

    def params(self) -> dict[str, Any]:
        """The parameters of the conditions."""
        words = re.sub(r"([\\%_])", r"\\\1", self.text.strip())
        return {
            "since": self.since,
            "until": self.until,
            "organization": self.organization_id,
            "text": f"%{words}%",
        }

    def holds(self, moment: Moment) -> bool:
        """Whether a moment of another room is meant."""
        day = timezone.localdate(moment.at)
        told = " ".join([moment.title, moment.note, *(text for _, text in moment.details)])
        return (
            (not self.since or day >= self.since)
            and (not self.until or day <= self.until)
            and self.organization_id in (None, moment.organization_id)
            and self.text.strip().lower() in told.lower()
        )


ALL = Wanted()


def timeline(
    resident_id: UUID,
    *,
    only: Iterable[str] = (),
    below: Key | None = None,
    most: int = PAGE,
    wanted: Wanted = ALL,
) -> Page:
    """The newest ``most`` moments below a key that are ``wanted``. ``only`` names kinds (default: all)."""
    named = (set(only) or wanted.only) & kinds().keys() or kinds().keys()
    key = below or LATEST
    found = list(_record(resident_id, named & KINDS.keys(), key, most + 1, wanted))
    for name, (_, source) in _sources.items():
        if name in named:
            here = source(resident_id, key, 500 if wanted.narrow else most + 1)
            found += [moment for moment in here if moment.key < key and (not wanted.narrow or wanted.holds(moment))]
    found.sort(key=lambda moment: moment.key, reverse=True)
    return Page(found[:most], found[most - 1].key if len(found) > most else None)


#: ``t`` the newest of every kind; values that stand alone are looked for only where the page reaches, and the values
#: of visits and reports only in the months of this page
MEASURED = f"""
WITH d AS MATERIALIZED (SELECT * FROM ({{branches}}) every ORDER BY at DESC, id DESC LIMIT %(most)s),
     t AS MATERIALIZED ({{page}}),
     v AS MATERIALIZED (SELECT array_agg(id) FILTER (WHERE kind = 'encounter') AS encounters,
                               array_agg(id) FILTER (WHERE kind = 'report') AS reports,
                               min(at) - interval '40 days' AS first, max(at) + interval '200 days' AS last
                          FROM t WHERE kind IN ('encounter', 'report')),
     m AS (SELECT coalesce(report_id, encounter_id) AS id, jsonb_agg({VALUE} ORDER BY code) AS values
             FROM health_record_observation
            WHERE resident_id = %(resident)s AND {ALIVE}
              AND (encounter_id = ANY ((SELECT encounters FROM v)::uuid[]) AND report_id IS NULL
                   OR report_id = ANY ((SELECT reports FROM v)::uuid[]))
              AND effective_at >= (SELECT first FROM v) AND effective_at <= (SELECT last FROM v)
            GROUP BY 1)
SELECT t.kind, t.id, t.at, t.organization_id, t.title, t.note, t.dated, t.source, t.version, t.details,
       coalesce(nullif(o.short_name, ''), o.name), coalesce(p.name, t.practitioner_name), c.name,
       coalesce(t.values, m.values)
  FROM t JOIN organizations_organization o ON o.id = t.organization_id
  LEFT JOIN staff_practitioner p ON p.id = t.practitioner_id
  LEFT JOIN terminology_concept c ON c.system_id = t.list AND c.code = t.code
  LEFT JOIN m ON m.id = t.id
 ORDER BY t.at DESC, t.id DESC
"""  # noqa: S608
WITHOUT_ALONE = "TABLE d"
WITH_ALONE = """
SELECT * FROM (TABLE d UNION ALL {alone}) every ORDER BY at DESC, id DESC LIMIT %(most)s"""
#: nothing older than this moment has a place on the page
REACH = """
AND effective_at >= coalesce((SELECT at FROM d ORDER BY at DESC, id DESC OFFSET %(most)s - 1 LIMIT 1), '-infinity')"""


def _record(resident_id: UUID, kinds: Iterable[str], key: Key, most: int, wanted: Wanted) -> Iterable[Moment]:
    named = set(kinds)
    if not named:
        return
    sql, params = _statement(frozenset(named), wanted)
    params |= {"resident": resident_id, "at": key[0], "id": key[1], "most": most}
    if wanted.narrow:  # another statement for each way to narrow
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            rows = cursor.fetchall()
    else:
        rows, _ = prepared.run(sql, params)
    for row in rows:
        yield _worded(*row)


def _statement(named: frozenset[str], wanted: Wanted) -> tuple[str, dict[str, Any]]:
    conditions = wanted.conditions()
    selects = {kind: branch.select(kind, conditions) for kind, branch in BRANCHES.items() if kind in named}
    alone = selects.pop(ALONE, None)
    page = WITH_ALONE.format(alone=alone.replace("{reach}", REACH)) if alone else WITHOUT_ALONE
    branches = " UNION ALL ".join(selects.values()) or f"{BRANCHES['document'].select('document', ['false'])}"
    return MEASURED.format(branches=branches, page=page), wanted.params()


def _worded(
    kind: str,
    entry_id: UUID,
    at: datetime,
    home: int,
    title: str | None,
    note: str,
    dated: bool,
    source: str,
    version: int,
    told: Any,
    organization: str,
    practitioner: str,
    national: str | None,
    values: Any,
) -> Moment:
    """The row in the words that people use: the name of the national list first, that of the source beside it."""
    branch = BRANCHES[kind]
    details = [(label, branch.words.get(label, {}).get(text, text)) for label, text in _json(told) if text]
    name = branch.words.get("title", {}).get(title or "", title or "")
    if national and name and national != name:
        details.append(("来源名称", name))
    found = values_of(_json(values) or ())
    stated = tuple(value for value in found if value.code in ASSESSED)
    found = tuple(value for value in found if value.code not in ASSESSED)
    details += answers(stated)
    alone = "测量" if found or not stated else "病情评估"
    return Moment(
        kind=kind,
        id=entry_id,
        at=at,
        title=branch.prefix + (national or name) if kind != "measurement" else alone,
        note=note if kind != "measurement" else "",
        organization=organization,
        organization_id=home,
        practitioner=practitioner or "",
        details=tuple(details),
        values=found,
        tone=branch.tone,
        dated=dated,
        source=source,
        version=version,
        recorded=True,
    )


def _json(cell: Any) -> Any:
    return json.loads(cell) if isinstance(cell, str) else cell
