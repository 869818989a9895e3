"""Bulk export ($export) as long work: NDJSON files by type, fetched with the token that asked, gone after a day.

The files lie in the home of the installation, readable by the platform alone, because an export may be larger than
what a database row holds. What is exported is what the system may see now, row by row.
"""

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
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

from . import conditions, reading
from .access import Caller, caller_of, note_reading
from .answers import answering, base, issue, outcome, reply
from .conditions import BadParameter, Where
from .resources import RESOURCES, Resource, resource
from .rows import stream
from .views import not_allowed, parameters

KEPT = timedelta(hours=24)
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
    actor: Actor, work: Work, *, key: str, types: list[str], since: str, group: int | None, unmasked: bool
) -> Outcome:
    """Write the files; returns how many resources of each type."""
    caller = Caller(actor, frozenset())
    place = folder(key)
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True, mode=0o700)
    begun = clock.now()
    counts: dict[str, int] = {}
    about: set[UUID] = set()
    for number, type_ in enumerate(types):
        work.advance(number, len(types), resource(type_).title)
        counts[type_] = _written(place, resource(type_), _wanted(resource(type_), since, group), unmasked, about)
    note_reading(caller, "export", about, Entry.Action.EXPORT)
    total = sum(counts.values())
    result = {"counts": {name: n for name, n in counts.items() if n}, "time": begun.isoformat(timespec="milliseconds")}
    return Outcome(f"共 {total:,} 个资源、{len(about):,} 位居民", result)


def _wanted(kind: Resource, since: str, group: int | None) -> list[Where]:
    where = reading.changed_since(kind, since)
    if group is not None and not kind.resident.startswith("NULL"):
        where.append(Where(GROUP.format(resident=kind.resident), (group,)))
    return where


def _written(place: Path, kind: Resource, where: Sequence[Where], unmasked: bool, about: set[UUID]) -> int:
    count = 0
    path = place / f"{kind.type}.ndjson"
    with open(path, "w", encoding="utf-8", opener=_private) as file:
        for batch in stream(kind, where, unmasked, BATCH):
            file.writelines(f"{one.text}\n" for one in batch)
            about.update(one.resident for one in batch if one.resident)
            count += len(batch)
    if not count:
        path.unlink()
    return count


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
        )
    told = outcome(issue("已受理，请到 Content-Location 查看", code="informational", severity="information"))
    return reply(told, 202, Content_Location=f"{base(request)}$export-status/{made.pk}")


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
    told: dict[str, Any] = {
        "transactionTime": found.result["time"],
        "request": f"{base(request)}$export",
        "requiresAccessToken": True,
        "output": outputs,
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
    path = _place(found) / f"{resource(type_).type}.ndjson"
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
