"""Spreadsheets into the bench, row by row as Excel numbers them.

Dates come as ISO, whole numbers without a point. What a reader of the sheet sees and the file does not hold is refused
and not guessed: formulas that nobody has calculated, rows of merged cells.
"""

import re
import zipfile
from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import Any

import duckdb
import openpyxl
from openpyxl.utils import range_boundaries

from .files import BLOCK, Delivered, Unreadable, note, unpacked_bytes
from .mappings import Read
from .structured import insert
from .tabular import check_header, plain

MERGED = re.compile(rb'<mergeCell [^>]*ref="([A-Z]+[0-9]+:[A-Z]+[0-9]+)"')


Row = tuple[int, list[str | None], str]
"""Number of a row, its cells as text, what is wrong with it."""


def read_xlsx(connection: duckdb.DuckDBPyConnection, name: str, read: Read, one: Delivered) -> None:
    """The sheet that the read names, or the first that is not hidden."""
    unpacked_bytes(one.path, one.name)
    rows = _whole(Book(one, read.sheet), one)
    header = [text or "" for text in next(rows, (1, [], ""))[1]]
    if not any(header):
        raise Unreadable(f"{one.name} 是空的", hint="第一行应是列名")
    check_header(read, one, header)
    places = {plain(column): place for place, column in reversed(list(enumerate(header)))}
    order = [*read.columns, *read.optional]
    taken = [places.get(plain(column)) for column in order]

    def good() -> Iterator[tuple[int, Sequence[str | None]]]:
        for line, cells, fault in rows:
            wrong = fault or ("列数太多" if any(cells[len(header) :]) else "")
            if wrong:
                note(connection, name, one, line, "", wrong)
            elif any(cells):
                yield line, [cells[place] if place is not None and place < len(cells) else None for place in taken]

    insert(connection, name, one, order, good())


def _whole(book: "Book", one: Delivered) -> Iterator[Row]:
    """The rows; a broken sheet fails in many ways inside the library."""
    try:
        yield from book.rows()
    except Exception as error:
        raise Unreadable(f"{one.name} 在中途损坏", hint="请重新另存为 .xlsx 后再发送") from error


class Book:
    """One sheet of a workbook, read as a stream."""

    def __init__(self, one: Delivered, sheet: str) -> None:
        self.one = one
        try:
            self.values: Any = openpyxl.load_workbook(one.path, read_only=True, data_only=True)
        except Exception as error:  # a broken archive fails in many ways inside the library
            raise Unreadable(f"{one.name} 不是有效的 Excel 文件", hint="请另存为 .xlsx 后再发送") from error
        shown = [found.title for found in self.values.worksheets if found.sheet_state == "visible"]
        if sheet and sheet not in self.values.sheetnames:
            raise Unreadable(f"{one.name} 里没有工作表“{sheet}”", hint="现有：" + "、".join(self.values.sheetnames))
        if not sheet and not shown:
            raise Unreadable(f"{one.name} 里没有可见的工作表", hint="取消隐藏后再发送")
        self.title = sheet or shown[0]
        self.merged, self.calculated = _told(one, str(getattr(self.values[self.title], "_worksheet_path")))  # noqa: B009

    def rows(self) -> Iterator[Row]:
        """Every row, the first one too."""
        sheet = self.values[self.title]
        sheet.reset_dimensions()
        formulas: Any = repeat(())
        if self.calculated:
            told = openpyxl.load_workbook(self.one.path, read_only=True)[self.title]
            told.reset_dimensions()
            formulas = told.iter_rows(values_only=True)
        for line, (values, written) in enumerate(zip(sheet.iter_rows(values_only=True), formulas, strict=False), 1):
            cells = [_cell(value) for value in values]
            yield line, cells, self._fault(line, values, written)

    def _fault(self, line: int, values: Sequence[Any], written: Sequence[Any]) -> str:
        for first_column, first_row, last_column, last_row in self.merged:
            if first_row <= line <= last_row and (line > first_row or last_column > first_column):
                return "有合并的单元格，请取消合并，每行写全"
        for value, text in zip(values, written, strict=False):
            if value is None and isinstance(text, str) and text.startswith("="):
                return "公式没有计算结果，请在 Excel 中打开并保存，或改写为数值"
        return ""


def _told(one: Delivered, part: str) -> tuple[list[tuple[int, int, int, int]], bool]:
    """The merged cells of a sheet, and whether it has formulas."""
    merged: list[tuple[int, int, int, int]] = []
    calculated = False
    try:
        with zipfile.ZipFile(one.path) as archive, archive.open(part) as file:
            before = b""
            while block := file.read(BLOCK):
                text = before + block
                calculated = calculated or b"<f>" in text or b"<f " in text
                whole = text.rfind(b">") + 1
                merged += [_area(found.decode()) for found in MERGED.findall(text[:whole])]
                before = text[whole:]
    except Exception as error:
        raise Unreadable(f"{one.name} 不是有效的 Excel 文件", hint="请另存为 .xlsx 后再发送") from error
    return merged, calculated


def _area(cells: str) -> tuple[int, int, int, int]:
    """First column and row, last column and row."""
    left, top, right, bottom = (place or 0 for place in range_boundaries(cells))
    return left, top, right, bottom


def _cell(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if hasattr(value, "hour") and hasattr(value, "year"):
        midnight = (value.hour, value.minute, value.second, value.microsecond) == (0, 0, 0, 0)
        return value.date().isoformat() if midnight else value.isoformat(" ")
    return str(value).strip() or None
