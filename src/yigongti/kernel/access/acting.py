"""The transaction in which an actor reads or writes, with row-level security set for exactly that actor."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connection, transaction
from psycopg import ClientCursor

from yigongti.kernel import prepared

from .actor import Actor
from .permissions import Permission

_acting: ContextVar[Actor | None] = ContextVar("acting", default=None)

#: the last one spares every trigger the look for a setting that nobody made
SETTINGS = """
SELECT set_config('yigongti.scope', %s, true), set_config('yigongti.user', %s, true),
       set_config('yigongti.organization', %s, true), set_config('yigongti.organizations', %s, true),
       set_config('yigongti.resident', %s, true), set_config('yigongti.purpose', %s, true),
       set_config('yigongti.sensitive', %s, true),
       set_config('pgtrigger.ignore', '{}', true)
"""

#: what opens the rows of an organisation; residents see their own rows and nobody else's of the place they belong to
AT_WORK = tuple(permission for permission in Permission if permission is not Permission.OWN_RECORD)


def _settings(actor: Actor | None) -> list[str]:
    if actor is None:
        return ["", "", "", "{}", "", "", "{}"]
    return [
        "all" if actor.everything else "organizations",
        str(actor.user_id or ""),
        str(actor.organization_id or ""),
        _array(actor.organizations(*AT_WORK)),
        str(actor.resident_id or ""),
        actor.purpose,
        _array(actor.organizations(Permission.RECORD_SENSITIVE)),
    ]


def _array(organizations: Iterable[int]) -> str:
    return f"{{{','.join(map(str, sorted(organizations)))}}}"


def _apply(actor: Actor | None) -> None:
    prepared.run(SETTINGS, _settings(actor))


def as_sql(actor: Actor) -> str:
    """What :func:`acting` sets, as a statement for the transaction of a session that is not Django's."""
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    return ClientCursor(connection.connection).mogrify(SETTINGS, _settings(actor))


@contextmanager
def acting(actor: Actor) -> Iterator[None]:
    """Open (or join) a transaction in which the database shows exactly what ``actor`` may see.

    A command inside a command joins the outer transaction without a savepoint: they succeed or fail together.
    """
    outer = _acting.get()
    joined = outer is not None and connection.in_atomic_block
    with transaction.atomic(savepoint=not joined):
        if not (joined and outer == actor):
            _apply(actor)
        token = _acting.set(actor)
        try:
            yield
            # in an outer block of someone else (a test, or a command in a command) give the settings back
            if joined and outer != actor and not connection.needs_rollback:
                _apply(outer)
        finally:
            _acting.reset(token)


def current() -> Actor | None:
    """The actor of the innermost :func:`acting` block: for assertions and logs, never for decisions."""
    return _acting.get()
