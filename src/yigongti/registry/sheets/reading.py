"""From a file that somebody made in a spreadsheet program to lines of cells; every broken file is told what it is."""

import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from yigongti.kernel.errors import Invalid
from yigongti.kernel.ui.spreadsheet import DANGEROUS

MAX_BYTES = 20 * 1024 * 1024
MAX_UNPACKED = 400 * 1024 * 1024
MAX_LINES = 100_000
ENCODINGS = ("utf-8-sig", "gb18030")


class TooLong(Invalid):
    """The file has more lines than were asked for; ``values["headings"]`` are its headings."""


@dataclass(frozen=True)
class Formula:
    """A cell that computes; what it shows cannot be relied on."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Table:
    """The headings and the lines below them, each with its number in the file; empty lines are left out."""

    headings: list[str]
    lines: list[tuple[int, list[Any]]] = field(default_factory=list)


def read(name: str, content: bytes, most: int = MAX_LINES) -> Table:
    """The table in an xlsx or csv file. Raises :class:`Invalid` for a file that is none.

    Raises :class:`TooLong` as soon as there are more than ``most`` lines.
    """
    if not content:
        raise Invalid("文件是空的（0 字节）", hint="请重新保存后再上传", field="file")
    if len(content) > MAX_BYTES:
        raise Invalid(f"文件超过 {MAX_BYTES // 1024 // 1024} MB", hint="请分成几个文件上传", field="file")
    lines = _xlsx(content) if content.startswith(b"PK") else _csv(name, content)
    headings: list[str] | None = None
    found: list[tuple[int, list[Any]]] = []
    for number, cells in enumerate(lines, 1):
        if not any(cell not in (None, "") for cell in cells):
            continue
        if headings is None:
            headings = [str(cell or "").strip().rstrip("*").strip() for cell in cells]
            continue
        found.append((number, cells))
        if len(found) > most:
            raise TooLong(f"超过 {most:,} 行", hint="请分成几个文件上传", field="file", headings=headings)
    if headings is None:
        raise Invalid("文件里没有内容", hint="第一行应为列名，可先下载模板", field="file")
    return Table(headings, found)


def _xlsx(content: bytes) -> Iterator[list[Any]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(item.file_size for item in packed.infolist()) > MAX_UNPACKED:
                raise Invalid("文件解压后过大", hint="请分成几个文件上传", field="file")
        book = load_workbook(io.BytesIO(content), read_only=True)
        for row in book.worksheets[0].iter_rows():
            yield [Formula(str(cell.value)) if cell.data_type == "f" else _trimmed(cell.value) for cell in row]
    except (zipfile.BadZipFile, InvalidFileException, KeyError, IndexError, ValueError, ParseError) as error:
        raise Invalid("这不是有效的 xlsx 文件", hint="请用 Excel 或 WPS 另存为 xlsx 后再上传", field="file") from error


def _csv(name: str, content: bytes) -> Iterator[list[Any]]:
    if not name.lower().endswith((".csv", ".txt")):
        raise Invalid(f"不认识的文件“{name}”", hint="请上传 xlsx 或 csv 文件", field="file")
    try:
        for row in csv.reader(io.StringIO(_decoded(content), newline=""), strict=True):
            yield [_unquoted(cell.strip()) for cell in row]
    except csv.Error as error:
        raise Invalid(f"csv 文件有误：{error}", hint="请检查引号，或改用 xlsx", field="file") from error


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    for encoding in ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Invalid("不认识文件的文字编码", hint="请另存为“CSV UTF-8”或 xlsx 后再上传", field="file")


def _unquoted(text: str) -> str:
    """Without the apostrophe that our own csv puts before what a spreadsheet would take for a formula."""
    return text[1:] if text.startswith("'") and text[1:].startswith(DANGEROUS) else text


def _trimmed(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value
