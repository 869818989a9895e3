"""One screen: how are we doing, what changed, where to act. Four statements, the reach included."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property

from django.db.models import QuerySet
from django.utils.timezone import make_aware

from yigongti.insight.results import scope
from yigongti.insight.results.models import Restatement
from yigongti.insight.results.telling import HIDDEN, plain, why
from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor

from . import addresses, periods
from .comparing import Comparison, Member, compare
from .definitions import Screen, Section, Shown
from .figures import WORTH_SAYING, Change, Figure, change_of
from .known import Known, known
from .numbers import Numbers, Wanted, read, small
from .reach import Place, Reach, answers_for

MOST = 8
LOGGED = 200
WHOLE = ("county", "consortium", "all")


@dataclass(frozen=True)
class Moved:
    """A published number that moved, as the reader may see it."""

    row: Restatement
    place: Place
    known: Known
    hidden: bool

    @property
    def before(self) -> str:
        """What it was."""
        return HIDDEN if self.hidden else plain(self.row.value_before, self.known.item.decimals)

    @property
    def now(self) -> str:
        """What it is."""
        return HIDDEN if self.hidden else plain(self.row.value, self.known.item.decimals)

    @property
    def words(self) -> str:
        """``43.33 → 45.00``."""
        return HIDDEN if self.hidden else f"{self.before} → {self.now}"

    @property
    def period(self) -> str:
        """Of which period."""
        return periods.title(self.row.period)

    @property
    def why(self) -> str:
        """What moved it."""
        return why(self.row)

    @property
    def href(self) -> str:
        """Its explanation."""
        return addresses.explained(self.known.code, self.place, self.row.period)

    @property
    def size(self) -> float:
        """How much it moved, relative to what it was."""
        old, new = self.row.value_before, self.row.value
        if old is None or new is None:
            return 1.0
        return float(abs(new - old) / abs(old)) if old else float(new != 0)


@dataclass(frozen=True)
class Beyond:
    """A member beyond a limit on the bad side."""

    member: Member
    figure: Shown
    known: Known
    average: str

    @property
    def href(self) -> str:
        """The explanation of its number."""
        return addresses.explained(self.known.code, self.member.number.place, self.member.number.period)

    @property
    def opens(self) -> str:
        """The page of the indicator."""
        return addresses.indicator(self.known.code, self.member.number.place, period=self.member.number.period)

    @property
    def label(self) -> str:
        """The figure's name."""
        return self.figure.name or self.known.item.name

    @property
    def text(self) -> str:
        """The value with its counts."""
        number = self.member.number
        return f"{number.text(self.known.item.decimals)}{self.known.item.unit}（{number.fraction}）"


class Overview:
    """Everything a screen shows of a unit in a month."""

    def __init__(self, actor: Actor, reach: Reach, policy: Screen, place: Place, month: str, *, public: bool = False):
        self.actor, self.reach, self.policy, self.place, self.month = actor, reach, policy, place, month
        self.public = public
        self.today: date = clock.today()
        self.known = known(figure.indicator for figure in policy.figures)
        self.peers = reach.peers(place)
        stations = reach.inside(place) if place.level == "centre" else []
        self.inside = [one for one in stations if one.organization_id != place.organization_id]
        self.centre = reach.above(place) if place.level == "organization" else None
        self.numbers: Numbers = read(actor, reach, self.known, self._wanted(), public=public)

    def _wanted(self) -> list[Wanted]:
        types = {figure.period for figure in self.policy.figures}
        trail = [period for kind in types for period in self.trail_of(kind)]
        latest = [period for kind in types for period in self.trail_of(kind)[-2:]]
        others = {one.id: one for one in (*self.peers, *self.inside) if one != self.place}
        own = [self.place, self.centre] if self.centre else [self.place]
        return [Wanted(own, trail), Wanted(list(others.values()), latest)]

    def trail_of(self, kind: str) -> list[str]:
        """The periods of a type up to the one that is shown."""
        return periods.up_to(periods.of(kind, self.month), periods.SPARK[kind])

    @property
    def empty(self) -> bool:
        """Whether nothing is stored for this unit."""
        return not any(one.place == self.place for one in self.numbers.all)

    @property
    def figures(self) -> list[Figure]:
        """Every figure that stands on the screen."""
        return [figure for _, figures in self.sections for figure in figures]

    @cached_property
    def sections(self) -> list[tuple[Section, list[Figure]]]:
        """How are we doing."""
        return [
            (section, [self.figure(one) for one in section.figures if one.indicator in self.known])
            for section in self.policy.sections
        ]

    def figure(self, shown: Shown) -> Figure:
        """One figure; a reported number that is not there yet is the last one that was reported."""
        found = self.known[shown.indicator]
        trail = self.trail_of(shown.period)
        place = self._answering(found.code, trail)
        numbers = [self.numbers.get(found.code, place, period) for period in trail]
        last = len(trail) - 1
        if found.item.kind != "computed":
            last = max((n for n, number in enumerate(numbers) if number is not None), default=last)
        now, before = numbers[last], numbers[last - 1] if last else None
        return Figure(
            shown=shown,
            known=found,
            place=place,
            period=trail[last],
            number=now,
            change=change_of(found, now, before, self.today),
            trail=[number.value if number else None for number in numbers[: last + 1]],
            today=self.today,
            beyond=self._own.get(found.code, "") if place == self.place else "",
            instead=place != self.place,
            restated=self._moved.get((found.code, place.id, trail[last]), ""),
        )

    def _answering(self, code: str, trail: Sequence[str]) -> Place:
        """The unit itself, or the centre for what is counted of the centre's residents only."""
        own = any(self.numbers.get(code, self.place, period) for period in trail)
        theirs = self.centre and any(self.numbers.get(code, self.centre, period) for period in trail)
        return self.centre if self.centre and theirs and not own else self.place

    @cached_property
    def _own(self) -> dict[str, str]:
        """Indicators by which this member itself lies beyond a limit on the bad side → tone."""
        if self.place.level in WHOLE:
            return {}
        return {one.known.code: one.member.tone for one in self.beyond if one.member.number.place == self.place}

    @cached_property
    def comparisons(self) -> list[tuple[Shown, Comparison]]:
        """Members among each other by each figure that compares and is meant for them, and a member's stations."""
        groups = [self.peers, self.inside]
        return [
            (shown, compare(self.known[shown.indicator], self.numbers.of(shown.indicator, group, self._of(shown))))
            for shown in self.policy.figures
            if shown.compare and shown.indicator in self.known
            for group in groups
            if len(group) > 1 and group[0].level in self.known[shown.indicator].item.levels
        ]

    def _of(self, shown: Shown) -> str:
        return periods.of(shown.period, self.month)

    @cached_property
    def beyond(self) -> list[Beyond]:
        """Where to act: members beyond limits on the bad side, the farthest first; a member's screen shows its own."""
        found = [
            Beyond(member, shown, group.known, self._average(group))
            for shown, group in self.comparisons
            for member in group.members
            if member.bad and self._mine(member.number.place)
        ]
        return sorted(found, key=lambda one: -abs(one.member.position))

    def _mine(self, place: Place) -> bool:
        return self.place.level in WHOLE or place == self.place or place in self.inside

    def _average(self, group: Comparison) -> str:
        return f"{group.average * group.factor:,.{group.known.item.decimals}f}{group.known.item.unit}"

    @cached_property
    def moves(self) -> list[Change]:
        """What changed most since the period before, beyond chance: the unit and its members."""
        found = list(self._moves())
        return sorted((one for one in found if one.score >= WORTH_SAYING), key=lambda one: -one.score)[:MOST]

    def _moves(self) -> Iterator[Change]:
        others = self.peers if self.place.level in WHOLE else self.inside
        for shown in self.policy.figures:
            if shown.indicator not in self.known:
                continue
            earlier, now = self.trail_of(shown.period)[-2:]
            watched = [self._answering(shown.indicator, (now, earlier)), *others]
            for place in dict.fromkeys(watched):
                after, before = (self.numbers.get(shown.indicator, place, period) for period in (now, earlier))
                if change := change_of(self.known[shown.indicator], after, before, self.today, shown.name):
                    yield change

    @cached_property
    def logged(self) -> list[Moved]:
        """Published numbers that moved since the first of last month, the newest first. One statement."""
        since = (self.today.replace(day=1) - timedelta(days=1)).replace(day=1)
        watched = [self.place, self.centre or self.place, *(self.peers if self.place.level in WHOLE else self.inside)]
        places = list(dict.fromkeys(watched))
        rows = restatements(self.known, places, since)
        open_to = frozenset() if self.public else answers_for(self.actor, self.reach, places)
        return [moved(row, self.reach, self.known, open_to) for row in rows]

    @property
    def restated(self) -> list[Moved]:
        """Those that moved most: each number once, as it moved last."""
        last = {(one.known.code, one.place.id, one.row.period): one for one in reversed(self.logged)}
        return sorted(last.values(), key=lambda one: -one.size)[:MOST]

    @cached_property
    def _moved(self) -> dict[tuple[str, int, str], str]:
        """Indicator, unit and period → from what to what."""
        return {(one.known.code, one.place.id, one.row.period): one.words for one in reversed(self.logged)}


def restatements(codes: Iterable[str], places: Sequence[Place], since: date) -> QuerySet[Restatement]:
    """The newest restatements of indicators for units since a day."""
    rows = scope.watched(Restatement.objects.all()).filter(
        run__at__gte=make_aware(datetime.combine(since, time.min)),
        measure__code__in=list(codes),
        unit__in=[place.id for place in places],
    )
    return rows.select_related("run", "measure").order_by("-run_id", "-pk")[:LOGGED]


def moved(row: Restatement, reach: Reach, codes: dict[str, Known], open_to: frozenset[int]) -> Moved:
    """A restatement as the reader may see it."""
    counts = (row.numerator, row.denominator, row.numerator_before, row.denominator_before)
    hidden = row.unit_id not in open_to and (scope.given_away(row) or small(*counts))
    return Moved(row, reach.by_id[row.unit_id], codes[row.measure.code], hidden)
