"""The root of the REST API: who may call, how errors look, and which rooms answer.

A room that has an API has a module ``api`` with a ``router``; :data:`ROOMS` says where it is mounted. Conventions for
callers are in ``docs/api.md``.
"""

import json
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.datastructures import MultiValueDict
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.parser import Parser
from ninja.security import APIKeyCookie, HttpBearer

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.errors import Invalid, YigongtiError
from yigongti.kernel.ui.errors import BAD_REQUEST, INVALID, REFUSALS, problem, refusal_of
from yigongti.kernel.ui.wording import in_chinese

#: where each room's router is mounted
ROOMS = {
    "yigongti.registry.organizations": "/organizations",
    "yigongti.registry.consortia": "/consortia",
    "yigongti.registry.staff": "/staff",
    "yigongti.registry.places": "/places",
    "yigongti.registry.terminology": "/terminology",
    "yigongti.records.residents": "/residents",
    "yigongti.records.health_record": "/record",
    "yigongti.care.referral": "/referrals",
    "yigongti.kernel.policy": "/policies",
    "yigongti.kernel.cases": "",
}


class BearerAuth(HttpBearer):
    """A token of a system; :mod:`yigongti.kernel.access.tokens` has found its actor already."""

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        """The actor of the token. A bad token is refused even beside a good session."""
        actor: Actor | None = request.actor  # type: ignore[attr-defined]
        if actor is None:
            raise AuthenticationError(message="令牌无效或已过期")
        return actor


class SessionAuth(APIKeyCookie):
    """The login of a person in the browser; commands need the CSRF token."""

    param_name = settings.SESSION_COOKIE_NAME

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:
        """The actor of the session."""
        return request.actor  # type: ignore[attr-defined, no-any-return]


class StorableParser(Parser):
    """Refuses text that PostgreSQL cannot store (NUL, lone surrogates) before any command sees it."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The JSON of the body."""
        return storable(json.loads(request.body))

    def parse_querydict(self, data: MultiValueDict, list_fields: list[str], request: HttpRequest) -> Any:
        """The parameters of the address."""
        return storable(super().parse_querydict(data, list_fields, request))


def storable(content: Any) -> Any:
    """``content`` as it is, if it can be stored. Raises :class:`Invalid`."""
    text = json.dumps(content, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Invalid("请求中有不是 Unicode 字符的内容") from None
    if "\\u0000" in text:
        raise Invalid("请求中有不能保存的字符（NUL）")
    return content


def explain(request: HttpRequest, error: YigongtiError) -> HttpResponse:
    """Our own errors as problem documents, with the fields at fault."""
    fields = error.values.get("fields") or ({error.field: error.message} if error.field else {})
    assert isinstance(fields, dict)
    errors = [{"field": field, "message": message} for field, message in fields.items()]
    more: dict[str, object] = {"errors": errors} if errors else {}
    request.refused = error  # type: ignore[attr-defined]
    return problem(refusal_of(error), **more)


def explain_input(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """What does not fit the schema, field by field."""
    errors = [{"field": _field(item["loc"]), "message": in_chinese(item)} for item in error.errors]
    return problem(INVALID, errors=errors)


def _field(place: tuple[Any, ...]) -> str:
    """The name a caller knows: without ``body`` and the parameter that holds the body."""
    kind, *rest = (str(part) for part in place)
    return ".".join(rest[1:] if kind == "body" and len(rest) > 1 else rest) or kind


def explain_status(request: HttpRequest, error: Exception) -> HttpResponse:
    """Refusals of the framework: no login, no such object, a broken body."""
    status = 404 if isinstance(error, Http404) else getattr(error, "status_code", 400)
    refusal = REFUSALS.get(status, replace(BAD_REQUEST, status=status, kind="status"))
    if isinstance(error, AuthenticationError) and error.message != "Unauthorized":
        refusal = replace(refusal, message=error.message)
    response = problem(refusal)
    if status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="yigongti"'
    return response


api = NinjaAPI(
    title="医共体协同平台",
    version="1",
    description="约定见 docs/api.md：会话（带 CSRF）或令牌登录，problem+json 报错，Idempotency-Key 防重复，If-Match 防覆盖。",
    docs_url=None,
    urls_namespace="api",
    auth=[BearerAuth(), SessionAuth()],
    parser=StorableParser(),
)
api.add_exception_handler(YigongtiError, explain)
api.add_exception_handler(ValidationError, explain_input)
api.add_exception_handler(HttpError, explain_status)
api.add_exception_handler(Http404, explain_status)

for room, prefix in ROOMS.items():
    if find_spec(f"{room}.api"):
        api.add_router(prefix, import_module(f"{room}.api").router)
