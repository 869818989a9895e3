"""Why a pair has its probability, field by field: data for a chart, and the chart itself as SVG without scripts."""

from dataclasses import dataclass
from html import escape

from yigongti.records.linkage.online import Match
from yigongti.records.linkage.trained import probability

ROW, LABEL, PLOT, NUMBERS = 26, 190, 420, 130
FOR, AGAINST, NEUTRAL = "#2fb344", "#d63939", "#667382"


@dataclass(frozen=True)
class Bar:
    """One step: from ``start`` to ``end`` bits; ``probability`` after it."""

    name: str
    level: str
    weight: float
    start: float
    end: float
    probability: float


def waterfall(match: Match) -> list[Bar]:
    """The prior, each field (the strongest evidence first), the total, the distance from the best of the others."""
    at = match.prior_weight
    bars = [Bar("起点", "两个任意的人", at, 0.0, at, probability(at))]
    for one in sorted(match.evidence, key=lambda one: -abs(one.weight)):
        bars.append(Bar(one.title, one.level_title, one.weight, at, at + one.weight, probability(at + one.weight)))
        at += one.weight
    bars.append(Bar("合计", "", match.weight, 0.0, match.weight, match.probability))
    if match.ahead is not None:
        bars.append(Bar("比另一位", "", match.ahead, at - match.ahead, at, match.probability))
    return bars


def svg(match: Match) -> str:
    """The waterfall as an SVG element that needs no script; colours follow the page's where CSS says so."""
    bars = waterfall(match)
    low = min(0.0, *(min(bar.start, bar.end) for bar in bars))
    high = max(0.0, *(max(bar.start, bar.end) for bar in bars))
    scale = PLOT / ((high - low) or 1)
    height, width = ROW * len(bars) + 8, LABEL + PLOT + NUMBERS
    zero = LABEL + (0 - low) * scale
    title = f"匹配权重合计 {match.weight:.1f} 比特，概率 {match.probability:.4f}"
    opening = (
        f'<svg class="linkage-waterfall" role="img" viewBox="0 0 {width} {height}" width="100%" '
        f'xmlns="http://www.w3.org/2000/svg" font-size="13" aria-label="{title}"><title>{title}</title>'
    )
    parts = [
        opening,
        f'<line x1="{zero:.1f}" x2="{zero:.1f}" y1="0" y2="{height}" stroke="{NEUTRAL}" stroke-dasharray="3 3"/>',
        *(_bar(bar, place, low, scale) for place, bar in enumerate(bars)),
        "</svg>",
    ]
    return "".join(parts)


def percent(probability: float) -> str:
    """``99.9%``: as many digits as tell it from never and from certain, six at most."""
    for digits in (0, 1, 2, 4):
        told = f"{probability:.{digits}%}"
        if float(told[:-1]) not in (0, 100):
            return told
    return "≈0%" if probability < 0.5 else "≈100%"


def _bar(bar: Bar, place: int, low: float, scale: float) -> str:
    top = 4 + place * ROW
    left = LABEL + (min(bar.start, bar.end) - low) * scale
    wide = max(abs(bar.end - bar.start) * scale, 1)
    colour = NEUTRAL if bar.name in ("起点", "合计") or not bar.weight else FOR if bar.weight > 0 else AGAINST
    middle = top + ROW / 2 + 1
    told = f"{bar.name}：{bar.level}" if bar.level else bar.name
    numbers = f"{bar.weight:+.1f} → {percent(bar.probability)}"
    shown = told if len(told) <= 14 else told[:13] + "…"
    return (
        f"<g><title>{escape(told)} {bar.weight:+.2f}</title>"
        f'<text x="{LABEL - 8}" y="{middle}" text-anchor="end" fill="currentColor">{escape(shown)}</text>'
        f'<rect x="{left:.1f}" y="{top + 3}" width="{wide:.1f}" height="{ROW - 8}" rx="2" fill="{colour}"/>'
        f'<text x="{LABEL + PLOT + 8}" y="{middle}" fill="currentColor">{numbers}</text>'
        "</g>"
    )


def table(match: Match) -> str:
    """The same as an HTML table, for readers that do not see the chart."""
    rows = "".join(
        f"<tr><th scope='row'>{escape(bar.name)}</th><td>{escape(bar.level)}</td>"
        f"<td class='text-end'>{bar.weight:+.2f}</td><td class='text-end'>{percent(bar.probability)}</td></tr>"
        for bar in waterfall(match)
    )
    head = "<tr><th>字段</th><th>符合程度</th><th class='text-end'>权重</th><th class='text-end'>此后的概率</th></tr>"
    return f"<table class='table table-sm linkage-weights'><thead>{head}</thead><tbody>{rows}</tbody></table>"
