"""Errors as people and programs read them: a page, a fragment for htmx, or problem+json (RFC 9457) under ``/api/``.

Error pages ask the database nothing and show no personal data.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import unquote
from uuid import uuid4

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from yigongti.kernel.errors import Moved, YigongtiError

logger = logging.getLogger("yigongti.errors")

API, FHIR = "/api/", "/fhir/"


@dataclass(frozen=True)
class Refusal:
    """What an error says: what, where, and what to do. ``number`` finds it in the log."""

    status: int
    kind: str
    title: str
    message: str
    hint: str = ""
    number: str = ""


BAD_REQUEST = Refusal(
    400,
    "bad-request",
    "请求不完整",
    "这个请求缺少内容或格式不对。",
    "请返回上一页重新操作；如果是从收藏夹打开的，请从导航重新进入。",
)
FORBIDDEN = Refusal(
    403,
    "forbidden",
    "没有权限",
    "您在当前机构没有做这件事的权限。",
    "请核对上方的机构是否选对；如工作需要，请联系本单位的系统管理员授权。",
)
NOT_FOUND = Refusal(
    404,
    "not-found",
    "没有找到",
    "这里没有内容：地址有误，记录已移走，或不在您的范围内。",
    "请从导航或搜索框重新进入。",
)
SERVER_ERROR = Refusal(
    500,
    "server-error",
    "系统出错了",
    "服务器没有完成这一步，没有提交的内容不会保存。",
    "请稍后重试；如反复出现，请把编号告诉系统管理员。",
)
EXPIRED = Refusal(
    403,
    "csrf",
    "页面已过期",
    "为了安全，打开太久的页面不能直接提交。",
    "请返回上一页并刷新，您填写的草稿还在，再提交一次即可。",
)
UNKNOWN = Refusal(401, "unauthorized", "没有登录", "请求没有带有效的登录或令牌。", "请重新登录或换取新的令牌。")
CONFLICT = Refusal(409, "conflict", "现在不能这样做", "记录的状态已经变化。", "请刷新页面，看清当前状态后再办理。")
INVALID = Refusal(422, "invalid", "填写的内容有误", "有的内容不符合要求。", "请按提示修改后再提交。")
TOO_LARGE = Refusal(413, "too-large", "内容太大", "一次发送的内容超过了平台的上限。", "请压缩，或分成几次发送。")
REFUSALS = {
    item.status: item
    for item in (BAD_REQUEST, UNKNOWN, FORBIDDEN, NOT_FOUND, CONFLICT, TOO_LARGE, INVALID, SERVER_ERROR)
}


def refusal_of(error: YigongtiError) -> Refusal:
    """What one of our errors says."""
    title = REFUSALS.get(error.status, BAD_REQUEST).title
    return Refusal(error.status, error.kind, title, error.message, error.hint)


class Errors:
    """Middleware: every :class:`YigongtiError` that a view lets through becomes an answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Sequence[object], named: dict[str, object]
    ) -> HttpResponse | None:
        """What no text can hold (NUL) is nowhere in the database: nothing stands under such an address.

        FHIR answers for itself, in its own words.
        """
        if request.path.startswith(FHIR):
            return None
        if any("\0" in str(value) for value in (*args, *named.values())):
            return answer(request, NOT_FOUND)
        asked = request.META.get("QUERY_STRING", "") if request.path.startswith(API) else ""
        return answer(request, INVALID) if "\0" in unquote(asked) else None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer our own errors; others are Django's to log and show. What has moved is followed by readers."""
        if isinstance(exception, Moved) and request.method in ("GET", "HEAD"):
            return HttpResponseRedirect(exception.address(request.get_full_path()))
        return answer(request, refusal_of(exception)) if isinstance(exception, YigongtiError) else None


def answer(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """The error in the form that the caller reads."""
    if request.path.startswith(API):
        return problem(refusal)
    context = {"refusal": refusal, "title": refusal.title}
    if request.headers.get("HX-Request"):
        html = render_to_string("ui/error_notice.html", context)
        return HttpResponse(html, status=refusal.status, headers={"HX-Retarget": "#notices", "HX-Reswap": "beforeend"})
    return render(request, "ui/error.html", context, status=refusal.status)


def problem(refusal: Refusal, **more: object) -> JsonResponse:
    """A problem document (RFC 9457); ``more`` are further members, such as ``errors``."""
    body: dict[str, object] = {
        "type": f"urn:yigongti:problem:{refusal.kind}",
        "title": refusal.title,
        "status": refusal.status,
        "detail": refusal.message,
        "hint": refusal.hint,
        "instance": f"urn:yigongti:error:{refusal.number}" if refusal.number else "",
        **more,
    }
    return JsonResponse(
        {name: value for name, value in body.items() if value},
        status=refusal.status,
        content_type="application/problem+json",
        json_dumps_params={"ensure_ascii": False},
    )


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """``handler400``."""
    return answer(request, BAD_REQUEST)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """``handler403``."""
    return answer(request, FORBIDDEN)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """``handler404``."""
    return answer(request, NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponse:
    """``handler500``: the number also stands in the log."""
    number = uuid4().hex[:8]
    view = request.resolver_match.view_name if request.resolver_match else "?"
    logger.error("server error %s in %s", number, view)
    return answer(request, replace(SERVER_ERROR, number=number))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """``CSRF_FAILURE_VIEW``."""
    return answer(request, EXPIRED)
