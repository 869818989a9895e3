"""Policy kind ``evaluation``: who is evaluated, by which items, how a value becomes points and points a grade.

::

    level: centre                     # who: centres of a consortium, or consortia
    period: quarter
    total: 100
    items:
      - item: hypertension
        indicator: public-health/H01  # a computed, reported or judged indicator; without one the item is judged
        weight: 8
        curve: {kind: interval, points: [{at: 40, gives: 0}, {at: 80, gives: 100}]}
        least: 30                     # a smaller denominator says too little: its weight is spread over the others
    adjustments:
      - {adjustment: accident, name: 发生医疗事故, kind: veto, at_most: 59}
    grades:
      - {grade: excellent, name: 优秀, from: 90, parts: 4}
    linked: {name: 片区连带, share: 20}  # of everybody's parts so many percent are the mean of the area
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from yigongti.kernel.policy.bodies import Span
from yigongti.kernel.policy.kinds import Identifier, Path, Policy, Sourced, Strict, policy_kind
from yigongti.kernel.policy.problems import allowed_words

from .curves import Curve
from .known import known_indicators

LEVELS = {"centre": "成员单位（中心含下属站点）", "consortium": "医共体"}
PERIODS = {"quarter": "季度", "year": "年度"}
WITHOUT = {"spread": "权重摊给其他项目", "full": "得满分", "zero": "不得分"}
ADJUSTMENTS = {"veto": "一票否决", "deduction": "扣分", "bonus": "加分"}
#: the steps whose time limits a policy gives
STEPS = {
    "prepare": "核对数据",
    "report": "自评",
    "judge": "评审",
    "comment": "征求意见",
    "appeal": "申诉",
    "answer": "答复申诉",
    "decide": "定等",
    "publish": "发布",
}
Without = Literal["spread", "full", "zero"]


class Limit(Sourced):
    """How long a step may take, and when who owes it is reminded."""

    limit: Span
    warn: Span


class SelfReport(Strict):
    """What the participant says itself: ``tolerance`` is the difference (in the unit) that is not flagged."""

    asked: Literal["required", "optional", "no"] = "optional"
    tolerance: Annotated[Decimal, Field(ge=0)] = Decimal(0)


class Item(Sourced):
    """One item: what is measured, how much it weighs, how it becomes points.

    ``least`` is the smallest denominator that says something; ``small`` and ``missing`` what happens below it or
    without a value. A judged item is judged in percent (0–100) by ``criteria``, or by those of its indicator.
    """

    item: Identifier
    name: str = ""
    dimension: str = ""
    indicator: str = ""
    weight: Annotated[Decimal, Field(gt=0)]
    curve: Curve
    least: Annotated[Decimal, Field(ge=0)] = Decimal(0)
    small: Without = "spread"
    missing: Without = "zero"
    report: SelfReport = SelfReport()
    criteria: list[str] = []
    note: str = ""

    @property
    def kind(self) -> str:
        """``computed``, ``reported`` or ``judged``."""
        found = known_indicators().get(self.indicator)
        return found.kind if found else "judged"

    @property
    def title(self) -> str:
        """Its own name, or the indicator's."""
        found = known_indicators().get(self.indicator)
        return self.name or (found.name if found else self.item)

    @property
    def unit(self) -> str:
        """The unit of the value."""
        found = known_indicators().get(self.indicator)
        return found.unit if found and self.kind != "judged" else "%"

    @property
    def better(self) -> str:
        """Which way is better."""
        found = known_indicators().get(self.indicator)
        return found.better if found and self.kind != "judged" else "higher"

    @property
    def asked_for(self) -> list[str]:
        """By what a judged item is judged."""
        found = known_indicators().get(self.indicator)
        return self.criteria or (list(found.criteria) if found else [])


class Adjustment(Sourced):
    """What changes the sum: a veto caps it at ``at_most``, a deduction or bonus moves it by up to ``most``."""

    adjustment: Identifier
    name: str
    kind: Literal["veto", "deduction", "bonus"]
    at_most: Annotated[Decimal | None, Field(ge=0)] = None
    most: Annotated[Decimal | None, Field(gt=0)] = None


class Grade(Sourced):
    """A grade from so many points on; ``parts`` of the award that a participant of the grade gets."""

    grade: Identifier
    name: str
    from_: Annotated[Decimal, Field(alias="from", ge=0)]
    parts: Annotated[int, Field(ge=0)] = 0


class Linked(Sourced):
    """Members of an area answer for each other (奖罚“连坐”): ``share`` percent of one's parts are the area's mean.

    Whoever has a grade ``without`` gets nothing of the award, and still counts in the mean.
    """

    name: str
    share: Annotated[Decimal, Field(gt=0, le=100)]
    without: list[Identifier] = []


class Rounding(Strict):
    """Decimal places, half away from zero."""

    item: Annotated[int, Field(ge=0, le=4)] = 2
    total: Annotated[int, Field(ge=0, le=4)] = 2


class Peers(Strict):
    """Which members of a consortium take part: their roles and tiers."""

    roles: list[Literal["lead", "branch", "member", "partner"]] = ["branch", "member"]
    tiers: list[Literal["village", "township", "county", "city"]] = ["township"]


@policy_kind("evaluation")
class EvaluationPolicy(Policy):
    """An evaluation as it is announced."""

    level: Literal["centre", "consortium"]
    period: Literal["quarter", "year"]
    total: Annotated[Decimal, Field(gt=0)] = Decimal(100)
    peers: Peers = Peers()
    rounding: Rounding = Rounding()
    steps: dict[str, Limit]
    dimensions: dict[str, str] = {}
    items_: Annotated[list[Item], Field(alias="items", min_length=1)]
    adjustments: list[Adjustment] = []
    grades: Annotated[list[Grade], Field(min_length=1)]
    linked: Linked | None = None

    def items(self) -> Iterator[tuple[Path, Sourced]]:
        """Every statement."""
        for index, item in enumerate(self.items_):
            yield ("items", index), item
        for index, adjustment in enumerate(self.adjustments):
            yield ("adjustments", index), adjustment
        for index, grade in enumerate(self.grades):
            yield ("grades", index), grade
        if self.linked:
            yield ("linked",), self.linked
        for name, limit in self.steps.items():
            yield ("steps", name), limit

    def item(self, code: str) -> Item:
        """One item; KeyError where there is none."""
        return {item.item: item for item in self.items_}[code]

    def problems(self) -> Iterator[tuple[Path, str, str]]:
        """Weights that do not add up, unknown indicators, curves that go the wrong way, gaps in the grades."""
        weights = sum((item.weight for item in self.items_), Decimal(0))
        if weights != self.total:
            yield ("items",), f"权重之和为 {weights:f}，应为 {self.total:f}", "改权重或 total"
        for index, item in enumerate(self.items_):
            yield from ((("items", index, *path), wrong, way) for path, wrong, way in self._wrong(index, item))
        yield from self._grades()
        yield from self._changes()
        yield from self._linked()
        for name in {*self.steps} - {*STEPS}:
            yield ("steps", name), f"没有步骤 {name}", allowed_words(name, STEPS)
        for name in [name for name in STEPS if name not in self.steps]:
            yield ("steps",), f"缺少“{STEPS[name]}”（{name}）的时限", f"{name}: {{limit: 5d, warn: 3d}}"

    def _wrong(self, index: int, item: Item) -> Iterator[tuple[Path, str, str]]:
        known = known_indicators()
        if item.item in [one.item for one in self.items_[:index]]:
            yield ("item",), f"项目 {item.item} 写了两次", ""
        if item.indicator and item.indicator not in known:
            yield ("indicator",), f"没有指标 {item.indicator}", allowed_words(item.indicator, known)
            return
        yield from self._absent(item)
        if not item.indicator and not (item.name and item.criteria):
            yield ("indicator",), "没有写指标的项目按材料评判，须写 name 和 criteria", ""
        if item.dimension and item.dimension not in self.dimensions:
            yield ("dimension",), f"没有维度 {item.dimension}", allowed_words(item.dimension, self.dimensions)
        if not item.curve.fits(item.better):
            way = {"higher": "越高越好", "lower": "越低越好"}.get(item.better, "")
            shape = "名次越前得分应越高" if item.curve.kind == "rank" else f"指标{way}，得分应单调"
            yield ("curve", "points"), f"{item.title}的得分不单调或方向相反", shape

    def _absent(self, item: Item) -> Iterator[tuple[Path, str, str]]:
        found = known_indicators().get(item.indicator)
        if found is None or found.kind != "computed":
            return
        if self.level not in found.levels:
            yield ("indicator",), f"{item.indicator} 不按{LEVELS[self.level]}计算", "、".join(found.levels)
        if self.period not in found.periods:
            yield ("indicator",), f"{item.indicator} 不按{PERIODS[self.period]}计算", "、".join(found.periods)

    def _grades(self) -> Iterator[tuple[Path, str, str]]:
        floors = [grade.from_ for grade in self.grades]
        if floors != sorted(set(floors), reverse=True):
            yield ("grades",), "等次应从高到低，起点分不能相同", ""
        if floors[-1] != 0:
            yield ("grades",), "最低一等应从 0 分起", "否则有的得分没有等次"

    def _changes(self) -> Iterator[tuple[Path, str, str]]:
        for index, one in enumerate(self.adjustments):
            if (one.kind == "veto") != (one.at_most is not None) or (one.kind == "veto") == (one.most is not None):
                yield ("adjustments", index), f"{one.name}：否决写 at_most，扣分和加分写 most", ""

    def _linked(self) -> Iterator[tuple[Path, str, str]]:
        if self.linked is None:
            return
        names = [grade.grade for grade in self.grades]
        for name in {*self.linked.without} - {*names}:
            yield ("linked", "without"), f"没有等次 {name}", allowed_words(name, names)
        if not any(grade.parts for grade in self.grades):
            yield ("linked",), "各等次都没有奖励份数，无从连带", "在 grades 写 parts，或去掉 linked"
        if self.level != "centre":
            yield ("linked",), "只有成员单位的考核能按片区连带", "level: centre"


def in_force_policies() -> "list[EvaluationPolicy]":
    """Every evaluation that may be opened now, by name."""
    from yigongti.kernel.policy.store import resolve, store

    names = sorted({one.name for one in store().editions() if isinstance(one.body, EvaluationPolicy)})
    return [body for name in names if isinstance(body := resolve(name).body, EvaluationPolicy)]
