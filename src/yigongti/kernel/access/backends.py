"""The logged-in user arrives together with the session and the grants, in one statement."""

from contextvars import ContextVar
from datetime import date

from django.contrib import auth
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from yigongti.kernel import clock
from yigongti.kernel.prepared import Query

from .models import User
from .sessions import SessionStore

GRANTED = Query(lambda key, day: User.objects.with_grants(day).filter(pk=key, is_active=True).order_by()[:1], int, date)
#: the session whose user Django is looking for
_entering: ContextVar[SessionStore | None] = ContextVar("entering", default=None)


def user_of(request: HttpRequest) -> User | AnonymousUser:
    """Who is logged in, verified as Django does."""
    session = request.session
    token = _entering.set(session if isinstance(session, SessionStore) else None)
    try:
        return auth.get_user(request)
    finally:
        _entering.reset(token)


class GrantedBackend(ModelBackend):
    """Password login; ``request.user`` arrives with its grants."""

    def get_user(self, user_id: int) -> User | None:
        session = _entering.get()
        user = session.whose(int(user_id)) if session else None
        if user is None:
            user = GRANTED.first(int(user_id), clock.today())
        return user if user and self.user_can_authenticate(user) else None
