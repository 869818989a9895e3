"""Answers: resources and Bundles as JSON, errors as OperationOutcome."""

import json
import logging
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any
from uuid import uuid4

from django.db import DatabaseError, DataError
from django.http import HttpRequest, HttpResponse

from yigongti.kernel.errors import YigongtiError

logger = logging.getLogger("yigongti.errors")

MEDIA = "application/fhir+json"
VERSION = "fhirVersion=4.0"
ROOT = "/fhir/R4/"
#: our kinds of errors as FHIR issue types
CODES = {
    "not-found": "not-found",
    "not-supported": "not-supported",
    "forbidden": "forbidden",
    "login": "login",
    "conflict": "conflict",
    "stale": "conflict",
    "invalid": "invalid",
    "bad-parameter": "invalid",
    "deleted": "deleted",
    "too-costly": "too-costly",
}


def base(request: HttpRequest) -> str:
    """The address of the server."""
    return request.build_absolute_uri(ROOT)


def issue(message: str, *, code: str = "processing", severity: str = "error", where: str = "") -> dict[str, Any]:
    """One issue of an outcome."""
    told: dict[str, Any] = {"severity": severity, "code": code, "details": {"text": message}}
    return told | ({"expression": [where]} if where else {})


def outcome(*issues: dict[str, Any]) -> dict[str, Any]:
    """An OperationOutcome."""
    return {"resourceType": "OperationOutcome", "issue": list(issues)}


def outcome_of(error: YigongtiError) -> dict[str, Any]:
    """One of our errors as an outcome; ``issues`` among its values stand for themselves."""
    told = error.values.get("issues")
    if isinstance(told, list) and told:
        return outcome(*told)
    return outcome(issue(str(error), code=CODES.get(error.kind, "processing"), where=error.field))


def reply(content: Any, status: int = 200, **headers: str) -> HttpResponse:
    """A resource (as an object or as JSON text)."""
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpResponse(text, status=status, content_type=f"{MEDIA}; charset=utf-8; {VERSION}", headers=given)


def bundle(kind: str, entries: Iterable[str], links: Iterable[tuple[str, str]] = (), total: int | None = None) -> str:
    """A Bundle; entries are JSON text already."""
    head: dict[str, Any] = {"resourceType": "Bundle", "id": str(uuid4()), "type": kind}
    if total is not None:
        head["total"] = total
    if linked := [{"relation": relation, "url": url} for relation, url in links]:
        head["link"] = linked
    held = ",".join(entries)
    text = json.dumps(head, ensure_ascii=False)
    return f'{text[:-1]}, "entry": [{held}]}}' if held else text


def entry(address: str, text: str, mode: str = "match") -> str:
    """An entry of a searchset."""
    return f'{{"fullUrl": {json.dumps(address)}, "resource": {text}, "search": {{"mode": "{mode}"}}}}'


View = Callable[..., HttpResponse]


def answering(view: View) -> View:
    """Whatever goes wrong is told as an OperationOutcome."""

    @wraps(view)
    def run(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except YigongtiError as error:
            response = reply(outcome_of(error), error.status)
            if error.status == 401:
                response["WWW-Authenticate"] = 'Bearer realm="yigongti"'
            return response
        except DataError:
            return reply(outcome(issue("请求里有不能处理的数值或字符", code="invalid")), 400)
        except (DatabaseError, Exception):
            number = uuid4().hex[:12]
            logger.exception("fhir request failed (%s)", number)
            return reply(
                outcome(issue(f"服务器没有完成这一步，编号 {number}", code="exception", severity="fatal")), 500
            )

    return run
