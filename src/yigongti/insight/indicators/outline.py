"""A set of indicators as lines: what pages, documents and comparisons of policies show."""

from collections.abc import Iterator
from typing import Any

from yigongti.kernel.policy.outline import Line, describes, sourced

from .definitions import BETTER, PERIODS, Indicator, IndicatorSet
from .dictionary import declared
from .explaining import formula, sql, words

WAYS = {"reported": "由责任单位填报", "judged": "按材料评判"}


@describes("indicators", "指标集")
def _indicators(policy: IndicatorSet) -> Iterator[Line]:
    for item in policy.indicators:
        dimension = policy.dimensions.get(item.dimension, item.dimension)
        title = f"{dimension}：{item.name}" if dimension else item.name
        if item.kind == "computed":
            yield Line(item.indicator, title, **_counted(item), **sourced(policy, item))
        else:
            parts = [f"{item.asks.numerator} ÷ {item.asks.denominator}"] if item.asks else []
            asked = "；".join([WAYS[item.kind], *parts, *item.criteria])
            yield Line(item.indicator, title, condition=asked, consequence=_told(item), **sourced(policy, item))


def _counted(item: Indicator) -> dict[str, Any]:
    dictionary = declared()
    titles = {"numerator": "分子", "denominator": "分母"}
    parts = [f"{titles[name]}：{words(side, dictionary)}" for name, side in item.sides()]
    queries = [sql(side, dictionary) for _, side in item.sides()]
    told = "；".join([formula(item), _told(item)])
    return {"condition": "。".join(parts), "sql": "\n".join(queries), "consequence": told, "note": item.note}


def _told(item: Indicator) -> str:
    """Unit, direction and periods."""
    periods = "、".join(PERIODS[kind] for kind in item.periods)
    return f"{item.unit or '无单位'}，{BETTER[item.better]}，按{periods}"
