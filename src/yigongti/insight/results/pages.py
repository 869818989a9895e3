"""Pages: the indicators of a unit, one number explained, its records."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from yigongti.insight import periods
from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.errors import NotFound
from yigongti.kernel.ui import panels
from yigongti.kernel.ui.view import ActorView, PageView

from . import divided, overview, services, shown, told
from .listing import DEEPEST, PER_PAGE, listing
from .models import Run
from .registers import ROOM
from .told import Told

WHERE = ("level", "key", "period")


class Indicators(PageView):
    """Every indicator of a unit and period."""

    title, permission, template_name = "指标", Permission.INDICATOR_READ, "results/indicators.html"

    def context(self, actor: Actor) -> dict[str, Any]:
        return {
            **overview.context(actor, self.request.GET),
            "may_refresh": actor.may(Permission.SYSTEM_OPERATE),
            "computing": None if Run.objects.exists() else services.computing(),
        }


class Progress(ActorView):
    """How far the first computation is; the page that asks is loaded anew when there are numbers."""

    title, permission = "指标计算进度", Permission.INDICATOR_READ

    def get(self, request: HttpRequest) -> HttpResponse:
        response = render(request, "results/progress.html", {"job": services.computing()})
        if Run.objects.exists():
            response["HX-Refresh"] = "true"
        return response


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
        months = divided.by_month(one)
        after = periods.before(one.period, -1)
        return {
            "title": one.item.name,
            "crumbs": (*ROOM, (f"{one.unit.title} {periods.title(one.period)}", "")),
            "explanation": told.explanation(one),
            "months": months,
            "trend": shown.trend(one, months),
            "members": divided.by_member(one),
            "member_months": [row.title for row in months] if len(one.period) != 7 else [],
            "changes": [shown.Shown(change, one.item.decimals + 2) for change in divided.changes(one)],
            "unit": "个百分点" if one.item.unit == "%" else one.item.unit,
            "parts": list(divided.parts(one)),
            "restated": shown.restated(one),
            "before_url": self._at(periods.before(one.period)),
            "after_url": self._at(after) if after <= periods.containing(periods.type_of(after), clock.today()) else "",
            "panels": panels.drawn("results.explained", self.request, one),
        }

    def _at(self, period: str) -> str:
        return reverse("results:explain", kwargs={**self.kwargs, "period": period})


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
            "crumbs": (*ROOM, (f"{one.unit.title} {periods.title(one.period)}", explained), (name, "")),
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
