"""Statistics of referrals: counts and rates by member, disease, month and urgency; every number opens."""

import calendar
from collections.abc import Iterable
from datetime import date
from typing import Any
from urllib.parse import urlencode

import django_filters as filters
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse

from yigongti.care.referral import diseases, queries
from yigongti.care.referral.filters import ReferralFilter
from yigongti.care.referral.models import Referral
from yigongti.care.referral.statistics import (
    ALL_RATES,
    MEASURES,
    RATES,
    STATEMENT,
    Table,
    Tally,
    percent,
    period,
    scope,
    shared_tallies,
)
from yigongti.care.referral.tables import URGENCY_LABELS, CountedTable
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.audit.reading import note
from yigongti.kernel.errors import Invalid, NotFound
from yigongti.kernel.ui.charts import Chart, Series
from yigongti.kernel.ui.figures import Explanation, Figure, Source
from yigongti.kernel.ui.register import RegisterView
from yigongti.kernel.ui.sharing import shared
from yigongti.kernel.ui.view import ActorView, PageView
from yigongti.registry.organizations.models import Organization

from .case import ROOM

COUNTED = ("submitted", "accepted", "arrived", "declined", "no_show", "closed", "late")
#: in a cell of what does not apply to a direction
NOT_COUNTED = ("—", "")
NAMES = {"up": "上转", "down": "下转"}


def period_of(request: HttpRequest) -> tuple[date, date]:
    """``since`` and ``until`` of the address. Raises Invalid."""
    try:
        since, until = (date.fromisoformat(text) if (text := request.GET.get(n)) else None for n in ("since", "until"))
    except ValueError as error:
        raise Invalid("日期写法不对", hint="例如 2026-11-21", field="since") from error
    return period(since, until)


def counted_url(measure: str, since: date, until: date, **narrowed: Any) -> str:
    """The list behind a count."""
    query = {"measure": measure, "since": since.isoformat(), "until": until.isoformat(), **narrowed}
    return f"{reverse('referral:counted')}?{urlencode(query)}"


def explained_url(key: str, direction: str, since: date, until: date) -> str:
    """The page that explains a figure."""
    query = urlencode({"since": since.isoformat(), "until": until.isoformat()})
    return f"{reverse('referral:explained', args=[key, direction])}?{query}"


class Statistics(PageView):
    """The dashboard of referrals."""

    title, crumbs, permission = "转诊统计", ROOM, Permission.REFERRAL_STATISTICS
    template_name = "referral/statistics.html"

    def context(self, actor: Actor) -> dict[str, Any]:
        since, until = period_of(self.request)
        counted = shared_tallies(actor, since, until)
        key = ("referral.statistics.page", *scope(actor), since, until, counted.as_of)
        drawn = shared(key, lambda: content(counted.value, since, until))
        return {"since": since, "until": until, "lead": counted.words, **drawn.value}


def content(table: Table, since: date, until: date) -> dict[str, Any]:
    """What the dashboard shows of the counts; the same for everybody who sees the same counts."""
    tables = [
        ("按成员单位", rows(table, "member", _member_names(table), since, until)),
        ("按病种", rows(table, "disease", {k: d.title for k, d in diseases.NAMES.items()}, since, until)),
        ("按紧急程度", rows(table, "priority", URGENCY_LABELS, since, until)),
    ]
    heads = [*(MEASURES[key].title for key in COUNTED), *(rate.title for rate in RATES.values())]
    return {
        "figures": list(figures(table, since, until)),
        "charts": list(charts(table, since, until)),
        "tables": render_to_string("referral/statistics_tables.html", {"tables": tables, "heads": heads}),
    }


def totals(table: Table, direction: str) -> Tally:
    """All of one direction."""
    return table["all"].get(None, {}).get(direction, Tally())


def figures(table: Table, since: date, until: date) -> Iterable[Figure]:
    """The five numbers on top, of referrals up, and how many came down."""
    up, down = totals(table, "up"), totals(table, "down")
    for name, tally in (("up", up), ("down", down)):
        yield Figure(
            label=f"{NAMES[name]}人次", value=tally["submitted"], href=explained_url("submitted", name, since, until)
        )
    for rate in RATES.values():
        yield Figure(
            label=f"上转{rate.title}",
            value=up.rate(rate.key),
            unit="%",
            numerator=up[rate.numerator],
            denominator=up[rate.denominator],
            href=explained_url(rate.key, "up", since, until),
        )
    yield Figure(
        label="下转/上转比",
        value=percent(down["submitted"], up["submitted"]),
        unit="%",
        numerator=down["submitted"],
        denominator=up["submitted"],
        href=explained_url("down_up", "up", since, until),
    )


def charts(table: Table, since: date, until: date) -> Iterable[Chart]:
    """By month and direction; each bar opens its list."""
    months = sorted(month for month in table["month"] if isinstance(month, date))
    yield Chart(
        key="months",
        title="每月转诊",
        unit="人次",
        categories=[f"{month:%Y-%m}" for month in months],
        series=[
            Series(
                name=NAMES[way],
                values=[table["month"][month].get(way, Tally())["submitted"] for month in months],
                urls=[counted_url("submitted", *within_month(month, since, until), direction=way) for month in months],
            )
            for way in NAMES
        ],
    )


def within_month(first: date, since: date, until: date) -> tuple[date, date]:
    """The days of a month that lie in a period."""
    last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
    return max(first, since), min(last, until)


def rows(
    table: Table, dimension: str, names: dict[Any, str], since: date, until: date
) -> list[tuple[str, str, list[tuple[Any, str]]]]:
    """One row for each value and direction: name, direction, and the numbers with where each opens."""
    found = []
    order = list(names) if dimension == "priority" else sorted(names, key=lambda value: names[value])
    places = {value: place for place, value in enumerate(order)}
    for value, ways in sorted(table[dimension].items(), key=lambda item: places.get(item[0], len(places))):
        for way in (way for way in NAMES if way in ways):
            tally, narrowed = ways[way], {"direction": way, dimension: value}
            cells: list[tuple[Any, str]] = [
                NOT_COUNTED
                if MEASURES[key].up_only and way == "down"
                else (tally[key], counted_url(key, since, until, **narrowed))
                for key in COUNTED
            ]
            for rate in RATES.values():
                if not rate.applies(way):
                    cells.append(NOT_COUNTED)
                    continue
                share = tally.rate(rate.key)
                text = "—" if share is None else f"{share}%（{tally[rate.numerator]}/{tally[rate.denominator]}）"
                cells.append((text, counted_url(rate.numerator, since, until, **narrowed)))
            found.append((names.get(value, "未定"), NAMES[way], cells))
    return found


def _member_names(table: Table) -> dict[Any, str]:
    return {o.pk: str(o) for o in Organization.objects.filter(pk__in=[m for m in table["member"] if m])}


class Explained(ActorView):
    """What a figure means, how it is computed and which records made it."""

    title, permission = "指标解释", Permission.REFERRAL_STATISTICS

    def get(self, request: HttpRequest, key: str, direction: str) -> HttpResponse:
        """Show the explanation of a count or a rate."""
        since, until = period_of(request)
        if direction not in NAMES or (key not in MEASURES and key not in ALL_RATES and key != "down_up"):
            raise NotFound("没有这个指标")
        counted = shared_tallies(request.actor, since, until)  # type: ignore[attr-defined]
        explanation = explain(key, direction, counted.value, since, until)
        crumbs = (*ROOM, ("转诊统计", reverse("referral:statistics")))
        return render(
            request,
            "ui/explanation.html",
            {"title": explanation.figure.label, "crumbs": crumbs, "explanation": explanation, "lead": counted.words},
        )


def explain(key: str, direction: str, table: Table, since: date, until: date) -> Explanation:
    """Formula in words and SQL, source, numerator and denominator with their lists."""
    tally = totals(table, direction)
    scope = f"{since} 至 {until} 发起的{NAMES[direction]}，本人权限范围内"
    if key in MEASURES:
        measure = MEASURES[key]
        return Explanation(
            figure=Figure(label=f"{NAMES[direction]}{measure.title}", value=tally[key]),
            words=f"{measure.meaning}的转诊份数。",
            sql=f"SELECT count(*) FROM referral_referral r WHERE {measure.sql}",  # noqa: S608 - shown, not run
            sources=(Source(document="本系统建议", item="转诊统计口径", mark="D"),),
            numerator_words=measure.meaning,
            numerator_url=counted_url(key, since, until, direction=direction),
            scope=scope,
        )
    if key == "down_up":
        over, under, title, source, mark = (
            "submitted",
            "submitted",
            "下转/上转比",
            "转诊管理考核：下转与上转之比",
            "D",
        )
        numerator, denominator = totals(table, "down")[over], totals(table, "up")[under]
        ways = ("down", "up")
    else:
        rate = ALL_RATES[key]
        over, under, title, source, mark = rate.numerator, rate.denominator, rate.title, rate.source, rate.mark
        numerator, denominator, ways = tally[over], tally[under], (direction, direction)
    return Explanation(
        figure=Figure(
            label=title, value=percent(numerator, denominator), unit="%", numerator=numerator, denominator=denominator
        ),
        words=f"{NAMES[ways[0]]}“{MEASURES[over].title}” ÷ {NAMES[ways[1]]}“{MEASURES[under].title}” × 100%。",
        sql=STATEMENT.strip(),
        sources=(Source(document=source, mark=mark),),
        numerator_words=MEASURES[over].meaning,
        denominator_words=MEASURES[under].meaning,
        numerator_url=counted_url(over, since, until, direction=ways[0]),
        denominator_url=counted_url(under, since, until, direction=ways[1]),
        scope=scope,
        remarks=("分母小于 30 时，比率受偶然影响大，不宜排名。",),
    )


class CountedFilter(ReferralFilter):
    """The filter of the register, narrowed to a measure and a member."""

    measure = filters.ChoiceFilter(
        label="口径", choices=[(m.key, m.title) for m in MEASURES.values()], method="by_measure"
    )
    member = filters.NumberFilter(label="成员", method="by_own_member")
    goal = filters.NumberFilter(label="转往", field_name="counterpart_organization_id")

    def by_measure(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """The rows that the measure counts."""
        return rows.filter(MEASURES[value].rows)

    def by_own_member(self, rows: QuerySet[Any], name: str, value: int) -> QuerySet[Any]:
        """The primary side is this member or a village of it."""
        up = Q(direction="up") & (
            Q(home_organization_id=value) | Q(home_organization__tier="village", home_organization__part_of_id=value)
        )
        down = Q(direction="down") & (
            Q(counterpart_organization_id=value)
            | Q(counterpart_organization__tier="village", counterpart_organization__part_of_id=value)
        )
        return rows.filter(up | down)


class Counted(RegisterView):
    """The referrals behind a count."""

    title, key, permission = "计数明细", "referral-counted", Permission.REFERRAL_STATISTICS
    table_class, filterset_class = CountedTable, CountedFilter
    empty, empty_hint = "没有符合条件的转诊", "换一个时间或口径。"
    crumbs = (*ROOM, ("转诊统计", "/referrals/statistics/"))

    def queryset(self, actor: Actor) -> QuerySet[Referral]:
        where = sorted(actor.organizations(Permission.REFERRAL_STATISTICS))
        return Referral.objects.filter(parties__overlap=where).select_related(*queries.SIDES).order_by("-opened_at")

    def exported(self, actor: Actor) -> None:
        note(actor, Entry.Action.EXPORT, subject="referral:counted")
