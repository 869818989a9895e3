"""The lines that were not taken, as the files in which they came, with reasons, to be corrected and sent again."""

import csv
import json
import zipfile
from collections.abc import Iterator
from io import BytesIO, StringIO
from typing import Any

from django.http import HttpResponse
from openpyxl import Workbook

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.ui.files import attachment
from yigongti.kernel.ui.spreadsheet import MIME, cell

from .models import Load, RejectedRow
from .queries import rejected

REASONS, LINE = "退回原因", "原行号"
KINDS = {"csv": "text/csv; charset=utf-8", "xlsx": MIME, "zip": "application/zip"}
Rows = list[dict[str, object]]
UNSTORABLE = dict.fromkeys(range(32), " ")


def as_files(actor: Actor, load: Load, form: str = "csv") -> tuple[str, bytes]:
    """Name and content: one CSV or xlsx, or an archive with one for each file that has lines to correct."""
    write = _xlsx if form == "xlsx" else _csv
    made = {f"{name}.{form}": write(columns, rows) for name, columns, rows in _sheets(actor, load)}
    if len(made) == 1:
        [(name, content)] = made.items()
        return name, content
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in made.items():
            packed.writestr(name, content)
    return f"退回-{load.number}.zip", archive.getvalue()


def answer(actor: Actor, load: Load, form: str) -> HttpResponse:
    """The same as a file to save."""
    name, content = as_files(actor, load, form)
    return attachment(content, name, KINDS[name.rpartition(".")[2]])


def whole_line(row: RejectedRow) -> dict[str, Any] | None:
    """The line as it was read; None where it could not be read."""
    content = json.loads(row.content) if row.content else None
    return {name: value for name, value in content.items() if name != "at"} if isinstance(content, dict) else None


def _sheets(actor: Actor, load: Load) -> Iterator[tuple[str, list[str], Rows]]:
    with acting(actor):
        rows = rejected(load)
        for file in rows.order_by("file").values_list("file", flat=True).distinct():
            yield file.rpartition(".")[0] or file, *_lines(list(rows.filter(file=file).order_by("line", "id")))


def _lines(rows: list[RejectedRow]) -> tuple[list[str], Rows]:
    lines: dict[int, dict[str, object]] = {}
    columns: dict[str, None] = {}
    for row in rows:
        values: dict[str, Any] = whole_line(row) or {}
        columns.update(dict.fromkeys(values))
        line = lines.setdefault(row.line, values)
        told = f"{row.column}：{row.reason}（{row.remedy}）" if row.column else f"{row.reason}（{row.remedy}）"
        line[REASONS] = f"{line[REASONS]}；{told}" if REASONS in line else told
        line[LINE] = row.line
    return [*columns, LINE, REASONS], list(lines.values())


def _csv(columns: list[str], rows: Rows) -> bytes:
    text = StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig", errors="replace")


def _xlsx(columns: list[str], rows: Rows) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("更正")
    sheet.append([cell(sheet, name) for name in columns])
    for row in rows:
        sheet.append([cell(sheet, _storable(row.get(name))) for name in columns])
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def _storable(value: object) -> object:
    """Text without the control characters that a spreadsheet cannot hold."""
    return value.translate(UNSTORABLE) if isinstance(value, str) else value if value is None else str(value)
