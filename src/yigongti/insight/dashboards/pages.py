"""Pages: the screen of a unit, an indicator of a unit, the wall."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from yigongti.insight.indicators.definitions import LEVELS
from yigongti.insight.results.services import computing
from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.audit.reading import note
from yigongti.kernel.ui.view import ActorView

from . import addresses, exporting, periods, todo
from .definitions import Shown
from .indicator import Page, period_for
from .known import one as known_one
from .own import own_screen, screen_of
from .reach import Place, Reach, reach_of
from .screen import Overview
from .wall import slides
from .worst import worst

MAY = Permission.INDICATOR_READ


class Home(ActorView):
    """One's own screen; before the first computation what will be there and when."""

    title, permission = "运行监测", MAY

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show it."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        reach = reach_of(actor)
        found = own_screen(actor, reach) if reach.computed else None
        if found is None:
            return empty(request, reach)
        return shown(request, actor, Overview(actor, reach, *found, _month(request)))


class ScreenOf(ActorView):
    """The screen of any unit that the actor may see."""

    title, permission = "运行监测", MAY

    def get(self, request: HttpRequest, level: str, key: str) -> HttpResponse:
        """Show it."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        reach = reach_of(actor)
        place = reach.place(level, key)
        return shown(request, actor, Overview(actor, reach, screen_of(reach, place), place, _month(request)))


def _month(request: HttpRequest) -> str:
    return periods.chosen(request.GET.get("period", ""), clock.today())


def empty(request: HttpRequest, reach: Reach) -> HttpResponse:
    """Nothing is computed yet, or nothing for where the actor works."""
    context = {
        "title": "运行监测",
        "computed": reach.computed,
        "computing": None if reach.computed else computing(),
        "may_compute": request.actor.may(Permission.SYSTEM_OPERATE),  # type: ignore[attr-defined]
        "counties": [place for place in reach.places if place.level == "county"],
    }
    return render(request, "dashboards/empty.html", context)


def shown(request: HttpRequest, actor: Actor, page: Overview) -> HttpResponse:
    """A screen, or its spreadsheet."""
    place, month = page.place, page.month
    if "export" in request.GET:
        note(actor, Entry.Action.EXPORT, subject="dashboards:figures", unit="-".join(place.address), month=month)
        return exporting.overview_book(page)
    later, asked = periods.after(month), request.GET.get("period", "")
    waiting = todo.all_waiting(actor, [place, *page.peers] if place.level != "organization" else [place])
    context = {
        "title": f"{place.title}运行监测",
        "crumbs": crumbs(page.reach, place),
        "page": page,
        "month": periods.title(month),
        "earlier": addresses.screen(place, period=periods.before(month)),
        "later": addresses.screen(place, period=later) if later <= periods.containing("month", page.today) else "",
        "asked": asked,
        "level": LEVELS[place.level],
        "rows": [(_below(one, place), addresses.screen(one, period=asked)) for one in page.reach.inside(place)],
        "waiting": waiting,
        "summary": [] if page.empty else summary(page, len(waiting)),
        "computed": page.reach.computed,
        "may_compute": actor.may(Permission.SYSTEM_OPERATE),
    }
    return render(request, "dashboards/screen.html", context)


@dataclass(frozen=True)
class Said:
    """One part of the answer at the top: how many of what, and where they stand on the page."""

    count: str
    words: str
    anchor: str
    tone: str = ""


def summary(page: Overview, waiting: int) -> list[Said]:
    """How are we doing, where to act, what changed: in one line above everything."""
    aimed = [figure for figure in page.figures if figure.has_target and figure.number is not None]
    reached = sum(not figure.is_missed for figure in aimed)
    worse = sum(one.tone == "bad" for one in page.moves)
    better = sum(one.tone == "good" for one in page.moves)
    first = f"s-{page.policy.sections[0].section}" if page.policy.sections else "act"
    told = [
        Said(f"{reached} / {len(aimed)}", "达到目标", first, "warn" if reached < len(aimed) else "good"),
        Said(str(len(page.beyond)), "项落在界限外", "act", "bad" if page.beyond else ""),
        Said(str(waiting), "件等着办", "waiting" if waiting else "act", "warn" if waiting else ""),
        Said(str(worse), "项明显变差", "changed", "bad" if worse else ""),
        Said(str(better), "项明显变好", "changed", "good" if better else ""),
    ]
    moved = len(page.restated)
    return [*(told if aimed else told[1:]), *([Said(str(moved), "个数重述过", "moved")] if moved else [])]


def _below(one: Place, above: Place) -> str:
    """A unit's name below another; the centre's own house is its 本部."""
    return f"{one.title}本部" if one.organization_id and one.organization_id == above.organization_id else one.title


def crumbs(reach: Reach, place: Place, *more: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """From the county down to the unit, each with its screen."""
    path = [(one.title, addresses.screen(one)) for one in reach.path(place)]
    if not more:
        path[-1] = (path[-1][0], "")
    return (("监测评价", ""), *path, *more)


class IndicatorOf(ActorView):
    """An indicator of a unit: course, members, towns, parts."""

    title, permission = "指标走势与比较", MAY

    def get(self, request: HttpRequest, set: str, indicator: str, level: str, key: str) -> HttpResponse:  # noqa: A002
        """Show it, or its spreadsheet."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        reach, known = reach_of(actor), known_one(f"{set}/{indicator}")
        place = reach.place(level, key)
        period = period_for(known, request.GET.get("period", ""), clock.today())
        page = Page(actor, reach, known, place, period, _shown(reach, place, known.code), "wide" in request.GET)
        if "export" in request.GET:
            unit = "-".join(place.address)
            note(actor, Entry.Action.EXPORT, subject="dashboards:comparison", unit=unit, code=known.code, period=period)
            return exporting.page_book(page)
        return render(request, "dashboards/indicator.html", self._context(page))

    def _context(self, page: Page) -> dict[str, Any]:
        item, place = page.known.item, page.place
        return {
            "title": item.name,
            "crumbs": crumbs(page.reach, place, (item.name, "")),
            "page": page,
            "known": page.known,
            "period": periods.title(page.period),
            "earlier": page.neighbours[0],
            "later": page.neighbours[1],
            "explained": addresses.explained(page.known.code, place, page.period),
            "wide": addresses.indicator(page.known.code, place, period=page.period, wide="1"),
            "narrow": addresses.indicator(page.known.code, place, period=page.period),
            "levels": [
                (
                    LEVELS[one.level],
                    one.title,
                    addresses.indicator(page.known.code, one, period=page.period),
                    one == place,
                )
                for one in page.levels_given
            ],
            "computed": page.reach.computed,
        }


def _shown(reach: Reach, place: Place, code: str) -> Shown:
    """The figure as the screen of the unit shows it: with the screen's target, if it has one."""
    return next((one for one in screen_of(reach, place).figures if one.indicator == code), Shown(indicator=code))


class WorstOf(ActorView):
    """The three figures of one's screen that most need somebody: a card that the desk fetches after itself."""

    title, permission = "最要管的三个数", MAY

    def get(self, request: HttpRequest, role: str) -> HttpResponse:
        """The card, or nothing before the first computation."""
        found = worst(request.actor, role)  # type: ignore[attr-defined]
        return render(request, "dashboards/worst.html", {"worst": found}) if found else HttpResponse()


class OnTheWall(ActorView):
    """The wall: one's own screen, large, turning by itself; small counts are hidden whoever is logged in."""

    title, permission = "大屏", MAY

    def get(self, request: HttpRequest, level: str = "", key: str = "") -> HttpResponse:
        """Show it."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        reach = reach_of(actor)
        if level:
            place = reach.place(level, key)
            found = (screen_of(reach, place), place)
        elif (own := own_screen(actor, reach)) is None:
            return empty(request, reach)
        else:
            found = own
        page = Overview(actor, reach, *found, periods.last_month(clock.today()), public=True)
        context = {
            "title": f"{page.place.title}运行监测",
            "page": page,
            "slides": slides(page),
            "seconds": page.policy.wall.seconds,
            "computed": reach.computed,
            "back": addresses.screen(page.place),
        }
        return render(request, "dashboards/wall.html", context)
