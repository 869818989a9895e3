"""The control chart of a suggestion: the series, the centre line, the limits as they stood, the points outside."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from yigongti.insight.results.queries import totals
from yigongti.insight.results.scope import Duty, hides
from yigongti.insight.results.telling import plain
from yigongti.kernel.ui.charts import Plot

from .control import Limits, Point
from .models import Alarm

SHOWN = 72
"""So many periods are read at most."""
FEWEST = 12


def series(alarm: Alarm, held: Duty) -> list[Point]:
    """The stored results of the indicator and unit, oldest first: the baseline, the period, and what came since.

    Small counts, and what would give them away, are left out for a reader with another duty.
    """
    rows = totals([alarm.measure.code], [alarm.unit], of_type=alarm.type).exclude(value=None).order_by("-period")
    found = [
        Point(row.period, float(row.value or 0), _number(row.numerator), _number(row.denominator))
        for row in rows[:SHOWN]
        if not hides(held, row)
    ]
    before = sum(point.period < alarm.period for point in found) - max(alarm.baseline, FEWEST)
    return found[::-1][max(before, 0) :]


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def outside(alarm: Alarm, limits: Limits | None, point: Point) -> bool:
    """Whether a point lies outside the limits of this suggestion."""
    if alarm.limit is not None:
        return point.value < alarm.limit if alarm.low else point.value > alarm.limit
    if limits is None:
        return False
    low, high = limits.lower(point.denominator), limits.upper(point.denominator)
    return (low is not None and point.value < low) or (high is not None and point.value > high)


def plot(alarm: Alarm, points: Sequence[Point], limits: Limits | None) -> Plot:
    """The chart with its numbers as a table; ``limits`` as the reader may see them."""
    rounded = [round(point.value, alarm.decimals) for point in points]
    marked = [
        {"value": value, "symbolSize": size(alarm, point), "itemStyle": {"color": colour(alarm, limits, point)}}
        for point, value in zip(points, rounded, strict=True)
    ]
    lines: list[dict[str, Any]] = [
        {"name": alarm.title, "type": "line", "data": marked, "symbol": "circle", "showAllSymbol": True}
    ]
    heads, columns = ["时期", "数值"], [rounded]
    if limits is not None:
        for name, found in _limit_lines(alarm, limits, points).items():
            lines.append(_line(name, found, "--y-muted" if name == "中心线" else "--y-warn"))
            heads.append(name)
            columns.append(found)
    if alarm.limit is not None:
        flat = [float(alarm.limit)] * len(points)
        lines.append(_line("界值", flat, "--y-danger"))
        heads.append("界值")
        columns.append(flat)
    return Plot(
        key="alarm",
        title=f"{alarm.title}：{alarm.unit.title}",
        unit=alarm.measured_in,
        href=alarm.explanation,
        option={
            "xAxis": {"type": "category", "data": [point.period for point in points]},
            "yAxis": {"type": "value", "scale": True},
            "legend": {"show": True},
            "tooltip": {"trigger": "axis"},
            "series": lines,
        },
        heads=heads,
        rows=[[point.period, *(plain_of(column[at], alarm) for column in columns)] for at, point in enumerate(points)],
        note="界限按提示时的基线固定，分母越小界限越宽。大点是被提示的时期，红点在界限之外。",
    )


def size(alarm: Alarm, point: Point) -> int:
    """The period of the suggestion is drawn larger."""
    return 12 if point.period == alarm.period else 6


def colour(alarm: Alarm, limits: Limits | None, point: Point) -> str:
    """Red outside."""
    return "--y-danger" if outside(alarm, limits, point) else "--y-accent"


def plain_of(value: float | None, alarm: Alarm) -> str | None:
    """A number of the table."""
    return None if value is None else plain(Decimal(repr(round(value, alarm.decimals))))


def _limit_lines(alarm: Alarm, limits: Limits, points: Sequence[Point]) -> dict[str, list[Any]]:
    def rounded(value: float | None) -> float | None:
        return None if value is None else round(value, alarm.decimals)

    return {
        "中心线": [rounded(limits.centre)] * len(points),
        "下限": [rounded(limits.lower(point.denominator)) for point in points],
        "上限": [rounded(limits.upper(point.denominator)) for point in points],
    }


def _line(name: str, values: Sequence[Any], colour: str) -> dict[str, Any]:
    return {
        "name": name,
        "type": "line",
        "data": list(values),
        "symbol": "none",
        "step": "middle" if name in ("下限", "上限") else None,
        "lineStyle": {"color": colour, "type": "solid" if name == "中心线" else "dashed", "width": 1},
        "itemStyle": {"color": colour},
    }
