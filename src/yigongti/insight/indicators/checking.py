"""Is a set of indicators right? Every fact, column and expression against the dictionary, with the nearest name."""

from collections.abc import Callable, Iterator
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING

from sqlglot import exp

from yigongti.kernel.errors import NotFound
from yigongti.kernel.policy.expressions import ExpressionRefused, parse, parse_value
from yigongti.kernel.policy.kinds import Path
from yigongti.kernel.policy.problems import allowed_words

from .dictionary import PLAIN_NAME, Dictionary, FactTable, plain, table
from .terms import Term

if TYPE_CHECKING:
    from .definitions import Count, Indicator, IndicatorSet

Wrong = tuple[Path, str, str]
PLAIN = ("number", "text", "boolean", "date", "null")
"""What rows are grouped by and members are told apart by: anything but a list."""
against: ContextVar[Dictionary | None] = ContextVar("against", default=None)
"""The dictionary to check against; None: the platform's."""


def problems(given: "IndicatorSet", dictionary: Dictionary) -> Iterator[Wrong]:
    """Every mistake in a set: path in the file, message, what is allowed."""
    seen: set[str] = set()
    for index, item in enumerate(given.indicators):
        path: Path = ("indicators", index)
        if item.indicator in seen:
            yield (*path, "indicator"), f"指标 {item.indicator} 写了两次", "每个指标一个编号"
        seen.add(item.indicator)
        if given.dimensions and item.dimension not in given.dimensions:
            wrong = f"没有维度 {item.dimension}" if item.dimension else "缺少 dimension"
            yield (*path, "dimension"), wrong, allowed_words(item.dimension, given.dimensions)
        if item.kind == "computed":
            yield from _counted(given, item, dictionary, path)
    yield from _strata(given, dictionary)


def _counted(given: "IndicatorSet", item: "Indicator", dictionary: Dictionary, path: Path) -> Iterator[Wrong]:
    for name, side in item.sides():
        written = partial(_written, item, name, path)
        try:
            fact = table(dictionary, side.fact)
        except NotFound as missing:
            yield written("fact"), missing.message if side.fact else "缺少 fact", missing.hint
            continue
        yield from _conditions(item, name, side.parsed, fact, path)
        yield from _side(side, fact, written)
        for stratum in item.by:
            if stratum not in given.strata:
                yield (*path, "by"), f"没有分组 {stratum}", allowed_words(stratum, given.strata)
            elif side.fact not in given.strata[stratum].of:
                yield (*path, "by"), f"分组 {stratum} 没有写事实 {side.fact} 怎样分", f"在 strata.{stratum}.of 里加上"


def _written(item: "Indicator", name: str, path: Path, key: str) -> Path:
    """Where a key of a side stands: with the side, or with the indicator for both."""
    given = getattr(item, name)
    if isinstance(given, str):
        return (*path, name) if key == "term" else (*path, key)
    return (*path, name, key) if key == "term" or getattr(given, key) else (*path, key)


def _conditions(item: "Indicator", name: str, term: Term, fact: FactTable, path: Path) -> Iterator[Wrong]:
    """What cannot be read in the conditions of a side, each where it stands, and in what it counts."""
    given = getattr(item, name)
    asked = [(_written(item, name, path, "term"), term.where)]
    if not isinstance(given, str):
        asked.append(((*path, name, "where"), given.where))
    if isinstance(given, str) or given.fact in ("", item.fact):
        asked.append(((*path, "where"), item.where))
    try:
        if term.of:
            exact(parse_value(term.of, fact.shape, *(("number",) if term.kind in ("sum", "max") else PLAIN)).tree)
    except ExpressionRefused as refused:
        yield asked[0][0], refused.message, refused.allowed
    for where, text in asked:
        try:
            if text:
                parse(text, fact.shape)
        except ExpressionRefused as refused:
            yield where, refused.message, refused.allowed


def _side(side: "Count", fact: FactTable, written: Callable[[str], Path]) -> Iterator[Wrong]:
    term = side.parsed
    times = [c.name for c in fact.columns.values() if c.type in ("date", "timestamp")]
    if side.at and side.at not in times:
        yield written("at"), f"{fact.name} 没有时间 {side.at}", allowed_words(side.at, times)
    if not (side.at or fact.time):
        yield written("at"), f"{fact.name} 没有时间，不能按月计算", "写 at: 时间字段" if times else "换一个有时间的事实"
    organization = side.organization or fact.organization
    if organization and organization not in fact.columns:
        yield written("organization"), f"{fact.name} 没有字段 {organization}", allowed_words(organization, fact.columns)
    elif side.organization and not _alike(fact, side.organization, fact.organization):
        wrong = f"{side.organization} 不是机构：和 {fact.organization} 的类型不同"
        yield written("organization"), wrong, "写机构编号的字段"
    elif side.organization and not plain(side.organization):
        yield written("organization"), f"机构的字段不能叫 {side.organization}", PLAIN_NAME
    if term.kind == "latest" and not (fact.key and (side.at or fact.time)):
        yield written("term"), f"{fact.name} 没有说明行的标识和时间，不能取最近一次", "在字典里写 key 和 time"


def _alike(fact: FactTable, one: str, other: str) -> bool:
    """Whether two columns are of one family, so that organisations of either are told by the same hierarchy."""
    return other not in fact.columns or fact.shape.columns[one].family == fact.shape.columns[other].family


def exact(tree: exp.Expr) -> None:
    """What is counted or added is read by engines as it is written: no list is asked, nothing becomes a float."""
    if tree.find(exp.Div):
        raise ExpressionRefused("统计的数要精确，不写除法", "换算写在 factor；或写成分子和分母")
    if any(node.args.get("field") for node in tree.find_all(exp.In)):
        raise ExpressionRefused("列表的条件写在 where 后面", "例如 count where 'bed' in privileges")


def _strata(given: "IndicatorSet", dictionary: Dictionary) -> Iterator[Wrong]:
    for name, stratum in given.strata.items():
        for fact, text in stratum.of.items():
            path: Path = ("strata", name, "of", fact)
            try:
                parse_value(text, table(dictionary, fact).shape, *PLAIN)
            except ExpressionRefused as refused:
                yield path, refused.message, refused.allowed
            except NotFound as missing:
                yield path, missing.message, missing.hint
