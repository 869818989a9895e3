"""Logins that end: after a pause, after a working day, and when the same account has logged in too often.

A session engine over our own table. The database holds only the digest of the key in the cookie, so that a copy of the
table opens nothing; the row says whose login it is, from where and since when, so that people can end it.
"""

import hashlib
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends import db
from django.http import HttpRequest
from django.utils import timezone

from yigongti.config import configuration
from yigongti.kernel import clock
from yigongti.kernel.jobs.pulse import pulse
from yigongti.kernel.prepared import Query

from .addresses import client_address

#: key in the session: since when, from where, with what
LOGIN = "login"
#: key in the session: the organisation the user works at now, if several
WORKING_AT = "organization"
#: key in the session: the account must set up a second factor before anything else
MUST_ENROL = "must_enrol"


def digest(key: str) -> str:
    """What the table keeps of the key in the cookie: the first 40 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(key.encode()).hexdigest()[:40]


def _in_force(key: str, now: datetime, day: date) -> Any:
    from .models import granted

    found = SessionStore.get_model_class().objects.filter(session_key=key, expire_date__gt=now)
    return found.select_related("user").annotate(granted=granted(day)).order_by()[:1]


#: the row of a session that has not ended, with its user and the grants: digest, now, today
FOUND: Query[Any] = Query(_in_force, str, datetime, date)


class SessionStore(db.SessionStore):
    """Django's database sessions, with digests for keys, an idle limit and an absolute limit."""

    @classmethod
    def get_model_class(cls) -> Any:
        """The table of the sessions."""
        from .models import Session

        return Session

    def _get_session_from_db(self) -> Any:
        row = FOUND.first(digest(self.session_key or ""), timezone.now(), clock.today())
        if row is None:
            self._session_key = None
            return None
        if row.user is not None:
            row.user.granted = row.granted
        self._row = row
        return row

    def whose(self, user_id: int) -> Any:
        """The user of this session, as loaded with it; None when it is another's, or has not been loaded."""
        row = getattr(self, "_row", None)
        return row.user if row is not None and row.user_id == user_id else None

    def prolong(self) -> None:
        """The person is at work: move the end of the login, at most ten times in the idle time."""
        row, now = getattr(self, "_row", None), timezone.now()
        if row is not None and now - row.seen_at > timedelta(seconds=settings.SESSION_COOKIE_AGE) / 10:
            row.touch(now, self._ends(now, row.started_at))

    def is_empty(self) -> bool:
        """Has this request ended the login? Only then the answer takes the cookie away.

        A request whose key is gone says nothing: the login may have a new key meanwhile (a changed password).
        """
        return super().is_empty() and self.modified

    def exists(self, session_key: str) -> bool:
        """Is there a session with this key?"""
        return bool(self.get_model_class().objects.filter(session_key=digest(session_key)).exists())

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        """The row for ``data``."""
        now = timezone.now()
        login = data.get(LOGIN, {})
        started = datetime.fromisoformat(login["at"]) if login else None
        return self.get_model_class()(
            session_key=digest(self._get_or_create_session_key()),  # type: ignore[attr-defined]
            session_data=self.encode(data),
            expire_date=self._ends(now, started),
            user_id=data.get("_auth_user_id"),
            started_at=started,
            seen_at=now,
            address=login.get("address", ""),
            browser=login.get("browser", ""),
        )

    def delete(self, session_key: str | None = None) -> None:
        """Remove the session."""
        if key := session_key or self.session_key:
            self.get_model_class().objects.filter(session_key=digest(key)).delete()

    @staticmethod
    def _ends(now: datetime, started: datetime | None) -> datetime:
        idle = now + timedelta(seconds=settings.SESSION_COOKIE_AGE)
        return min(idle, started + timedelta(hours=configuration().session_hours)) if started else idle


def begin(request: HttpRequest, user_id: int) -> None:
    """Note when and where this login began, and end the account's oldest logins beyond the limit."""
    from .models import Session

    request.session[LOGIN] = {
        "at": timezone.now().isoformat(),
        "address": client_address(request),
        "browser": browser(request.META.get("HTTP_USER_AGENT", "")),
    }
    others = Session.objects.filter(user_id=user_id).exclude(session_key=digest(request.session.session_key or ""))
    kept = others.order_by("-started_at").values("session_key")[: configuration().sessions_per_user - 1]
    others.exclude(session_key__in=list(kept.values_list("session_key", flat=True))).delete()


def browser(agent: str) -> str:
    """A browser and a system that people recognise, from a User-Agent header; empty when neither is known."""
    names = {"MicroMessenger": "微信", "Edg/": "Edge", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
    systems = {
        "Android": "安卓",
        "iPhone": "iPhone",
        "iPad": "iPad",
        "Windows": "Windows",
        "Mac OS": "Mac",
        "Linux": "Linux",
    }
    found = [next((title for mark, title in known.items() if mark in agent), "") for known in (names, systems)]
    return " ".join(filter(None, found))


@pulse(every=60.0)
def clear_expired() -> bool:
    """Remove logins that ended."""
    SessionStore.clear_expired()
    return False
