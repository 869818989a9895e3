"""A higher room that wants to be seen on a lower room's page registers a panel here.

The referral page shows the deductible without knowing the insurance room: ``@panel("referral.case")``.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from django.http import HttpRequest

Panel: TypeAlias = Callable[[HttpRequest, Any], str | None]
"""Takes the request and the page's subject; answers safe HTML, or ``None`` to stay away."""

_panels: dict[str, list[tuple[int, Panel]]] = {}


def panel(place: str, *, order: int = 100) -> Callable[[Panel], Panel]:
    """Register a panel at a place such as ``referral.case``."""

    def register(draw: Panel) -> Panel:
        _panels.setdefault(place, []).append((order, draw))
        _panels[place].sort(key=lambda item: item[0])
        return draw

    return register


def drawn(place: str, request: HttpRequest, subject: Any) -> list[str]:
    """The panels of a place that have something to show, in order."""
    shown = (draw(request, subject) for _, draw in _panels.get(place, ()))
    return [html for html in shown if html]
