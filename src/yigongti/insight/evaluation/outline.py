"""An evaluation policy as lines: what pages, documents and comparisons of policies show."""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from yigongti.kernel.policy.bodies import in_chinese
from yigongti.kernel.policy.outline import Line, describes, sourced

from .curves import KINDS, Curve
from .definitions import STEPS, WITHOUT, Adjustment, EvaluationPolicy, Item


@describes("evaluation", "考核方案")
def _evaluation(policy: EvaluationPolicy) -> Iterator[Line]:
    for item in policy.items_:
        dimension = policy.dimensions.get(item.dimension, "")
        yield Line(
            item.item,
            f"{dimension}：{item.title}" if dimension else item.title,
            condition=item.indicator or "按材料评判：" + "；".join(item.asked_for),
            consequence=f"{plain(item.weight)} 分，{curve_words(item.curve, item.unit)}{_exceptions(item)}",
            note=item.note,
            **sourced(policy, item),
        )
    for one in policy.adjustments:
        yield Line(one.adjustment, one.name, consequence=adjustment_words(one), **sourced(policy, one))
    for grade in policy.grades:
        parts = f"，奖励 {grade.parts} 份" if grade.parts else ""
        yield Line(
            grade.grade, grade.name, consequence=f"{plain(grade.from_)} 分及以上{parts}", **sourced(policy, grade)
        )
    if policy.linked:
        words = linked_words(policy)
        yield Line("linked", policy.linked.name, consequence=words, **sourced(policy, policy.linked))
    for name, limit in policy.steps.items():
        words = f"{in_chinese(limit.limit)}，提前在 {in_chinese(limit.warn)} 时提醒"
        yield Line(f"steps.{name}", f"{STEPS[name]}时限", consequence=words, **sourced(policy, limit))


def curve_words(curve: Curve, unit: str = "") -> str:
    """The curve in Chinese: 按档得分：60% 起 60%，85% 起 100%."""
    if curve.kind == "rank":
        told = "，".join(f"前 {plain(p.at)}% 得 {plain(p.gives)}%" for p in curve.points)
    elif curve.kind == "target":
        aim = curve.target
        assert aim is not None
        of = f"目标 {plain(aim.value)}{unit}" if aim.value is not None else "目标是下达给本单位的数"
        told = f"{of}；" + "，".join(f"完成 {plain(p.at)}% 得 {plain(p.gives)}%" for p in curve.points)
    else:
        word = "起" if curve.kind == "threshold" else "得"
        told = "，".join(f"{plain(p.at)}{unit} {word} {plain(p.gives)}%" for p in curve.points)
    return f"{KINDS[curve.kind]}：{told}"


def _exceptions(item: Item) -> str:
    small = f"；分母不足 {plain(item.least)} 时{WITHOUT[item.small]}" if item.least else ""
    return f"{small}；没有数据时{WITHOUT[item.missing]}"


def adjustment_words(one: Adjustment) -> str:
    """What an adjustment does."""
    if one.at_most is not None:
        return f"一票否决：总分不超过 {plain(one.at_most)} 分"
    assert one.most is not None
    return f"{'扣' if one.kind == 'deduction' else '加'}分，最多 {plain(one.most)} 分"


def linked_words(policy: EvaluationPolicy) -> str:
    """How the members of an area answer for each other."""
    linked = policy.linked
    assert linked is not None
    own, share = plain(100 - linked.share), plain(linked.share)
    names = [grade.name for grade in policy.grades if grade.grade in linked.without]
    without = f"；{'、'.join(names)}的不得奖，份数仍计入平均" if names else ""
    return f"奖励份数的 {own}% 按本单位等次，{share}% 取片区各家的平均{without}"


def brief(value: Decimal | None) -> str:
    """A number to two decimals, for tables and pictures; what is stored is exact."""
    return plain(value if value is None else value.quantize(Decimal("0.01"), ROUND_HALF_UP))


def plain(value: Decimal | None) -> str:
    """A number without needless zeros."""
    if value is None:
        return "—"
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
