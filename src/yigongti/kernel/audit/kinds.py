"""What an entry is about, in Chinese, said once by the room that leaves it.

A row of a table is called by its model, a page by its own ``title``, an operation of the API by its summary
(:func:`declare` in ``site.api``). What is none of these (a login, a spreadsheet) its room declares here.
"""

from collections.abc import Iterator, Mapping
from functools import cache

from django.apps import apps
from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver

_declared: dict[str, str] = {}


def declare(titles: Mapping[str, str]) -> None:
    """Name kinds of entries: subject → title, for example ``{"residents:desk": "出示证件"}``."""
    _declared.update(titles)


def declared() -> dict[str, str]:
    """The kinds that rooms named here, without the operations of the API."""
    return {subject: title for subject, title in _declared.items() if not subject.startswith("api:")}


@cache
def tables() -> dict[str, type[Model]]:
    """Table → model."""
    return {model._meta.db_table: model for model in apps.get_models()}


@cache
def pages() -> dict[str, str]:
    """Name of an address → title of its page; pages whose title depends on what they show are declared."""
    return {name: title for name, title in _titled(get_resolver()) if title}


def _titled(resolver: URLResolver, within: str = "") -> Iterator[tuple[str, str]]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from _titled(pattern, f"{within}{pattern.namespace}:" if pattern.namespace else within)
        elif isinstance(pattern, URLPattern) and pattern.name:
            title = getattr(getattr(pattern.callback, "view_class", None), "title", "")
            yield f"{within}{pattern.name}", title if isinstance(title, str) else ""


def subject_title(subject: str) -> str:
    """The Chinese name of what an entry is about; an address that no longer exists stays as it was written."""
    model = tables().get(subject)
    if model:
        return str(model._meta.verbose_name)
    return _declared.get(subject) or pages().get(subject, subject)
