"""Policy kind ``alarms``: what opens a suggestion, at which units, by which chart and limits.

::

    wait_days: 5                     # a month is judged when it has been over for so many days
    most: 3                          # new suggestions to one unit at a time, the most serious first
    rules:
      - rule: answered-in-time
        name: 转诊接收及时率
        indicators: [referral/accept-in-time]
        levels: [centre, consortium]
        chart: p                     # p, u or xmr; none: only the threshold
        run: 8                       # so many periods on one side of the centre line; 0: not asked
        threshold: {at: target, during: 2}
        least: 20                    # smallest denominator that is judged
        recover: 2                   # periods back inside until it closes by itself
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from yigongti.insight.evaluation.known import Known, known_indicators
from yigongti.kernel.policy.kinds import Identifier, Path, Policy, Sourced, Strict, policy_kind
from yigongti.kernel.policy.problems import allowed_words
from yigongti.kernel.policy.store import Place, resolve

POLICY = "alarms/standing"
FEWEST = 12
"""Fewer points give no limits to rely on."""
AT = {"target": "目标值", "band": "最低一档界值", "given": "给定的界值"}


class Threshold(Strict):
    """A value that must not be crossed ``during`` so many periods running.

    ``at: target`` and ``at: band`` read the indicator's own definition (the lowest band); ``given`` says it here.
    """

    at: Literal["target", "band", "given"]
    floor: Decimal | None = None
    ceiling: Decimal | None = None
    during: Annotated[int, Field(ge=1, le=6)] = 1

    @model_validator(mode="after")
    def _said(self) -> Self:
        given = self.floor is not None or self.ceiling is not None
        if given != (self.at == "given"):
            raise ValueError("at: given 时写 floor 或 ceiling；at: target、band 时不写，取指标定义里的值")
        return self


class Rule(Sourced):
    """One rule over indicators that behave alike."""

    rule: Identifier
    name: Annotated[str, Field(min_length=2)]
    indicators: Annotated[list[str], Field(min_length=1)]
    levels: Annotated[list[Literal["organization", "centre", "consortium", "county"]], Field(min_length=1)] = ["centre"]
    period: Literal["month", "quarter"] = "month"
    chart: Literal["p", "u", "xmr", "none"] = "none"
    run: Annotated[int, Field(description="8: Western Electric's fourth rule; 0: not asked")] = 8
    points: Annotated[int, Field(ge=FEWEST, le=60, description="least points of the baseline")] = FEWEST
    span: Annotated[int, Field(ge=FEWEST, le=60, description="most points of the baseline")] = 24
    sides: Literal["worse", "both"] = "worse"
    threshold: Threshold | None = None
    least: Annotated[Decimal, Field(ge=0, description="least denominator")] = Decimal(0)
    recover: Annotated[int, Field(ge=1, le=12)] = 2
    advice: Annotated[str, Field(description="what to look at first")] = ""

    @model_validator(mode="after")
    def _asks(self) -> Self:
        if self.chart == "none" and self.threshold is None:
            raise ValueError("写 chart（p、u、xmr）或 threshold，至少一项")
        if self.run and not 6 <= self.run <= 12:
            raise ValueError("run 为 6 至 12，或 0（不查）")
        if self.span < self.points:
            raise ValueError(f"span {self.span} 少于 points {self.points}")
        return self


@policy_kind("alarms")
class Alarms(Policy):
    """Every rule, how long data is waited for, and how many suggestions a unit gets at a time."""

    wait_days: Annotated[int, Field(ge=0, le=31)] = 5
    most: Annotated[int, Field(ge=1, le=20)] = 3
    rules: Annotated[list[Rule], Field(min_length=1)]

    def items(self) -> Iterator[tuple[Path, Sourced]]:
        """Every rule."""
        yield from ((("rules", index), rule) for index, rule in enumerate(self.rules))

    def problems(self) -> Iterator[tuple[Path, str, str]]:
        """Rules written twice, unknown indicators, and those that a rule cannot judge."""
        known, seen = known_indicators(), set[str]()
        for index, rule in enumerate(self.rules):
            if rule.rule in seen:
                yield ("rules", index, "rule"), f"规则 {rule.rule} 写了两次", "每条规则一个编号"
            seen.add(rule.rule)
            for place, code in enumerate(rule.indicators):
                path: Path = ("rules", index, "indicators", place)
                if code not in known:
                    yield path, f"没有指标 {code}", allowed_words(code, known)
                else:
                    yield from _fitting(rule, known[code], path)

    def rule(self, name: str) -> Rule | None:
        """The rule of that name; None where it has been taken out."""
        return next((one for one in self.rules if one.rule == name), None)


def _fitting(rule: Rule, known: Known, path: Path) -> Iterator[tuple[Path, str, str]]:
    if known.kind != "computed":
        yield path, f"{known.code} 由人填报，没有逐月的序列", "换一个由事实计算的指标"
    if rule.period not in known.periods:
        yield path, f"{known.code} 不按这种时期计算", f"可用：{'、'.join(known.periods)}"
    if missing := [level for level in rule.levels if level not in known.levels]:
        yield path, f"{known.code} 没有层次 {'、'.join(missing)}", f"可用：{'、'.join(known.levels)}"


def policy(place: Place = None) -> Alarms:
    """The policy in force at a place. Raises NotFound."""
    body = resolve(POLICY, place).body
    assert isinstance(body, Alarms)
    return body
