"""What time it is. Services ask here, so that a simulation or a test can live through months in seconds."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime

from django.utils import timezone

_moment: ContextVar[datetime | None] = ContextVar("moment", default=None)


def now() -> datetime:
    """The current time (aware), or the time travelled to."""
    return _moment.get() or timezone.now()


def today() -> date:
    """The current date in China."""
    return timezone.localdate(now())


@contextmanager
def travelling(to: datetime) -> Iterator[None]:
    """Inside, :func:`now` answers ``to``."""
    token = _moment.set(to)
    try:
        yield
    finally:
        _moment.reset(token)
