"""The desk of the insurance bureau: who is treated in the county and who goes beyond it. No names, no records."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from yigongti.care.referral import diseases, statistics
from yigongti.care.referral.pages.statistics import counted_url, explained_url, totals, within_month
from yigongti.care.referral.statistics import INSIDE_RATE, Tally, percent
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.ui.figures import SMALL, Figure

from .cards import Card, Cell
from .director import organization_names

NOTHING = Tally()
#: lines of the list of destinations
MOST = 12


@dataclass(frozen=True)
class Year:
    """The counts of the last twelve months."""

    since: date
    until: date
    table: statistics.Table

    def url(self, measure: str, direction: str = "up", **narrowed: Any) -> str:
        """The list behind a count, without names."""
        span = {"since": self.since, "until": self.until} | {
            key: narrowed.pop(key) for key in ("since", "until") if key in narrowed
        }
        return counted_url(measure, span["since"], span["until"], direction=direction, **narrowed)


def desk(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    """Four figures of the year, where patients went beyond the county, then by member, disease and month."""
    since, until = statistics.period(None, None)
    counted = statistics.shared_tallies(actor, since, until)
    year = Year(since, until, counted.value)
    return {
        "lead": f"近十二个月病人在县内治还是转出去；每个数都能打开不含姓名的明细。{counted.words}。",
        "figures": list(figures(year)),
        "cards": [beyond_card(actor, year), member_card(year), disease_card(year), month_card(year)],
    }


def figures(year: Year) -> Iterable[Figure]:
    """Each opens its explanation."""
    up, down = totals(year.table, "up"), totals(year.table, "down")

    def told(key: str, way: str) -> str:
        return explained_url(key, way, year.since, year.until)

    note = f"{year.since:%Y-%m} 以来"
    yield Figure(label="上转", value=up["submitted"], unit="人次", note=note, href=told("submitted", "up"))
    yield Figure(
        label=INSIDE_RATE.title,
        value=percent(up["inside"], up["submitted"]),
        unit="%",
        numerator=up["inside"],
        denominator=up["submitted"],
        href=told(INSIDE_RATE.key, "up"),
    )
    yield Figure(label="转往县外", value=up["outside"], unit="人次", note=note, href=told("outside", "up"))
    yield Figure(label="转回基层", value=down["submitted"], unit="人次", note=note, href=told("submitted", "down"))


def beyond_card(actor: Actor, year: Year) -> Card:
    """Hospitals beyond the county, by disease."""
    found = statistics.outside(actor, year.since, year.until)
    names = organization_names({goal for goal, _, _ in found})
    return Card(
        title="转往县外：去向和病种",
        heads=("医院", "病种", "人次"),
        numbers=frozenset({2}),
        rows=[
            (
                Cell(names.get(goal, "未定")),
                Cell(diseases.NAMES[disease].title),
                Cell(number, url=year.url("outside", goal=goal, disease=disease)),
            )
            for goal, disease, number in found[:MOST]
        ],
        url=year.url("outside"),
        more="全部明细",
        empty="近十二个月没有转往县外的病人。",
        wide=True,
    )


def member_card(year: Year) -> Card:
    """By the primary-level member that sent or receives."""
    found = {pk: ways for pk, ways in year.table["member"].items() if isinstance(pk, int)}
    names = organization_names(found)
    order = sorted(found, key=lambda pk: (-found[pk].get("up", NOTHING)["submitted"], pk))
    return _card("按成员单位", "成员", [(names.get(pk, "未定"), found[pk], {"member": pk}) for pk in order], year)


def disease_card(year: Year) -> Card:
    """By disease group."""
    found = year.table["disease"]
    titles = {key: one.title for key, one in diseases.NAMES.items() if key in found}
    return _card("按病种", "病种", [(title, found[key], {"disease": key}) for key, title in titles.items()], year)


def month_card(year: Year) -> Card:
    """By month, the latest first."""
    months = sorted((month for month in year.table["month"] if isinstance(month, date)), reverse=True)
    lines = []
    for month in months:
        first, last = within_month(month, year.since, year.until)
        lines.append((f"{month:%Y-%m}", year.table["month"][month], {"since": first, "until": last}))
    return _card("按月份", "月份", lines, year)


def _card(title: str, head: str, lines: list[tuple[str, Mapping[str, Tally], dict[str, Any]]], year: Year) -> Card:
    return Card(
        title=title,
        heads=(head, "上转", "转往县外", INSIDE_RATE.title, "转回基层"),
        numbers=frozenset(range(1, 5)),
        rows=[_row(name, ways, narrowed, year) for name, ways, narrowed in lines],
        url=reverse("referral:statistics"),
        more="转诊统计",
        empty="近十二个月还没有转诊。",
        wide=True,
    )


def _row(name: str, ways: Mapping[str, Tally], narrowed: dict[str, Any], year: Year) -> list[Cell]:
    up, down = ways.get("up", NOTHING), ways.get("down", NOTHING)
    share = percent(up["inside"], up["submitted"])
    text = "—" if share is None else f"{share}%（{up['inside']}/{up['submitted']}）"
    small = "例数少" if 0 < up["submitted"] < SMALL else ""
    return [
        Cell(name),
        Cell(up["submitted"], url=year.url("submitted", **narrowed)),
        Cell(up["outside"], url=year.url("outside", **narrowed) if up["outside"] else ""),
        Cell(text, note=small),
        Cell(down["submitted"], url=year.url("submitted", "down", **narrowed) if down["submitted"] else ""),
    ]
