"""Pages: the indicators of a unit, one number explained, its records, runs, and published numbers that moved."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import django_tables2 as tables
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.errors import NotFound
from yigongti.kernel.ui import panels
from yigongti.kernel.ui.charts import Chart, Series
from yigongti.kernel.ui.columns import NumberColumn, WhenColumn
from yigongti.kernel.ui.register import RegisterTable, RegisterView
from yigongti.kernel.ui.view import ActorView, PageView

from . import overview, queries, scope, services, told
from .listing import DEEPEST, PER_PAGE, listing
from .models import Restatement, Result, Run
from .told import HIDDEN, Told

ROOM = (("监测评价", ""), ("指标", "/indicators/"))
WHERE = ("level", "key", "period")


class Indicators(PageView):
    """Every indicator of a unit and period."""

    title, permission, template_name = "指标", Permission.INDICATOR_READ, "results/indicators.html"

    def context(self, actor: Actor) -> dict[str, Any]:
        return {
            **overview.context(actor, self.request.GET),
            "may_refresh": actor.may(Permission.SYSTEM_OPERATE),
        }


class Refresh(ActorView):
    """Compute now."""

    title, permission = "更新指标", Permission.SYSTEM_OPERATE

    def post(self, request: HttpRequest) -> HttpResponse:
        services.ask_refresh(request.actor)  # type: ignore[attr-defined]
        return HttpResponseRedirect(reverse("results:indicators"))


def tell(actor: Actor, where: dict[str, str]) -> Told:
    """The number that an address names. Raises NotFound."""
    return told.tell(actor, f"{where['set']}/{where['indicator']}", *(where[name] for name in WHERE))


class Explain(PageView):
    """One number: how it came about and what moved it."""

    title, permission, template_name = "指标解释", Permission.INDICATOR_READ, "results/explained.html"

    def context(self, actor: Actor) -> dict[str, Any]:
        one = tell(actor, self.kwargs)
        months = told.by_month(one)
        after = queries.before(one.period, -1)
        return {
            "title": one.item.name,
            "crumbs": (*ROOM, (f"{one.unit.title} {told.period_title(one.period)}", "")),
            "explanation": told.explanation(one),
            "months": months,
            "trend": _trend(one, months),
            "members": told.by_member(one),
            "member_months": [row.title for row in months] if len(one.period) != 7 else [],
            "changes": [Shown(change, one.item.decimals + 2) for change in told.changes(one)],
            "unit": one.item.unit,
            "parts": list(_parts(one)),
            "restated": _restated(one),
            "before_url": self._at(queries.before(one.period)),
            "after_url": self._at(after) if after <= queries.period_of(_type(after), clock.today()) else "",
            "panels": panels.drawn("results.explained", self.request, one),
        }

    def _at(self, period: str) -> str:
        return reverse("results:explain", kwargs={**self.kwargs, "period": period})


def _type(period: str) -> str:
    return {4: "year", 6: "quarter", 7: "month"}[len(period)]


@dataclass(frozen=True)
class Shown:
    """A decomposition in words, rounded as the indicator is and two decimals finer."""

    of: told.Change
    decimals: int

    @property
    def title(self) -> str:
        return self.of.title

    @property
    def change(self) -> str:
        return self._signed(self.of.parts.change)

    @property
    def within(self) -> str:
        return self._signed(self.of.parts.within)

    @property
    def mix(self) -> str:
        return self._signed(self.of.parts.mix)

    @property
    def remainder(self) -> str:
        left = round(self.of.parts.remainder, self.decimals)
        return self._signed(left) if left else ""

    @property
    def lines(self) -> list[tuple[str, str, str, str]]:
        return [(name, *(self._signed(number) for number in numbers)) for name, *numbers in self.of.lines()]  # type: ignore[misc]

    def _signed(self, number: Decimal) -> str:
        return f"{number:+,.{self.decimals}f}"


def _trend(one: Told, months: list[told.Row]) -> Chart:
    numbers = {
        r.period: r.value
        for r in Result.objects.filter(
            measure=one.measure, unit=one.unit, period__in=[row.title for row in months], stratum=""
        )
        if not (one.small and scope.hidden(r.numerator))
    }
    line = Series(
        name=one.item.name,
        values=[numbers.get(row.title) for row in months],
        urls=[row.url for row in months],
        kind="line",
    )
    return Chart(
        key="months", title=one.item.name, unit=one.item.unit, categories=[row.title for row in months], series=[line]
    )


@dataclass(frozen=True)
class Division:
    """The parts of a number by one stratum."""

    title: str
    rows: list[told.Row]


def _parts(one: Told) -> Any:
    found = list(queries.parts(one.measure, one.unit, one.period))
    for name in one.item.by:
        stratum = one.edition.body.strata[name]
        rows = [
            told.Row(
                stratum.groups.get(p.part, p.part or "未知"),
                "",
                one.shown(p.numerator),
                one.shown(p.denominator),
                one.value(p),
            )
            for p in found
            if p.stratum == name
        ]
        if rows:
            yield Division(f"按{stratum.title}", rows)


@dataclass(frozen=True)
class Moved:
    """One line of the log."""

    at: datetime
    former: str
    now: str
    why: str


def _restated(one: Told) -> list[Moved]:
    from .telling import plain, why

    log = queries.restatements(one.measure, one.unit).filter(period=one.period)[:20]
    hide = one.small and one.result is not None and scope.hidden(one.result.numerator)
    return [
        Moved(
            r.run.at,
            HIDDEN if hide else plain(r.value_before, one.item.decimals),
            HIDDEN if hide else plain(r.value, one.item.decimals),
            why(r),
        )
        for r in log
    ]


class Records(PageView):
    """The records behind numerator or denominator."""

    title, permission, template_name = "组成这个数的记录", Permission.INDICATOR_READ, "results/records.html"

    def context(self, actor: Actor) -> dict[str, Any]:
        one = tell(actor, self.kwargs)
        page = self._page()
        found = listing(actor, one, self.kwargs["side"], page)
        pages = max(1, -(-min(found.total, DEEPEST) // PER_PAGE))
        if page > pages:
            raise NotFound("没有这一页", hint=f"共 {pages} 页")
        explained = reverse("results:explain", kwargs={k: v for k, v in self.kwargs.items() if k != "side"})
        name = told.TITLES[self.kwargs["side"]]
        return {
            "title": f"{one.item.name}：{name}的记录",
            "crumbs": (*ROOM, (f"{one.unit.title} {told.period_title(one.period)}", explained), (name, "")),
            "words": _words(one, self.kwargs["side"]),
            "notice": found.notice,
            "heads": found.heads,
            "rows": found.rows,
            "total": found.total,
            "page": page,
            "pages": pages,
            "earlier": page - 1 if page > 1 else 0,
            "later": page + 1 if page < pages else 0,
        }

    def _page(self) -> int:
        text = self.request.GET.get("page", "1")
        if not text.isascii() or not text.isdigit() or not 0 < int(text) <= DEEPEST:
            raise NotFound("没有这一页")
        return int(text)


def _words(one: Told, side: str) -> str:
    from yigongti.insight.indicators.explaining import words

    return words(told.side_named(one, side), one.dictionary)


class Runs(RegisterView):
    """The computations."""

    class Table(RegisterTable):
        """One run a row."""

        at = WhenColumn(verbose_name="时间")
        snapshot = tables.Column("快照", orderable=False)
        results = NumberColumn(verbose_name="计算", orderable=False)
        moved = NumberColumn(verbose_name="变动", orderable=False)
        restated = NumberColumn(verbose_name="重述", orderable=False)
        seconds = NumberColumn(verbose_name="用时", unit="秒", orderable=False)

        def row_url(self, record: Any) -> str | None:
            return None

    title, key, permission, crumbs = "指标的计算记录", "results-runs", Permission.INDICATOR_READ, ROOM
    table_class = Table
    empty, empty_hint = "还没有计算过", "平台启动后自动计算，之后每夜一次。"

    def queryset(self, actor: Actor) -> Any:
        return Run.objects.order_by("-at")


class Restatements(RegisterView):
    """Published numbers that moved."""

    class Table(RegisterTable):
        """One number a row."""

        at = WhenColumn(verbose_name="时间", accessor="run__at", orderable=False)
        measure = tables.Column("指标", accessor="measure__title", orderable=False)
        unit = tables.Column("统计单位", accessor="unit__title", orderable=False)
        period = tables.Column("时期", orderable=False)
        former = tables.Column("原值", empty_values=(), orderable=False)
        now = tables.Column("现值", empty_values=(), orderable=False)
        why = tables.Column("原因", empty_values=(), orderable=False)

        def render_former(self, record: Restatement) -> str:
            return self._shown(record.numerator_before, record.value_before)

        def render_now(self, record: Restatement) -> str:
            return self._shown(record.numerator, record.value)

        def render_why(self, record: Restatement) -> str:
            from .telling import why

            return why(record)

        def _shown(self, count: Decimal | None, value: Decimal | None) -> str:
            from .telling import plain

            return "—" if scope.hidden(count) else plain(value)

        def row_url(self, record: Restatement) -> str | None:
            return told.explained_url(record.measure.code, record.unit.level, record.unit.key, record.period)

    title, key, permission, crumbs = "公布数的变动", "results-restatements", Permission.INDICATOR_READ, ROOM
    table_class = Table
    empty = "公布过的数没有变动"
    empty_hint = "时期结束以后，迟到或更正的记录使数值变动时，这里写明从多少变为多少、为什么。"

    def queryset(self, actor: Actor) -> Any:
        return queries.restatements().filter(unit__in=scope.units(actor))
