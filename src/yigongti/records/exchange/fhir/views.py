"""The addresses under ``/fhir/R4/``. Each request runs as the system behind its token."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from yigongti.kernel.access.acting import acting
from yigongti.kernel.errors import Invalid, YigongtiError
from yigongti.records.health_record.models import DocumentReference

from . import capability, reading, searching
from .access import Caller, caller_of, note_reading
from .answers import answering, base, bundle, entry, issue, outcome, reply
from .rows import Found
from .searching import Page, Pairs

LARGEST = 16 << 20
"""Bytes of a request."""


class NotAllowed(YigongtiError):
    """A method that the address does not have."""

    status = 405
    kind = "not-supported"


def not_allowed(request: HttpRequest, *methods: str) -> None:
    """Raise :class:`NotAllowed` for other methods."""
    if request.method not in methods:
        raise NotAllowed(f"这个地址不接受 {request.method}", hint=f"可用：{'、'.join(methods)}")


def content(request: HttpRequest) -> Any:
    """The JSON of the body. Raises Invalid."""
    if len(request.body) > LARGEST:
        raise Invalid("请求太大", hint="大批数据请用 NDJSON 文件送交")
    try:
        text = request.body.decode()
        found = json.loads(text, parse_constant=_refused)
        json.dumps(found, ensure_ascii=False).encode()
    except RecursionError:
        raise Invalid("请求的 JSON 嵌套太深") from None
    except ValueError:
        raise Invalid("请求不是有效的 JSON") from None
    if "\\u0000" in text:
        raise Invalid("请求中有不能保存的字符（NUL）")
    return found


def _refused(text: str) -> None:
    raise ValueError(text)


@csrf_exempt
@answering
def metadata(request: HttpRequest) -> HttpResponse:
    """CapabilityStatement, for everyone."""
    not_allowed(request, "GET", "HEAD")
    return reply(capability.statement(request))


@csrf_exempt
@answering
def smart(request: HttpRequest) -> HttpResponse:
    """SMART configuration, for everyone."""
    not_allowed(request, "GET", "HEAD")
    return HttpResponse(json.dumps(capability.smart(request)), content_type="application/json")


@csrf_exempt
@answering
def of_type(request: HttpRequest, type_: str) -> HttpResponse:
    """``GET`` searches, ``POST`` creates, ``PUT`` with a search writes a new version of the one that it finds."""
    caller = caller_of(request)
    if request.method == "POST":
        from . import outcomes, writing

        sent = content(request)
        made = writing.create(caller, type_, sent, request.headers.get("If-None-Exist", ""))
        return outcomes.answer(request, caller, made, sent)
    if request.method == "PUT":
        from . import outcomes, writing

        sent = content(request)
        return outcomes.answer(
            request, caller, writing.update_found(caller, type_, request.META.get("QUERY_STRING", ""), sent), sent
        )
    not_allowed(request, "GET", "HEAD", "POST", "PUT")
    return _searched(request, caller, type_, _pairs(request.GET))


@csrf_exempt
@answering
def search(request: HttpRequest, type_: str) -> HttpResponse:
    """``POST`` with the parameters in the body, where no log sees them."""
    not_allowed(request, "GET", "POST")
    caller = caller_of(request)
    return _searched(request, caller, type_, [*_pairs(request.GET), *_pairs(request.POST)])


def _pairs(query: Any) -> Pairs:
    return [(name, value) for name, values in query.lists() for value in values]


def _searched(request: HttpRequest, caller: Caller, type_: str, pairs: Pairs) -> HttpResponse:
    strict = "handling=strict" in request.headers.get("Prefer", "")
    with acting(caller.actor):
        wanted = searching.understood(type_, pairs, strict=strict, caller=caller)
        caller.require(type_, "read")
        page = searching.run(wanted, caller)
        note_reading(caller, f"search-{type_}", (one.resident for one in [*page.matches, *page.included]))
    return reply(_searchset(request, page, caller))


def _searchset(request: HttpRequest, page: Page, caller: Caller) -> str:
    root, type_ = base(request), page.search.kind.type
    here = searching.sealed(page.search, page.search.after, caller)
    links = [("self", f"{root}{type_}?_cursor={here}")]
    if page.next:
        links.append(("next", f"{root}{type_}?_cursor={page.next}"))
    entries = [entry(f"{root}{one.type}/{one.id}", elements_of(one, page.search.elements)) for one in page.matches]
    entries += [entry(f"{root}{one.type}/{one.id}", one.text, "include") for one in page.included]
    if page.search.ignored:
        told = [
            issue(f"没有这个参数，未理会：{name[:60]}", code="not-supported", severity="warning")
            for name in page.search.ignored
        ]
        entries.append(
            entry("", json.dumps(outcome(*told), ensure_ascii=False), "outcome").replace('"fullUrl": "", ', "")
        )
    return bundle("searchset", entries, links, page.total)


def elements_of(found: Found, asked: tuple[str, ...]) -> str:
    """Only the elements asked for (``birthDate``, or for one type ``Patient.birthDate``), marked as a part."""
    wanted = [one.rpartition(".")[2] for one in asked if one.rpartition(".")[0] in ("", found.type)]
    if not wanted:
        return found.text
    whole = json.loads(found.text)
    kept = {
        name: value
        for name, value in whole.items()
        if name in (*wanted, "resourceType", "id", "meta", "status", "code", "subject", "patient")
    }
    tag = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}
    kept["meta"] = {**kept.get("meta", {}), "tag": [tag]}
    return json.dumps(kept, ensure_ascii=False)


@csrf_exempt
@answering
def of_id(request: HttpRequest, type_: str, key: str) -> HttpResponse:
    """``GET`` reads, ``PUT`` writes a new version."""
    caller = caller_of(request)
    if request.method == "PUT":
        from . import outcomes, writing

        sent = content(request)
        made = writing.update(caller, type_, key, sent, request.headers.get("If-Match", ""))
        return outcomes.answer(request, caller, made, sent)
    not_allowed(request, "GET", "HEAD", "PUT")
    return _read(caller, type_, key)


def _read(caller: Caller, type_: str, key: str, version: str = "") -> HttpResponse:
    with acting(caller.actor):
        found = reading.read(caller, type_, key, version)
        note_reading(caller, f"read-{type_}", [found.resident])
    return answer_with(found)


def answer_with(found: Found, status: int = 200, **headers: str) -> HttpResponse:
    """A resource with its version."""
    version = reading.version_of(found)
    return reply(found.text, status, **headers, **({"ETag": f'W/"{version}"'} if version else {}))


@csrf_exempt
@answering
def binary(request: HttpRequest, key: str) -> HttpResponse:
    """The content of a document that is kept here, as it came; never shown in place."""
    not_allowed(request, "GET", "HEAD")
    caller = caller_of(request)
    with acting(caller.actor):
        found = reading.read(caller, "DocumentReference", key)
        kept = DocumentReference.objects.only("content", "media_type").get(pk=found.row)
        note_reading(caller, "read-Binary", [found.resident])
    return HttpResponse(
        bytes(kept.content), content_type=kept.media_type, headers={"Content-Disposition": "attachment"}
    )


@csrf_exempt
@answering
def of_version(request: HttpRequest, type_: str, key: str, version: str) -> HttpResponse:
    """One version."""
    not_allowed(request, "GET", "HEAD")
    return _read(caller_of(request), type_, key, version)


@csrf_exempt
@answering
def history(request: HttpRequest, type_: str, key: str) -> HttpResponse:
    """Every version, the newest first."""
    not_allowed(request, "GET", "HEAD")
    caller = caller_of(request)
    with acting(caller.actor):
        found = reading.versions(caller, type_, key)
        note_reading(caller, f"history-{type_}", [found[0].resident])
    root = base(request)
    return reply(
        bundle("history", (_version(root, one, n == len(found) - 1) for n, one in enumerate(found)), total=len(found))
    )


def _version(root: str, one: Found, first: bool) -> str:
    asked = {"method": "POST" if first else "PUT", "url": one.type if first else f"{one.type}/{one.id}"}
    told = {"status": "201" if first else "200"}
    return f'{{"fullUrl": "{root}{one.type}/{one.id}", "resource": {one.text}, "request": {json.dumps(asked)}, "response": {json.dumps(told)}}}'  # noqa: E501


@csrf_exempt
@answering
def everything(request: HttpRequest, key: str) -> HttpResponse:
    """``Patient/<id>/$everything`` with ``_type``, ``_since``, ``start``, ``end``."""
    not_allowed(request, "GET", "HEAD", "POST")
    caller, given = caller_of(request), parameters(request)
    types = [one.strip() for one in given.get("_type", "").split(",") if one.strip()]
    with acting(caller.actor):
        found = reading.everything(
            caller,
            key,
            types=types,
            since=given.get("_since", ""),
            start=given.get("start", ""),
            end=given.get("end", ""),
        )
        note_reading(caller, "everything", [found[0].resident])
    root = base(request)
    return reply(
        bundle("searchset", (entry(f"{root}{one.type}/{one.id}", one.text) for one in found), total=len(found))
    )


def parameters(request: HttpRequest) -> dict[str, str]:
    """Plain parameters of an operation, from the address or a Parameters resource."""
    given = {name: request.GET.get(name, "") for name in request.GET}
    if request.method == "POST" and request.body:
        held = content(request)
        listed = held.get("parameter") if isinstance(held, dict) else None
        for one in listed if isinstance(listed, list) else []:
            value = next((v for k, v in one.items() if k.startswith("value")), None) if isinstance(one, dict) else None
            if isinstance(value, str | int) and isinstance(one.get("name"), str):
                given[one["name"]] = str(value)
    return given


@csrf_exempt
@answering
def root(request: HttpRequest) -> HttpResponse:
    """``POST`` takes a transaction or a batch."""
    not_allowed(request, "POST")
    from . import bundles

    caller = caller_of(request)
    return reply(bundles.process(request, caller, content(request)))


@csrf_exempt
@answering
def nothing(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Every other address."""
    from yigongti.kernel.errors import NotFound

    raise NotFound(f"没有这个地址：{rest[:80]}", hint="能做什么见 /fhir/R4/metadata")
