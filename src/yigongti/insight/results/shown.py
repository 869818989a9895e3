"""What the page of an explanation draws and writes: the course, decompositions in words, the log of what moved."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from yigongti.kernel.ui.charts import Chart, Series

from . import queries, scope
from .divided import Change, Row
from .models import Restatement, Result
from .telling import HIDDEN, plain, why
from .told import Told


@dataclass(frozen=True)
class Shown:
    """A decomposition in words, rounded as the indicator is and two decimals finer."""

    of: Change
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


def trend(one: Told, months: list[Row]) -> Chart:
    """The value in each month."""
    found = Result.objects.filter(
        measure=one.measure, unit=one.unit, period__in=[row.title for row in months], stratum=""
    ).select_related("unit")
    numbers = {result.period: result.value for result in found if not one.hides(result)}
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
class Moved:
    """One line of the log: when, from what to what, why, and the computation that found it."""

    at: datetime
    former: str
    now: str
    counts: str
    why: str


def restated(one: Told) -> list[Moved]:
    """How the number moved after its period was over, the newest first."""
    log = scope.watched(queries.restatements(one.measure, one.unit)).filter(period=one.period)[:20]
    return [_moved(one, row) for row in log]


def _moved(one: Told, row: Restatement) -> Moved:
    if scope.closed(one.held, row):
        return Moved(row.run.at, HIDDEN, HIDDEN, "", why(row))
    decimals = one.item.decimals
    before, now = _counts(row.numerator_before, row.denominator_before), _counts(row.numerator, row.denominator)
    return Moved(
        row.run.at, plain(row.value_before, decimals), plain(row.value, decimals), f"{before} → {now}", why(row)
    )


def _counts(numerator: Decimal | None, denominator: Decimal | None) -> str:
    return plain(numerator) if denominator is None else f"{plain(numerator)} / {plain(denominator)}"
