"""The rules of alarms as lines: what pages, documents and comparisons of policies show."""

from collections.abc import Iterator

from yigongti.insight.indicators.definitions import LEVELS
from yigongti.kernel.policy.outline import Line, describes, sourced

from .control import KINDS
from .definitions import AT, Alarms, Rule, Threshold


@describes("alarms", "预警规则")
def _alarms(policy: Alarms) -> Iterator[Line]:
    for rule in policy.rules:
        yield Line(
            rule.rule,
            rule.name,
            condition="；".join(asked(rule)),
            consequence=f"向{'、'.join(LEVELS[level] for level in rule.levels)}的负责人提示；"
            f"连续 {rule.recover} 期恢复后自动关闭",
            note=rule.advice,
            codes="、".join(rule.indicators),
            **sourced(policy, rule),
        )


def asked(rule: Rule) -> Iterator[str]:
    """What the rule asks, each in words."""
    if rule.chart != "none":
        yield f"{KINDS[rule.chart]}：超出 3σ 界限"
        if rule.run:
            yield f"连续 {rule.run} 期在中心线同一侧"
        yield f"基线至少 {rule.points} 期、至多 {rule.span} 期"
    if rule.threshold:
        yield threshold_words(rule.threshold)
    if rule.least:
        yield f"分母不少于 {rule.least}"
    if rule.sides == "both":
        yield "变好变坏都提示"


def threshold_words(asked: Threshold) -> str:
    """低于 60，连续 2 期."""
    said = [f"低于 {asked.floor}" if asked.floor is not None else ""]
    said += [f"高于 {asked.ceiling}" if asked.ceiling is not None else ""]
    words = "或".join(filter(None, said)) or f"未达到{AT[asked.at]}"
    return words + (f"，连续 {asked.during} 期" if asked.during > 1 else "")
