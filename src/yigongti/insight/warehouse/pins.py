"""Tidying the shelf: rooms that refer to a snapshot say so, and of every year the last one stays.

::

    @pin("指标结果")
    def of_runs() -> Iterable[str]:
        return Run.objects.filter(…).values_list("snapshot", flat=True)
"""

from collections.abc import Callable, Iterable, Sequence

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM

from .shelf import Removed, Shelf, Snapshot

Provider = Callable[[], Iterable[str]]
_providers: dict[Provider, str] = {}
YEAR_END = "年末"
KEEP = 30
"""So many of the newest snapshots stay in any case."""


def pin(title: str) -> Callable[[Provider], Provider]:
    """Register who refers to snapshots, by their ids; ``title`` says what for."""

    def register(provider: Provider) -> Provider:
        _providers[provider] = title
        return provider

    return register


def tidy(shelf: Shelf, keep: int = KEEP) -> tuple[Removed, dict[str, list[str]]]:
    """Remove what nobody refers to or reads: what was removed, and which snapshots had to stay and why."""
    stays = pinned(shelf.listed())
    return shelf.compact(keep, stays), stays


def pinned(snapshots: Sequence[Snapshot]) -> dict[str, list[str]]:
    """Id → why the snapshot must stay, for those that must. Needs the database."""
    known = {one.id for one in snapshots}
    found: dict[str, list[str]] = {}
    with acting(SYSTEM):
        for provider, title in _providers.items():
            for name in set(provider()) & known:
                found.setdefault(name, []).append(title)
    for one in year_ends(snapshots):
        found.setdefault(one.id, []).append(f"{one.taken_at.year} {YEAR_END}")
    return found


def year_ends(snapshots: Sequence[Snapshot]) -> list[Snapshot]:
    """The last snapshot of each year (Beijing time): the year as it stood when it ended."""
    last: dict[int, Snapshot] = {}
    for one in sorted(snapshots, key=lambda each: each.at):
        last[one.taken_at.year] = one
    return list(last.values())
