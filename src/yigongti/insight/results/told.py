"""Everything that stands behind one number, gathered for its page."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Q, QuerySet
from django.urls import reverse

from yigongti.insight.indicators import explaining, sets
from yigongti.insight.indicators.definitions import Count, Indicator, Stratum
from yigongti.insight.indicators.dictionary import Dictionary, declared
from yigongti.insight.indicators.sets import Edition
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.errors import NotFound
from yigongti.kernel.ui.figures import Explanation, Figure, Source
from yigongti.registry.consortia.models import Membership

from . import queries, scope
from .decomposing import Decomposition, decompose
from .models import Measure, Result, Run, Unit
from .records import months_of
from .telling import plain

HIDDEN = "少于 8"


@dataclass
class Told:
    """One number: its unit and period, what was computed, and the definition by which."""

    measure: Measure
    unit: Unit
    period: str
    result: Result | None
    edition: Edition
    item: Indicator
    run: Run
    small: bool
    dictionary: Dictionary = field(default_factory=declared)

    @property
    def source(self) -> Source:
        """The document."""
        told = self.edition.body.source_of(self.item)
        return Source(document=told.document, item=told.item or "", mark=told.mark)

    def shown(self, number: Decimal | None) -> str:
        """A count as the reader may see it."""
        return HIDDEN if self.small and scope.hidden(number) else plain(number)

    def value(self, result: Result | None) -> str:
        """A value as the reader may see it: hidden with its small numerator."""
        if result is None or (self.small and scope.hidden(result.numerator)):
            return "—"
        return plain(result.value, self.item.decimals)


def tell(actor: Actor, code: str, level: str, key: str, period: str) -> Told:
    """The number of an indicator for a unit that the actor may see. Raises NotFound."""
    run = queries.latest_run()
    if run is None:
        raise NotFound("指标还没有计算过", hint="平台启动后会自动计算，请稍后再来")
    measure = queries.measure(code)
    unit = scope.units(actor).filter(level=level, key=key).first()
    if unit is None:
        raise NotFound("没有这个统计单位，或者它不在您的范围内", hint="从指标列表打开")
    if not _known(period):
        raise NotFound(f"没有时期 {period}", hint="写成 2026、2026Q3 或 2026-11")
    edition, item = sets.find(sets.in_force(), code)
    result = Result.objects.filter(measure=measure, unit=unit, period=period, stratum="").select_related("run").first()
    return Told(measure, unit, period, result, edition, item, run, not scope.answers_for(actor, unit))


def _known(period: str) -> bool:
    """Whether the text names a period."""
    try:
        return any(months_of(period))
    except ValueError:
        return False


def explained_url(code: str, level: str, key: str, period: str) -> str:
    """The page that explains a number."""
    return reverse("results:explain", args=[*code.split("/", 1), level, key, period])


def url_of(result: Result) -> str:
    """The page that explains a stored result; its measure and unit must be at hand."""
    return explained_url(result.measure.code, result.unit.level, result.unit.key, result.period)


def figure(told: Told) -> Figure:
    """The number itself."""
    one, item = told.result, told.item
    hide = one is not None and told.small and scope.hidden(one.numerator)
    value = None if one is None or one.value is None or hide else round(one.value, item.decimals)
    return Figure(
        label=f"{told.unit.title} · {told.period}",
        value=value,
        unit=item.unit,
        numerator=None if one is None or hide else _short(one.numerator),
        denominator=None if one is None else _short(one.denominator),
        note=f"分子{HIDDEN}，不显示" if hide else ("" if one else "这一时期没有数据"),
    )


def _short(number: Decimal | None) -> Decimal | int | None:
    return int(number) if number is not None and number == number.to_integral_value() else number


def explanation(told: Told) -> Explanation:
    """The page's upper half."""
    item = told.item
    sides = dict(item.sides()) if item.kind == "computed" else {}
    words = {name: explaining.words(side, told.dictionary) for name, side in sides.items()}
    sql = "\n\n".join(f"-- {TITLES[name]}\n{explaining.sql(side, told.dictionary)}" for name, side in sides.items())
    code = told.measure.code
    where = [*code.split("/", 1), told.unit.level, told.unit.key, told.period]
    opens = told.result is not None and not (told.small and scope.hidden(told.result.numerator))
    return Explanation(
        figure=figure(told),
        words=f"{item.meaning or item.name}。{explaining.formula(item)}" if sides else item.meaning or item.name,
        sql=sql,
        sources=(told.source,),
        policy=f"{told.edition.body.title} {item.indicator}",
        policy_url=reverse("policy:policy", args=told.edition.body.policy.split("/", 1)),
        version=f"{told.edition.body.version} #{told.edition.hash[:8]}",
        numerator_words=words.get("numerator", ""),
        denominator_words=words.get("denominator", ""),
        numerator_url=reverse("results:records", args=[*where, "numerator"]) if opens and "numerator" in sides else "",
        denominator_url=reverse("results:records", args=[*where, "denominator"])
        if opens and "denominator" in sides
        else "",
        scope=f"{told.unit.get_level_display()}：{told.unit.title}",
        computed_at=f"{told.run.at:%Y-%m-%d %H:%M}，快照 {told.run.snapshot}",
        remarks=tuple(_remarks(told)),
    )


TITLES = {"numerator": "分子", "denominator": "分母"}


def _remarks(told: Told) -> Iterable[str]:
    one = told.result
    if one is not None and one.expected:
        share = 100 * one.reported / one.expected
        yield f"完整性：应有 {one.expected} 个机构月，有数据 {one.reported} 个（{share:.0f}%）"
        if told.item.completeness and Decimal(one.reported) / one.expected < told.item.completeness:
            yield f"低于要求的 {told.item.completeness:.0%}，比较时请留意"
    if told.item.note:
        yield told.item.note
    for target in told.item.targets:
        if target.year in (None, int(told.period[:4])):
            yield f"目标 {plain(target.value)}{told.item.unit}{f'（{target.note}）' if target.note else ''}"


def members(told: Told) -> QuerySet[Unit]:
    """The units of which this one consists."""
    unit = told.unit
    if unit.level == "county":
        return Unit.objects.filter(
            level="consortium" if "consortium" in told.item.levels else "centre", county=unit.key
        )
    if unit.level == "consortium" and unit.consortium_id:
        last = max(months_of(told.period))
        held = Membership.objects.on(last).filter(consortium_id=unit.consortium_id).values("organization_id")
        return Unit.objects.filter(level="centre", organization_id__in=held)
    if unit.level == "centre":
        own = Q(organization_id=unit.organization_id) | Q(organization__part_of_id=unit.organization_id)
        return Unit.objects.filter(own, level="organization")
    return Unit.objects.none()


@dataclass(frozen=True)
class Row:
    """A line of a table of numbers: title, where it opens, numerator, denominator, value."""

    title: str
    url: str
    numerator: str
    denominator: str
    value: str
    cells: tuple[str, ...] = ()


def by_member(told: Told) -> list[Row]:
    """Each member with its numbers of the period and its value in every month."""
    months = [f"{month:%Y-%m}" for month in months_of(told.period)] if len(told.period) != 7 else []
    found = Result.objects.filter(
        measure=told.measure, unit__in=members(told), period__in=[told.period, *months], stratum=""
    ).select_related("unit")
    table: dict[Unit, dict[str, Result]] = {}
    for one in found:
        table.setdefault(one.unit, {})[one.period] = one
    rows = []
    for unit, numbers in sorted(table.items(), key=lambda pair: pair[0].title):
        whole = numbers.get(told.period)
        rows.append(
            Row(
                unit.title,
                explained_url(told.measure.code, unit.level, unit.key, told.period),
                told.shown(whole.numerator if whole else None),
                told.shown(whole.denominator if whole else None),
                told.value(whole),
                tuple(told.value(numbers.get(month)) for month in months),
            )
        )
    return rows


def by_month(told: Told) -> list[Row]:
    """Each month of the period, or the twelve months up to it."""
    months = [f"{month:%Y-%m}" for month in months_of(told.period)]
    if len(told.period) == 7:
        months = [queries.before(told.period, back) for back in range(12, -1, -1)]
    found = {
        one.period: one
        for one in Result.objects.filter(measure=told.measure, unit=told.unit, period__in=months, stratum="")
    }
    return [
        Row(
            month,
            explained_url(told.measure.code, told.unit.level, told.unit.key, month),
            told.shown(found[month].numerator),
            told.shown(found[month].denominator),
            told.value(found[month]),
        )
        for month in months
        if month in found
    ]


@dataclass(frozen=True)
class Change:
    """What moved the number since the period before, seen by one division: members, or a stratum of the definition."""

    title: str
    parts: Decomposition
    names: Mapping[str, str]

    def lines(self) -> list[tuple[str, Decimal, Decimal, Decimal]]:
        """The ten largest effects: name, within, mix, both."""
        return [(self.names.get(e.key, e.key), e.within, e.mix, e.total) for e in self.parts.effects[:10] if e.total]


def changes(told: Told) -> list[Change]:
    """The change since the period before, by member and by every stratum. Nothing where small counts are hidden."""
    former = queries.before(told.period)
    function = told.item.function
    if told.result is None or function is not None or told.small:
        return []
    found = Result.objects.filter(measure=told.measure, period__in=[former, told.period])
    own = list(found.filter(unit=told.unit))
    whole = {one.period: (one.numerator, one.denominator) for one in own if not one.stratum}
    if former not in whole:
        return []
    both = (whole[former], whole[told.period])
    units = {str(unit.pk): unit.title for unit in members(told)}
    rows = [(str(one.unit_id), one) for one in found.filter(unit__in=list(units), stratum="")]
    divided = [("按成员", units, rows)]
    for name in told.item.by:
        stratum: Stratum = told.edition.body.strata[name]
        divided.append((f"按{stratum.title}", stratum.groups, [(o.part, o) for o in own if o.stratum == name]))
    made = []
    for title, names, numbers in divided:
        sides: dict[str, dict[str, tuple[Decimal | None, Decimal | None]]] = {former: {}, told.period: {}}
        for key, one in numbers:
            sides[one.period][key] = (one.numerator, one.denominator)
        parts = decompose(sides[former], sides[told.period], both, told.item.factor)
        if parts is not None and parts.effects:
            made.append(Change(title, parts, names))
    return made


def side_named(told: Told, name: str) -> Count:
    """Numerator or denominator. Raises NotFound where the definition has none."""
    for known, side in told.item.sides():
        if known == name and told.item.kind == "computed":
            return side
    raise NotFound("这个指标没有这一项记录", hint="返回指标解释")


def period_title(period: str) -> str:
    """2026 年, 2026 年第 3 季度, 2026 年 11 月."""
    year = f"{period[:4]} 年"
    if len(period) == 4:
        return year
    return f"{year}第 {period[5]} 季度" if "Q" in period else f"{year} {int(period[5:])} 月"
