"""The pictures of an indicator: its course, its members against chance, its parts."""

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from yigongti.insight.indicators.definitions import Stratum
from yigongti.insight.results.telling import plain
from yigongti.kernel.ui.charts import Plot

from . import addresses, periods
from .comparing import Comparison, Member
from .figures import Figure
from .funnel import FAR, NEAR
from .known import Known
from .numbers import Number

NAMED = 6
"""So many members beyond limits are named on the funnel."""
TONES = {"danger": "--y-danger", "warn": "--y-warn", "": "--y-accent"}
LIMITS = ((FAR, "99.8% 界限", "dashed"), (NEAR, "95% 界限", "dotted"))


def axis(values: Sequence[float], *, whole: bool) -> dict[str, Any]:
    """A value axis that holds the values with some air, on round numbers; a share stays within 0 and 100."""
    low, high = min(values), max(values)
    air = (high - low) * 0.07 or abs(high) * 0.1 or 1.0
    size = high - low + 2 * air
    step = 10 ** math.floor(math.log10(size / 5))
    step *= next(times for times in (1, 2, 2.5, 5, 10) if step * times * 6 >= size)
    bottom, top = math.floor((low - air) / step) * step, math.ceil((high + air) / step) * step
    bottom = max(bottom, 0.0) if low >= 0 else bottom
    top = min(top, 100.0) if whole and high <= 100 else top
    return {"type": "value", "min": round(bottom, 6), "max": round(top, 6)}


def trend(
    known: Known,
    numbers: Sequence[tuple[str, Number | None]],
    *,
    target: Decimal | None,
    restated: Mapping[str, str],
    runs: frozenset[str],
) -> Plot:
    """The course of a number. ``restated`` are periods whose published number moved → how; ``runs`` those not over."""
    item = known.item
    points = [_course(known, period, number, restated.get(period, ""), period in runs) for period, number in numbers]
    values = [float(number.value) for _, number in numbers if number and number.value is not None]
    lines: list[dict[str, Any]] = [{"name": item.name, "type": "line", "data": points, "connectNulls": False}]
    if target is not None:
        lines[0]["markLine"] = {
            "silent": True,
            "symbol": "none",
            "lineStyle": {"color": "--y-warn", "type": "dashed"},
            "label": {"formatter": f"目标 {plain(target)}", "position": "insideEndTop", "color": "--y-warn"},
            "data": [{"yAxis": float(target)}],
        }
    return Plot(
        key="trend",
        title="走势",
        unit=item.unit,
        option={
            "xAxis": {
                "type": "category",
                "data": [periods.short(period) for period, _ in numbers],
                "boundaryGap": True,
            },
            "yAxis": axis([*values, *([] if target is None else [float(target)])], whole=item.unit == "%"),
            "legend": {"show": False},
            "tooltip": {"trigger": "item", "formatter": "{b}"},
            "series": lines,
        },
        heads=("时期", f"数值（{item.unit}）" if item.unit else "数值", "分子", "分母", "说明"),
        rows=[_row(known, period, number, restated.get(period, ""), period in runs) for period, number in numbers],
        note=_marks(any(p in restated for p, _ in numbers), any(p in runs for p, _ in numbers)),
    )


def _marks(restated: bool, running: bool) -> str:
    told = [*(["菱形：公布后重述过"] if restated else []), *(["大圆：时期还没有结束"] if running else [])]
    return f"{'；'.join(told)}。点可以打开，看它怎么来的。" if told else "点可以打开，看它怎么来的。"


def _course(known: Known, period: str, number: Number | None, moved: str, running: bool) -> dict[str, Any]:
    value = None if number is None or number.value is None else float(number.value)
    if number is None or value is None:
        return {"value": None}
    words = f"{periods.title(period)}  {number.text(known.item.decimals)}{known.item.unit}"
    told = "\n".join(part for part in (words, number.fraction, moved and f"重述：{moved}") if part)
    point: dict[str, Any] = {
        "value": value,
        "name": told + ("\n时期未结束" if running else ""),
        "url": addresses.explained(known.code, number.place, period),
    }
    if moved or running:
        point |= {
            "symbol": "emptyDiamond" if moved else "emptyCircle",
            "symbolSize": 13 if moved else 9,
            "itemStyle": {"color": "--y-warn"} if moved else {},
        }
    return point


def _row(known: Known, period: str, number: Number | None, moved: str, running: bool) -> list[str]:
    if number is None:
        return [periods.title(period), "—", "", "", ""]
    counts = ["", ""] if number.hidden else _counts(number)
    notes = "；".join(part for part in (moved and f"重述：{moved}", "未结束" if running else "") if part)
    return [periods.title(period), number.text(known.item.decimals), *counts, notes]


def funnel(group: Comparison, own: int, target: Decimal | None) -> Plot:
    """Members by their denominators against the limits of chance (Spiegelhalter 2005)."""
    item, most = group.known.item, max(point.n for point in group.points.values())
    members = [member for member in group.members if member.number.place.id in group.points]
    far = sorted((member for member in members if member.position), key=lambda member: -abs(member.position))
    labelled = {own, *(member.number.place.id for member in far[:NAMED])}
    least = min(point.n for point in group.points.values())
    curves = [(n, found) for n, found in group.curves(most * 1.06) if n >= least * 0.7] or group.curves(most)
    heights = [point.count / point.n * group.factor for point in group.points.values()]
    ends = (end for found in curves[0][1].values() for end in (found.low, found.high))
    heights += [end * group.factor for end in ends] + ([] if target is None else [float(target)])
    series: list[dict[str, Any]] = []
    for level, name, style in LIMITS:
        for end in ("low", "high"):
            data = [[n, getattr(found[level], end) * group.factor] for n, found in curves]
            series.append(_line(name, data, {"color": "--y-muted", "type": style, "width": 1}))
    mean = group.average * group.factor
    series.append(_line("成员合计", [[curves[0][0], mean], [most * 1.06, mean]], {"color": "--y-ink", "width": 1}))
    if target is not None:
        aim = float(target)
        series.append(
            _line(
                "目标", [[curves[0][0], aim], [most * 1.06, aim]], {"color": "--y-warn", "type": "dashed", "width": 1}
            )
        )
    series.append(
        {
            "name": "成员",
            "type": "scatter",
            "symbolSize": 11,
            "data": [_dot(group, member, member.number.place.id in labelled, own) for member in members],
            "labelLayout": {"hideOverlap": True},
            "z": 5,
        }
    )
    return Plot(
        key="funnel",
        title="成员比较：漏斗图",
        unit=item.unit,
        option={
            "xAxis": {
                "type": "value",
                "name": "分母",
                "nameLocation": "middle",
                "nameGap": 22,
                "min": 0,
            },
            "yAxis": axis(heights, whole=group.kind == "proportion" and item.unit == "%"),
            "grid": {"left": 8, "right": 24, "top": 34, "bottom": 18, "containLabel": True},
            "legend": {
                "show": True,
                "itemStyle": {"opacity": 0},
                "itemWidth": 22,
                "data": ["95% 界限", "99.8% 界限", "成员合计", *(["目标"] if target is not None else [])],
            },
            "tooltip": {"trigger": "item", "formatter": "{b}"},
            "series": series,
        },
        note=_told(group),
    )


def _line(name: str, data: list[list[float]], style: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "type": "line",
        "data": data,
        "symbol": "none",
        "smooth": False,
        "silent": True,
        "tooltip": {"show": False},
        "lineStyle": style,
        "itemStyle": {"color": style["color"]},
    }


def _dot(group: Comparison, member: Member, named: bool, own: int) -> dict[str, Any]:
    number, item = member.number, group.known.item
    point = group.points[number.place.id]
    mine = number.place.id == own
    value = f"{number.text(group.known.item.decimals)}{item.unit}"
    return {
        "value": [point.n, point.count / point.n * group.factor],
        "name": f"{number.place.title}\n{value}（{number.fraction}）\n{member.words}",
        "url": addresses.indicator(group.known.code, number.place, period=number.period),
        "symbolSize": 15 if mine else 10,
        "itemStyle": {"color": TONES[member.tone], "borderColor": "--y-ink", "borderWidth": 2 if mine else 0},
        "label": {
            "show": named,
            "formatter": number.place.title,
            "position": "right",
            "color": "--y-ink",
            "textBorderColor": "--y-surface",
            "textBorderWidth": 3,
        },
    }


def _told(group: Comparison) -> str:
    base = "二项分布" if group.kind == "proportion" else "泊松分布"
    told = (
        f"实线为成员合计；界限按{base}精确计算：没有真实差别时，"
        "20 个成员约有 1 个落在 95% 界限外，500 个约有 1 个落在 99.8% 界限外。"
    )
    if group.spread > 1 and group.widened:
        return f"{told}成员间的差别是机会的 {group.spread:.1f} 倍，界限已按此放宽。"
    if group.spread > 1:
        return f"{told}成员间的差别是机会的 {group.spread:.1f} 倍：多数差别来自人群或做法，宜先看整体，再看个别。"
    return told


def distribution(known: Known, stratum: Stratum, key: str, parts: Sequence[Number]) -> Plot:
    """The groups of one disaggregation, in the order of the definition, each with its counts."""
    item = known.item
    order = list(stratum.groups)
    listed = sorted(parts, key=lambda one: (order.index(one.part) if one.part in order else len(order), one.part))
    names = {one.part: stratum.groups.get(one.part, one.part or "未知") for one in listed}
    bars = [
        {
            "value": None if one.value is None else float(one.value),
            "name": f"{names[one.part]}  {one.text(known.item.decimals)}{item.unit}\n{one.fraction}".strip(),
        }
        for one in listed
    ]
    return Plot(
        key=f"parts-{key}",
        title=f"按{stratum.title}",
        unit=item.unit,
        option={
            "xAxis": {
                "type": "category",
                "data": list(names.values()),
                "axisLabel": {"interval": 0, "hideOverlap": True},
            },
            "yAxis": {"type": "value"},
            "legend": {"show": False},
            "tooltip": {"trigger": "item", "formatter": "{b}"},
            "series": [{"name": item.name, "type": "bar", "data": bars}],
        },
        heads=(stratum.title, f"数值（{item.unit}）" if item.unit else "数值", "分子", "分母"),
        rows=[
            [names[one.part], one.text(known.item.decimals), *(["", ""] if one.hidden else _counts(one))]
            for one in listed
        ],
        note="不显示的组不画出。" if any(one.hidden for one in listed) else "",
    )


def _counts(number: Number) -> list[str]:
    return [plain(number.numerator), plain(number.denominator)]


def large(key: str, figure: Figure, names: Sequence[str], values: Sequence[float | None]) -> Plot:
    """The course of a figure for the wall: thick, few words."""
    known = [value for value in values if value is not None]
    known += [] if figure.target is None else [float(figure.target)]
    line: dict[str, Any] = {
        "name": figure.label,
        "type": "line",
        "data": list(values),
        "symbolSize": 14,
        "lineStyle": {"width": 6},
        "areaStyle": {"opacity": 0.08},
    }
    if figure.target is not None:
        line["markLine"] = {
            "silent": True,
            "symbol": "none",
            "lineStyle": {"color": "--y-warn", "type": "dashed", "width": 4},
            "label": {"show": False},
            "data": [{"yAxis": float(figure.target)}],
        }
    return Plot(
        key=key,
        title=figure.label,
        unit=figure.known.item.unit,
        option={
            "xAxis": {"type": "category", "data": list(names), "axisLabel": {"hideOverlap": True}},
            "yAxis": {**axis(known, whole=figure.known.item.unit == "%"), "splitNumber": 3},
            "legend": {"show": False},
            "tooltip": {"show": False},
            "animation": False,
            "series": [line],
        },
    )
