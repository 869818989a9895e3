"""A curve as lines of an SVG, with the point where a participant stands: the same on a page, on paper and in a PDF."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from .curves import AXES, Curve
from .outline import brief, plain

WIDTH, HEIGHT = 240, 96
LEFT, RIGHT, TOP, BOTTOM = 26, 8, 8, 20


@dataclass(frozen=True)
class Drawing:
    """Points of the curve in the picture, where the participant stands (None: nowhere), and the words at the axes."""

    line: str
    ticks: list[tuple[int, str]]
    x: int | None
    y: int | None
    words: str
    axis: str
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    floor: int = HEIGHT - BOTTOM
    top: int = TOP
    end: int = WIDTH - RIGHT


def drawing(curve: Curve, x: Decimal | None, percent: Decimal | None, unit: str = "") -> Drawing:
    """The curve with its point; ``x`` beyond the picture stands at its edge."""
    ends = [point.at for point in curve.points]
    low, high = ends[0], ends[-1]
    if curve.kind == "rank":
        low = Decimal(0)
    margin = (high - low) / 8 or Decimal(1)
    low, high = (low, high) if curve.kind == "rank" else (low - margin, high + margin)

    def across(value: Decimal) -> int:
        part = (min(max(value, low), high) - low) / (high - low)
        return LEFT + int(part * (WIDTH - LEFT - RIGHT))

    def up(value: Decimal) -> int:
        return HEIGHT - BOTTOM - int(value / 100 * (HEIGHT - TOP - BOTTOM))

    corners = list(_corners(curve, low, high))
    line = " ".join(f"{across(at)},{up(gives)}" for at, gives in corners)
    axis = AXES[curve.kind] + (f"（{unit}）" if unit and curve.kind in ("threshold", "interval") else "")
    stands = x is not None and percent is not None
    return Drawing(
        line=line,
        ticks=[(across(at), plain(at)) for at in _few(ends)],
        x=across(x) if stands and x is not None else None,
        y=up(percent) if stands and percent is not None else None,
        words=f"{brief(x)} → 得分率 {brief(percent)}%" if stands else "没有可画的点",
        axis=axis,
    )


def _few(ends: list[Decimal]) -> list[Decimal]:
    return ends if len(ends) <= 4 else [ends[0], ends[len(ends) // 2], ends[-1]]


def _corners(curve: Curve, low: Decimal, high: Decimal) -> Iterable[tuple[Decimal, Decimal]]:
    for band in curve.bands():
        start = low if band.low is None else band.low
        end = high if band.high is None else band.high
        if start < end:
            yield start, band.first
            yield end, band.last
