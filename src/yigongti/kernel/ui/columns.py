"""Columns of registers: one way to show a time, a number, a state, a clock. All export native values to xlsx."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import django_tables2 as tables
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from yigongti.kernel import clock
from yigongti.kernel.ui.clocks import Clock


def when(moment: datetime | date | None) -> str:
    """``11-21 14:30`` within this year, ``2025-11-21 14:30`` otherwise; a date without the time."""
    if moment is None:
        return ""
    if isinstance(moment, datetime):
        local = timezone.localtime(moment) if timezone.is_aware(moment) else moment
        return local.strftime("%m-%d %H:%M" if local.year == clock.today().year else "%Y-%m-%d %H:%M")
    return moment.strftime("%m-%d" if moment.year == clock.today().year else "%Y-%m-%d")


TAG = '<span class="y-tag y-{}">{}</span>'


def tag(text: object, tone: str = "calm") -> SafeString | str:
    """A small coloured word; ``tone`` is calm, accent, warn or danger."""
    if text in (None, ""):
        return ""
    return _tag(text, tone) if type(text) is str else format_html(TAG, tone, text)


@lru_cache(4096)
def _tag(text: str, tone: str) -> SafeString:
    return format_html(TAG, tone, text)


def clock_html(item: Clock | None) -> SafeString | str:
    """A clock as it stands in a row; the browser keeps it ticking."""
    if item is None or item.due is None:
        return ""
    still = "" if item.running else "=still"
    return mark_safe(  # noqa: S308 - digits and words of ours
        f'<time class="y-clock y-{item.tone}" datetime="{item.due.isoformat()}" data-clock{still}'
        f' title="时限 {when(item.due)}">{item.text}</time>'
    )


class WhenColumn(tables.Column):
    """A date or a time as people read it."""

    def render(self, value: Any) -> str:
        return when(value)

    def value(self, value: Any) -> Any:
        return value


class NumberColumn(tables.Column):
    """A number to the right, with thousands separators and its unit."""

    def __init__(self, *args: Any, unit: str = "", **extra: Any) -> None:
        extra.setdefault("attrs", {"td": {"class": "y-number"}, "th": {"class": "y-number"}})
        super().__init__(*args, **extra)
        self.unit = unit

    def render(self, value: Any) -> Any:
        text = f"{value:,}" if isinstance(value, int | Decimal) else value
        return format_html('{}<span class="y-unit">{}</span>', text, self.unit) if self.unit else text

    def value(self, value: Any) -> Any:
        return value


class TagColumn(tables.Column):
    """A state or an urgency as a coloured word. ``tones`` maps the raw value to a tone; ``labels`` to a text."""

    def __init__(
        self, *args: Any, tones: dict[Any, str] | None = None, labels: dict[Any, str] | None = None, **extra: Any
    ) -> None:
        super().__init__(*args, **extra)
        self.tones = tones or {}
        self.labels = labels or {}

    def render(self, value: Any, record: Any, bound_column: Any) -> Any:
        raw = bound_column.accessor.resolve(record, quiet=True)
        return tag(self.labels.get(raw, value), self.tones.get(raw, "calm"))

    def value(self, value: Any) -> Any:
        return self.labels.get(value, value)


class ClockColumn(tables.Column):
    """The time left of a row. The value is a due time, or ``clock_of(record)`` makes the :class:`Clock`."""

    def __init__(self, *args: Any, clock_of: Callable[[Any], Clock | None] | None = None, **extra: Any) -> None:
        extra.setdefault("verbose_name", "时限")
        extra.setdefault("attrs", {"td": {"class": "y-nowrap"}})
        super().__init__(*args, **extra)
        self.clock_of = clock_of

    def render(self, value: Any, record: Any) -> Any:
        return clock_html(self.clock_of(record) if self.clock_of else Clock(due=value))

    def value(self, value: Any) -> Any:
        return value
