"""One figure on a screen: the number, its change, its target, its last year."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from yigongti.insight.results.telling import plain

from . import addresses, periods
from .comparing import z_of_change
from .definitions import Shown
from .known import Known, band, missed
from .numbers import Number
from .reach import Place

WORTH_SAYING = 1.96
"""A change with a smaller z-value is chance more often than one time in twenty."""
WHOLE = Decimal(100)
LOOSE = Decimal("0.2")
"""Where chance has no measure, a change by this share of the value before is worth saying."""


@dataclass(frozen=True)
class Change:
    """From one period to the next."""

    now: Number
    before: Number
    known: Known
    name: str = ""

    @property
    def label(self) -> str:
        """The indicator's name, or the screen's for it."""
        return self.name or self.known.item.name

    @property
    def by(self) -> Decimal:
        """The difference of the values."""
        return (self.now.value or Decimal(0)) - (self.before.value or Decimal(0))

    @cached_property
    def score(self) -> float:
        """How much it says: the z-value, or ten times the relative change where chance has no measure."""
        kind = self.known.kind
        if kind:
            return abs(z_of_change(self.now, self.before, kind))
        old = self.before.value
        share = abs(self.by / old) if old else Decimal(0)
        return float(share * 10) if share >= LOOSE and self.now.denominator is not None else 0.0

    @property
    def worse(self) -> bool:
        """Whether it went the wrong way."""
        return bool(self.by) and (self.by < 0) == (self.known.item.better == "higher") and self.judged

    @property
    def judged(self) -> bool:
        """Whether one way is better."""
        return self.known.item.better in ("higher", "lower")

    @property
    def words(self) -> str:
        """``↑ 1.2 个百分点``; 持平 where the shown decimals are the same."""
        if not round(self.by, self.known.item.decimals):
            return "持平"
        size = plain(abs(self.by), self.known.item.decimals)
        return f"{'↑' if self.by > 0 else '↓'} {size} {self.known.wording}".strip()

    @property
    def now_text(self) -> str:
        """What it is."""
        return self.now.text(self.known.item.decimals)

    @property
    def before_text(self) -> str:
        """What it was."""
        return self.before.text(self.known.item.decimals)

    @property
    def explained(self) -> str:
        """The explanation of what it is."""
        return addresses.explained(self.known.code, self.now.place, self.now.period)

    @property
    def explained_before(self) -> str:
        """The explanation of what it was."""
        return addresses.explained(self.known.code, self.before.place, self.before.period)

    @property
    def opens(self) -> str:
        """The page of the indicator."""
        return addresses.indicator(self.known.code, self.now.place, period=self.now.period)

    @property
    def tone(self) -> str:
        """``good`` or ``bad`` where one way is better and the change is beyond chance."""
        if not self.judged or not self.by or self.score < WORTH_SAYING:
            return ""
        return "bad" if self.worse else "good"


def change_of(known: Known, now: Number | None, before: Number | None, today: date, name: str = "") -> Change | None:
    """The change, where both are known and comparable: a count of a running period is not."""
    if now is None or before is None or now.value is None or before.value is None:
        return None
    if now.denominator is None and periods.running(now.period, today):
        return None
    return Change(now, before, known, name)


@dataclass(frozen=True)
class Figure:
    """A figure of a unit. ``trail`` are its last values, the oldest first; ``beyond`` the member's own position.

    ``instead``: the number is of the centre, where the organisation itself has none (residents are the centre's).
    ``restated``: from what to what it moved after it was published.
    """

    shown: Shown
    known: Known
    place: Place
    period: str
    number: Number | None
    change: Change | None
    trail: Sequence[Decimal | None]
    today: date
    beyond: str = ""
    instead: bool = False
    restated: str = ""

    @property
    def label(self) -> str:
        """What it is called on the screen."""
        return self.shown.name or self.known.item.name

    @property
    def unit(self) -> str:
        """The unit; a hidden value has none."""
        return "" if self.number is None or self.number.value is None else self.known.item.unit

    @property
    def text(self) -> str:
        """The number."""
        return self.number.text(self.known.item.decimals) if self.number else "—"

    @cached_property
    def target(self) -> Decimal | None:
        """What is to be reached: by the definition, else by the screen."""
        found = self.known.target(self.place, int(self.period[:4]))
        return found.value if found else self.shown.target

    @property
    def has_target(self) -> bool:
        """Whether there is something to reach."""
        return self.target is not None

    @property
    def target_words(self) -> str:
        """``目标 62%，差 3.1``."""
        if self.target is None:
            return ""
        told = f"目标 {plain(self.target)}{self.known.item.unit}"
        if self.number is None or self.number.value is None:
            return told
        gap = abs(self.number.value - self.target)
        return f"{told}，差 {plain(gap, self.known.item.decimals)}" if self.is_missed else f"{told}，已达到"

    @property
    def is_missed(self) -> bool:
        """Whether the target is not reached."""
        value = self.number.value if self.number else None
        return value is not None and self.target is not None and missed(value, self.target, self.known.item.better)

    @cached_property
    def tone(self) -> str:
        """``danger`` in the worst band or beyond the outer limit, ``warn`` below target, else empty."""
        value = self.number.value if self.number else None
        if self.beyond == "danger":
            return "danger"
        found = self.known.target(self.place, int(self.period[:4]))
        if value is not None and found and found.bands:
            grade = band(value, found.bands, self.known.item.better)
            return "danger" if grade == len(found.bands) else "warn" if grade else ""
        return "warn" if self.is_missed or self.beyond == "warn" else ""

    @property
    def running(self) -> bool:
        """Whether the period is not over."""
        return periods.running(self.period, self.today)

    @property
    def period_words(self) -> str:
        """``2026 年 10 月``; a running one says so."""
        told = periods.title(self.number.period if self.number else self.period)
        return f"{told}至今" if self.running else told

    @property
    def versus(self) -> str:
        """To what it is compared: 上月, 上季, 上年."""
        return periods.STEP[periods.type_of(self.period)]

    @property
    def incomplete(self) -> bool:
        """Whether fewer months were reported than the definition asks for."""
        share = self.number.completeness if self.number else None
        return share is not None and share < self.known.item.completeness

    @property
    def above_whole(self) -> bool:
        """Whether a share is more than the whole: its denominator is an estimate, as its explanation says."""
        value = self.number.value if self.number else None
        return value is not None and self.known.item.unit == "%" and value > WHOLE and bool(self.known.item.note)

    @property
    def href(self) -> str:
        """Its explanation."""
        return addresses.explained(self.known.code, self.place, self.number.period if self.number else self.period)

    @property
    def indicator_url(self) -> str:
        """The page of the indicator."""
        return addresses.indicator(
            self.known.code, self.place, period=self.number.period if self.number else self.period
        )

    @cached_property
    def spark(self) -> "Spark | None":
        """The last year as a small line."""
        return spark(self.trail, self.target)


@dataclass(frozen=True)
class Spark:
    """A small line in a box of 100 × 28: pieces between gaps, the last point, the height of the target."""

    lines: tuple[str, ...]
    last: tuple[float, float]
    target: float | None


def spark(trail: Sequence[Decimal | None], target: Decimal | None) -> Spark | None:
    """The line; None with fewer than two values."""
    known = [float(value) for value in trail if value is not None]
    if len(known) < 2:
        return None
    aims = [] if target is None else [float(target)]
    low, high = min(known + aims), max(known + aims)
    size = (high - low) or 1.0

    def at(place: int, value: float) -> tuple[float, float]:
        return round(2 + 96 * place / (len(trail) - 1), 1), round(25 - 22 * (value - low) / size, 1)

    pieces: list[list[tuple[float, float]]] = [[]]
    for place, value in enumerate(trail):
        if value is None:
            pieces.append([])
        else:
            pieces[-1].append(at(place, float(value)))
    lines = tuple(" ".join(f"{x},{y}" for x, y in piece) for piece in pieces if len(piece) > 1)
    last = [point for piece in pieces for point in piece][-1]
    return Spark(lines, last, at(0, aims[0])[1] if aims else None)
