"""Policy kind ``dashboard``: which figures stand on the screen of a county, a consortium, a member or a doctor.

::

    level: consortium             # whose screen this is
    roles: [council]              # who sees it first
    sections:
      - section: order
        title: 分级诊疗
        figures:
          - {indicator: monitoring-2024/3.1, period: month}
          - {indicator: public-health/H01, period: year, target: 62}
    wall: {seconds: 20, slides: [{indicator: monitoring-2024/3.1}]}
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Literal, cast

from pydantic import Field

from yigongti.insight.evaluation.known import known_indicators
from yigongti.insight.indicators.definitions import LEVELS, PERIODS
from yigongti.kernel.policy.kinds import Identifier, Path, Policy, Sourced, Strict, policy_kind
from yigongti.kernel.policy.problems import allowed_words
from yigongti.kernel.policy.store import Place, resolve, store

ROOM = "dashboards"
Period = Literal["month", "quarter", "year"]


class Shown(Sourced):
    """A figure on a screen: of the last complete month or quarter, or of the year that runs.

    ``target`` stands in for the target that the indicator's own definition does not give. ``compare`` says whether
    members are held against each other by it.
    """

    indicator: str
    period: Period = "month"
    name: Annotated[str, Field(description="a shorter name for the screen")] = ""
    target: Decimal | None = None
    compare: bool = True


class Section(Strict):
    """Figures that belong together."""

    section: Identifier
    title: Annotated[str, Field(min_length=2)]
    figures: Annotated[list[Shown], Field(min_length=1)]


class Slide(Strict):
    """One picture on the wall."""

    indicator: str


class Wall(Strict):
    """What the wall shows, one after the other, each so many seconds; empty: every figure of the screen."""

    seconds: Annotated[int, Field(ge=5, le=300)] = 20
    slides: list[Slide] = []


@policy_kind("dashboard")
class Screen(Policy):
    """One screen."""

    level: Literal["county", "consortium", "centre", "organization"]
    roles: Annotated[list[str], Field(min_length=1)]
    sections: Annotated[list[Section], Field(min_length=1)]
    wall: Wall = Wall()

    def items(self) -> Iterator[tuple[Path, Sourced]]:
        """Every figure."""
        for index, section in enumerate(self.sections):
            for place, figure in enumerate(section.figures):
                yield ("sections", index, "figures", place), figure

    @property
    def figures(self) -> list[Shown]:
        """Every figure, in order."""
        return [figure for section in self.sections for figure in section.figures]

    @property
    def slides(self) -> list[Shown]:
        """What the wall shows."""
        by_code = {figure.indicator: figure for figure in self.figures}
        return [by_code[slide.indicator] for slide in self.wall.slides] or self.figures

    def problems(self) -> Iterator[tuple[Path, str, str]]:
        """Unknown indicators and roles, periods and levels without numbers, slides without a figure."""
        from yigongti.kernel.access.roles import Role

        for index, role in enumerate(self.roles):
            if role not in Role.registry:
                yield ("roles", index), f"没有角色 {role}", allowed_words(role, Role.registry)
        seen: set[str] = set()
        for path, item in self.items():
            figure = cast(Shown, item)
            if figure.indicator in seen:
                yield (*path, "indicator"), f"指标 {figure.indicator} 写了两次", "一个屏上一个指标出现一次"
            seen.add(figure.indicator)
            yield from (((*path, *rest), wrong, way) for rest, wrong, way in self._wrong(figure))
        for index, slide in enumerate(self.wall.slides):
            if slide.indicator not in seen:
                missing = f"大屏上的 {slide.indicator} 不在 sections 里"
                yield ("wall", "slides", index), missing, allowed_words(slide.indicator, seen)

    def _wrong(self, figure: Shown) -> Iterator[tuple[Path, str, str]]:
        known = known_indicators()
        found = known.get(figure.indicator)
        if found is None:
            yield ("indicator",), f"没有指标 {figure.indicator}", allowed_words(figure.indicator, known)
            return
        if self.level not in found.levels:
            yield ("indicator",), f"{figure.indicator} 不按{LEVELS[self.level]}给出", "、".join(found.levels)
        if figure.period not in found.periods:
            yield ("period",), f"{figure.indicator} 不按{PERIODS[figure.period]}给出", "、".join(found.periods)


def screens(place: Place = None) -> list[Screen]:
    """Every screen in force at a place, the widest level first."""
    names = sorted({one.name for one in store().editions() if isinstance(one.body, Screen)})
    found = [body for name in names if isinstance(body := resolve(name, place).body, Screen)]
    return sorted(found, key=lambda screen: -list(LEVELS).index(screen.level))
