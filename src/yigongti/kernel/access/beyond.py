"""The part of a command that reaches rows its actor does not see: the platform's reach, in the actor's name."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from .acting import _acting, _apply
from .actor import Actor


@contextmanager
def beyond(actor: Actor, *, to_the_end: bool = False) -> Iterator[None]:
    """Inside :func:`~.acting.acting`: everything can be reached, and the audit names the actor all the same.

    ``to_the_end``: nothing follows in the transaction, so that the actor's own settings need not come back.
    """
    token = _acting.set(replace(actor, everything=True))
    try:
        _apply(_acting.get())
        yield
        if not to_the_end:
            _apply(actor)
    finally:
        _acting.reset(token)
