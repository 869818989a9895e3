"""Our own interchange layout: one file for each target, with the column names of the targets.

The mapping ``exchange/interchange``, the templates to download and the tables of ``docs/exchange.md`` are written from
the same declaration.
"""

import csv
from io import BytesIO, StringIO
from typing import Any

import openpyxl
from openpyxl.styles import Font

from yigongti.records.health_record.targets import TARGETS, Target, TargetColumn, target

HEAD = """# 本平台的交换格式：每类数据一个文件（CSV、XLSX、Parquet 或 JSON 行），列名见 docs/exchange.md。
# 按接收目标的声明写出，不手工修改。
policy: exchange/interchange
kind: mapping
version: 2026.1
effective: {from: 2026-01-01, to: null}
place: null
title: 交换格式
summary: 每类数据一个文件，文件名以目标名开头，第一行是列名；选填列可以没有。模板在数据接收页下载。
source: {document: 本平台交换格式, item: docs/exchange.md, mark: D}

system: interchange
system_title: 交换格式

"""
HINTS = {
    "date": "日期，2026-11-21",
    "timestamp": "时间，2026-11-21 14:30（北京时间）",
    "decimal": "数字",
    "integer": "整数",
    "boolean": "是 / 否",
    "json": "JSON",
    "base64": "Base64",
    "text": "文字",
}


def offered(one: Target) -> tuple[TargetColumn, ...]:
    """The columns that a sender may fill."""
    return tuple(column for column in one.columns if not column.inner)


def mapping() -> str:
    """The text of the policy ``exchange/interchange``."""
    reads, writes = ["reads:"], ["writes:"]
    for one in TARGETS.values():
        files = "|".join(f"{one.name}.{ending}|{one.name}[-_.]*.{ending}" for ending in ("csv", "xlsx", "parquet"))
        optional = ", ".join(column.name for column in offered(one) if not column.required)
        reads.append(f"  {one.name}:")
        reads.append(f'    file: "{files}"')
        reads.append(f"    title: {one.title}")
        reads.append(f"    columns: [{', '.join(one.required)}]")
        reads.append(f"    optional: [{optional}]")
        writes.append(f"  - target: {one.name}")
        writes.append(f"    from: {one.name}")
        writes.append(f"    columns: {{{', '.join(f'{c.name}: {c.name}' for c in offered(one))}}}")
    return HEAD + "\n".join([*reads, "", *writes]) + "\n"


def template_csv(name: str) -> str:
    """The header of one target, to be filled in."""
    text = StringIO()
    csv.writer(text).writerow([column.name for column in offered(target(name))])
    return text.getvalue()


def template_xlsx(name: str) -> bytes:
    """A spreadsheet of one target: the header, and a second sheet that tells what belongs in each column."""
    one = target(name)
    book = openpyxl.Workbook()
    sheet: Any = book.worksheets[0]
    sheet.title = one.name
    sheet.append([column.name for column in offered(one)])
    sheet.freeze_panes = "A2"
    told: Any = book.create_sheet("说明")
    told.append(["列", "名称", "必填", "类型", "说明"])
    for row in explained(one):
        told.append(row)
    for head in (sheet[1], told[1]):
        for cell in head:
            cell.font = Font(bold=True)
    for column in sheet.columns:
        sheet.column_dimensions[column[0].column_letter].width = max(12, len(str(column[0].value)) + 2)
    for letter, width in zip("ABCDE", (22, 18, 8, 30, 80), strict=True):
        told.column_dimensions[letter].width = width
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def explained(one: Target) -> list[list[str]]:
    """For each column: name, title, whether it is required, type, meaning with the codes."""
    return [
        [column.name, column.title, "是" if column.required else "", HINTS[column.type], meaning(column)]
        for column in offered(one)
    ]


def meaning(column: TargetColumn) -> str:
    """What stands in a column, and which codes it may have."""
    codes = "、".join(f"{code} {word}" for code, word in column.codes.items())
    length = f"最多 {column.length} 字" if column.length and not column.codes else ""
    return "；".join(part for part in (column.meaning, codes, length) if part)


def tables() -> str:
    """The layout as Markdown, for ``docs/exchange.md``."""
    parts = []
    for one in TARGETS.values():
        rows = [f"| {' | '.join(cell.replace('|', '、') for cell in row)} |" for row in explained(one)]
        head = ["| 列 | 名称 | 必填 | 类型 | 说明 |", "|---|---|---|---|---|"]
        parts.append("\n".join([f"### {one.name} {one.title}", "", *head, *rows]))
    return "\n\n".join(parts) + "\n"
