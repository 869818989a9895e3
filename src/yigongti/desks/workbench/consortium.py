"""The desk of the council and of the health commission: what moved at which member. No names of residents."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from yigongti.care.referral import day, statistics
from yigongti.care.referral.pages.statistics import counted_url, explained_url, totals
from yigongti.care.referral.statistics import RATES, Rate, Tally
from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.policy.models import PolicyVersion
from yigongti.kernel.policy.queries import revisions
from yigongti.kernel.ui.clocks import spell
from yigongti.kernel.ui.figures import SMALL, Figure

from .cards import Card, Cell
from .director import DESK_TITLES, organization_names

SPAN = timedelta(days=30)
#: fewer cases than this do not move anything
ENOUGH = 5
MOVED = 8
NOTHING = Tally()


@dataclass(frozen=True)
class Move:
    """How a rate of a member changed from the 30 days before to the last 30."""

    member: int
    rate: Rate
    now: Tally
    before: Tally

    @property
    def change(self) -> Decimal:
        """In percentage points."""
        return (self.now.rate(self.rate.key) or Decimal(0)) - (self.before.rate(self.rate.key) or Decimal(0))

    @property
    def least(self) -> int:
        """The smaller denominator."""
        return min(self.now[self.rate.denominator], self.before[self.rate.denominator])


@dataclass
class Comparison:
    """The last 30 days and the 30 before, by member; what is overdue now; the members' names."""

    since: date
    until: date
    now: statistics.Table
    before: statistics.Table
    late: day.Overdue
    words: str = ""
    names: Mapping[int, str] = field(default_factory=dict)

    def name(self, member: int) -> str:
        """A member's name."""
        return self.names.get(member, "未定")

    def of(self, member: int, way: str) -> Tally:
        """What a member counts now in one direction."""
        return self.now["member"].get(member, {}).get(way, NOTHING)

    def was(self, member: int, way: str) -> Tally:
        """What it counted before."""
        return self.before["member"].get(member, {}).get(way, NOTHING)

    @property
    def members(self) -> list[int]:
        """Every member with a referral or something overdue: what is overdue first, then who refers most."""
        found = {member for member in (*self.now["member"], *self.late.members) if isinstance(member, int)}
        return sorted(found, key=lambda m: (-self.late.members.get(m, 0), -self.of(m, "up")["submitted"], m))

    @property
    def moves(self) -> list[Move]:
        """What changed, most first."""
        found = (
            Move(member, rate, self.of(member, "up"), self.was(member, "up"))
            for member in self.members
            for rate in RATES.values()
        )
        return sorted((m for m in found if m.change and m.least >= ENOUGH), key=lambda move: -abs(move.change))

    def url(self, measure: str, member: int, way: str = "up") -> str:
        """The list behind a count of the last 30 days."""
        return counted_url(measure, self.since, self.until, direction=way, member=member)


def compared(actor: Actor) -> Comparison:
    """Four statements."""
    until = clock.today()
    since = until - SPAN + timedelta(days=1)
    counted = statistics.shared_tallies(actor, since, until)
    found = Comparison(
        since,
        until,
        counted.value,
        statistics.shared_tallies(actor, since - SPAN, since - timedelta(days=1)).value,
        day.overdue_counts(actor),
        counted.words,
    )
    found.names = organization_names({*found.members, *(one.organization_id for one in found.late.holders)})
    return found


def desk(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    """What moved and at which member, who is overdue, what waits for approval."""
    found = compared(actor)
    return {
        "lead": f"近 30 天与前 30 天相比，哪些成员变了；超时在谁那里。{found.words}。",
        "figures": list(figures(found)),
        "cards": [moved_card(found), members_card(found), late_card(found), revisions_card(actor)],
    }


def figures(found: Comparison) -> Iterable[Figure]:
    """The whole consortium; each number opens its explanation."""
    for way, label in (("up", "上转"), ("down", "下转")):
        yield Figure(
            label=f"近 30 天{label}",
            value=totals(found.now, way)["submitted"],
            unit="人次",
            note=f"前 30 天 {totals(found.before, way)['submitted']:,}",
            href=explained_url("submitted", way, found.since, found.until),
        )
    here, earlier = totals(found.now, "up"), totals(found.before, "up")
    for rate in RATES.values():
        was = earlier.rate(rate.key)
        yield Figure(
            label=f"上转{rate.title}",
            value=here.rate(rate.key),
            unit="%",
            numerator=here[rate.numerator],
            denominator=here[rate.denominator],
            note="" if was is None else f"前 30 天 {was}%",
            href=explained_url(rate.key, "up", found.since, found.until),
        )


def share(tally: Tally, rate: Rate) -> str:
    """``96.4%（27/28）``."""
    value = tally.rate(rate.key)
    return "—" if value is None else f"{value}%（{tally[rate.numerator]}/{tally[rate.denominator]}）"


def moved_card(found: Comparison) -> Card:
    """The rates that changed most, with both denominators."""
    rows = [
        (
            Cell(found.name(move.member)),
            Cell(move.rate.title),
            Cell(share(move.before, move.rate)),
            Cell(share(move.now, move.rate), url=found.url(move.rate.denominator, move.member)),
            Cell(
                f"{'↑' if move.change > 0 else '↓'} {abs(move.change)} 个百分点",
                note="例数少" if move.least < SMALL else "",
            ),
        )
        for move in found.moves[:MOVED]
    ]
    return Card(
        title="变化最大的",
        heads=("成员", "上转指标", "前 30 天", "近 30 天", "变化"),
        numbers=frozenset({2, 3, 4}),
        rows=rows,
        url=reverse("referral:statistics"),
        more="转诊统计",
        empty=f"还没有可比的变化：前后两个 30 天都至少有 {ENOUGH} 例的成员会出现在这里。",
        wide=True,
    )


def members_card(found: Comparison) -> Card:
    """Every member with counts and rates; a count opens its list."""
    titles = tuple(rate.title for rate in RATES.values())
    return Card(
        title="各成员近 30 天",
        heads=("成员", "上转", "前 30 天", "接收下转", *titles, "现在超时"),
        numbers=frozenset(range(1, 5 + len(titles))),
        rows=[_member_row(found, member) for member in found.members],
        url=reverse("referral:statistics"),
        more="转诊统计",
        empty="近 30 天还没有转诊。",
        wide=True,
    )


def _member_row(found: Comparison, member: int) -> list[Cell]:
    up, down, late = found.of(member, "up"), found.of(member, "down"), found.late.members.get(member, 0)
    year = found.until - timedelta(days=365)
    rates = [
        Cell(share(up, rate), url=found.url(rate.denominator, member) if up[rate.denominator] else "")
        for rate in RATES.values()
    ]
    return [
        Cell(found.name(member)),
        Cell(up["submitted"], url=found.url("submitted", member)),
        Cell(found.was(member, "up")["submitted"]),
        Cell(down["accepted"], url=found.url("accepted", member, "down")),
        *rates,
        Cell(late, url=counted_url("late", year, found.until, member=member), tone="danger") if late else Cell(0),
    ]


def late_card(found: Comparison) -> Card:
    """What is overdue, by organisation and desk; people are not named here."""
    desks: dict[tuple[int, str], tuple[int, Any]] = {}
    for one in found.late.holders:
        key = (one.organization_id, DESK_TITLES.get(one.permission, ""))
        count, oldest = desks.get(key, (0, one.oldest))
        desks[key] = (count + one.count, min(oldest, one.oldest))
    rows = [
        (Cell(found.name(owner)), Cell(title), Cell(count, tone="danger"), Cell(spell(clock.now() - oldest)))
        for (owner, title), (count, oldest) in sorted(desks.items(), key=lambda item: -item[1][0])[:10]
    ]
    return Card(
        title="超时的事在谁那里",
        heads=("机构", "岗位", "件数", "最久超时"),
        numbers=frozenset({2, 3}),
        rows=rows,
        empty="没有超时的转诊。",
    )


def revisions_card(actor: Actor) -> Card:
    """Revisions of policies that wait for a second person."""
    waiting = revisions(actor).filter(status=PolicyVersion.Status.PROPOSED).order_by("-pk")[:10]
    rows = [
        (
            Cell(revision.name, url=reverse("policy:revision", args=[revision.pk])),
            Cell(revision.organization),
            Cell(revision.proposed_by),
        )
        for revision in waiting
    ]
    return Card(
        title="待批准的规则修订",
        heads=("规则", "适用", "提出人"),
        rows=rows,
        url=reverse("policy:revisions"),
        empty="没有等待批准的修订。理事会提出修订后会出现在这里，由另一人批准。",
    )
