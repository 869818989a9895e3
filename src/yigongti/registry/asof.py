"""The day that a page speaks of: ``?on=2025-01-01``, or today."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import django_filters
from django import forms
from django.http import HttpRequest

from yigongti.kernel import clock
from yigongti.kernel.ui.register import Register, RegisterTable, RegisterView


def day_of(text: str) -> date | None:
    """The day that a text names, or ``None``."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@dataclass(frozen=True)
class AsOf:
    """The day of a page; ``query`` carries it to the next one."""

    day: date

    @classmethod
    def of(cls, request: HttpRequest) -> "AsOf":
        """The day that the address names, else today."""
        return cls(day_of(request.GET.get("on", "")) or clock.today())

    @property
    def today(self) -> bool:
        """Whether the page speaks of today."""
        return self.day == clock.today()

    @property
    def query(self) -> str:
        """What to hang on an address that leads on; empty for today."""
        return "" if self.today else f"?on={self.day.isoformat()}"


class DatedTable(RegisterTable):
    """The rows of a day: the page of a row speaks of the day that the list speaks of."""

    #: set by :class:`DatedRegister`
    asof: AsOf | None = None

    def page_of(self, record: Any) -> str | None:
        """The page of a row, whatever the day."""
        return super().row_url(record)

    def row_url(self, record: Any) -> str | None:
        """The page of a row on the day of the list."""
        page = self.page_of(record)
        return f"{page}{self.asof.query}" if page and self.asof else page


class DatedRegister(RegisterView):
    """A register with an :class:`AsOfFilter`, whose rows lead to pages of the same day."""

    def register(self, request: HttpRequest, actor: Any) -> Register:
        """The list, told the day of its filter."""
        register = super().register(request, actor)
        if isinstance(register.filterset, AsOfFilter) and isinstance(register.table, DatedTable):
            register.table.asof = AsOf(register.filterset.day)
        return register


class AsOfFilter(django_filters.FilterSet):
    """A filter with the field ``on``: the list shows what was in force on that day.

    Empty means today: lists remember their filter, and today must not be remembered as a date.
    """

    q = django_filters.CharFilter(
        label="查找",
        method="search",
        widget=forms.TextInput({"placeholder": "代码、名称、拼音首字母", "autofocus": True}),
    )
    on = django_filters.DateFilter(
        label="截至（空为今天）",
        method="later",
        widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
    )

    @cached_property
    def day(self) -> date:
        """The day asked for, or today."""
        given = self.form.cleaned_data.get("on") if self.is_bound and self.form.is_valid() else None
        return given or clock.today()

    @cached_property
    def _dated(self) -> Any:
        return self.as_of(super().qs, self.day)

    @property
    def qs(self) -> Any:
        """The filtered rows of the day."""
        return self._dated

    def as_of(self, rows: Any, day: date) -> Any:
        """The rows in force on a day."""
        return rows.on(day)

    def search(self, rows: Any, name: str, value: str) -> Any:
        """The rows that answer to a text."""
        return rows

    def later(self, rows: Any, name: str, value: date) -> Any:
        """The day is applied to all rows, also when none is given: see :meth:`as_of`."""
        return rows
