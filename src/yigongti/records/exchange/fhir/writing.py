"""What other systems write: checked as FHIR, turned to the keys of the sender, handed to the one door of the exchange.

The ``id`` in the body is the sender's own key (a new one is made where there is none): the same key twice is one row,
another content a new version. What the mapping ``exchange/fhir-r4`` refuses is answered field by field.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.errors import Forbidden, Invalid, YigongtiError
from yigongti.records.health_record.models import Encounter, Entry
from yigongti.records.health_record.services import void_entry
from yigongti.records.health_record.targets import TARGETS
from yigongti.records.residents.models import SourceIdentity, SourceSystem
from yigongti.registry.organizations.models import Organization

from .. import patient_kept
from ..keeping import private_folder
from ..models import Load, RejectedRow
from ..services import receive, register_source, try_out
from . import reading, searching, together
from .access import Caller, note_reading
from .answers import issue
from .checking import MOST_ISSUES, Refused, checked, supported
from .conditions import Where
from .references import keyed
from .resources import Resource
from .rows import Found, fetch

MAPPING = "fhir-r4"
OPEN = ("in-progress", "arrived", "triaged", "onleave")
IN_ERROR = "entered-in-error"
#: rules of the checks as FHIR issue types
RULES = {"required": "required", "reference": "not-found", "left": "not-supported", "code": "code-invalid"}


class Precondition(YigongtiError):
    """If-Match or If-None-Exist does not hold."""

    status = 412
    kind = "conflict"


@dataclass(frozen=True)
class Written:
    """What became of a resource.

    ``found`` is empty while the index asks a person whom it belongs to, and when the source withdrew it.
    """

    type: str
    created: bool
    found: Found | None
    withdrawn: bool = False


def create(caller: Caller, type_: str, content: Any, unless: str = "") -> Written:
    """A new resource; with ``unless`` (If-None-Exist) only where the search finds nothing."""
    kind = supported(type_)
    caller.require(type_, "write")
    held = checked(type_, content)
    if unless and (there := existing(caller, type_, unless)):
        return Written(type_, False, there)
    if withdrawn(held) and held.get("id"):
        before = _written(caller, source_of(caller), kind, held["id"], False).found
        if before:
            withdraw(caller, kind, before, held["id"])
            return Written(type_, False, None, withdrawn=True)
    [made] = write(caller, [(kind, _with_key(held))])
    return made


def _with_key(content: dict[str, Any]) -> dict[str, Any]:
    return content if content.get("id") else {**content, "id": str(uuid4())}


def existing(caller: Caller, type_: str, query: str) -> Found | None:
    """What a conditional create finds. Raises :class:`Precondition` for more than one."""
    pairs = parse_qsl(query.partition("?")[2] or query)
    with acting(caller.actor):
        search = searching.understood(type_, pairs, strict=True, caller=caller)
        if not search.where:
            raise Invalid("If-None-Exist 没有查询条件", hint="例如 identifier=系统|号码")
        found = searching.run(search, caller).matches
        note_reading(caller, f"search-{type_}", (one.resident for one in found))
    if len(found) > 1:
        raise Precondition(f"If-None-Exist 找到 {len(found)} 个 {type_}", hint="请给出更窄的条件")
    return found[0] if found else None


def update(caller: Caller, type_: str, key: str, content: Any, match: str = "") -> Written:
    """A new version of a resource that this system sent. Others are corrected where they were written."""
    kind = supported(type_)
    caller.require(type_, "write")
    held = checked(type_, content)
    with acting(caller.actor):
        there = reading.read(caller, type_, key)
        own = own_key(caller, kind, there)
        matches(there, match)
    if withdrawn(held):
        withdraw(caller, kind, there, own)
        return Written(type_, False, None, withdrawn=True)
    if type_ == "Patient" and not caller.unmasked:
        held = _whole(caller, held, there)
    [made] = write(caller, [(kind, {**held, "id": own})])
    return Written(type_, False, made.found)


def _whole(caller: Caller, sent: dict[str, Any], shown: Found) -> dict[str, Any]:
    """A Patient that was read with numbers hidden, sent back: they are as they were. Raises Invalid."""
    with acting(caller.actor):
        [whole] = fetch(supported("Patient"), [Where("e.id = %s", (shown.row,))], unmasked=True, current=False)
    return together.restored(sent, json.loads(shown.text), json.loads(whole.text))


def matches(there: Found, match: str) -> None:
    """Raise :class:`Precondition` unless the version is the one that the caller has seen (If-Match)."""
    if match and match.strip('W/"') != reading.version_of(there):
        raise Precondition("这个资源已有新的版本", hint=f"现在是 {reading.version_of(there)}")


def update_found(caller: Caller, type_: str, query: str, content: Any) -> Written:
    """Conditional update: the one that the search finds gets a new version, a new one is made where it finds none."""
    supported(type_)
    caller.require(type_, "write")
    there = existing(caller, type_, query)
    return update(caller, type_, there.id, content) if there else create(caller, type_, content)


def withdrawn(content: dict[str, Any]) -> bool:
    """Whether the source declares that this was entered in error."""
    told = content.get("verificationStatus")
    listed = told.get("coding") if isinstance(told, dict) else None
    codes = [one.get("code") for one in listed or [] if isinstance(one, dict)]
    return IN_ERROR in (content.get("status"), *codes)


def withdraw(caller: Caller, kind: Resource, there: Found, key: str) -> None:
    """Declare a resource void that this system sent, with the parts that stand as observations of their own."""
    model = TARGETS[kind.write].model
    assert issubclass(model, Entry)
    with acting(SYSTEM):
        parts = model.objects.in_force().filter(source=source_code(caller), source_key__startswith=f"{key}.")
        rows = [there.row, *(parts.values_list("pk", flat=True) if kind.type == "Observation" else ())]
    machine = replace(SYSTEM, user_id=caller.actor.user_id, organization_id=caller.actor.organization_id)
    for row in rows:
        void_entry(machine, model, row, reason="来源系统声明录入有误")


def own_key(caller: Caller, kind: Resource, there: Found) -> str:
    """The key under which this system sent a resource. Raises Forbidden when another one did."""
    held = json.loads(there.text)
    system = f"urn:yigongti:source:{source_code(caller)}"
    key = next((one["value"] for one in held.get("identifier", []) if one.get("system") == system), None)
    if key is None:
        raise Forbidden(
            f"这个 {kind.type} 不是本系统送来的，不能由它修改", hint="请在写下它的系统里更正，或 POST 新的一条"
        )
    return str(key)


def source_code(caller: Caller) -> str:
    """The source system as which the caller sends."""
    return f"fhir-{caller.actor.user_id}"


def source_of(caller: Caller) -> SourceSystem:
    """The same, registered at its first delivery."""
    code = source_code(caller)
    with acting(SYSTEM):
        found = SourceSystem.objects.select_related("organization").filter(pk=code).first()
        if found:
            return found
        organization = Organization.objects.get(pk=caller.actor.organization_id or 0)
        return register_source(
            SYSTEM, code=code, title=f"{caller.actor.name}（FHIR）", organization=organization, kind="other"
        )


def write(caller: Caller, resources: Sequence[tuple[Resource, dict[str, Any]]], whole: bool = False) -> list[Written]:
    """Hand resources to the door, in one delivery. ``whole``: all of them or none. Raises :class:`Refused`."""
    source = source_of(caller)
    own = {(kind.type, held["id"]) for kind, held in resources}
    sent = [_dated(keyed(caller, source, _returned(held, source), own), source) for _, held in resources]
    with private_folder() as place:
        path = place / "fhir.ndjson"
        path.write_text("\n".join(json.dumps(one, ensure_ascii=False) for one in sent), "utf-8")
        if whole:
            _tried(path, source)
        load = receive(caller.actor, source=source, mapping=MAPPING, files=[path], channel=Load.Channel.FHIR)
    _refuse(load, sent)
    created = load.lines_accepted > 0
    return [_written(caller, source, kind, str(held["id"]), created) for kind, held in resources]


def _returned(content: dict[str, Any], source: SourceSystem) -> dict[str, Any]:
    """A Patient without what other sources told of the person: that was never this system's."""
    return patient_kept.returned(content, source.pk) if content["resourceType"] == "Patient" else content


def _tried(path: Path, source: SourceSystem) -> None:
    report = try_out(mapping=MAPPING, files=[path], source=source.pk)
    if report["total"]["rejected"]:
        told = [
            issue(f"{one.get('reason', '')}。{one.get('remedy', '')}", code=RULES.get(str(one.get("rule")), "value"))
            for one in report.get("reasons", [])[:MOST_ISSUES]
        ]
        raise Refused("有资源不能收下，整个事务没有执行", issues=told or [issue("有资源不能收下，整个事务没有执行")])


def _refuse(load: Load, sent: Sequence[dict[str, Any]]) -> None:
    with acting(SYSTEM):
        rows = list(RejectedRow.objects.filter(load=load).order_by("line", "pk")[:MOST_ISSUES])
    if rows:
        raise Refused("健康档案没有收下", issues=[_issue(row, sent) for row in rows])
    if not load.lines_read or load.reason:
        raise Refused(load.reason or "健康档案没有收下", hint=load.hint)


def _issue(row: RejectedRow, sent: Sequence[dict[str, Any]]) -> dict[str, Any]:
    type_ = sent[row.line - 1]["resourceType"] if 0 < row.line <= len(sent) else ""
    where = f"{type_}.{row.column}" if row.column else type_
    words = "。".join(part for part in (row.reason, row.remedy) if part)
    return issue(f"{type_}：{words}", code=RULES.get(row.rule, "value"), where=where)


def _dated(content: dict[str, Any], source: SourceSystem) -> dict[str, Any]:
    """A visit that goes on and does not say since when began when it was told first."""
    period = content.get("period") or {}
    if content["resourceType"] != "Encounter" or period.get("start") or content.get("status") not in OPEN:
        return content
    with acting(SYSTEM):
        rows = Encounter.objects.filter(source=source.pk, source_key=content["id"], replaced_by=None)
        start: datetime = rows.values_list("started_at", flat=True).first() or clock.now()
    return {**content, "period": {**period, "start": start.isoformat(timespec="seconds")}}


def _written(caller: Caller, source: SourceSystem, kind: Resource, key: str, created: bool) -> Written:
    with acting(SYSTEM):
        if kind.type == "Patient":
            tied = SourceIdentity.objects.filter(source=source, source_key=key).values_list("resident_id", flat=True)
            rows = [one for one in tied if one]
            where = Where("e.id = ANY (%s)", (rows,))
        else:
            where = Where("e.source = %s AND e.source_key = %s", (source.pk, key))
        found = fetch(kind, [where], unmasked=caller.unmasked, more="ORDER BY 1 LIMIT 1")
    return Written(kind.type, created, found[0] if found else None)
