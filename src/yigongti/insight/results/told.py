"""Everything that stands behind one number, gathered for its page."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from django.urls import reverse

from yigongti.insight import periods
from yigongti.insight.indicators import explaining, sets
from yigongti.insight.indicators.definitions import Count, Indicator
from yigongti.insight.indicators.dictionary import Dictionary, declared
from yigongti.insight.indicators.sets import Edition
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.errors import NotFound
from yigongti.kernel.ui.columns import when
from yigongti.kernel.ui.figures import Explanation, Figure, Source

from . import queries, scope
from .models import Measure, Result, Run, Unit
from .scope import Duty
from .telling import HIDDEN, WHY_HIDDEN, plain


@dataclass
class Told:
    """One number: its unit and period, what was computed, and the definition by which."""

    measure: Measure
    unit: Unit
    period: str
    result: Result | None
    edition: Edition
    item: Indicator
    run: Run | None
    held: Duty
    dictionary: Dictionary = field(default_factory=declared)

    @property
    def source(self) -> Source:
        """The document."""
        told = self.edition.body.source_of(self.item)
        return Source(document=told.document, item=told.item or "", mark=told.mark)

    def hides(self, result: Result | None) -> bool:
        """Whether a number is not for the reader."""
        return result is not None and scope.hides(self.held, result)

    def count(self, result: Result | None, side: str) -> str:
        """Numerator or denominator as the reader may see it."""
        return HIDDEN if self.hides(result) else plain(getattr(result, side, None))

    def value(self, result: Result | None) -> str:
        """A value as the reader may see it."""
        if result is None:
            return "—"
        return HIDDEN if self.hides(result) else plain(result.value, self.item.decimals)


def tell(actor: Actor, code: str, level: str, key: str, period: str) -> Told:
    """The number of an indicator for a unit that the actor may see. Raises NotFound."""
    measure = queries.measure(code)
    unit = scope.units(actor).filter(level=level, key=key).first()
    if unit is None:
        raise NotFound("没有这个统计单位，或者它不在您的范围内", hint="从指标列表打开")
    if not periods.valid(period):
        raise NotFound(f"没有时期 {period}", hint="写成 2026、2026Q3 或 2026-11")
    edition, item = sets.find(sets.in_force(), code)
    run = queries.latest_run()
    if run is None and item.kind == "computed":
        raise NotFound("指标还没有计算过", hint="平台启动后会自动计算，请稍后再来")
    found = Result.objects.filter(measure=measure, unit=unit, period=period, stratum="")
    result = found.select_related("run", "unit").first()
    return Told(measure, unit, period, result, edition, item, run, scope.duty(actor))


def explained_url(code: str, level: str, key: str, period: str) -> str:
    """The page that explains a number."""
    return reverse("results:explain", args=[*code.split("/", 1), level, key, period])


def url_of(result: Result) -> str:
    """The page that explains a stored result; its measure and unit must be at hand."""
    return explained_url(result.measure.code, result.unit.level, result.unit.key, result.period)


def figure(told: Told) -> Figure:
    """The number itself."""
    one, item = told.result, told.item
    hide = told.hides(one)
    value = None if one is None or one.value is None or hide else round(one.value, item.decimals)
    return Figure(
        label=f"{told.unit.title} · {told.period}",
        value=value,
        unit=item.unit,
        numerator=None if one is None or hide else _short(one.numerator),
        denominator=None if one is None or hide else _short(one.denominator),
        note=f"{HIDDEN}：{WHY_HIDDEN}" if hide else ("" if one else "这一时期没有数据"),
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
    opens = told.result is not None and not told.hides(told.result)
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
        computed_at=_computed(told),
        remarks=tuple(_remarks(told)),
    )


def _computed(told: Told) -> str:
    """When it was computed and from which snapshot; empty for what somebody reported: the report stands below."""
    run = told.run if told.item.kind == "computed" else None
    return f"{when(run.at)}，快照 {run.snapshot}" if run else ""


TITLES = {"numerator": "分子", "denominator": "分母"}


def _remarks(told: Told) -> Iterable[str]:
    one = told.result
    if one is not None and one.expected and told.item.kind == "computed":
        asked = f"，要求 {told.item.completeness:.0%}" if told.item.completeness else ""
        counted = f"{one.reported:,} / {one.expected:,} 个机构月有数据{asked}"
        yield f"完整性：{counted}；范围内每家机构每月算一个，不办这项业务的机构也算在内，所以比例低不等于漏报"
        if told.item.completeness and Decimal(one.reported) / one.expected < told.item.completeness:
            yield f"低于要求的 {told.item.completeness:.0%}，比较时请留意"
    if told.item.note:
        yield told.item.note
    for target in told.item.targets:
        if target.year in (None, int(told.period[:4])):
            yield f"目标 {plain(target.value)}{told.item.unit}{f'（{target.note}）' if target.note else ''}"


def side_named(told: Told, name: str) -> Count:
    """Numerator or denominator. Raises NotFound where the definition has none."""
    for known, side in told.item.sides():
        if known == name and told.item.kind == "computed":
            return side
    raise NotFound("这个指标没有这一项记录", hint="返回指标解释")
