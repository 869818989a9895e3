"""The frame around every page: who I am, where I work, where I can go. A context processor gives it to templates."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, TypeAlias

from django.core.cache import cache
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString

from yigongti.config import configuration
from yigongti.kernel import clock
from yigongti.kernel.ui.navigation import Entry, SearchBox, Section, entries, search_for, sections

THEMES = ("light", "dark")
FONTS = {"s": "小", "m": "中", "l": "大", "x": "特大"}
TABS = 4
CHOICES_SECONDS = 60
OWN_PAGES = (
    ("修改密码", "account_change_password", "key"),
    ("两步验证", "mfa_index", "shield-check"),
    ("我的登录", "access:sessions", "device-desktop-analytics"),
)


@dataclass(frozen=True)
class OrganizationChoice:
    """An organisation in which the actor may work."""

    id: int
    name: str
    current: bool = False


@dataclass(frozen=True)
class OwnLink:
    """A page about the actor's own account."""

    title: str
    url: str
    icon: str


@lru_cache(64)
def _reverse(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


Choices: TypeAlias = Callable[[Any], Iterable[OrganizationChoice]]
_providers: dict[str, Choices | str] = {}


def organization_choices(provider: Choices, *, switch_url_name: str = "access:switch") -> Choices:
    """Register who knows the names of the actor's organisations, and the URL that switches (POST ``organization``)."""
    _providers["choices"] = provider
    _providers["switch"] = switch_url_name
    return provider


class Shell:
    """What the frame shows for one request. Everything is computed when the template asks for it."""

    product = "医共体协同平台"
    fonts = FONTS

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.actor = getattr(request, "actor", None)
        self.mode = configuration().mode

    @property
    def now(self) -> Any:
        """The moment of the page, for print and for clocks."""
        return clock.now()

    @property
    def theme(self) -> str:
        """``light`` or ``dark``, remembered in a cookie."""
        chosen = self.request.COOKIES.get("ui_theme", "")
        return chosen if chosen in THEMES else "light"

    @property
    def font(self) -> str:
        """The text size, remembered in a cookie."""
        chosen = self.request.COOKIES.get("ui_font", "")
        return chosen if chosen in FONTS else "m"

    @cached_property
    def entries(self) -> list[Entry]:
        """All places that the actor may go to."""
        return entries(self.actor)

    @cached_property
    def sections(self) -> list[Section]:
        """The side navigation."""
        return sections(self.entries)

    @property
    def places(self) -> SafeString:
        """The side navigation as HTML."""
        return drawn("ui/shell/places.html", tuple(self.entries), self.here)

    @property
    def tabs(self) -> SafeString:
        """The bottom bar of a phone as HTML."""
        return drawn("ui/shell/tabs.html", tuple(item for item in self.entries if item.tab)[:TABS], self.here)

    @cached_property
    def here(self) -> str:
        """The key of the entry that the page belongs to: the longest URL that the path starts with."""
        path = self.request.path
        matching = [
            item for item in self.entries if path == item.url or (item.url != "/" and path.startswith(item.url))
        ]
        return max(matching, key=lambda item: len(item.url)).key if matching else ""

    @cached_property
    def search(self) -> SearchBox | None:
        """The resident search box."""
        return search_for(self.actor)

    @cached_property
    def organizations(self) -> list[OrganizationChoice]:
        """Where the actor may work; names are remembered for a minute."""
        provider = _providers.get("choices")
        if self.actor is None or not callable(provider):
            return []
        here = getattr(self.actor, "organization_id", None)
        key = f"ui.organizations.{getattr(self.actor, 'user_id', '')}.{here}"
        return cache.get_or_set(key, lambda: list(provider(self.actor)), CHOICES_SECONDS) or []

    @property
    def organization(self) -> str:
        """The name of the organisation in which the actor works now."""
        return next((item.name for item in self.organizations if item.current), "")

    @property
    def own_links(self) -> list[OwnLink]:
        """The actor's own pages: password, second factor."""
        found = ((title, _reverse(name), icon) for title, name, icon in OWN_PAGES)
        return [OwnLink(title, url, icon) for title, url, icon in found if url]

    @property
    def logout_url(self) -> str:
        """Where the logout form is posted."""
        return _reverse("account_logout")

    @property
    def switch_url_name(self) -> str:
        """The URL that changes the organisation."""
        return str(_providers.get("switch", ""))


@lru_cache(1024)
def drawn(template: str, entries: tuple[Entry, ...], here: str) -> SafeString:
    """Places to go as HTML: the same for everybody who may go to the same places."""
    return render_to_string(template, {"entries": entries, "sections": sections(entries), "here": here})


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: ``shell`` for templates."""
    return {"shell": Shell(request)}
