"""Sheets as files: the template, what is registered now, and the rejected lines with their reasons."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from yigongti.kernel.ui.spreadsheet import DANGEROUS, cell
from yigongti.registry.sheets.cells import Columns
from yigongti.registry.sheets.checking import REASONS
from yigongti.registry.sheets.layout import SheetLayout
from yigongti.registry.sheets.models import Load
from yigongti.registry.sheets.reading import read

#: Excel's own limits for a list in a validation
LIST_CHARACTERS = 255
PREPARED_LINES = 2000
WIDTH = 18


def template(layout: SheetLayout) -> bytes:
    """An empty sheet: required columns marked, lists to choose from, an explanation on every heading, one example."""
    book, columns = Workbook(), Columns(layout)
    sheet: Any = book.active
    sheet.title = layout.title
    for place, (name, title) in enumerate(layout.titles.items(), 1):
        heading = sheet.cell(1, place, f"{title}*" if name in layout.required else title)
        heading.font = Font(bold=True)
        info = layout.schema.model_fields[name]
        heading.comment = Comment("。".join(filter(None, (columns.words(name), info.description))), "医共体平台")
        letter = get_column_letter(place)
        sheet.column_dimensions[letter].width = WIDTH
        listed = ",".join(columns.options[name].values())
        if listed and len(listed) <= LIST_CHARACTERS:
            choice = DataValidation(type="list", formula1=f'"{listed}"', allow_blank=True)
            choice.add(f"{letter}2:{letter}{PREPARED_LINES}")
            sheet.add_data_validation(choice)
        if name in layout.example:
            made = sheet.cell(2, place, columns.cell(name, layout.example[name]))
            made.fill = PatternFill("solid", fgColor="FFF3D6")
    sheet.freeze_panes = "A2"
    return _bytes(book)


def xlsx(layout: SheetLayout, rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Rows as an xlsx file that can be imported again."""
    columns = Columns(layout)
    lines = ([columns.cell(name, row.get(name)) for name in layout.titles] for row in rows)
    return _sheet(layout.title, list(layout.titles.values()), lines)


def comma_separated(layout: SheetLayout, rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Rows as a csv file (UTF-8 with mark); what a spreadsheet would take for a formula begins with an apostrophe."""
    columns, text = Columns(layout), io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(layout.titles.values())
    for row in rows:
        values = ["" if value is None else str(value) for value in (columns.cell(n, row.get(n)) for n in layout.titles)]
        writer.writerow([f"'{value}" if value.startswith(DANGEROUS) else value for value in values])
    return text.getvalue().encode("utf-8-sig")


def rejected(load: Load) -> bytes:
    """The rejected lines as they were sent, with the reasons in one more column: correct them and send them again."""
    table = read(load.filename, bytes(load.content))
    reasons: dict[int, list[str]] = {}
    for reason in load.rejections:
        words = f"{reason['column']}：{reason['reason']}" + (f"，{reason['hint']}" if reason["hint"] else "")
        reasons.setdefault(reason["line"], []).append(words)
    old = [place for place, heading in enumerate(table.headings) if heading == REASONS]
    keep = [place for place in range(len(table.headings)) if place not in old]
    lines = (
        [*(cells[place] if place < len(cells) else None for place in keep), "；".join(reasons[line])]
        for line, cells in table.lines
        if line in reasons
    )
    return _sheet("退回", [*(table.headings[place] for place in keep), REASONS], lines)


def _sheet(title: str, headings: Sequence[str], lines: Iterable[Sequence[Any]]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    bold = [cell(sheet, heading) for heading in headings]
    for made in bold:
        made.font = Font(bold=True)
    sheet.append(bold)
    for line in lines:
        sheet.append([cell(sheet, value) for value in line])
    return _bytes(book)


def _bytes(book: Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
