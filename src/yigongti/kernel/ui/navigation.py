"""What each role sees beside the page: rooms register entries, the shell shows those that the actor may use.

A room calls :func:`entry` in its ``urls.py``, next to the pattern that the entry leads to.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby
from typing import Any, TypeAlias

from django.conf import settings
from django.urls import NoReverseMatch, reverse

Allows: TypeAlias = Any
"""A permission, a predicate ``(actor) -> bool``, or ``None`` for everybody who is logged in."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One place to go: a Chinese title in a section, the URL, and who may.

    ``order`` sorts entries; a section stands where its first entry stands. ``badge`` counts what waits there (loaded
    after the page). ``tab`` puts the entry into the bottom bar of a phone (four at most are shown).
    """

    section: str
    title: str
    url_name: str
    permission: Allows = None
    order: int = 100
    badge: Callable[[Any], int | None] | None = None
    icon: str = "circle"
    tab: bool = False

    @property
    def key(self) -> str:
        """The entry's name in HTML ids."""
        return self.url_name.replace(":", "-")

    @property
    def counted(self) -> bool:
        """Whether the entry shows how much waits."""
        return self.badge is not None

    @property
    def url(self) -> str:
        """Where the entry leads; empty while the room is not installed."""
        return _address(self.url_name, settings.ROOT_URLCONF)


@cache
def _address(url_name: str, addresses: str) -> str:
    """Where a name leads in a set of addresses: every page shows every entry."""
    try:
        return reverse(url_name, urlconf=addresses)
    except NoReverseMatch:
        return ""


@dataclass(frozen=True, kw_only=True)
class SearchBox:
    """The one search box for residents: a form with the field ``q``, posted so that no name stands in a URL."""

    url_name: str
    permission: Allows
    placeholder: str = "姓名、拼音、身份证号、电话，或扫码"


@dataclass(frozen=True)
class Section:
    """Entries under one heading."""

    title: str
    entries: tuple[Entry, ...]


_entries: dict[str, Entry] = {}
_search: list[SearchBox] = []


def entry(
    *,
    section: str,
    title: str,
    url_name: str,
    permission: Allows = None,
    order: int = 100,
    badge: Callable[[Any], int | None] | None = None,
    icon: str = "circle",
    tab: bool = False,
) -> Entry:
    """Register a navigation entry; the same ``url_name`` again replaces it."""
    item = Entry(
        section=section,
        title=title,
        url_name=url_name,
        permission=permission,
        order=order,
        badge=badge,
        icon=icon,
        tab=tab,
    )
    _entries[url_name] = item
    _allowed.cache_clear()
    return item


def search_box(url_name: str, permission: Allows, placeholder: str = SearchBox.placeholder) -> None:
    """Say which page answers the search box on top of every page, and who has the box."""
    _search[:] = [SearchBox(url_name=url_name, permission=permission, placeholder=placeholder)]


def allowed(actor: Any, permission: Allows) -> bool:
    """Whether the actor may use something anywhere."""
    if actor is None:
        return False
    if permission is None:
        return True
    return bool(permission(actor) if callable(permission) else actor.may(permission))


def entries(actor: Any) -> list[Entry]:
    """The entries that the actor may use, in order. What somebody may is decided by the actor alone."""
    return list(_allowed(actor, settings.ROOT_URLCONF))


@lru_cache(1024)
def _allowed(actor: Any, addresses: str) -> tuple[Entry, ...]:
    mine = (item for item in _entries.values() if allowed(actor, item.permission) and item.url)
    return tuple(sorted(mine, key=lambda item: (item.order, item.title)))


def sections(items: Iterable[Entry]) -> list[Section]:
    """Ordered entries grouped under their headings."""
    found: dict[str, list[Entry]] = {}
    for title, group in groupby(items, key=lambda item: item.section):
        found.setdefault(title, []).extend(group)
    return [Section(title, tuple(group)) for title, group in found.items()]


def search_for(actor: Any) -> SearchBox | None:
    """The search box of the actor, if there is one."""
    return next((box for box in _search if allowed(actor, box.permission)), None)
