"""Puts ``request.actor`` on every request, sees to obligations, and opens the reading transaction of pages."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from yigongti.kernel.audit.models import Entry
from yigongti.kernel.audit.reading import note
from yigongti.kernel.errors import Forbidden
from yigongti.kernel.ui.errors import answer, refusal_of

from .acting import acting
from .actor import Actor
from .backends import user_of
from .login import has_second_factor
from .sessions import MUST_ENROL, WORKING_AT
from .tokens import actor_of_token, bearer_of

API = "/api/"
#: what the browser fetches by itself: a tab left open is nobody at work
BACKGROUND = {"ui:badges", "jobs:progress"}
#: addresses that stay open while a password or a second factor is due
ALWAYS = {"account_logout", "account_reauthenticate", "mfa_reauthenticate", "health"}
ENROLLING = {"mfa_index", "mfa_activate_totp", "mfa_view_recovery_codes", "mfa_download_recovery_codes"}
ENROLLING |= {"mfa_generate_recovery_codes"}


def actor_of(request: HttpRequest) -> Actor | None:
    """The actor behind a request, or None for a visitor: a token on the API, else the session."""
    if request.path.startswith(API) and (token := bearer_of(request)) is not None:
        request.by_token = True  # type: ignore[attr-defined]
        return actor_of_token(token)
    user = request.user
    if not user.is_authenticated:
        return None
    return user.actor(request.session.get(WORKING_AT))


def due(request: HttpRequest) -> str | None:
    """The address that the person must visit before anything else, if there is one."""
    if getattr(request, "by_token", False) or not request.user.is_authenticated:
        return None
    name = request.resolver_match.view_name if request.resolver_match else ""
    if name in ALWAYS | BACKGROUND:
        return None
    if request.user.password_is_due:
        return None if name == "account_change_password" else reverse("account_change_password")
    if request.session.get(MUST_ENROL):
        if has_second_factor(request.user.pk):
            del request.session[MUST_ENROL]
            return None
        return None if name in ENROLLING else reverse("mfa_activate_totp")
    return None


class Authentication(AuthenticationMiddleware):
    """Django's ``request.user``, loaded together with the session."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: user_of(request))  # type: ignore[assignment]


class ActorMiddleware:
    """``request.actor``; safe methods (GET, HEAD) run inside :func:`acting`, commands open their own transaction."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        actor = actor_of(request)
        request.actor = actor  # type: ignore[attr-defined]
        if actor is None or request.method not in ("GET", "HEAD"):
            response = self.get_response(request)
        else:
            with acting(actor):
                response = self.get_response(request)
        if actor and isinstance(refused := getattr(request, "refused", None), Forbidden):
            note_refusal(request, actor, refused)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Remember a refusal, to note it when the transaction of the page is over."""
        request.refused = exception  # type: ignore[attr-defined]

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponseBase | None:
        """Prolong the login of a person at work; who owes a new password or a second factor goes there first."""
        if request.resolver_match and request.resolver_match.view_name not in BACKGROUND:
            getattr(request.session, "prolong", lambda: None)()
        target = due(request)
        if target is None:
            return None
        if request.path.startswith(API):
            return answer(request, refusal_of(Forbidden("请先在网页上修改密码或设置两步验证", hint=target)))
        if getattr(request, "htmx", None):
            return HttpResponse(status=204, headers={"HX-Redirect": target})
        return HttpResponseRedirect(target)


def note_refusal(request: HttpRequest, actor: Actor, error: Forbidden) -> None:
    """Leave an audit entry: who was refused what, where. The address may hold an object's key, never a name."""
    match = request.resolver_match
    name = match.view_name if match else request.path
    keys = {key: str(value) for key, value in (match.kwargs if match else {}).items()}
    with acting(actor):
        note(actor, Entry.Action.REFUSED, subject=name[:63], method=request.method, message=error.message, keys=keys)
