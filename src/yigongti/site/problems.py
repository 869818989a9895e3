"""Whatever goes wrong under ``/api/`` is told as a problem document, also by Django itself (404, 405, 500)."""

from collections.abc import Callable
from dataclasses import replace

from django.http import HttpRequest, HttpResponse

from yigongti.kernel.ui.errors import API, BAD_REQUEST, REFUSALS, SERVER_ERROR, Refusal, problem

NOT_ALLOWED = Refusal(
    405, "method-not-allowed", "方法不对", "这个地址不接受这种请求方法。", "请对照 /api/openapi.json。"
)


class Problems:
    """Middleware: an error answer under ``/api/`` that is no problem document becomes one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        kind = response.headers.get("Content-Type", "")
        if response.status_code < 400 or not request.path.startswith(API) or kind.endswith("json"):
            return response
        known = REFUSALS | {405: NOT_ALLOWED}
        other = SERVER_ERROR if response.status_code >= 500 else BAD_REQUEST
        answer = problem(replace(known.get(response.status_code, other), status=response.status_code))
        if allow := response.headers.get("Allow"):
            answer["Allow"] = allow
        return answer
