"""What an indicator says of itself: in words, in SQL, with its source."""

from collections.abc import Iterator
from typing import Literal

from yigongti.kernel.policy.expressions import parse
from yigongti.kernel.policy.kinds import MARK_MEANINGS, Source
from yigongti.kernel.policy.words import in_words

from .definitions import BETTER, LEVELS, PERIODS, Count, Indicator, Target
from .dictionary import Dictionary, FactTable, table
from .statements import MONTH
from .terms import Term


def words(side: Count, dictionary: Dictionary) -> str:
    """One side in Chinese: 就诊中（有效 为 是 且 …），不同的居民数."""
    fact, term = table(dictionary, side.fact), side.parsed
    asked = [condition_words(text, fact) for text in (side.where, term.where) if text]
    stock = fact.stock if side.stock is None else side.stock
    where = f"（{'；且'.join(asked)}）" if asked else ""
    when = "期末的" if stock else "期内的"
    return f"{when}{fact.title or fact.name}{where}，{_of(term, fact)}"


def _of(term: Term, fact: FactTable) -> str:
    column = fact.columns.get(term.of)
    name = column.title if column and column.title else term.of
    return {
        "count": "计行数",
        "distinct": f"计不同的{name}数",
        "sum": f"求{name}之和",
        "max": f"取{name}最大值",
        "latest": f"计{name}数，每位以最近一次为准",
    }[term.kind]


def condition_words(text: str, fact: FactTable) -> str:
    """A condition in Chinese."""
    return in_words(parse(text, fact.shape).tree, fact.shape)


def sql(side: Count, dictionary: Dictionary) -> str:
    """One side as a query that gives the number for one organisation and month, to read and to run."""
    fact, term = table(dictionary, side.fact), side.parsed
    organization = side.organization or fact.organization
    month = f"date_trunc('month', {side.at})" if side.at and side.at != fact.time else MONTH
    where = [f"{organization} = :organization", f"{month} = :month"]
    if term.kind == "latest":
        base = f" AND ({side.where})" if side.where else ""
        holds = f"arg_max({term.where or 'true'}, ({side.at or fact.time}, {fact.key}))"
        return (
            f"SELECT count(*) FROM (\n  SELECT {holds} AS holds FROM {fact.name}\n"
            f"  WHERE {' AND '.join(where)}{base} GROUP BY {term.of}) WHERE holds"
        )
    counted = {
        "count": "count(*)",
        "distinct": f"count(DISTINCT {term.of})",
        "sum": f"sum({term.of})",
        "max": f"max({term.of})",
    }[term.kind]
    where += [f"({text})" for text in (side.where, term.where) if text]
    return f"SELECT {counted} FROM {fact.name}\nWHERE {' AND '.join(where)}"


def formula(item: Indicator) -> str:
    """How the value comes from numerator and denominator."""
    if item.function and item.function.life_table:
        told = item.function.life_table
        return (
            f"寿命表法：{told.first}–{told.last} 岁每 {told.width} 岁一组，"
            f"q = {told.width}M ÷ (1 + {told.width / 2:g}M)，概率 = 1 − ∏(1 − q)，× {item.factor:f}"
        )
    if item.function and item.function.growth:
        return f"（本期 − {item.function.growth.years} 年前同期）÷ 同期 × {item.factor:f}"
    times = "" if item.factor == 1 else f" × {item.factor:f}"
    times += "" if item.divisor == 1 else f" ÷ {item.divisor}"
    return f"分子 ÷ 分母{times}" if item.denominator is not None else f"分子{times}"


def lines(item: Indicator, source: Source, dictionary: Dictionary) -> Iterator[tuple[str, str]]:
    """Everything that is said of an indicator: title and text."""
    yield "名称", item.name
    if item.meaning:
        yield "衡量什么", item.meaning
    yield (
        "计算",
        formula(item) if item.kind == "computed" else {"reported": "由责任单位填报", "judged": "按材料评判"}[item.kind],
    )
    titles: dict[Literal["numerator", "denominator"], str] = {"numerator": "分子", "denominator": "分母"}
    for name, side in item.sides() if item.kind == "computed" else ():
        yield titles[name], words(side, dictionary)
        yield f"{titles[name]}查询", sql(side, dictionary)
    if item.asks:
        yield "分子", item.asks.numerator
        yield "分母", item.asks.denominator
    for number, text in enumerate(item.criteria, 1):
        yield f"评判标准 {number}", text
    yield "单位", item.unit or "—"
    yield "方向", BETTER[item.better]
    yield "时期", "、".join(PERIODS[one] for one in item.periods)
    yield "层次", "、".join(LEVELS[one] for one in item.levels)
    if item.by:
        yield "分组", "、".join(item.by)
    if item.completeness:
        yield "最低完整", f"应有机构月数的 {item.completeness:%}"
    if item.targets:
        yield "目标", "；".join(_target(target, item.unit) for target in item.targets)
    yield "来源", f"{source}：{MARK_MEANINGS[source.mark]}"
    if item.note:
        yield "说明", item.note


def _target(target: Target, unit: str) -> str:
    """``92 %（2026 年，370000），分档 92、85、80：说明``."""
    where = "，".join([*([f"{target.year} 年"] if target.year else []), *([target.place] if target.place else [])])
    bands = f"，分档 {'、'.join(f'{band:f}' for band in target.bands)}" if target.bands else ""
    return (
        f"{target.value:f} {unit}".rstrip()
        + (f"（{where}）" if where else "")
        + bands
        + (target.note and f"：{target.note}")
    )
