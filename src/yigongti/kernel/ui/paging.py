"""Pages of big tables without counting them: at most :data:`KNOWN` rows are counted, one row more is read ahead."""

from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet

KNOWN = 1000
DEEPEST = 10_000


class BoundedPage(Page):
    """A page that knows of the next one because one row more was read."""

    def __init__(self, rows: Any, number: int, paginator: "BoundedPaginator") -> None:
        found = list(rows)
        self.more = len(found) > paginator.per_page
        super().__init__(found[: paginator.per_page], number, paginator)

    def has_next(self) -> bool:
        """Whether there is a next page that may be paged to."""
        return self.more and self.number * self.paginator.per_page < DEEPEST

    def start_index(self) -> int:
        """The number of the first row, from 1."""
        return (self.number - 1) * self.paginator.per_page + 1 if self.object_list else 0

    def end_index(self) -> int:
        """The number of the last row."""
        return (self.number - 1) * self.paginator.per_page + len(self.object_list)


class BoundedPaginator(Paginator):
    """At most two statements a page at any size: the rows with one more, and a bounded count when there are more."""

    @cached_property
    def count(self) -> int:
        """The number of rows, at most ``KNOWN + 1``."""
        rows = self.object_list
        while not isinstance(rows, QuerySet) and hasattr(rows, "data"):
            rows = rows.data
        if isinstance(rows, QuerySet):
            return rows.order_by()[: KNOWN + 1].count()
        return len(rows)

    @property
    def known(self) -> bool:
        """Whether the count is exact."""
        return self.count <= KNOWN

    @property
    def total(self) -> str:
        """``37``, or ``1000+``."""
        return str(self.count) if self.known else f"{KNOWN}+"

    def validate_number(self, number: Any) -> int:
        """The page number within what may be paged to; anything else becomes the nearest page."""
        try:
            wanted = int(number)
        except (TypeError, ValueError):
            return 1
        if wanted <= 1:
            return 1
        return min(wanted, max(self.num_pages if self.known else DEEPEST // self.per_page, 1))

    def page(self, number: Any) -> Page:
        """Read one page and one row more; a page that ends the list tells the count by itself.

        Beyond the end is the first page again.
        """
        number = self.validate_number(number)
        start = (number - 1) * self.per_page
        page = BoundedPage(self.object_list[start : start + self.per_page + 1], number, self)
        if number > 1 and not page.object_list:
            return self.page(1)
        if not page.more:
            self.__dict__["count"] = start + len(page.object_list)
        return page
