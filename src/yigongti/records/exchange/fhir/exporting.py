"""Bulk export ($export) as long work: NDJSON files by type, fetched with the token that asked, gone after a day.

The files lie in the home of the installation, readable by the platform alone, because an export may be larger than
what a database row holds. What is exported is what the system may see now, row by row.
"""

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from yigongti.config import configuration
from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.errors import NotFound
from yigongti.kernel.jobs import services as jobs
from yigongti.kernel.jobs.declaration import Outcome, Work, job
from yigongti.kernel.jobs.models import Job
from yigongti.kernel.jobs.pulse import pulse

from . import conditions, following, reading, searching
from .access import Caller, caller_of, note_reading
from .answers import answering, base, issue, outcome, reply
from .conditions import BadParameter, Where
from .resources import RESOURCES, Resource, resource
from .rows import Found, stream
from .views import elements_of, not_allowed, parameters

KEPT = timedelta(hours=24)
DELETED = "deleted"
#: filters apart by commas; a comma inside one has no type behind it
FILTERS_APART = re.compile(r",(?=[A-Z][A-Za-z]+\?)")
BATCH = 2000
NDJSON = "application/fhir+ndjson"
GROUP = (
    "{resident} IN (SELECT r.resident_id FROM residents_carerelation r WHERE r.organization_id = %s "
    "AND (r.until IS NULL OR r.until > statement_timestamp()))"
)


def folder(job_id: UUID | str) -> Path:
    """Where the files of an export lie."""
    return Path(configuration().home) / "exports" / str(job_id)


@job("fhir.export", title="FHIR 批量导出")
def export(
    actor: Actor,
    work: Work,
    *,
    key: str,
    types: list[str],
    since: str,
    group: int | None,
    unmasked: bool,
    filters: dict[str, list[str]] | None = None,
    elements: list[str] | None = None,
    request: str = "",
) -> Outcome:
    """Write the files; returns how many resources of each type, and how many Bundles of deletions."""
    caller = Caller(actor, frozenset())
    asked = Asked(since, group, unmasked, filters or {}, tuple(elements or ()))
    place = folder(key)
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True, mode=0o700)
    begun = clock.now()
    counts: dict[str, int] = {}
    about: set[UUID] = set()
    for number, type_ in enumerate(types):
        work.advance(number, len(types), resource(type_).title)
        counts[type_] = _written(place, resource(type_), asked, caller, about)
    deleted = _deleted(place, [resource(type_) for type_ in types], asked)
    note_reading(caller, "export", about, Entry.Action.EXPORT)
    total = sum(counts.values())
    result = {
        "counts": {name: n for name, n in counts.items() if n},
        "deleted": deleted,
        "time": begun.isoformat(timespec="milliseconds"),
    }
    return Outcome(f"共 {total:,} 个资源、{len(about):,} 位居民", result)


@dataclass(frozen=True)
class Asked:
    """What an export was asked for."""

    since: str
    group: int | None
    unmasked: bool
    filters: Mapping[str, Sequence[str]]
    elements: tuple[str, ...]

    @property
    def within(self) -> list[Where]:
        """The residents of the group."""
        return [Where(GROUP, (self.group,))] if self.group is not None else []


def _wanted(kind: Resource, asked: Asked, caller: Caller) -> list[Where]:
    where = reading.changed_since(kind, asked.since)
    if not kind.resident.startswith("NULL"):
        where += [Where(one.sql.format(resident=kind.resident), one.values) for one in asked.within]
    filters = [filtered(kind.type, query, caller) for query in asked.filters.get(kind.type, ())]
    return [*where, *([conditions.any_of(filters)] if filters else [])]


def filtered(type_: str, query: str, caller: Caller) -> Where:
    """The conditions of one ``_typeFilter``. Raises :class:`BadParameter`."""
    search = searching.understood(type_, parse_qsl(query), strict=True, caller=caller)
    if not search.where:
        raise BadParameter(f"_typeFilter {type_} 没有查询条件", hint="例如 Observation?category=laboratory")
    return Where(" AND ".join(f"({one.sql})" for one in search.where), tuple(v for w in search.where for v in w.values))


def _written(place: Path, kind: Resource, asked: Asked, caller: Caller, about: set[UUID]) -> int:
    count = 0
    path = place / f"{kind.type}.ndjson"
    with open(path, "w", encoding="utf-8", opener=_private) as file:
        for batch in _batches(kind, asked, caller):
            file.writelines(f"{elements_of(one, asked.elements)}\n" for one in batch)
            about.update(one.resident for one in batch if one.resident)
            count += len(batch)
    if not count:
        path.unlink()
    return count


def _batches(kind: Resource, asked: Asked, caller: Caller) -> Iterator[list[Found]]:
    yield from stream(kind, _wanted(kind, asked, caller), asked.unmasked, BATCH)
    if kind.type == "Patient" and not asked.filters.get("Patient"):
        yield following.merged(caller.actor, asked.since, asked.unmasked, asked.within)


def _deleted(place: Path, kinds: Sequence[Resource], asked: Asked) -> int:
    """The file of deletions, where somebody follows; returns how many Bundles."""
    bundles = list(following.voided(kinds, asked.since, asked.within)) if asked.since else []
    if bundles:
        with open(place / f"{DELETED}.ndjson", "w", encoding="utf-8", opener=_private) as file:
            file.writelines(f"{one}\n" for one in bundles)
    return len(bundles)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


@csrf_exempt
@answering
def kick_off(request: HttpRequest, level: str, key: str = "") -> HttpResponse:
    """``$export`` of the whole, of the patients, or of a Group (an organisation): 202 and where to ask."""
    not_allowed(request, "GET", "POST")
    caller, given = caller_of(request), parameters(request)
    if given.get("_outputFormat", NDJSON) not in (NDJSON, "application/ndjson", "ndjson"):
        raise BadParameter("只导出 NDJSON", hint=f"_outputFormat={NDJSON}")
    since = given.get("_since", "")
    if since:
        conditions.span(since)
    group = _group(key) if level == "Group" else None
    types = _types(caller, given.get("_type", ""), personal=level != "system")
    filters = _filters(request, given, types, caller)
    with acting(caller.actor):
        made_key = os.urandom(16).hex()
        made = jobs.start(
            caller.actor,
            "fhir.export",
            key=made_key,
            types=types,
            since=since,
            group=group,
            unmasked=caller.unmasked,
            filters=filters,
            elements=[one.strip() for one in given.get("_elements", "").split(",") if one.strip()],
            request=request.build_absolute_uri(),
        )
    told = outcome(issue("已受理，请到 Content-Location 查看", code="informational", severity="information"))
    return reply(told, 202, Content_Location=f"{base(request)}$export-status/{made.pk}")


def _filters(
    request: HttpRequest, given: Mapping[str, str], types: Sequence[str], caller: Caller
) -> dict[str, list[str]]:
    """``_typeFilter`` by type; several of one type are alternatives. Raises :class:`BadParameter`."""
    texts = request.GET.getlist("_typeFilter") or [given.get("_typeFilter", "")]
    found: dict[str, list[str]] = {}
    for one in (part for text in texts for part in FILTERS_APART.split(text) if part):
        type_, _, query = one.partition("?")
        if type_ not in types:
            raise BadParameter(f"_typeFilter 里的 {type_[:40]} 不在要导出的类型里", hint=f"要导出：{'、'.join(types)}")
        filtered(type_, query, caller)
        found.setdefault(type_, []).append(query)
    return found


def _group(key: str) -> int:
    found = conditions.key_of("Organization", key)
    if found is None:
        raise NotFound("没有这个 Group", hint="Group 的 id 是机构（Organization）的 id")
    return int(found)


def _types(caller: Caller, asked: str, *, personal: bool) -> list[str]:
    able = [k.type for k in RESOURCES.values() if not personal or not k.resident.startswith("NULL")]
    wanted = [one.strip() for one in asked.split(",") if one.strip()] or caller.readable(able)
    for type_ in wanted:
        resource(type_)
        caller.require(type_, "read")
    if not wanted:
        caller.require("*", "read")
    return wanted


@csrf_exempt
@answering
def status(request: HttpRequest, key: UUID) -> HttpResponse:
    """How far it is; when it is done, the manifest. ``DELETE`` gives it up and removes the files."""
    not_allowed(request, "GET", "DELETE")
    caller = caller_of(request)
    with acting(caller.actor):
        found = _job(caller, key)
        if request.method == "DELETE":
            jobs.stop(caller.actor, job=found)
            shutil.rmtree(_place(found), ignore_errors=True)
            return reply(outcome(issue("已取消", code="informational", severity="information")), 202)
    if found.open:
        return HttpResponse(
            status=202, headers={"X-Progress": f"{found.stage or '排队中'} {found.percent or 0}%", "Retry-After": "2"}
        )
    if found.state != Job.State.DONE:
        return reply(outcome(issue(found.error or "已取消", code="exception")), 500)
    return _manifest(request, found)


def _job(caller: Caller, key: UUID) -> Job:
    found = Job.objects.filter(pk=key, user_id=caller.actor.user_id or 0, kind="fhir.export").first()
    gone = found is not None and found.finished_at is not None and clock.now() > found.finished_at + KEPT
    if found is None or gone:
        raise NotFound(
            "没有这次导出，或者文件已过期", hint=f"文件保留 {KEPT.total_seconds() / 3600:.0f} 小时，请重新导出"
        )
    return found


def _place(found: Job) -> Path:
    return folder(str(found.arguments["key"]))


def _manifest(request: HttpRequest, found: Job) -> HttpResponse:
    assert found.finished_at is not None
    root = f"{base(request)}$export-file/{found.pk}/"
    outputs = [
        {"type": type_, "url": f"{root}{type_}.ndjson", "count": count}
        for type_, count in found.result["counts"].items()
    ]
    bundles = found.result.get("deleted", 0)
    deleted = [{"type": "Bundle", "url": f"{root}{DELETED}.ndjson", "count": bundles}] if bundles else []
    told: dict[str, Any] = {
        "transactionTime": found.result["time"],
        "request": found.arguments.get("request") or f"{base(request)}$export",
        "requiresAccessToken": True,
        "output": outputs,
        "deleted": deleted,
        "error": [],
    }
    expires = (found.finished_at + KEPT).strftime("%a, %d %b %Y %H:%M:%S GMT")
    return HttpResponse(json.dumps(told), content_type="application/json", headers={"Expires": expires})


@csrf_exempt
@answering
def file(request: HttpRequest, key: UUID, type_: str) -> Any:
    """One file, for the system that asked."""
    not_allowed(request, "GET", "HEAD")
    caller = caller_of(request)
    with acting(caller.actor):
        found = _job(caller, key)
    path = _place(found) / f"{type_ if type_ == DELETED else resource(type_).type}.ndjson"
    if not path.is_file():
        raise NotFound("没有这个文件", hint="请重新导出")
    return FileResponse(path.open("rb"), content_type=NDJSON)


def _expired() -> Iterator[Path]:
    held = Path(configuration().home) / "exports"
    before = (clock.now() - KEPT - timedelta(hours=1)).timestamp()
    yield from (one for one in held.glob("*") if one.stat().st_mtime < before)


@pulse(every=3600)
def remove_expired() -> None:
    """Files that nobody may fetch any more go."""
    for path in _expired():
        shutil.rmtree(path, ignore_errors=True)
