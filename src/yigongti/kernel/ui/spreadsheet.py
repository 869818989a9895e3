"""A table as xlsx: exactly what the list shows, filtered and sorted, and nothing that a spreadsheet would execute."""

import io
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.safestring import SafeString
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from yigongti.kernel import clock
from yigongti.kernel.ui.files import attachment

MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")


def cell(sheet: Any, value: Any) -> Any:
    """One cell: numbers and dates stay what they are; text that looks like a formula stays text."""
    if isinstance(value, datetime) and timezone.is_aware(value):
        value = timezone.localtime(value).replace(tzinfo=None, microsecond=0)
    if value is None or isinstance(value, int | Decimal | datetime | date):
        native: Any = value
        return WriteOnlyCell(sheet, native)
    text = strip_tags(value) if isinstance(value, SafeString) else str(value)
    made: Any = WriteOnlyCell(sheet, text)
    made.data_type = "s"
    made.quotePrefix = text.startswith(DANGEROUS)
    return made


def workbook(title: str, table: Any, limit: int) -> HttpResponse:
    """The spreadsheet of a table's rows, the first ``limit`` of them with a notice when there are more."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    values = table.as_values()
    header = next(values)
    sheet.append([_bold(sheet, text) for text in header])
    for number, row in enumerate(values):
        if number == limit:
            notice = f"只导出前 {limit} 行，其余请缩小筛选范围后再导出"
            sheet.append([cell(sheet, notice)])
            break
        sheet.append([cell(sheet, value) for value in row])
    stream = io.BytesIO()
    book.save(stream)
    name = f"{title}-{timezone.localtime(clock.now()):%Y%m%d-%H%M}.xlsx"
    return attachment(stream.getvalue(), name, MIME)


def _bold(sheet: Any, text: Any) -> Any:
    made = cell(sheet, text)
    made.font = Font(bold=True)
    return made
