"""Numbers and causes in words."""

from decimal import Decimal

from yigongti.insight import periods
from yigongti.insight.indicators import sets
from yigongti.insight.indicators.dictionary import declared
from yigongti.insight.indicators.planning import Sought
from yigongti.kernel.errors import NotFound

from .models import Restatement, Run

HIDDEN = "不显示"
"""Stands for a number that is not for the reader."""
MOST_DECIMALS = 6
"""So many are kept."""
WHY_HIDDEN = "少于 8 的计数和能推算出它的数，对不负责那里诊疗和管理的读者不显示"


def plain(number: Decimal | None, decimals: int | None = None) -> str:
    """``1,234.5``: with so many decimals, or as many as it has; a dash for nothing."""
    if number is None:
        return "—"
    if decimals is not None:
        return f"{number:,.{decimals}f}"
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def worded(code: str, value: Decimal | None, beside: Decimal | None = None) -> str:
    """A value of an indicator with its decimals and unit; as it is where it is not defined any more.

    It has more decimals where it would else look the same as a different one ``beside`` it.
    """
    try:
        _, item = sets.find(sets.in_force(), code)
    except NotFound:
        return plain(value)
    if value is None:
        return plain(value)
    decimals = item.decimals
    while (
        beside not in (None, value) and decimals < MOST_DECIMALS and plain(value, decimals) == plain(beside, decimals)
    ):
        decimals += 1
    return f"{plain(value, decimals)}{'' if item.unit == '%' else ' '}{item.unit}".rstrip()


def why(one: Restatement) -> str:
    """Why a published number moved: the definition, the units, or rows of the facts that it reads."""
    return "；".join(reasons(one.run, one.measure.code, one.period)) or "未知"


def reasons(run: Run, code: str, period: str) -> list[str]:
    """The causes of a run that concern an indicator in a period, each in words.

    Rows of the period's own months are named; those of other months only where no row of its own changed.
    """
    found = []
    if code in run.causes.get("definitions", ()):
        found.append("定义有修订")
    titles = declared()
    read = _read(code)
    for name, months in run.causes.get("facts", {}).items():
        if read is not None and name not in read:
            continue
        own = {month: rows for month, rows in months.items() if month == "all" or _within(month, period)} or months
        title = titles[name].title if name in titles else name
        added, removed, altered = (sum(column) for column in zip(*own.values(), strict=True))
        told = [
            f"{word} {count} 行" for word, count in (("新增", added), ("减少", removed), ("更正", altered)) if count
        ]
        span = "、".join(sorted(own)[:3]) + ("等" if len(own) > 3 else "")
        if told:
            found.append(f"{title}（{'' if span == 'all' else span + ' '}{'、'.join(told)}）")
    if run.causes.get("units"):
        found.append("机构归属有变动")
    return found


def _within(month: str, period: str) -> bool:
    """Whether a month lies in a period."""
    return periods.containing(periods.type_of(period), periods.first_day(month)) == period


def _read(code: str) -> set[str] | None:
    """The facts from which an indicator comes, through the derived ones; None where it is not defined any more."""
    from yigongti.insight.warehouse.derived import steps

    try:
        edition, item = sets.find(sets.in_force(), code)
    except NotFound:
        return None
    facts = {side.fact for _, side in Sought(code, item, edition.body.strata).item.sides()}
    waiting = list(facts)
    while waiting:
        one = steps().get(waiting.pop())
        for name in one.reads if one else ():
            if name not in facts:
                facts.add(name)
                waiting.append(name)
    return facts
