"""Policy kind ``targets``: what is to be done in a period altogether, and by which weights it is shared out.

::

    factors:
      elderly: {name: 65 岁及以上居民, indicator: public-health/elderly}
    items:
      - item: examinations
        unit: 人次
        total: {of: elderly, rate: 0.175}           # altogether: 17.5 % of the elderly
        weights: {residents: 20, elderly: 60, hypertension: 20}
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from yigongti.kernel.policy.bodies import in_chinese
from yigongti.kernel.policy.kinds import Identifier, Path, Policy, Sourced, Strict, policy_kind
from yigongti.kernel.policy.outline import Line, describes, sourced
from yigongti.kernel.policy.problems import allowed_words

from ..definitions import Limit, Peers
from ..known import known_indicators
from ..outline import plain

STEPS = {
    "draft": "拟定",
    "first": "第一轮征求意见",
    "revise": "修改",
    "second": "第二轮征求意见",
    "decide": "定稿",
    "approve": "批准",
}


class Factor(Sourced):
    """What a share is computed from: a count of each centre."""

    name: str
    indicator: str


class Whole(Strict):
    """How much altogether: a rate of the sum of a factor."""

    of: Identifier
    rate: Annotated[Decimal, Field(gt=0)]


class TargetItem(Sourced):
    """One service: its unit, how much altogether, the weights (percent) of the factors in each centre's share."""

    item: Identifier
    name: str
    unit: str = "人次"
    indicator: Annotated[str, Field(description="what counts the services that were done")] = ""
    total: Whole
    weights: Annotated[dict[str, Decimal], Field(min_length=1)]
    note: str = ""


@policy_kind("targets")
class TargetsPolicy(Policy):
    """Targets of centres for a period."""

    period: Literal["quarter", "year"]
    peers: Peers = Peers()
    steps: dict[str, Limit]
    factors: Annotated[dict[str, Factor], Field(min_length=1)]
    items_: Annotated[list[TargetItem], Field(alias="items", min_length=1)]

    @property
    def level(self) -> str:
        """Targets are those of centres."""
        return "centre"

    def items(self) -> Iterator[tuple[Path, Sourced]]:
        """Every statement."""
        for name, factor in self.factors.items():
            yield ("factors", name), factor
        for index, item in enumerate(self.items_):
            yield ("items", index), item
        for name, limit in self.steps.items():
            yield ("steps", name), limit

    def item(self, code: str) -> TargetItem:
        """One item; KeyError where there is none."""
        return {item.item: item for item in self.items_}[code]

    def problems(self) -> Iterator[tuple[Path, str, str]]:
        """Weights that are not 100 percent, unknown factors and indicators."""
        known = known_indicators()
        for name, factor in self.factors.items():
            if factor.indicator not in known:
                yield (
                    ("factors", name, "indicator"),
                    f"没有指标 {factor.indicator}",
                    allowed_words(factor.indicator, known),
                )
        for index, item in enumerate(self.items_):
            if item.indicator and item.indicator not in known:
                yield ("items", index, "indicator"), f"没有指标 {item.indicator}", allowed_words(item.indicator, known)
            for name in {item.total.of, *item.weights} - self.factors.keys():
                yield ("items", index), f"没有因素 {name}", allowed_words(name, self.factors)
            if sum(item.weights.values()) != 100 or min(item.weights.values()) < 0:
                yield ("items", index, "weights"), f"{item.name}的权重之和应为 100", "不能为负"
        for name in {*self.steps} ^ {*STEPS}:
            yield ("steps",), f"步骤应恰为 {'、'.join(STEPS)}", name


@describes("targets", "服务目标")
def _targets(policy: TargetsPolicy) -> Iterator[Line]:
    for name, factor in policy.factors.items():
        yield Line(name, factor.name, condition=factor.indicator, consequence="分配因素", **sourced(policy, factor))
    for item in policy.items_:
        shares = "、".join(f"{policy.factors[name].name} {plain(weight)}%" for name, weight in item.weights.items())
        whole = f"总量：{policy.factors[item.total.of].name} × {plain(item.total.rate)}"
        yield Line(
            item.item,
            item.name,
            condition=whole,
            consequence=f"按 {shares} 分配",
            note=item.note,
            **sourced(policy, item),
        )
    for name, limit in policy.steps.items():
        yield Line(f"steps.{name}", f"{STEPS[name]}时限", consequence=in_chinese(limit.limit), **sourced(policy, limit))
