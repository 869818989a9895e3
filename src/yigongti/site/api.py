"""The root of the REST API: who may call, how errors look, and which rooms answer.

A room that has an API has a module ``api`` with a ``router``; :data:`ROOMS` says where it is mounted. Conventions for
callers are in ``docs/api.md``.
"""

import json
from collections.abc import Callable
from functools import wraps
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
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.audit.kinds import declare
from yigongti.kernel.errors import Forbidden, Invalid, YigongtiError
from yigongti.kernel.ui.errors import BAD_REQUEST, INVALID, REFUSALS, UNKNOWN, problem, refusal_of
from yigongti.kernel.ui.navigation import allowed
from yigongti.kernel.ui.wording import in_chinese

LACKING = "如工作需要，请联系本单位的系统管理员授权"
#: where each room's router is mounted
ROOMS = {
    "yigongti.registry.organizations": "/organizations",
    "yigongti.registry.consortia": "/consortia",
    "yigongti.registry.staff": "/staff",
    "yigongti.registry.places": "/places",
    "yigongti.registry.terminology": "/terminology",
    "yigongti.records.residents": "/residents",
    "yigongti.records.health_record": "/record",
    "yigongti.records.exchange": "/exchange",
    "yigongti.records.exchange.changes": "/exchange/changes",
    "yigongti.records.exchange.webhooks": "/exchange/webhooks",
    "yigongti.medicine.catalogue": "/formulary",
    "yigongti.care.referral": "/referrals",
    "yigongti.insight.results": "/indicators",
    "yigongti.insight.reporting": "/reporting",
    "yigongti.insight.evaluation": "/evaluation",
    "yigongti.kernel.policy": "/policies",
    "yigongti.kernel.jobs": "/jobs",
    "yigongti.kernel.cases": "",
}


class BearerAuth(HttpBearer):
    """A token of a system; :mod:`yigongti.kernel.access.tokens` has found its actor already."""

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        """The actor of the token. A bad token is refused even beside a good session."""
        actor: Actor | None = request.actor  # type: ignore[attr-defined]
        if actor is None:
            raise AuthenticationError
        return actor


class SessionAuth(APIKeyCookie):
    """The login of a person in the browser; commands need the CSRF token."""

    param_name = settings.SESSION_COOKIE_NAME

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:
        """The actor of the session."""
        actor: Actor | None = request.actor  # type: ignore[attr-defined]
        return actor


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


def explain(request: HttpRequest, error: Any) -> HttpResponse:
    """Our own errors as problem documents, with the fields at fault."""
    fields = error.values.get("fields") or ({error.field: error.message} if error.field else {})
    request.refused = error  # type: ignore[attr-defined]
    return problem(refusal_of(error), errors=[{"field": name, "message": text} for name, text in fields.items()])


def explain_input(request: HttpRequest, error: Any) -> HttpResponse:
    """What does not fit the schema, field by field."""
    errors = [{"field": _field(item["loc"]), "message": in_chinese(item)} for item in error.errors]
    return problem(INVALID, errors=errors)


def _field(place: tuple[Any, ...]) -> str:
    """The name a caller knows: without ``body`` and the parameter that holds the body."""
    kind, *rest = (str(part) for part in place)
    return ".".join(rest[1:] if kind == "body" and len(rest) > 1 else rest) or kind


def explain_status(request: HttpRequest, error: Any) -> HttpResponse:
    """Refusals of the framework: no such object, a broken body."""
    status = 404 if isinstance(error, Http404) else getattr(error, "status_code", 400)
    return problem(REFUSALS.get(status, BAD_REQUEST))


def explain_login(request: HttpRequest, error: Any) -> HttpResponse:
    """Nobody is logged in, or the token is not in force."""
    response = problem(UNKNOWN)
    response["WWW-Authenticate"] = 'Bearer realm="yigongti"'
    return response


api = NinjaAPI(
    title="医共体协同平台",
    version="1",
    description=(
        "约定见 docs/api.md：会话（带 CSRF）或令牌登录，problem+json 报错，Idempotency-Key 防重复，If-Match 防覆盖。"
    ),
    docs_url=None,
    urls_namespace="api",
    auth=[BearerAuth(), SessionAuth()],
    parser=StorableParser(),
)
api.add_exception_handler(YigongtiError, explain)
api.add_exception_handler(ValidationError, explain_input)
api.add_exception_handler(AuthenticationError, explain_login)
api.add_exception_handler(HttpError, explain_status)
api.add_exception_handler(Http404, explain_status)


def guarded(view: Callable[..., Any]) -> Callable[..., Any]:
    """Hold a view to what it declares: ``permission`` is one permission or predicate, or a tuple of which any will do.

    The rows and objects themselves are the room's to scope.
    """
    declared = getattr(view, "permission", None)
    several = declared if isinstance(declared, tuple) else (declared,)

    @wraps(view)
    def run(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not any(allowed(request.actor, one) for one in several):  # type: ignore[attr-defined]
            titles = "、".join(one.title for one in several if isinstance(one, Permission))
            raise Forbidden(f"您没有“{titles}”的权限" if titles else "您没有这个接口的权限", hint=LACKING)
        return view(request, *args, **kwargs)

    return run


def mount(room: str, prefix: str) -> None:
    """Mount a room's router, each action held to its declaration."""
    router = import_module(f"{room}.api").router
    for path in router.path_operations.values():
        for operation in path.operations:
            operation.view_func = guarded(operation.view_func)
    api.add_router(prefix, router)
    for operation in (one for path in router.path_operations.values() for one in path.operations):
        name = getattr(operation, "url_name", "") or api.get_operation_url_name(operation, router)
        declare({f"api:{name}": f"{operation.summary}（接口）"})


for room, prefix in ROOMS.items():
    if find_spec(f"{room}.api"):
        mount(room, prefix)
