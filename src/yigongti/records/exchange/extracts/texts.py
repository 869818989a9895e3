"""What was done to the data, in words: for the form, the page, the dictionary and the README of the file."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from yigongti.kernel.policy.kinds import MARKS
from yigongti.records.health_record.registers import REGISTERS
from yigongti.records.privacy.policies import protection

from .deidentifying import OTHER, Outcome, rule_of
from .models import Extract
from .policies import PURPOSES, ROLES, Column, ExtractPolicy

LIMITS = (
    "去标识化不是匿名化：假名对应的仍是个人信息，须按批准的用途使用，不得设法重新识别，不得与其他数据按人对接，不得转给他人。",
    "k 匿名按每一行的准标识符逐行检查；同一假名的多行连起来看可能比单行更特别，使用和发表时请再作汇总。",
    "偏移过的日期只能算间隔，不能对应到真实的某一天；同一人的日期偏移相同。",
)


def role(column: Column) -> str:
    """准标识符, 假名 …"""
    return ROLES[column.role]


def becomes(column: Column, level: int = 0) -> str:
    """What a value of the column turns into."""
    if column.role == "pseudonym":
        return "每份数据单独的密钥算出的假名，两份数据之间不能对应"
    if column.role == "shifted":
        return f"整体移动一个保密的天数（±{column.days} 天以内，同一人相同）"
    if column.generalise:
        rare = column.generalise.rare
        first = f"不足 {rare} 人的编码先归入上级；" if rare else ""
        return first + column.generalise.words(level)
    if column.aggregate:
        return {"sum": "合计", "mean": "平均"}[column.aggregate]
    if column.values:
        return f"原值；不在取值表中的写 {OTHER}"
    return "原值" if column.places is None else f"四舍五入到 {column.places} 位小数"


def ladder(column: Column) -> str:
    """All steps of the ladder: 每 5 一组 → 每 10 一组."""
    made = column.generalise
    return " → ".join(made.words(level) for level in range(len(made.steps))) if made else becomes(column)


def category_names() -> dict[str, str]:
    """Protected category → its name."""
    return {category.id: category.name for category in protection().categories}


def condition_name(code: str) -> str:
    """专病 in words."""
    return REGISTERS[code].name if code in REGISTERS else code


def percent(share: Decimal | float | str) -> str:
    """0.0312 as 3.1%."""
    return f"{Decimal(share) * 100:.1f}%"


def population(case: Extract) -> list[tuple[str, str]]:
    """Who is in, as label and text."""
    names = category_names()
    opened = "、".join(names.get(code, code) for code in case.categories)
    return [
        ("期间", f"{case.first} 至 {case.last}"),
        ("居住地", case.area_name or "全部"),
        ("专病", condition_name(case.condition) or "不限"),
        ("受保护的记录", f"已批准开放：{opened}" if opened else "不含"),
    ]


def why_short(case: Extract, policy: ExtractPolicy, outcome: Outcome) -> str:
    """Why nothing is released, and what may help."""
    last, rule = outcome.last, rule_of(case, policy)
    if not last.rows:
        return "没有符合条件的记录。请核对期间、居住地和专病，以及批准人负责的机构。"
    also = f"或敏感信息不足 {rule.at_least} 种" if rule.diverse else ""
    return (
        f"概括到最粗以后，仍有 {percent(last.share)} 的行所在的组不足 {rule.k} 人{also}，"
        f"超过允许的 {percent(rule.most)}。可以扩大居住地或期间、不限专病，或改申请汇总表。"
    )


def joined(told: Mapping[str, int], k: int) -> str:
    """What k-anonymity row by row does not promise, with its numbers."""
    if not told["below"]:
        return f"同一假名的各行连起来看，每个人仍与至少 {k - 1} 个人相同（最少 {told['smallest']} 人一组）。"
    share = percent(Decimal(told["below"]) / told["people"])
    return (
        f"k 是逐行的：同一假名的各行连起来看，{told['people']} 人中有 {told['below']} 人（{share}）"
        f"的组合不足 {k} 人相同。不得按假名把各行连起来去找某一个人；要逐人也达到 k，请改申请更短的期间或汇总表。"
    )


def readme(case: Extract, policy: ExtractPolicy, outcome: Outcome, digest: str, rows: int) -> str:
    """How the file was made; nothing in it that changes when it is made again."""
    rule, last = rule_of(case, policy), outcome.last
    head = [f"# {case.title}（{case.number}）", "", policy.summary, ""]
    facts = [
        ("用途", f"{PURPOSES[case.purpose]}：{case.reason}"),
        ("使用单位和人", case.used_by),
        ("伦理审查批件号", case.ethics or "无"),
        *population(case),
        ("每行", policy.grain),
        ("行数", f"{rows}"),
        ("规则", f"{policy.policy} {policy.version}（{case.policy_hash[:12]}）"),
        ("data.csv 的 SHA-256", digest),
    ]
    checked = [f"- k = {rule.k}：每一组准标识符背后至少 {rule.k} 个不同的人。"]
    if rule.diverse:
        checked.append(f"- 每一组在 {'、'.join(rule.diverse)} 上至少有 {rule.at_least} 种值。")
    if policy.form == "table":
        checked.append(f"- 汇总表：不超过 {policy.small_cells} 人的格不公布数值（small 为 true）；不附合计，避免倒推。")
    else:
        checked.append(f"- 不够的组整组删去，占 {percent(last.share)}（最多允许 {percent(rule.most)}）。")
    if outcome.joined:
        checked.append(f"- {joined(outcome.joined, rule.k)}")
    sources = sorted({_source(one) for one in (policy.source, *policy.sources.values()) if one})
    return "\n".join(
        [
            *head,
            *(f"- {label}：{text}" for label, text in facts),
            "",
            "## 怎样去标识化",
            "",
            f"- 从未读取：{'、'.join(policy.removed)}。",
            *checked,
            *(f"- {c.name}（{c.title}，{role(c)}）：{becomes(c, last.levels.get(c.name, 0))}" for c in outcome.columns),
            "- 居民隐藏的记录、未获批准开放的受保护记录、撤回同意的居民，不在其中。",
            "",
            "## 使用的限制",
            "",
            *(f"- {line}" for line in LIMITS),
            "",
            "## 依据",
            "",
            *(f"- {line}" for line in sources),
            "",
        ]
    )


def _source(source: Any) -> str:
    return f"{source.document}{' ' + source.item if source.item else ''}〔{MARKS[source.mark]}〕"
