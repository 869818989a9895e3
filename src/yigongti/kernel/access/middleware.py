"""Puts ``request.actor`` on every request and opens the reading transaction of pages."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from .acting import acting
from .actor import Actor

#: key in the session: the organisation the user works at now, if several
WORKING_AT = "organization"


def actor_of(request: HttpRequest) -> Actor | None:
    """The actor behind a request, or None for a visitor."""
    user = request.user
    if not user.is_authenticated:
        return None
    return user.actor(request.session.get(WORKING_AT))


class ActorMiddleware:
    """``request.actor``; safe methods (GET, HEAD) run inside :func:`acting`, commands open their own transaction."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        actor = actor_of(request)
        request.actor = actor  # type: ignore[attr-defined]
        if actor is None or request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        with acting(actor):
            return self.get_response(request)
