"""Any policy as a table: one line per statement, with its condition or value, its consequence and its source.

Pages, the command line, the documentation and comparisons all show these lines.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, cast

from pydantic import BaseModel

from yigongti.kernel.policy.bodies import Checklists, Clocks, Gate, Reasons, Settings, in_chinese
from yigongti.kernel.policy.expressions import parse
from yigongti.kernel.policy.kinds import MARKS, Path, Policy, Source, Sourced
from yigongti.kernel.policy.rules import Rules
from yigongti.kernel.policy.shapes import shape
from yigongti.kernel.policy.words import in_words

KINDS: dict[str, str] = {
    "rules": "规则",
    "clocks": "时限",
    "reasons": "理由",
    "checklist": "清单",
    "gate": "把关",
    "settings": "参数",
}
THEN_LABELS: Mapping[str, str] = {
    "direction": "方向",
    "urgency": "紧急程度",
    "level": "去向",
    "department": "科室",
    "follow_up_days": "随访",
    "reason": "原因",
    "reason_code": "理由",
}


Describe = Callable[[Any], Iterator["Line"]]


@dataclass(frozen=True)
class Line:
    """One statement of a policy in words."""

    key: str
    name: str
    condition: str = ""
    sql: str = ""
    consequence: str = ""
    source: str = ""
    mark: str = ""
    stored: str = ""
    note: str = ""
    codes: str = ""
    then: Mapping[str, str] = field(default_factory=dict)

    @property
    def mark_title(self) -> str:
        """公开来源, 通识 or 建议."""
        return MARKS.get(self.mark, "")


def outline(policy: Policy) -> list[Line]:
    """Every statement of the policy."""
    describe = _DESCRIPTIONS.get(policy.kind, _generic)
    return list(describe(policy))


def sourced(policy: Policy, item: Sourced | Policy) -> dict[str, Any]:
    """Where a statement comes from, for its :class:`Line`; the policy stands for what has no source of its own."""
    source = policy.source_of(cast(Sourced, item))
    return {"source": source_words(source), "mark": source.mark, "stored": source.stored}


def source_words(source: Source) -> str:
    """Document and item."""
    return f"{source.document} {source.item}".strip()


def then_words(then: Mapping[str, Any], labels: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """A consequence with Chinese labels and values."""
    found = {}
    for key, value in then.items():
        if value is None:
            continue
        text = labels.get(key, {}).get(str(value), str(value))
        found[THEN_LABELS.get(key, key)] = f"{text} 天" if key.endswith("_days") else text
    return found


def _rules(policy: Rules) -> Iterator[Line]:
    row = shape(policy.shape)
    for rule in policy.rules:
        then = row.consequence.model_validate(rule.then).model_dump() if row.consequence else rule.then
        words = then_words(then, row.labels)
        yield Line(
            key=rule.id,
            name=rule.name,
            condition=in_words(parse(rule.when, row).tree, row),
            sql=rule.when,
            consequence=" · ".join(
                f"随访 {text}" if label == "随访" else text for label, text in words.items() if label != "原因"
            ),
            note=rule.note,
            then=words,
            **sourced(policy, rule),
        )


def _clocks(policy: Clocks) -> Iterator[Line]:
    urgency = {"red": "红", "yellow": "黄", "green": "绿", "any": "不分"}
    urgency |= {"month": "月报", "quarter": "季报", "year": "年报"}
    for key, step in policy.steps.items():
        for name, clock in step.clocks.items():
            warn = f"，提前在 {in_chinese(clock.warn)} 时提醒" if clock.warn else ""
            yield Line(
                key=f"{key}.{name}",
                name=f"{step.name}（{urgency.get(name, name)}）",
                condition=f"自{step.from_event}起" if step.from_event else "",
                consequence=f"{in_chinese(clock.limit)}{warn}",
                note=clock.note,
                **sourced(policy, clock if clock.source or not step.source else step),
            )
    for pause in policy.pauses:
        steps = "、".join(policy.steps[name].name for name in pause.steps)
        longest = f"，最长 {in_chinese(pause.longest)}" if pause.longest else ""
        yield Line(f"pause.{pause.id}", pause.name, consequence=f"暂停：{steps}{longest}", **sourced(policy, pause))
    for rung in policy.escalation:
        when = f"超时 {in_chinese(rung.after)} 后" if rung.after != "0m" else "超时即"
        yield Line(f"escalation.{rung.id}", f"升级到{rung.name}", when, consequence="通知", **sourced(policy, rung))


def _reasons(policy: Reasons) -> Iterator[Line]:
    for key, listed in policy.lists.items():
        for reason in listed.reasons:
            yield Line(
                key=f"{key}.{reason.id}",
                name=reason.name,
                condition=listed.name,
                consequence="须另写说明" if reason.needs_note else "",
                **sourced(policy, reason if reason.source or not listed.source else listed),
            )


def _checklists(policy: Checklists) -> Iterator[Line]:
    for listed in policy.checklists:
        departments = "、".join(listed.departments) or "未列出的科室"
        for step in listed.steps:
            yield Line(
                key=f"{listed.id}.{step.id}",
                name=step.name,
                condition=f"{listed.name}（{departments}）",
                consequence=f"{step.who}{'必做' if step.required else '可选'}",
                **sourced(policy, step if step.source or not listed.source else listed),
            )


def _gate(policy: Gate) -> Iterator[Line]:
    directions = {"up": "上转", "down": "下转"}
    for part in policy.parts:
        asked = "、".join(directions.get(name, name) for name in part.directions) or "上转、下转"
        waived = "；紧急（红）可后补" if "red" in part.waived_for else ""
        yield Line(
            key=part.id,
            name=part.name,
            condition=asked,
            consequence=f"{'必须' if part.required else '提醒'}不少于 {part.minimum} {part.unit}{waived}",
            note=part.hint,
            **sourced(policy, part),
        )


def _settings(policy: Settings) -> Iterator[Line]:
    for key, setting in policy.settings.items():
        allowed = "、".join(setting.words.get(choice, choice) for choice in setting.choices)
        if setting.low is not None or setting.high is not None:
            allowed = f"{setting.low}–{setting.high} {setting.unit}"
        yield Line(
            key=key,
            name=setting.name,
            condition=f"可选 {allowed}" if allowed else "",
            consequence=f"{value_words(setting.value, setting.words)} {setting.unit}".strip(),
            codes=value_words(setting.value) if setting.words else "",
            **sourced(policy, setting),
        )


def value_words(value: Any, words: Mapping[str, str] = MappingProxyType({})) -> str:
    """A parameter's value as people read it; ``words`` names its codes."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(words.get(str(one), str(one)) for one in value)
    if isinstance(value, dict):
        return "、".join(f"{words.get(key, key)} {one}" for key, one in value.items())
    return words.get(str(value), str(value))


def _generic(policy: Policy) -> Iterator[Line]:
    """A kind of a room that says nothing about its lines: each statement with its fields."""
    for path, item in policy.items():
        content = item.model_dump(exclude={"source"}, exclude_none=True) if isinstance(item, BaseModel) else {}
        text = "，".join(f"{key} {value_words(value)}" for key, value in content.items())
        yield Line(
            ".".join(map(str, path)), str(content.get("name", path[-1])), consequence=text, **sourced(policy, item)
        )


_DESCRIPTIONS: dict[str, Describe] = {
    "rules": _rules,
    "clocks": _clocks,
    "reasons": _reasons,
    "checklist": _checklists,
    "gate": _gate,
    "settings": _settings,
}


def describes(kind: str, title: str) -> Callable[[Describe], Describe]:
    """The room of a kind says what the kind is called, and each of its statements in words."""

    def said(description: Describe) -> Describe:
        KINDS[kind] = title
        _DESCRIPTIONS[kind] = description
        return description

    return said


__all__ = ["KINDS", "Line", "Path", "describes", "outline", "sourced"]
