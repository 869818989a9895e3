"""Registers and work lists: sorted, filtered and paged by the server, exported as shown, driven by the keyboard.

:class:`RegisterView` is a whole page; :class:`Register` is one list, so that a desk can show several. A filter is
posted and kept in the session: it is there when the person comes back, and no name stands in a URL.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any, ClassVar

import django_tables2 as tables
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django_filters import FilterSet
from django_tables2.rows import BoundRow

from yigongti.kernel.access.acting import acting
from yigongti.kernel.ui.lines import drawn
from yigongti.kernel.ui.paging import DEEPEST, KNOWN, BoundedPage, BoundedPaginator
from yigongti.kernel.ui.spreadsheet import workbook
from yigongti.kernel.ui.view import ActorView
from yigongti.kernel.ui.windows import Wanted, Window, Windows

PER_PAGE = 25
EXPORTED = 10_000
REMEMBERED = "ui.filters"
PAGED = {"page", "sort"}
CONTROL = {"export", "clear", "register", "csrfmiddlewaretoken"}


class RegisterTable(tables.Table):
    """Base of all register tables. ``row_url`` says where Enter leads; ``row_tone`` colours a row's edge."""

    def row_url(self, record: Any) -> str | None:
        """The page of a row; ``None`` when it opens nothing."""
        found = getattr(record, "get_absolute_url", None)
        return found() if found else None

    def row_tone(self, record: Any) -> str:
        """``danger`` marks an overdue row, ``warn`` one that soon will be; empty for the rest."""
        return ""


class Register:
    """One list on a page.

    ``key`` names it in element ids and in the session; ``prefix`` keeps the parameters of two lists on a page apart;
    ``url`` is the page itself. ``empty`` says what would be here, ``empty_hint`` how it gets here. Lists with the same
    ``windows`` can be read together (:func:`read`).
    """

    def __init__(
        self,
        request: HttpRequest,
        *,
        key: str,
        title: str,
        rows: Any,
        table_class: type[tables.Table],
        filterset_class: type[FilterSet] | None = None,
        empty: str = "这里还没有内容",
        empty_hint: str = "",
        per_page: int = PER_PAGE,
        export: bool = True,
        prefix: str = "",
        url: str = "",
        table_kwargs: dict[str, Any] | None = None,
        windows: Windows[Any] | None = None,
    ) -> None:
        self.request = request
        self.key = key
        self.title = title
        self.rows = rows
        self.table_class = table_class
        self.filterset_class = filterset_class
        self.empty = empty
        self.empty_hint = empty_hint
        self.per_page = per_page
        self.export = export
        self.prefix = prefix
        self.url = url or request.path
        self.table_kwargs = table_kwargs or {}
        self.windows = windows

    @property
    def id(self) -> str:
        """The element that htmx replaces."""
        return f"register-{self.key}"

    @property
    def addressed(self) -> bool:
        """Whether the request is about this list alone: its filter, its page, its order or its spreadsheet."""
        htmx = getattr(self.request, "htmx", None)
        named = {self.request.GET.get("export"), self.request.POST.get("register")}
        return self.key in named or bool(htmx and htmx.target == self.id)

    @cached_property
    def params(self) -> QueryDict:
        """The filter, order and page in force: what is given, on top of what was left last time."""
        given = self._own(self.request.POST if self.request.method == "POST" else self.request.GET)
        store: dict[str, str] = self.request.session.get(REMEMBERED, {})
        kept = QueryDict(store.get(self.key, ""))
        if self.request.method == "POST" or self.request.GET.get("clear") == self.key:
            kept = QueryDict()
        merged = kept.copy() if all(self._bare(name) in PAGED for name in given) else QueryDict(mutable=True)
        for name, values in given.lists():
            merged.setlist(name, values)
        remembered = merged.copy()
        remembered.pop(self._name("page"), None)
        text = remembered.urlencode()
        if text != store.get(self.key, ""):
            self.request.session[REMEMBERED] = {**store, self.key: text}
        return merged

    def _name(self, name: str) -> str:
        return f"{self.prefix}-{name}" if self.prefix else name

    def _bare(self, name: str) -> str:
        return name.removeprefix(f"{self.prefix}-") if self.prefix else name

    def _own(self, given: QueryDict) -> QueryDict:
        """The parameters that belong to this list and say something."""
        own = QueryDict(mutable=True)
        for name, values in given.lists():
            said = [value for value in values if value]
            if said and name not in CONTROL and (not self.prefix or name.startswith(f"{self.prefix}-")):
                own.setlist(name, said)
        return own

    @cached_property
    def filterset(self) -> FilterSet | None:
        """The filter form with its queryset."""
        if self.filterset_class is None:
            return None
        return self.filterset_class(
            self.params or None, queryset=self.rows, request=self.request, prefix=self.prefix or None
        )

    @property
    def filtered(self) -> bool:
        """Whether anything is filtered."""
        return any(self._bare(name) not in PAGED for name in self.params)

    @cached_property
    def table(self) -> tables.Table:
        """The table in its order; rows are not read yet."""
        rows = self.filterset.qs if self.filterset else self.rows
        table = self.table_class(rows, prefix=f"{self.prefix}-" if self.prefix else "", **self.table_kwargs)
        table.request = self.request
        if order := self.params.getlist(self._name("sort")):
            table.order_by = order
        _end_order_with_key(table)
        return table

    @cached_property
    def page(self) -> tables.Table:
        """The table with the rows of the page read."""
        if self.windows:
            read([self])
            return self.__dict__["page"]
        number = self.params.get(self._name("page"), 1)
        return self.table.paginate(paginator_class=BoundedPaginator, page=number, per_page=self.per_page)

    @property
    def ready(self) -> bool:
        """Whether the rows of the page have been read."""
        return "page" in self.__dict__

    def wanted(self, number: int) -> Wanted[Any]:
        """A page of the list and one row more."""
        start = (number - 1) * self.per_page
        return Wanted(self.table.data.data, start, self.per_page + 1, max(KNOWN + 1, start + self.per_page + 1))

    def show(self, number: int, window: Window[Any]) -> None:
        """Take the rows of a page, which were read elsewhere."""
        table = self.table
        paginator = BoundedPaginator([], self.per_page)
        paginator.__dict__["count"] = window.known
        table.paginator = paginator
        table.page = BoundedPage([BoundRow(row, table=table) for row in window.rows], number, paginator)
        self.__dict__["page"] = table

    @property
    def number(self) -> int:
        """The page that is asked for, within what may be paged to."""
        asked = self.params.get(self._name("page"), "1")
        return min(max(int(asked), 1), DEEPEST // self.per_page) if asked.isdecimal() else 1

    @property
    def lines(self) -> Iterable[tuple[Any, str, str]]:
        """The rows of the page, each with its URL and tone."""
        for row in self.page.paginated_rows:
            url = self.table.row_url(row.record) if isinstance(self.table, RegisterTable) else ""
            tone = self.table.row_tone(row.record) if isinstance(self.table, RegisterTable) else ""
            yield row, url or "", tone

    @property
    def body(self) -> str:
        """The rows of the page as HTML."""
        return drawn(self.page, self.lines)

    @property
    def heads(self) -> Iterable[tuple[Any, str, str]]:
        """The columns, each with the link that sorts by it and how it is sorted now."""
        for column in self.page.columns:
            link = self.link(sort=column.order_by_alias.next) if column.orderable else ""
            now = ("descending" if column.order_by_alias.is_descending else "ascending") if column.is_ordered else ""
            yield column, link, now

    @property
    def sorted_by(self) -> list[str]:
        """The order in force, for the filter form to keep."""
        return self.params.getlist(self._name("sort"))

    @property
    def sort_name(self) -> str:
        """The name of the order parameter."""
        return self._name("sort")

    @property
    def deepest(self) -> bool:
        """Whether the list goes on but cannot be paged further."""
        page = self.page.page
        return page.more and not page.has_next() and page.end_index() >= DEEPEST

    def link(self, **changes: Any) -> str:
        """This list's URL with another page or order; the filter stays in the session."""
        params = QueryDict(mutable=True)
        for name, value in changes.items():
            params[self._name(name)] = value
        return f"{self.url}?{params.urlencode()}"

    @property
    def export_link(self) -> str:
        """The URL of the spreadsheet of what is shown."""
        return f"{self.url}?export={self.key}"

    @property
    def clear_link(self) -> str:
        """The URL of the list without a filter."""
        return f"{self.url}?clear={self.key}"

    @property
    def previous_link(self) -> str:
        """The page before."""
        return self.link(page=self.page.page.number - 1)

    @property
    def next_link(self) -> str:
        """The page after."""
        return self.link(page=self.page.page.number + 1)

    def answer(self) -> HttpResponseBase:
        """What this list answers when it is addressed: the spreadsheet, or its body for htmx."""
        if self.request.GET.get("export") == self.key:
            return workbook(self.title, self.table, EXPORTED)
        response = render(self.request, "ui/register_body.html", {"register": self})
        if self.request.method == "POST":
            response["HX-Replace-Url"] = self.url
        return response


def _end_order_with_key(table: tables.Table) -> None:
    """End the order with the primary key, so that pages never overlap."""
    rows = table.data.data
    if isinstance(rows, QuerySet) and not {"pk", "-pk", "id", "-id"} & set(rows.query.order_by):
        table.data.data = rows.order_by(*(rows.query.order_by or rows.model._meta.ordering), "pk")


def read(registers: Sequence[Register], also: Sequence[Wanted[Any]] = ()) -> list[Window[Any]]:
    """Read the pages of lists with the same ``windows``, and what else is wanted of that model, in one statement.

    Beyond the end is the last page, or the first of a list too long to be counted. Returns the windows of ``also``.
    """
    if not registers or (windows := registers[0].windows) is None:
        return []
    asked = [(register, register.number) for register in registers]
    found = windows([*(register.wanted(number) for register, number in asked), *also])
    for (register, number), window in zip(asked, found, strict=False):
        if number == 1 or window.rows:
            register.show(number, window)
        else:
            register.show(*_last(register, windows))
    return found[len(registers) :]


def _last(register: Register, windows: Windows[Any]) -> tuple[int, Window[Any]]:
    [window] = windows([register.wanted(1)])
    if not register.per_page < window.known <= KNOWN:
        return 1, window
    number = -(-window.known // register.per_page)
    return number, windows([register.wanted(number)])[0]


def respond(
    request: HttpRequest, registers: Sequence[Register], page: Callable[[], HttpResponseBase]
) -> HttpResponseBase:
    """The answer of the list that the request is about, else the whole page, whose lists are read together."""
    for register in registers:
        if not register.addressed:
            continue
        if request.method == "POST" and not getattr(request, "htmx", None):
            _ = register.params
            return HttpResponseRedirect(register.url)
        return register.answer()
    together: dict[Windows[Any], list[Register]] = {}
    for register in registers:
        if register.windows and not register.ready:
            together.setdefault(register.windows, []).append(register)
    for group in together.values():
        read(group)
    return page()


class RegisterView(ActorView):
    """A page with one register. A room declares the table, the filter and ``queryset(actor)``."""

    key: ClassVar[str] = ""
    table_class: ClassVar[type[tables.Table]]
    filterset_class: ClassVar[type[FilterSet] | None] = None
    empty: ClassVar[str] = "这里还没有内容"
    empty_hint: ClassVar[str] = ""
    per_page: ClassVar[int] = PER_PAGE
    windows: ClassVar[Windows[Any] | None] = None
    template_name: ClassVar[str] = "ui/register.html"

    def queryset(self, actor: Any) -> Any:
        """The rows within the actor's reach."""
        raise TypeError(f"{type(self).__name__} declares no queryset(actor)")

    def context(self, actor: Any) -> dict[str, Any]:
        """What the page shows besides the list, for a template of the room's own."""
        return {}

    def exported(self, actor: Any) -> None:
        """Called before a spreadsheet is made: a list of people records the reading here."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Show the list."""
        actor = request.actor  # type: ignore[attr-defined]
        register = self.register(request, actor)
        if request.GET.get("export") == register.key:
            self.exported(actor)
        return respond(request, [register], lambda: self.page(request, actor, register))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Filter the list."""
        with acting(request.actor):  # type: ignore[attr-defined]
            return self.get(request, *args, **kwargs)

    def register(self, request: HttpRequest, actor: Any) -> Register:
        """The list of this page."""
        return Register(
            request,
            key=self.key or request.path.strip("/").replace("/", "-") or "home",
            title=self.title,
            rows=self.queryset(actor),
            table_class=self.table_class,
            filterset_class=self.filterset_class,
            empty=self.empty,
            empty_hint=self.empty_hint,
            per_page=self.per_page,
            windows=self.windows,
        )

    def page(self, request: HttpRequest, actor: Any, register: Register) -> HttpResponse:
        """The whole page."""
        context = {"title": self.title, "crumbs": self.crumbs, "register": register, **self.context(actor)}
        return render(request, self.template_name, context)
