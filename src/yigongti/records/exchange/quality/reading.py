"""Publications as people read them: lines of measures, the table of months, what to do first, the small line."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from .models import QualityMonth
from .policies import Dimension, Measure, Quality
from .publishing import share, summed
from .queries import month_name

WIDE, HIGH = 96, 24
FIRST = 8
"""So many measures stand under “what to do first”."""


@dataclass(frozen=True)
class Line:
    """One measure of one month: good, looked at, percent, whether the goal is met, what it costs the total."""

    measure: Measure
    good: int
    looked: int
    share: Decimal | None
    url: str
    lost: Decimal

    @property
    def short(self) -> bool:
        """Whether the goal is missed."""
        return self.share is not None and self.share < self.measure.goal

    @property
    def bad(self) -> int:
        """Rows that are not as they should be."""
        return self.looked - self.good


def lines(body: Quality, source: str, row: QualityMonth) -> list[tuple[Dimension, str, list[Line]]]:
    """Every dimension with its score and its measures; measures with nothing to look at are left out."""
    found = []
    for key, dimension in body.dimensions.items():
        inside = list(_lines(body, key, source, row))
        if inside:
            found.append((dimension, row.dimensions.get(key, ""), inside))
    return found


def _lines(body: Quality, key: str, source: str, row: QualityMonth) -> Iterator[Line]:
    counted = [m for m in body.measures if m.dimension == key and m.id in row.counts]
    weights = sum((m.weight for m in counted), Decimal(0))
    scored = sum((body.dimensions[name].weight for name in row.dimensions if name in body.dimensions), Decimal(0))
    for measure in counted:
        good, looked = summed(row.counts[measure.id])
        part = body.dimensions[key].weight / scored * measure.weight / weights if weights and scored else Decimal(0)
        lost = (part * 100 * (looked - good) / looked).quantize(Decimal("0.01"))
        url = reverse("quality:measure", args=[source, month_name(row.month), measure.id])
        yield Line(measure, good, looked, share(good, looked), url, lost)


def worst(body: Quality, row: QualityMonth) -> list[Line]:
    """The measures that miss their goal and cost most, the worst first."""
    every = [line for _, _, inside in lines(body, row.source_id, row) for line in inside if line.short]
    return sorted(every, key=lambda line: (-line.lost, line.measure.id))[:FIRST]


def heat(body: Quality, source: str, published: Sequence[QualityMonth]) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """A row for the total and each dimension; cells of score, tone and where they open."""
    rows = [("总分", [_cell(body, source, row, row.score, "") for row in published])]
    for key, dimension in body.dimensions.items():
        cells = [
            _cell(body, source, row, Decimal(row.dimensions[key]) if key in row.dimensions else None, dimension.title)
            for row in published
        ]
        if any(text for text, _, _ in cells):
            rows.append((dimension.title, cells))
    return rows if published else []


def _cell(body: Quality, source: str, row: QualityMonth, score: Decimal | None, anchor: str) -> tuple[str, str, str]:
    if score is None:
        return "", "none", ""
    url = reverse("quality:month", args=[source, month_name(row.month)])
    return f"{score:.1f}", body.band(score).tone, f"{url}#{anchor}" if anchor else url


def month_before(month: date) -> date:
    """The first day of the month before."""
    return date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)


def change(scores: Mapping[date, Decimal | None], month: date) -> SafeString | str:
    """An arrow and the difference to the month before."""
    now, before = scores.get(month), scores.get(month_before(month))
    if now is None or before is None:
        return "—"
    step = now - before
    if not step:
        return "→ 0.00"
    arrow, kind = ("↑", "up") if step > 0 else ("↓", "down")
    return format_html('<span class="q-{}">{} {}</span>', kind, arrow, abs(step))


def spark(scores: Mapping[date, Decimal | None], month: date, count: int) -> SafeString | str:
    """The scores of the months up to this one as a small line, from the lowest shown to 100."""
    wanted = [month]
    while len(wanted) < count:
        wanted.append(month_before(wanted[-1]))
    values = [(place, scores.get(one)) for place, one in enumerate(reversed(wanted))]
    known = [(place, float(score)) for place, score in values if score is not None]
    if len(known) < 2:
        return "—"
    low = min(score for _, score in known)
    span = max(100 - low, 1)
    points = " ".join(
        f"{2 + place * (WIDE - 4) / (count - 1):.1f},{HIGH - 2 - (score - low) / span * (HIGH - 4):.1f}"
        for place, score in known
    )
    words = f"最近 {len(known)} 个月，最低 {low:.1f}"
    return format_html(
        '<svg class="q-spark" viewBox="0 0 {} {}" role="img" aria-label="{}"><polyline points="{}"/></svg>',
        WIDE,
        HIGH,
        words,
        points,
    )


class Sheet:
    """All counts of all months of a source, for the spreadsheet."""

    def __init__(self, body: Quality, published: Iterable[QualityMonth]) -> None:
        self.body, self.published = body, list(published)

    def as_values(self) -> Iterator[list[Any]]:
        """The header, then a row for each month and measure."""
        yield [
            "月份",
            "第几次公布",
            "总分",
            "维度",
            "维度得分",
            "指标",
            "合格",
            "检查",
            "合格率%",
            "目标%",
            "权重",
            "政策版本",
        ]
        for row in self.published:
            for dimension, score, inside in lines(self.body, row.source_id, row):
                for line in inside:
                    yield [
                        month_name(row.month),
                        row.revision,
                        row.score,
                        dimension.title,
                        Decimal(score) if score else None,
                        line.measure.title,
                        line.good,
                        line.looked,
                        line.share,
                        line.measure.goal,
                        line.measure.weight,
                        row.policy,
                    ]
