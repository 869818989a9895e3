"""One indicator of one unit: its course, its members, its towns, its parts, and the way down."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from yigongti.insight.indicators.definitions import BETTER, LEVELS, PERIODS
from yigongti.insight.indicators.dictionary import declared
from yigongti.insight.indicators.explaining import words
from yigongti.insight.results import scope
from yigongti.insight.results.models import Restatement
from yigongti.insight.results.telling import HIDDEN, plain
from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.errors import Invalid
from yigongti.kernel.ui.charts import Plot

from . import addresses, drawing, periods
from .comparing import Comparison, Member, compare
from .definitions import Shown
from .figures import Change, Figure, change_of
from .known import Known
from .numbers import Number, Numbers, Wanted, read, small
from .reach import Place, Reach, answers_for
from .towns import TownMap, town_map

BACK = 200


@dataclass(frozen=True)
class Bar:
    """A member in the sorted list: its bar and the interval of chance, in a box of 100 × 12."""

    member: Member
    change: Change | None
    width: float
    low: float | None
    high: float | None
    own: bool
    href: str
    explained: str
    text: str

    @property
    def number(self) -> Number:
        """Its number."""
        return self.member.number


@dataclass
class Page:
    """Everything that the page of an indicator shows."""

    actor: Actor
    reach: Reach
    known: Known
    place: Place
    period: str
    shown: Shown
    widened: bool = False
    today: date = field(default_factory=clock.today)

    def __post_init__(self) -> None:
        item = self.known.item
        self.kind = periods.type_of(self.period)
        self.levels_given = [one for one in self.reach.path(self.place) if one.level in item.levels]
        self.peers = self._given(self.reach.peers(self.place)) or self._given(self.reach.inside(self.place))
        self.inside = [one for one in self._given(self.reach.inside(self.place)) if one not in self.peers]
        earlier = periods.up_to(self.period, 2)
        others = {one.id: one for one in (*self.peers, *self.inside, *self.levels_given) if one != self.place}
        self.numbers: Numbers = read(
            self.actor,
            self.reach,
            [self.known.code],
            [
                Wanted([self.place], self.trail),
                Wanted([self.place], [self.period], parts=True),
                Wanted(list(others.values()), earlier),
            ],
        )

    def _given(self, places: Sequence[Place]) -> list[Place]:
        return [one for one in places if one.level in self.known.item.levels]

    @property
    def trail(self) -> list[str]:
        """The periods of the course: up to now, whatever period is looked at."""
        newest = max(self.period, periods.containing(self.kind, self.today))
        return periods.up_to(newest, periods.TREND[self.kind])

    @property
    def given(self) -> bool:
        """Whether the indicator is given at this level."""
        return self.place.level in self.known.item.levels

    @cached_property
    def figure(self) -> Figure:
        """The number itself."""
        now, before = self._pair(self.place)
        mine = next((bar.member.tone for bar in self.bars if bar.own), "")
        change = change_of(self.known, now, before, self.today)
        words = self.moved_words.get(self.period, "")
        return Figure(
            self.shown, self.known, self.place, self.period, now, change, (), self.today, mine, restated=words
        )

    def _pair(self, place: Place) -> tuple[Number | None, Number | None]:
        earlier, now = periods.up_to(self.period, 2)
        return self.numbers.get(self.known.code, place, now), self.numbers.get(self.known.code, place, earlier)

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What is counted, how complete it is, who answers for it."""
        item, number = self.known.item, self.figure.number
        titles = {"numerator": "分子", "denominator": "分母"}
        sides = item.sides() if item.kind == "computed" else ()
        found = [(titles[name], words(side, declared())) for name, side in sides]
        if number and number.expected:
            found.append(("报告", f"{number.reported:,} / {number.expected:,} 个机构月有数据"))
        found += [("说明", item.note)] if item.note else []
        return found + ([("负责", item.owner)] if item.owner else [])

    @property
    def levels_told(self) -> str:
        """At which levels the indicator is given."""
        return "、".join(LEVELS[level] for level in self.known.item.levels)

    @property
    def better(self) -> str:
        """Which way is better."""
        return BETTER[self.known.item.better]

    @property
    def switches(self) -> list[tuple[str, str, bool]]:
        """Month, quarter, year: title, address, whether it is this one."""
        month = self.month
        return [
            (f"按{PERIODS[kind]}", self._at(periods.of(kind, month)), kind == self.kind)
            for kind in PERIODS
            if kind in self.known.item.periods
        ]

    @property
    def month(self) -> str:
        """The last month of the period, not after this one."""
        return min(periods.last_month_of(self.period), periods.last_month(self.today))

    @property
    def neighbours(self) -> tuple[str, str]:
        """The addresses of the period before and after; empty where there is none."""
        after = periods.after(self.period)
        ahead = after if after <= periods.containing(self.kind, self.today) else ""
        return self._at(periods.up_to(self.period, 2)[0]), self._at(ahead) if ahead else ""

    def _at(self, period: str, place: Place | None = None) -> str:
        return addresses.indicator(self.known.code, place or self.place, period=period)

    @cached_property
    def comparison(self) -> Comparison:
        """The members."""
        return self._among(self.peers)

    def _among(self, places: Sequence[Place]) -> Comparison:
        """Those of the units that have a number, or one that is hidden."""
        found = self.numbers.of(self.known.code, places, self.period)
        return compare(self.known, (one for one in found if one.hidden or one.value is not None), widened=self.widened)

    @property
    def without(self) -> list[str]:
        """Members for which nothing is counted in the period."""
        listed = {bar.number.place.id for bar in self.bars}
        return [place.title for place in self.peers if place.id not in listed]

    @cached_property
    def bars(self) -> list[Bar]:
        """Members from the best to the worst with their counts and intervals."""
        return self._bars(self.comparison)

    @cached_property
    def stations_group(self) -> Comparison:
        """What lies one step down, where that is not the members."""
        return self._among(self.inside)

    @cached_property
    def stations(self) -> list[Bar]:
        """The same as bars; nothing where the centre's own house is all there is."""
        bars = self._bars(self.stations_group)
        only = len(bars) == 1 and bars[0].number.place.organization_id == self.place.organization_id is not None
        return [] if only else bars

    def _bars(self, group: Comparison) -> list[Bar]:
        tops = [float(one.value) for one in group.numbers if one.value is not None]
        tops += [member.interval.high * group.factor for member in group.members if member.interval and group.fair]
        most = min(max(tops, default=1.0), 100.0 if group.kind == "proportion" else 1e30) or 1.0
        return [self._bar(member, group, most) for member in group.members]

    def _bar(self, member: Member, group: Comparison, most: float) -> Bar:
        number = member.number
        ends = member.interval if group.fair else None
        return Bar(
            member=member,
            change=change_of(self.known, *self._pair(number.place), self.today),
            width=_share(float(number.value or 0), most),
            low=_share(ends.low * group.factor, most) if ends else None,
            high=_share(ends.high * group.factor, most) if ends else None,
            own=number.place == self.place,
            href=self._at(self.period, number.place),
            explained=addresses.explained(self.known.code, number.place, self.period),
            text=number.text(self.known.item.decimals),
        )

    @cached_property
    def charts(self) -> list[Plot]:
        """Course, funnel and parts."""
        numbers = [(period, self.numbers.get(self.known.code, self.place, period)) for period in self.trail]
        first = next((n for n, (_, number) in enumerate(numbers) if number is not None), len(numbers) - 2)
        running = frozenset(period for period in self.trail if periods.running(period, self.today))
        target = self.figure.target
        shown = numbers[max(0, first) :]
        found = []
        if sum(number is not None and number.value is not None for _, number in shown) > 1:
            found.append(drawing.trend(self.known, shown, target=target, restated=self.moved_words, runs=running))
        if self.comparison.fair:
            found.append(drawing.funnel(self.comparison, self.place.id, target))
        for key, parts in sorted(self.numbers.parts.items()):
            if (stratum := self.known.strata.get(key)) and len(parts) > 1:
                found.append(drawing.distribution(self.known, stratum, key, parts))
        return found

    @cached_property
    def map(self) -> TownMap | None:
        """The towns, where members are centres of one county."""
        centres = self.peers and all(one.level == "centre" for one in self.peers)
        return town_map(self.comparison, self.reach, self.place.county) if centres else None

    @cached_property
    def restated(self) -> list[Restatement]:
        """When published numbers of this unit moved, the newest first. One statement."""
        moves = scope.watched(Restatement.objects.all())
        rows = moves.filter(measure__code=self.known.code, unit_id=self.place.id, period__in=self.trail)
        return list(rows.select_related("run", "measure").order_by("-run_id", "-pk")[:BACK])

    @cached_property
    def small(self) -> bool:
        """Whether small counts are hidden from this reader here."""
        return self.place.id not in answers_for(self.actor, self.reach, [self.place])

    @cached_property
    def moved_words(self) -> dict[str, str]:
        """Period → how its published number moved at last."""
        found: dict[str, str] = {}
        for row in self.restated:
            found.setdefault(row.period, self.words_of(row))
        return found

    def words_of(self, row: Restatement) -> str:
        """``61.20 → 62.10（11-03）``."""
        counts = (row.numerator, row.denominator, row.numerator_before, row.denominator_before)
        if self.small and (scope.given_away(row) or small(*counts)):
            return HIDDEN
        decimals = self.known.item.decimals
        return f"{plain(row.value_before, decimals)} → {plain(row.value, decimals)}（{row.run.at:%m-%d}）"


def _share(value: float, most: float) -> float:
    return round(max(0.0, min(100.0, 100 * value / most)), 2)


def period_for(known: Known, asked: str, today: date) -> str:
    """The period that a page is asked for, else the last complete one of the shortest type. Raises Invalid."""
    item = known.item
    if not asked:
        kind = next(kind for kind in PERIODS if kind in item.periods)
        return periods.of(kind, periods.last_month(today))
    type_of = periods.type_of(asked)
    if asked > periods.containing(type_of, today):
        raise Invalid(f"没有时期 {asked}", hint="写成 2026、2026Q3 或 2026-11，不晚于今天", field="period")
    if type_of not in item.periods:
        raise Invalid(
            f"这个指标不按{PERIODS[type_of]}给出",
            hint=f"可按{'、'.join(PERIODS[one] for one in item.periods)}看",
            field="period",
        )
    return asked
