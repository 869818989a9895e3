"""What is late or proposed around the figures of a screen: overdue reports, open suggestions.

Rooms that owe something to a screen say it: ``@waiting`` on a function that answers for units, within what the reader
may see.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.urls import reverse

from yigongti.insight.reporting import services as reporting
from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission

from .reach import Place

MOST = 12
LATE = 200
FEW = 3


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
    """Register who knows of something that waits at units; at most one statement."""
    if source not in _sources:
        _sources.append(source)
    return source


def all_waiting(actor: Actor, places: Sequence[Place]) -> list[Waiting]:
    """What waits at these units, the most pressing first."""
    found = [one for source in _sources for one in source(actor, places)]
    return sorted(found, key=lambda one: (one.tone != "danger", one.due is None, one.due))[:MOST]


@waiting
def late_reports(actor: Actor, places: Sequence[Place]) -> Iterable[Waiting]:
    """Reports of these units whose time is over, for those who enter or review them."""
    if not reporting.working(actor):
        return []
    names = {place.organization_id: place.title for place in places if place.organization_id}
    rows = (
        reporting.reports(actor)
        .filter(closed_at=None, due_at__lt=clock.now(), home_organization_id__in=list(names))
        .order_by("due_at", "pk")
        .values_list("pk", "title", "home_organization_id", "due_at")[:LATE]
    )
    titles: dict[str, list[tuple[UUID, int, datetime | None]]] = {}
    for pk, title, home, due in rows:
        titles.setdefault(title, []).append((pk, home, due))
    return [one for title, listed in titles.items() for one in _late(actor, title, listed, names)]


def _late(
    actor: Actor, title: str, listed: Sequence[tuple[UUID, int, datetime | None]], names: Mapping[int, str]
) -> Iterable[Waiting]:
    """Each late report; many of the same are one line that leads to their list."""
    if len(listed) <= FEW:
        for pk, home, due in listed:
            yield Waiting("填报逾期", title, names[home], due, reverse("reporting:report", args=[pk]), "danger")
        return
    reviews = actor.may(Permission.INDICATOR_REVIEW)
    who = f"{'、'.join(names[home] for _, home, _ in listed[:FEW])}等 {len(listed)} 家"
    url = reverse("reporting:owing" if reviews else "reporting:list")
    yield Waiting("填报逾期", title, who, listed[0][2], url, "danger")
