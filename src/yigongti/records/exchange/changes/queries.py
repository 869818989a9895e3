"""Reading the feed: what the reader may see, from a cursor on."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Max, Min

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.errors import Invalid, YigongtiError
from yigongti.kernel.policy.problems import allowed_words
from yigongti.records.residents.access import residents_of

from .models import Change
from .triggers import KINDS

NOW = "now"
#: rows of the feed that one request looks through, at most (each holds up to 500 changes)
LOOKED_THROUGH = 200


class FeedGone(YigongtiError):
    """The cursor is older than the feed reaches back."""

    status = 410
    kind = "feed-gone"


@dataclass(frozen=True, order=True)
class Cursor:
    """A place in the feed: everything up to and including it has been read."""

    position: int = 0
    place: int = 0

    def __str__(self) -> str:
        return f"{self.position}-{self.place}"

    @classmethod
    def read(cls, text: str) -> "Cursor":
        """The cursor as it was given out. Raises Invalid."""
        position, _, place = text.partition("-")
        if not (text.isascii() and position.isdecimal() and place.isdecimal() and len(text) <= 30):
            raise Invalid("游标不能识别", hint="原样使用上次返回的 next；从头开始时不写 after", field="after")
        return cls(int(position), int(place))


@dataclass(frozen=True)
class Item:
    """One row that was written: which, of whom, which version, how and when."""

    cursor: str
    type: str
    id: UUID
    resident: UUID
    version: int
    action: str
    at: datetime


@dataclass(frozen=True)
class Page:
    """A piece of the feed; ``next`` is where to go on, ``more`` whether to do so at once."""

    items: list[Item]
    next: str
    more: bool


def changes(actor: Actor, *, after: str = "", types: Collection[str] = (), limit: int = 200) -> Page:
    """What changed behind ``after`` of residents whom the actor may see now; ``now``: only where the feed stands.

    Raises Invalid for an unknown cursor or type, :class:`FeedGone` for a cursor older than the feed.
    """
    actor.require(Permission.RECORD_READ)
    known = ["Patient", *KINDS]
    for name in types:
        if name not in known:
            raise Invalid(f"变更流没有资源 {name[:40]}", hint=allowed_words(name, known, limit=20), field="types")
    with acting(SYSTEM):
        ends = Change.objects.aggregate(first=Min("position"), last=Max("position"))
        last = ends["last"] or 0
        if after == NOW:
            return Page([], str(Cursor(last, 10**9)), False)
        start = Cursor.read(after) if after else Cursor()
        if after and ends["first"] and start.position < ends["first"] - 1:
            raise FeedGone(
                "这个游标已经超出变更流保存的时间", hint="用 after=now 取得新的游标，再用 FHIR $export 取一次全量"
            )
        window = list(
            Change.objects.filter(position__gte=start.position, position__isnull=False).order_by("position")[
                :LOOKED_THROUGH
            ]
        )
    items, end = _seen(actor, window, start, set(types), limit)
    reached = end or Cursor(window[-1].position or 0, 10**9) if window else start
    return Page(items, str(max(reached, start)), bool(end) or reached.position < last)


def _seen(
    actor: Actor, window: list[Change], start: Cursor, types: set[str], limit: int
) -> tuple[list[Item], Cursor | None]:
    """Up to ``limit`` items of the window that the actor may see, and where it stopped if it did not reach the end."""
    items: list[Item] = []
    for group in _groups(change for change in window if not types or change.kind in types):
        whose = {resident for change in group for resident in change.residents}
        with acting(actor):
            visible = set(residents_of(actor, Permission.RECORD_READ).filter(pk__in=whose).values_list("pk", flat=True))
        for change in group:
            for place, (row, resident, version) in enumerate(_lines(change), start=1):
                here = Cursor(change.position or 0, place)
                if resident in visible and here > start:
                    items.append(Item(str(here), change.kind, row, resident, version, change.action, change.at))
                    if len(items) == limit:
                        return items, here
    return items, None


def _groups(window: Iterable[Change], together: int = 2000) -> Iterator[list[Change]]:
    """Rows of the feed with about so many changes together."""
    group: list[Change] = []
    held = 0
    for change in window:
        group.append(change)
        held += len(change.rows)
        if held >= together:
            yield group
            group, held = [], 0
    if group:
        yield group


def _lines(change: Change) -> Iterator[tuple[UUID, UUID, int]]:
    return zip(change.rows, change.residents, change.versions, strict=True)
