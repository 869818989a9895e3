"""What changed between two editions of a policy, statement by statement, in Chinese."""

from dataclasses import asdict, dataclass
from typing import Any

from yigongti.kernel.policy.editions import Edition
from yigongti.kernel.policy.kinds import MARKS
from yigongti.kernel.policy.outline import KINDS, Line, outline

HEADER = {"version": "版本", "title": "标题", "summary": "说明", "place": "适用范围", "kind": "种类"}
ABSENT = {"place": "普遍适用"}
FIELDS = {
    "name": "名称",
    "condition": "条件",
    "sql": "条件（SQL）",
    "consequence": "结果",
    "source": "来源",
    "mark": "依据",
    "note": "备注",
}


@dataclass(frozen=True)
class Change:
    """One difference. ``what`` is 新增, 删除 or 修改; ``field`` is empty for a whole statement."""

    what: str
    key: str
    name: str
    field: str = ""
    before: str = ""
    after: str = ""

    def __str__(self) -> str:
        if self.what != "修改":
            return f"{self.what} {self.key} {self.name}：{self.after or self.before}"
        return f"修改 {self.key} {self.name} 的{self.field}：{self.before or '（空）'} → {self.after or '（空）'}"

    def as_dict(self) -> dict[str, Any]:
        """The same for a program."""
        return asdict(self)


def diff(before: Edition, after: Edition) -> list[Change]:
    """Every difference from ``before`` to ``after``: header first, then statements in the order of ``after``."""
    changes = _header(before, after)
    old = {line.key: line for line in outline(before.body)}
    new = {line.key: line for line in outline(after.body)}
    for key, line in new.items():
        changes += _changed(old[key], line) if key in old else [Change("新增", key, line.name, after=_brief(line))]
    changes += [Change("删除", key, line.name, before=_brief(line)) for key, line in old.items() if key not in new]
    return changes


def _header(before: Edition, after: Edition) -> list[Change]:
    changes = []
    for key, label in HEADER.items():
        one, other = (getattr(body, key) or ABSENT.get(key, "") for body in (before.body, after.body))
        if key == "kind":
            one, other = KINDS.get(one, one), KINDS.get(other, other)
        if one != other:
            changes.append(Change("修改", key, "文件头", label, one, other))
    one, other = effect_words(before), effect_words(after)
    if one != other:
        changes.append(Change("修改", "effective", "文件头", "生效期", one, other))
    return changes


def effect_words(edition: Edition) -> str:
    """The dates of effect."""
    effective = edition.body.effective
    return f"{effective.from_} 起" + (f"，至 {effective.to}" if effective.to else "")


def _brief(line: Line) -> str:
    return " → ".join(part for part in (line.condition, line.consequence) if part)


def _changed(old: Line, new: Line) -> list[Change]:
    found = []
    for field, label in FIELDS.items():
        before, after = getattr(old, field), getattr(new, field)
        if field == "sql" and old.condition != new.condition:
            continue  # the condition in words says it
        if field == "consequence" and old.then != new.then:
            found += _then(old, new)
        elif before != after:
            words = MARKS if field == "mark" else {}
            found.append(Change("修改", new.key, new.name, label, words.get(before, before), words.get(after, after)))
    return found


def _then(old: Line, new: Line) -> list[Change]:
    labels = dict.fromkeys([*old.then, *new.then])
    return [
        Change("修改", new.key, new.name, label, old.then.get(label, ""), new.then.get(label, ""))
        for label in labels
        if old.then.get(label) != new.then.get(label)
    ]
