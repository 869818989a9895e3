"""Screens and comparisons as spreadsheets: what the page shows, small counts hidden as there."""

import io
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from openpyxl import Workbook
from openpyxl.styles import Font

from yigongti.insight.indicators.definitions import BETTER
from yigongti.insight.results.telling import HIDDEN, WHY_HIDDEN
from yigongti.kernel import clock
from yigongti.kernel.policy.kinds import MARKS
from yigongti.kernel.ui.files import attachment
from yigongti.kernel.ui.spreadsheet import MIME, cell

from . import periods
from .indicator import Bar, Page
from .numbers import Number
from .reach import Reach
from .screen import Overview

Sheet = tuple[str, Sequence[str], Iterable[Sequence[Any]]]
NUMBER = ("数值", "单位", "分子", "分母", "报告机构月", "应报机构月")


def book(title: str, sheets: Iterable[Sheet]) -> HttpResponse:
    """A spreadsheet of several sheets, each with its heads."""
    made = Workbook(write_only=True)
    for name, heads, rows in sheets:
        sheet = made.create_sheet(name[:31])
        bold = [cell(sheet, head) for head in heads]
        for one in bold:
            one.font = Font(bold=True)
        sheet.append(bold)
        for row in rows:
            sheet.append([cell(sheet, value) for value in row])
    stream = io.BytesIO()
    made.save(stream)
    name = f"{title}-{timezone.localtime(clock.now()):%Y%m%d-%H%M}.xlsx"
    return attachment(stream.getvalue(), name, MIME)


def overview_book(page: Overview) -> HttpResponse:
    """The screen: figures, members beyond limits, changes, restatements, where it comes from."""
    figures = [
        (
            *(section.title, one.label, one.known.code, one.period_words, *_number(one.number, one.known.item.unit)),
            *(
                one.change.by if one.change else None,
                one.target,
                one.known.source.document,
                MARKS[one.known.source.mark],
            ),
        )
        for section, listed in page.sections
        for one in listed
    ]
    beyond = [
        (
            one.member.number.place.title,
            one.label,
            one.member.number.period,
            *_number(one.member.number, one.known.item.unit),
            one.average,
            one.member.words,
        )
        for one in page.beyond
    ]
    moves = [
        (
            one.now.place.title,
            one.known.item.name,
            one.now.period,
            one.before.value,
            one.now.value,
            one.by,
            one.known.wording,
        )
        for one in page.moves
    ]
    restated = [
        (one.place.title, one.known.item.name, one.period, one.before, one.now, one.why, one.row.run.at)
        for one in page.restated
    ]
    return book(
        f"{page.place.title}运行监测",
        [
            ("指标", ("板块", "指标", "编号", "时期", *NUMBER, "较前期", "目标", "来源", "依据"), figures),
            ("界限外", ("单位", "指标", "时期", *NUMBER, "成员合计", "位置"), beyond),
            ("变化", ("单位", "指标", "时期", "前期", "本期", "变化", "变化单位"), moves),
            ("重述", ("单位", "指标", "时期", "原数", "现数", "原因", "时间"), restated),
            ("说明", ("项目", "内容"), _about(page.reach, page.policy.title)),
        ],
    )


def page_book(page: Page) -> HttpResponse:
    """An indicator: course, members, parts, where it comes from."""
    known, item = page.known, page.known.item
    course = [
        (periods.title(period), *_number(number, item.unit), page.moved_words.get(period, ""))
        for period in page.trail
        if (number := page.numbers.get(known.code, page.place, period)) is not None
    ]
    parts = [
        (known.strata[key].title, known.strata[key].groups.get(one.part, one.part or "未知"), *_number(one, item.unit))
        for key, listed in sorted(page.numbers.parts.items())
        if key in known.strata
        for one in listed
    ]
    about = [
        ("指标", f"{known.code} {item.name}"),
        ("衡量", item.meaning),
        ("方向", BETTER[item.better]),
        ("来源", str(known.source)),
        ("统计单位", page.place.title),
        ("时期", periods.title(page.period)),
        *_about(page.reach, ""),
    ]
    heads = ("单位", *NUMBER, "较前期", "95% 区间下限", "95% 区间上限", "位置")
    return book(
        f"{item.name}-{page.place.title}-{page.period}",
        [
            ("成员", heads, [_member(bar, page.comparison.factor, item.unit) for bar in page.bars]),
            ("走势", ("时期", *NUMBER, "重述"), course),
            ("下级", heads, [_member(bar, page.comparison.factor, item.unit) for bar in page.stations]),
            ("分组", ("分组", "组", *NUMBER), parts),
            ("说明", ("项目", "内容"), about),
        ],
    )


def _member(bar: Bar, factor: float, unit: str) -> tuple[Any, ...]:
    ends = bar.member.interval
    scaled = [Decimal(f"{end * factor:.2f}") for end in (ends.low, ends.high)] if ends else [None, None]
    return (
        *(bar.number.place.title, *_number(bar.number, unit), bar.change.by if bar.change else None, *scaled),
        bar.member.words if ends else "",
    )


def _number(number: Number | None, unit: str) -> tuple[Any, ...]:
    if number is None:
        return (None, unit, None, None, None, None)
    if number.hidden:
        return (HIDDEN, unit, None, None, number.reported, number.expected)
    return (number.value, unit, number.numerator, number.denominator, number.reported, number.expected)


def _about(reach: Reach, screen: str) -> list[tuple[str, Any]]:
    told: list[tuple[str, Any]] = [("屏", screen)] if screen else []
    if reach.computed:
        told += [("计算时间", reach.computed.at), ("快照", reach.computed.snapshot)]
    return [*told, ("小数字", f"写作“{HIDDEN}”：{WHY_HIDDEN}")]
