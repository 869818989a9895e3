"""Tags and filters of every template (built in: nothing to load)."""

import json
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import uuid4

from django import template
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from yigongti.kernel.ui import columns, demonstration, panels
from yigongti.kernel.ui.clocks import Clock
from yigongti.kernel.ui.demonstration import DemoAccount

register = template.Library()


@register.simple_tag
@cache
def icon(name: str, label: str = "") -> SafeString:
    """A Tabler icon of ``icons.txt``; with a label it speaks, without it is decoration."""
    sprite = static("vendor/icons.svg")
    if label:
        return format_html(
            '<svg class="y-icon" role="img" aria-label="{}"><use href="{}#{}"/></svg>', label, sprite, name
        )
    return format_html('<svg class="y-icon" aria-hidden="true"><use href="{}#{}"/></svg>', sprite, name)


@register.filter
def when(moment: datetime | date | None) -> str:
    """``11-21 14:30`` this year, with the year otherwise."""
    return columns.when(moment)


@register.filter
def grouped(number: int | Decimal | None) -> str:
    """A number with thousands separators; nothing counted is 0."""
    return f"{number or 0:,}"


@register.simple_tag
def ticking(clock: Clock | None) -> SafeString | str:
    """A clock that ticks."""
    return columns.clock_html(clock)


@register.simple_tag
def tag(text: Any, tone: str = "calm") -> SafeString | str:
    """A small coloured word."""
    return columns.tag(text, tone)


@register.simple_tag(takes_context=True)
def drawn_panels(context: template.Context, place: str, subject: Any) -> SafeString:
    """The panels that higher rooms show at a place."""
    found = panels.drawn(place, context["request"], subject)
    return format_html_join("\n", '<section class="y-card">{}</section>', ((mark_safe(html),) for html in found))  # noqa: S308


@register.simple_tag
@cache
def htmx_config() -> str:
    """How htmx behaves: no inline style, no evaluated code, no history with people's data, error answers are shown."""
    return json.dumps(
        {
            "includeIndicatorStyles": False,
            "allowEval": False,
            "selfRequestsOnly": True,
            "historyCacheSize": 0,
            "refreshOnHistoryMiss": True,
            "responseHandling": [
                {"code": "204", "swap": False},
                {"code": "[23]..", "swap": True},
                {"code": "[45]..", "swap": True, "error": True},
            ],
        }
    )


@register.simple_tag
def demo_accounts() -> list[DemoAccount]:
    """The cards of the login page in demo mode."""
    return demonstration.demo_accounts()


@register.simple_tag
def new_key() -> str:
    """A fresh idempotency key for a form: the same form sent twice has one effect."""
    return str(uuid4())
