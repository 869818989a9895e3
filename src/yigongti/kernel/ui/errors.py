"""Errors as people and programs read them: a page, a fragment for htmx, or problem+json (RFC 9457) under ``/api/``.

Error pages ask the database nothing and show no personal data.
"""

import logging
from collections.abc import Callable
from uuid import uuid4

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from yigongti.kernel.errors import YigongtiError

logger = logging.getLogger("yigongti.errors")

API = "/api/"
TITLES = {
    400: (
        "请求不完整",
        "这个请求缺少内容或格式不对。",
        "请返回上一页重新操作；如果是从收藏夹打开的，请从导航重新进入。",
    ),
    403: (
        "没有权限",
        "您在当前机构没有做这件事的权限。",
        "请核对右上方的机构是否选对；如工作需要，请联系本单位的系统管理员授权。",
    ),
    404: ("没有找到", "这里没有内容：地址有误，记录已移走，或不在您的范围内。", "请从导航或搜索框重新进入。"),
    409: ("现在不能这样做", "记录的状态已经变化。", "请刷新页面，看清当前状态后再办理。"),
    422: ("填写的内容有误", "有的内容不符合要求。", "请按提示修改后再提交。"),
    500: (
        "系统出错了",
        "服务器没有完成这一步，没有提交的内容不会保存。",
        "请稍后重试；如反复出现，请把下面的编号告诉系统管理员。",
    ),
}
CSRF = (
    "页面已过期",
    "为了安全，打开太久的页面不能直接提交。",
    "请返回上一页并刷新，您填写的草稿还在，再提交一次即可。",
)


class Errors:
    """Middleware: every :class:`YigongtiError` that a view lets through becomes an answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer our own errors; others are Django's to log and show."""
        if not isinstance(exception, YigongtiError):
            return None
        title = TITLES.get(exception.status, TITLES[400])[0]
        return answer(request, exception.status, title, exception.message, exception.hint, exception.kind)


def answer(
    request: HttpRequest, status: int, title: str, message: str, hint: str, kind: str = "error", number: str = ""
) -> HttpResponse:
    """The error in the form that the caller reads."""
    if request.path.startswith(API):
        return problem(request, status, title, message, hint, kind)
    context = {"error_title": title, "message": message, "hint": hint, "status": status, "number": number}
    if getattr(request, "htmx", None) or request.headers.get("HX-Request"):
        html = render_to_string("ui/error_notice.html", context)
        return HttpResponse(html, status=status, headers={"HX-Retarget": "#notices", "HX-Reswap": "beforeend"})
    return render(request, "ui/error.html", context, status=status)


def problem(request: HttpRequest, status: int, title: str, message: str, hint: str, kind: str) -> JsonResponse:
    """A problem document (RFC 9457)."""
    body = {"type": f"urn:yigongti:problem:{kind}", "title": title, "status": status, "detail": message}
    if hint:
        body["hint"] = hint
    return JsonResponse(
        body, status=status, content_type="application/problem+json", json_dumps_params={"ensure_ascii": False}
    )


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """``handler400``."""
    return answer(request, 400, *TITLES[400], kind="bad-request")


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """``handler403``."""
    return answer(request, 403, *TITLES[403], kind="forbidden")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """``handler404``."""
    return answer(request, 404, *TITLES[404], kind="not-found")


def server_error(request: HttpRequest) -> HttpResponse:
    """``handler500``: the number also stands in the log."""
    number = uuid4().hex[:8]
    logger.error("server error %s at %s", number, request.resolver_match.view_name if request.resolver_match else "?")
    return answer(request, 500, *TITLES[500], kind="server-error", number=number)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """``CSRF_FAILURE_VIEW``."""
    return answer(request, 403, *CSRF, kind="csrf")
