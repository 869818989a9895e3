"""What the wall shows, one picture after the other: a figure, its course, the members. Nothing of any person."""

from collections.abc import Sequence
from dataclasses import dataclass

from yigongti.insight.indicators.definitions import BETTER
from yigongti.kernel.ui.charts import Plot

from . import drawing, periods
from .comparing import Comparison, Member, compare
from .figures import Figure
from .screen import Overview

MEMBERS = 10


@dataclass(frozen=True)
class Bar:
    """A member's bar in a box of 100 × 10."""

    name: str
    text: str
    width: float
    tone: str


@dataclass(frozen=True)
class Slide:
    """One picture."""

    number: int
    section: str
    figure: Figure
    course: Plot | None
    bars: Sequence[Bar]
    rest: str

    @property
    def better(self) -> str:
        """Which way is better, in words; empty where none is."""
        item = self.figure.known.item
        return BETTER[item.better] if item.better != "none" else ""


def slides(page: Overview) -> list[Slide]:
    """The declared pictures whose number is known; its course, and the members from the best to the worst."""
    titles = {shown.indicator: section.title for section, _ in page.sections for shown in section.figures}
    figures = {figure.shown.indicator: figure for figure in page.figures}
    listed = [figures[shown.indicator] for shown in page.policy.slides if shown.indicator in figures]
    known = [figure for figure in listed if figure.number is not None]
    return [_slide(n, titles[figure.shown.indicator], figure, page) for n, figure in enumerate(known, start=1)]


def _slide(number: int, section: str, figure: Figure, page: Overview) -> Slide:
    members = page.peers if figure.shown.compare else []
    group = compare(figure.known, page.numbers.of(figure.known.code, members, figure.period))
    bars, rest = _bars(group)
    return Slide(number, section, figure, _course(number, figure), bars, rest)


def _course(number: int, figure: Figure) -> Plot | None:
    trail = periods.up_to(figure.period, len(figure.trail))
    known = [(period, value) for period, value in zip(trail, figure.trail, strict=True) if value is not None]
    if len(known) < 2:
        return None
    first = trail.index(known[0][0])
    points = [None if value is None else float(value) for value in figure.trail[first:]]
    return drawing.large(f"wall-{number}", figure, [periods.short(p) for p in trail[first:]], points)


def _bars(group: Comparison) -> tuple[list[Bar], str]:
    shown = [member for member in group.members if member.number.value is not None]
    if len(shown) < 2:
        return [], ""
    most = max(float(member.number.value or 0) for member in shown) or 1.0
    picked = shown if len(shown) <= MEMBERS else [*shown[: MEMBERS // 2], *shown[-(MEMBERS // 2) :]]
    rest = f"共 {len(shown)} 个成员，列出前 {MEMBERS // 2} 和后 {MEMBERS // 2}" if len(shown) > MEMBERS else ""
    return [_bar(member, group, most) for member in picked], rest


def _bar(member: Member, group: Comparison, most: float) -> Bar:
    number = member.number
    width = round(100 * float(number.value or 0) / most, 1)
    return Bar(number.place.title, number.text(min(1, group.known.item.decimals)), max(width, 0.5), member.tone)
