"""How a room declares long work.

::

    @job("insight.yearbook", title="年鉴")
    def yearbook(actor: Actor, work: Work, *, year: int) -> Outcome:
        for number, chapter in enumerate(chapters(year), 1):
            work.advance(number, 12, "写各章")
            ...
        return Outcome("共 12 章", file=content, filename=f"年鉴-{year}.xlsx")
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from yigongti.kernel.errors import NotFound
from yigongti.kernel.ui.spreadsheet import MIME

T = TypeVar("T")


class Work(Protocol):
    """What the function tells while it works."""

    def advance(self, done: int, total: int, stage: str = "") -> None:
        """``done`` of ``total`` are done; cheap, call it for every line. Ends the work if somebody asked to stop."""


class Silent:
    """For work that is small enough to be done while the person waits."""

    def advance(self, done: int, total: int, stage: str = "") -> None:
        """Nobody asks."""


@dataclass(frozen=True)
class Outcome:
    """What came of it: a line for the notice, values for programs, perhaps a file to fetch."""

    summary: str = ""
    result: Mapping[str, Any] = field(default_factory=dict)
    file: bytes | None = None
    filename: str = ""
    media_type: str = MIME


Function = Callable[..., Outcome]


@dataclass(frozen=True)
class Kind:
    """A declared kind of long work. ``whole``: its effect and its end are one transaction, so it happens once."""

    name: str
    title: str
    function: Function
    whole: bool


_kinds: dict[str, Kind] = {}


def job(name: str, *, title: str, whole: bool = True) -> Callable[[Function], Function]:
    """Declare long work: ``function(actor, work, **arguments)``, arguments as JSON can keep them.

    With ``whole`` it runs inside one transaction of the actor that also notes its end: killed at any moment, it leaves
    no trace and is begun again. Without, it commits by itself and must be safe to run again from the start.
    """

    def declare(function: Function) -> Function:
        _kinds[name] = Kind(name, title, function, whole)
        return function

    return declare


def kind(name: str) -> Kind:
    """The declared kind. Raises NotFound."""
    try:
        return _kinds[name]
    except KeyError:
        raise NotFound(f"没有“{name}”这种任务") from None


def kinds() -> Mapping[str, Kind]:
    """Every declared kind by name."""
    return dict(sorted(_kinds.items()))


def counted(work: Work, rows: Iterable[T], total: int, stage: str) -> Iterator[T]:
    """The rows, each told as done when the next one is asked for."""
    work.advance(0, total, stage)
    for number, row in enumerate(rows, 1):
        yield row
        work.advance(number, total, stage)
