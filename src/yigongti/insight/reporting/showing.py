"""What the pages of a report show: every item with what was said, last time, beside it, and what is unlikely."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from django.urls import reverse

from yigongti.insight import periods
from yigongti.insight.indicators.definitions import BETTER, Indicator
from yigongti.kernel.ui.figures import Explanation, Figure
from yigongti.kernel.ui.figures import Source as Shown

from . import duties, entering, published, services, steps
from .entering import change_of, criteria, warnings
from .models import Evidence, Item, Report
from .plans import ANSWERS, plans
from .published import Neighbour
from .schemas import ItemIn

TONES = {"accepted": "accent", "returned": "danger", "": "calm"}


@dataclass
class Criterion:
    """One criterion of a judged item with what was answered."""

    number: int
    text: str
    answer: str
    words: str

    @property
    def answer_words(self) -> str:
        """是、部分、否."""
        return ANSWERS.get(self.answer, "未答")


@dataclass
class Beside:
    """A computed figure beside a reported one, and by how much they differ (percent of the computed one)."""

    title: str
    value: str
    href: str
    difference: Decimal | None

    @property
    def apart(self) -> bool:
        """Whether they differ by more than five percent."""
        return self.difference is not None and abs(self.difference) > 5


@dataclass
class Line:
    """One item of a report as a page shows it.

    ``typed`` and ``raw`` are what stands in the form of entering, ``said`` and ``reason`` in that of reviewing;
    ``wrong`` is field → message.
    """

    item: Indicator
    row: Item | None
    last: Item | None
    href: str
    typed: ItemIn
    evidence: list[Evidence] = field(default_factory=list)
    neighbours: list[Beside] = field(default_factory=list)
    wrong: dict[str, str] = field(default_factory=dict)
    raw: dict[str, str] = field(default_factory=dict)
    said: str = ""
    reason: str = ""

    @property
    def code(self) -> str:
        return self.item.indicator

    @property
    def judged(self) -> bool:
        return self.item.kind == "judged"

    @property
    def locked(self) -> bool:
        """Whether it has been accepted in this edition."""
        return self.row is not None and self.row.verdict == Item.Verdict.ACCEPTED

    @property
    def value(self) -> str:
        """The value as people read it."""
        return number(self.row.value if self.row else None, self.item)

    @property
    def last_value(self) -> str:
        """That of the period before."""
        return number(self.last.value if self.last else None, self.item)

    @property
    def change(self) -> Decimal | None:
        """Against the period before, in percent."""
        return change_of(self.row.value if self.row else None, self.last.value if self.last else None)

    @property
    def warnings(self) -> list[str]:
        """Why the value is unlikely."""
        return warnings(self.item, self.row.value if self.row else None, self.last.value if self.last else None)

    @property
    def parts(self) -> list[tuple[str, str, Decimal | None, Decimal | None]]:
        """Label, words, number and that of the period before, of numerator and denominator."""
        if not self.item.asks:
            return []
        asks, row, last = self.item.asks, self.row, self.last
        return [
            ("分子", asks.numerator, row.numerator if row else None, last.numerator if last else None),
            ("分母", asks.denominator, row.denominator if row else None, last.denominator if last else None),
        ]

    @property
    def criteria(self) -> list[Criterion]:
        """The criteria with the answers in the form."""
        answers = self.typed.answers
        return [
            Criterion(
                n + 1, text, answers[n].answer if n < len(answers) else "", answers[n].words if n < len(answers) else ""
            )
            for n, text in enumerate(criteria(self.item))
        ]

    @property
    def verdict_tone(self) -> str:
        return TONES[self.row.verdict if self.row else ""]

    @property
    def status(self) -> str:
        """未填、已填、接受、退回."""
        if self.row is None or not self.row.is_filled:
            return "未填" if self.row is None else "未填完"
        return self.row.get_verdict_display() if self.row.verdict else "已填"

    @property
    def better(self) -> str:
        return BETTER[self.item.better]


def number(value: Decimal | None, item: Indicator) -> str:
    """With thousands separators and the decimals of the definition."""
    return "" if value is None else f"{round(value, item.decimals):,}"


def tidy(number: Decimal | None) -> Decimal | None:
    """Without needless zeros."""
    return None if number is None else Decimal(entering.plain(number))


def lines(report: Report, edition: int | None = None, typed: Mapping[str, ItemIn] | None = None) -> list[Line]:
    """Every item of an edition (default: the one at hand)."""
    asked = duties.asked(report)
    now = services.standing(report, edition)
    _, last = services.before(report)
    files: dict[str, list[Evidence]] = {}
    for one in steps.evidence_of(report, edition).defer("content").select_related("added_by").order_by("added_at"):
        files.setdefault(one.item, []).append(one)
    neighbours = published.beside(report, asked)
    given = typed or {}
    return [
        Line(
            item=item,
            row=now.get(item.indicator),
            last=last.get(item.indicator),
            href=reverse("reporting:item", args=[report.pk, item.indicator]),
            typed=given.get(item.indicator) or _as_stands(item, now),
            evidence=files.get(item.indicator, []),
            neighbours=_neighbours(report, item, now.get(item.indicator), neighbours),
        )
        for item in asked
    ]


def _as_stands(item: Indicator, now: Mapping[str, Item]) -> ItemIn:
    return entering.as_given(now[item.indicator]) if item.indicator in now else ItemIn(item=item.indicator)


def _neighbours(report: Report, item: Indicator, row: Item | None, known: Mapping[str, Neighbour]) -> list[Beside]:
    found = []
    for code in item.beside:
        one = known.get(code)
        if one is None or one.value is None:
            continue
        reported = row.value if row else None
        difference = change_of(reported, one.value)
        found.append(Beside(one.title, number(one.value, item), explained(report, code), difference))
    return found


def explained(report: Report, code: str) -> str:
    """The page on which a computed figure for the unit and period of the report is explained."""
    room, _, name = code.partition("/")
    return reverse("results:explain", args=[room, name, report.level, report.unit, report.period])


def editions(report: Report, code: str) -> list[Item]:
    """What was said of an item, edition by edition, the newest first."""
    rows = Item.objects.filter(report=report, item=code).select_related("entered_by", "judged_by")
    return list(rows.order_by("-edition"))


def explanation(report: Report, item: Indicator, row: Item | None, last: Item | None) -> Explanation:
    """Everything that stands behind one reported number."""
    body = duties.current(report).body
    source = body.source_of(item)
    asks = item.asks
    judged = item.kind == "judged"
    words = {
        True: "按材料逐条评判：" + "、".join(f"{ANSWERS[a]} {entering.plain(p)} 分" for a, p in plans().points.items()),
        False: "由责任单位填报，审核单位的另一人审核后锁定",
    }[judged]
    formula = f"{asks.numerator} ÷ {asks.denominator}" if asks else ""
    times = f" × {entering.plain(item.factor)}" if asks and item.factor != 1 else ""
    value = round(row.value, item.decimals) if row and row.value is not None else None
    change = change_of(row.value if row else None, last.value if last else None)
    return Explanation(
        figure=Figure(
            label=item.name,
            value=value,
            unit=item.unit,
            numerator=tidy(row.numerator if row else None),
            denominator=tidy(row.denominator if row else None),
            change=f"比上期 {change:+}%" if change is not None else "",
            note="本期无数据：" + row.note if row and row.absent else "",
        ),
        words=f"{item.meaning + '。' if item.meaning else ''}{words}{'：' + formula + times if formula else ''}。",
        sources=(Shown(document=source.document, item=source.item, mark=source.mark),),
        policy=body.title,
        policy_url=reverse("policy:policy", args=["indicators", report.set]),
        version=(report.policy_hash or duties.current(report).hash)[:8],
        numerator_words=asks.numerator if asks else "得分" if judged else "",
        denominator_words=asks.denominator if asks else "标准数" if judged else "",
        scope=f"{report.unit_name}，{periods.title(report.period)}",
    )
