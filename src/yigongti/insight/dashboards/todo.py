"""What is late or proposed around the figures of a screen: overdue reports, open suggestions.

Rooms that owe something to a screen say it: ``@waiting`` on a function that answers the units of a reader.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from yigongti.kernel.access.actor import Actor

from .reach import Place

MOST = 12


@dataclass(frozen=True)
class Waiting:
    """Something to do: what, whose, until when, where it opens; ``tone`` is ``danger`` when its time is over."""

    kind: str
    title: str
    who: str
    due: datetime | None
    url: str
    tone: str = ""


Source = Callable[[Actor, Sequence[Place]], Iterable[Waiting]]
_sources: list[Source] = []


def waiting(source: Source) -> Source:
    """Register who knows of something that waits at units; one statement each."""
    if source not in _sources:
        _sources.append(source)
    return source


def all_waiting(actor: Actor, places: Sequence[Place]) -> list[Waiting]:
    """What waits at these units, the most pressing first."""
    found = [one for source in _sources for one in source(actor, places)]
    return sorted(found, key=lambda one: (one.tone != "danger", one.due is None, one.due))[:MOST]
