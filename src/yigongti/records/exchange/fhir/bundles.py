"""Bundles: a transaction is one delivery, all of it or nothing; a batch is many requests, each with its own answer."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

from django.http import HttpRequest

from yigongti.kernel.access.acting import acting
from yigongti.kernel.errors import Invalid, YigongtiError

from . import reading, searching, writing
from .access import Caller, note_reading
from .answers import base, bundle, entry, outcome_of
from .checking import checked, supported
from .resources import Resource
from .rows import Found
from .writing import Written

MOST = 500
"""Entries of a Bundle."""


def process(request: HttpRequest, caller: Caller, content: Any) -> str:
    """The response Bundle. Raises Invalid, :class:`~.checking.Refused`."""
    kind = content.get("type") if isinstance(content, dict) and content.get("resourceType") == "Bundle" else None
    entries = content.get("entry", []) if kind in ("transaction", "batch") else None
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        raise Invalid("这里接收 transaction 或 batch 类型的 Bundle", hint="单个资源请 POST 到 /fhir/R4/<类型>")
    if len(entries) > MOST:
        raise Invalid(f"Bundle 有 {len(entries)} 项，最多 {MOST} 项", hint="大批数据请用 NDJSON 文件送交")
    done = _transaction(request, caller, entries) if kind == "transaction" else _batch(request, caller, entries)
    return bundle(f"{kind}-response", done)


def _asked(one: dict[str, Any]) -> tuple[str, str]:
    asked = one.get("request")
    method, url = (asked.get("method"), asked.get("url")) if isinstance(asked, dict) else (None, None)
    if not isinstance(method, str) or not isinstance(url, str):
        raise Invalid("Bundle 的每一项要有 request.method 和 request.url", field="Bundle.entry.request")
    return method, url.strip("/")


def _transaction(request: HttpRequest, caller: Caller, entries: list[dict[str, Any]]) -> list[str]:
    """Everything that writes in one delivery; what is only read is answered after it."""
    found: dict[int, Written] = {}
    writes: dict[int, tuple[Resource, dict[str, Any]]] = {}
    names: dict[str, str] = {}
    for place, one in enumerate(entries):
        method, url = _asked(one)
        if method not in ("POST", "PUT", "GET"):
            raise Invalid(f"事务里不能 {method[:16]}", hint="可用：POST、PUT、GET")
        if method != "GET":
            there, kind, held = _prepared(caller, method, url, one)
            if there:
                found[place] = there
            else:
                writes[place] = (kind, held)
            key = there.found.id if there and there.found else held["id"]
            if isinstance(one.get("fullUrl"), str):
                names[one["fullUrl"]] = f"{kind.type}/{key}"
    if writes:
        resources = [(kind, _renamed(held, names)) for kind, held in writes.values()]
        found |= dict(zip(writes, writing.write(caller, resources, whole=True), strict=True))
    return [_answered(request, caller, one, found.get(place)) for place, one in enumerate(entries)]


def _prepared(
    caller: Caller, method: str, url: str, one: dict[str, Any]
) -> tuple[Written | None, Resource, dict[str, Any]]:
    type_, _, key = url.partition("?")[0].partition("/")
    kind = supported(type_)
    caller.require(type_, "write")
    held = checked(type_, one.get("resource"))
    if method == "PUT" and "?" in url:
        there = writing.existing(caller, type_, url)
        if there is None:
            return None, kind, {**held, "id": held.get("id") or str(uuid4())}
        key = there.id
    if method == "PUT":
        with acting(caller.actor):
            there = reading.read(caller, type_, key)
            own = writing.own_key(caller, kind, there)
            writing.matches(there, str(one["request"].get("ifMatch") or ""))
        return None, kind, {**held, "id": own}
    unless = one["request"].get("ifNoneExist")
    there = writing.existing(caller, type_, unless) if isinstance(unless, str) and unless else None
    return (Written(type_, False, there) if there else None), kind, {**held, "id": held.get("id") or str(uuid4())}


def _renamed(content: Any, names: dict[str, str]) -> Any:
    """References to ``fullUrl`` of the Bundle as references to the keys that the resources got."""
    if isinstance(content, list):
        return [_renamed(one, names) for one in content]
    if not isinstance(content, dict):
        return content
    inside = {name: _renamed(one, names) for name, one in content.items()}
    reference = inside.get("reference")
    if isinstance(reference, str) and reference in names:
        inside["reference"] = names[reference]
    return inside


def _answered(request: HttpRequest, caller: Caller, one: dict[str, Any], written: Written | None) -> str:
    if written is None:
        return _got(request, caller, _asked(one)[1])
    return _wrote(request, written)


def _wrote(request: HttpRequest, written: Written) -> str:
    if written.withdrawn:
        return '{"response": {"status": "200 OK"}}'
    if written.found is None:
        return '{"response": {"status": "202 Accepted"}}'
    told = {"status": "201 Created" if written.created else "200 OK", "location": f"{written.type}/{written.found.id}"}
    if version := reading.version_of(written.found):
        told |= {"location": f"{told['location']}/_history/{version}", "etag": f'W/"{version}"'}
    url = f"{base(request)}{written.type}/{written.found.id}"
    return f'{{"fullUrl": "{url}", "resource": {written.found.text}, "response": {json.dumps(told)}}}'


def _got(request: HttpRequest, caller: Caller, url: str) -> str:
    """A reading or a search inside a Bundle."""
    path, _, query = url.partition("?")
    type_, _, key = path.partition("/")
    with acting(caller.actor):
        if key:
            one = reading.read(caller, type_, key)
            note_reading(caller, f"read-{type_}", [one.resident])
            return f'{{"resource": {one.text}, "response": {{"status": "200 OK"}}}}'
        search = searching.understood(type_, parse_qsl(query), strict=False, caller=caller)
        caller.require(type_, "read")
        page = searching.run(search, caller)
        note_reading(caller, f"search-{type_}", (one.resident for one in page.matches))
    held = bundle("searchset", (_entry(request, one) for one in page.matches), total=page.total)
    return f'{{"resource": {held}, "response": {{"status": "200 OK"}}}}'


def _entry(request: HttpRequest, one: Found) -> str:
    return entry(f"{base(request)}{one.type}/{one.id}", one.text)


def _batch(request: HttpRequest, caller: Caller, entries: list[dict[str, Any]]) -> list[str]:
    return [_alone(request, caller, one) for one in entries]


def _alone(request: HttpRequest, caller: Caller, one: dict[str, Any]) -> str:
    try:
        method, url = _asked(one)
        if method not in METHODS:
            raise Invalid(f"批处理里不能 {method[:16]}", hint=f"可用：{'、'.join(METHODS)}")
        return METHODS[method](request, caller, url, one)
    except YigongtiError as error:
        told = {"status": str(error.status), "outcome": outcome_of(error)}
        return f'{{"response": {json.dumps(told, ensure_ascii=False)}}}'


def _post(request: HttpRequest, caller: Caller, url: str, one: dict[str, Any]) -> str:
    unless = one["request"].get("ifNoneExist")
    return _wrote(request, writing.create(caller, url, one.get("resource"), unless if isinstance(unless, str) else ""))


def _put(request: HttpRequest, caller: Caller, url: str, one: dict[str, Any]) -> str:
    if "?" in url:
        type_, _, query = url.partition("?")
        return _wrote(request, writing.update_found(caller, type_, query, one.get("resource")))
    type_, _, key = url.partition("/")
    match = one["request"].get("ifMatch")
    return _wrote(
        request, writing.update(caller, type_, key, one.get("resource"), match if isinstance(match, str) else "")
    )


METHODS: dict[str, Callable[[HttpRequest, Caller, str, dict[str, Any]], str]] = {
    "POST": _post,
    "PUT": _put,
    "GET": lambda request, caller, url, one: _got(request, caller, url),
}
