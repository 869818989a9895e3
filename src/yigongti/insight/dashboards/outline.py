"""A screen as lines: what pages, documents and comparisons of policies show."""

from collections.abc import Iterator

from yigongti.insight.evaluation.known import known_indicators
from yigongti.insight.indicators.definitions import LEVELS, PERIODS
from yigongti.insight.results.telling import plain
from yigongti.kernel.policy.outline import Line, describes, sourced

from .definitions import Screen, Shown


@describes("dashboard", "运行监测屏")
def _screen(policy: Screen) -> Iterator[Line]:
    wall = {figure.indicator for figure in policy.slides}
    for section in policy.sections:
        for figure in section.figures:
            yield Line(
                figure.indicator,
                f"{section.title}：{_title(figure)}",
                condition=f"{LEVELS[policy.level]}，按{PERIODS[figure.period]}",
                consequence=_told(figure, figure.indicator in wall, policy.wall.seconds),
                **sourced(policy, figure),
            )


def _title(figure: Shown) -> str:
    known = known_indicators().get(figure.indicator)
    return figure.name or (known.name if known else figure.indicator)


def _told(figure: Shown, on_wall: bool, seconds: int) -> str:
    parts = [f"目标 {plain(figure.target)}"] if figure.target is not None else []
    parts.append("成员间比较" if figure.compare else "不比较成员")
    if on_wall:
        parts.append(f"上大屏，每幅 {seconds} 秒")
    return "，".join(parts)
