"""A report as a spreadsheet: one line for each thing to fill in, and the way back with every mistake named."""

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.worksheet.datavalidation import DataValidation

from yigongti.insight.indicators.definitions import Indicator
from yigongti.kernel.errors import Invalid
from yigongti.registry.sheets.reading import Formula, read

from .entering import as_given, criteria, plain
from .models import Item, Report
from .plans import ANSWERS
from .schemas import Answered, ItemIn

HEADINGS = ("编号", "部分", "指标", "填什么", "单位", "填写", "说明", "上期")
WIDTHS = (22, 10, 30, 44, 8, 18, 40, 14)
FILLED = (6, 7)
NUMERATOR, DENOMINATOR, VALUE, CRITERION = "分子", "分母", "数值", "标准"
NONE = "无"
PARTS = {NUMERATOR: "numerator", DENOMINATOR: "denominator", VALUE: "value"}
MOST = 2000
LONGEST = 500
ANSWER_OF = {words: answer for answer, words in ANSWERS.items()}


@dataclass(frozen=True)
class Line:
    """One thing to fill in: an item's part with what it means, what stands there, what stood there last period."""

    code: str
    part: str
    name: str
    what: str
    unit: str
    filled: Any
    note: str
    last: Decimal | None


@dataclass(frozen=True)
class Mistake:
    """Why a line of the file was not taken: its number, the column, what stood there, the reason and the way out."""

    line: int
    column: str
    value: str
    reason: str
    hint: str = ""

    def __str__(self) -> str:
        return f"第 {self.line} 行“{self.column}”{self.value and f' {self.value}'}：{self.reason}" + (
            f"（{self.hint}）" if self.hint else ""
        )


def lines(asked: Iterable[Indicator], now: Mapping[str, Item], last: Mapping[str, Item]) -> list[Line]:
    """The lines of a report, in the order of the set."""
    found = []
    for item in asked:
        given = as_given(now[item.indicator]) if item.indicator in now else ItemIn(item=item.indicator)
        found += _lines(item, given, last.get(item.indicator))
    return found


def _lines(item: Indicator, given: ItemIn, last: Item | None) -> list[Line]:
    if item.kind == "judged":
        answers = dict(enumerate(given.answers))
        return [
            Line(
                item.indicator,
                f"{CRITERION} {n + 1}",
                item.name,
                text,
                "",
                NONE if given.absent else ANSWERS.get(answers[n].answer, "") if n in answers else "",
                (answers[n].words if n in answers else "") or (given.note if given.absent and n == 0 else ""),
                None,
            )
            for n, text in enumerate(criteria(item))
        ]
    parts = [(VALUE, item.meaning or item.name)]
    if item.asks:
        parts = [(NUMERATOR, item.asks.numerator), (DENOMINATOR, item.asks.denominator)]
    return [
        Line(
            item.indicator,
            part,
            item.name,
            what,
            item.unit if part == VALUE else "",
            NONE if given.absent else getattr(given, PARTS[part]),
            given.note if n == 0 else "",
            getattr(last, PARTS[part]) if last else None,
        )
        for n, (part, what) in enumerate(parts)
    ]


def template(report: Report, told: list[Line]) -> bytes:
    """The lines as xlsx; only 填写 and 说明 are open, answers are chosen from a list."""
    book = Workbook()
    sheet: Any = book.active
    sheet.title = "填报"
    for place, (heading, width) in enumerate(zip(HEADINGS, WIDTHS, strict=True), 1):
        made = sheet.cell(1, place, heading)
        made.font = Font(bold=True)
        sheet.column_dimensions[made.column_letter].width = width
    sheet.cell(1, 6).comment = Comment("数字不带单位和逗号；没有数据写“无”，并在说明里写原因", "医共体平台")
    choice = DataValidation(type="list", formula1=f'"{",".join([*ANSWERS.values(), NONE])}"', allow_blank=True)
    sheet.add_data_validation(choice)
    for row, one in enumerate(told, 2):
        last = float(one.last) if one.last is not None else None
        cells = (one.code, one.part, one.name, one.what, one.unit, _native(one.filled), one.note, last)
        for place, value in enumerate(cells, 1):
            made = sheet.cell(row, place)
            made.value = value
            if isinstance(value, str):
                made.data_type = "s"
            made.alignment = Alignment(wrap_text=True, vertical="top")
            if place in FILLED:
                made.protection = Protection(locked=False)
                made.fill = PatternFill("solid", fgColor="FFF3D6")
        if one.part.startswith(CRITERION):
            choice.add(f"F{row}")
    sheet.protection.sheet = True
    sheet.freeze_panes = "C2"
    about = book.create_sheet("关于")
    for line in ((report.title,), (report.unit_name,), (report.period_title,), (report.number,)):
        about.append(line)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _native(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value


@dataclass
class Reading:
    """What a file said: the items that can be kept, the mistakes, and how many lines were read."""

    items: list[ItemIn]
    mistakes: list[Mistake]
    read: int
    lines: dict[str, int] = field(default_factory=dict)

    def leave(self, code: str, column: str, reason: str, hint: str = "") -> None:
        """An item that the file gives rightly and the report cannot take."""
        self.items = [one for one in self.items if one.item != code]
        self.mistakes.append(Mistake(self.lines.get(code, 0), column, code, reason, hint))


def parse(name: str, content: bytes, asked: Iterable[Indicator], now: Mapping[str, Item]) -> Reading:
    """The items of a filled-in template. Raises Invalid for a file that is none or lacks columns.

    An item with a mistake in any of its lines is left as it stands; empty lines of an item say nothing about it.
    """
    table = read(name, content, MOST)
    places = {heading: table.headings.index(heading) for heading in HEADINGS if heading in table.headings}
    if missing := [heading for heading in ("编号", "部分", "填写") if heading not in places]:
        raise Invalid(f"缺少列：{'、'.join(missing)}", hint="请下载模板，按模板的列填写", field="file")
    known = {item.indicator: item for item in asked}
    reading = Reading([], [], len(table.lines))
    drafts: dict[str, ItemIn] = {}
    spoiled: set[str] = set()
    seen: dict[tuple[str, str], int] = {}
    for number, cells in table.lines:
        found = {h: cells[p] if p < len(cells) else None for h, p in places.items()}
        code, part = _words(found.get("编号")), _words(found.get("部分"))
        reading.lines.setdefault(code, number)
        mistake = _place(number, code, part, known, seen) or _take(number, known[code], part, found, drafts, now)
        if mistake:
            reading.mistakes.append(mistake)
            spoiled.add(code)
    reading.items = [one for code, one in drafts.items() if code not in spoiled]
    return reading


def _place(
    number: int, code: str, part: str, known: Mapping[str, Indicator], seen: dict[tuple[str, str], int]
) -> Mistake | None:
    if code not in known:
        return Mistake(number, "编号", code, "这份填报里没有这个编号", "请不要改动模板的编号，或重新下载模板")
    item = known[code]
    judged = {f"{CRITERION} {n}" for n in range(1, len(criteria(item)) + 1)}
    allowed = judged if item.kind == "judged" else {NUMERATOR, DENOMINATOR} if item.asks else {VALUE}
    if part not in allowed:
        return Mistake(number, "部分", part, "这个指标没有这一部分", f"应为{'、'.join(sorted(allowed))}")
    if (earlier := seen.setdefault((code, part), number)) != number:
        return Mistake(number, "编号", code, f"与第 {earlier} 行重复", "请只留一行")
    return None


def _take(
    number: int,
    item: Indicator,
    part: str,
    found: Mapping[str, Any],
    drafts: dict[str, ItemIn],
    now: Mapping[str, Item],
) -> Mistake | None:
    """Put one line into the draft of its item, or say why not."""
    cell, words, code = found.get("填写"), _words(found.get("说明")), item.indicator
    if formula := next((one for one in (cell, found.get("说明")) if isinstance(one, Formula)), None):
        return Mistake(number, "填写", str(formula), "这一格是公式", "请复制后“选择性粘贴”为数值")
    if len(words) > LONGEST:
        return Mistake(number, "说明", words[:20] + "…", f"有 {len(words)} 字，最多 {LONGEST} 字")
    if _words(cell) == "" and not words:
        return None
    draft = drafts.setdefault(code, as_given(now[code]) if code in now else ItemIn(item=code))
    if _words(cell) == NONE:
        note = words or draft.note
        drafts[code] = ItemIn(item=code, absent=True, note=note)
        return None if note else Mistake(number, "说明", "", "写了“无”，没有说明原因", "请在说明里写明")
    draft.absent = False
    if item.kind == "judged":
        return _answer(number, part, cell, words, draft)
    draft.note = words or draft.note
    return _value(number, part, cell, draft)


def _value(number: int, part: str, cell: Any, draft: ItemIn) -> Mistake | None:
    if _words(cell) == "":
        return None
    value, reason = number_of(cell)
    if value is None:
        return Mistake(number, "填写", str(cell)[:40], reason, "只写数字，如 1234.5；没有数据写“无”")
    setattr(draft, PARTS[part], value)
    return None


def _answer(number: int, part: str, cell: Any, words: str, draft: ItemIn) -> Mistake | None:
    place = int(part.removeprefix(CRITERION)) - 1
    while len(draft.answers) <= place:
        draft.answers.append(Answered())
    answer = ANSWER_OF.get(_words(cell), _words(cell))
    if answer not in ("", *ANSWERS):
        return Mistake(number, "填写", str(cell)[:40], "没有这个选项", f"可填：{'、'.join(ANSWERS.values())}、{NONE}")
    draft.answers[place] = Answered(answer=answer or draft.answers[place].answer, words=words)
    return None


def number_of(cell: Any) -> tuple[Decimal | None, str]:
    """A number as people write it (1,234.5 or 12.3% of a cell), or why it is none."""
    if isinstance(cell, bool):
        return None, "不是数字"
    text = _words(cell).replace(",", "").replace("，", "").replace(" ", "")
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None, "不是数字"
    if not value.is_finite():
        return None, "不是数字"
    exponent = value.normalize().as_tuple().exponent
    if isinstance(exponent, int) and exponent < -6:
        value = round(value, 6)
    return value, ""


def _words(cell: Any) -> str:
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else plain(Decimal(repr(cell)))
    return "" if cell is None else str(cell).strip()
