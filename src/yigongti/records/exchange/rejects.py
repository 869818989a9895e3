"""The lines that were not taken, as the files in which they came, with reasons, to be corrected and sent again."""

import csv
import json
import zipfile
from collections.abc import Iterator
from io import BytesIO, StringIO

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor

from .models import Load, RejectedRow

REASONS, LINE = "退回原因", "原行号"


def as_files(actor: Actor, load: Load) -> tuple[str, bytes]:
    """Name and content: one CSV, or an archive with one for each file that has lines to correct."""
    made = {name: text.encode("utf-8-sig") for name, text in _files(actor, load)}
    if len(made) == 1:
        [(name, content)] = made.items()
        return name, content
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in made.items():
            packed.writestr(name, content)
    return f"退回-{load.number}.zip", archive.getvalue()


def _files(actor: Actor, load: Load) -> Iterator[tuple[str, str]]:
    with acting(actor):
        rows = RejectedRow.objects.filter(load=load).exclude(state=RejectedRow.State.LEFT)
        for file in rows.order_by("file").values_list("file", flat=True).distinct():
            yield f"{file.rpartition('.')[0] or file}.csv", _sheet(list(rows.filter(file=file).order_by("line", "id")))


def _sheet(rows: list[RejectedRow]) -> str:
    lines: dict[int, dict[str, object]] = {}
    columns: dict[str, None] = {}
    for row in rows:
        content = json.loads(row.content) if row.content else {}
        content = content if isinstance(content, dict) else {}
        values = {name: value for name, value in content.items() if name != "at"}
        columns.update(dict.fromkeys(values))
        line = lines.setdefault(row.line, values)
        told = f"{row.column}：{row.reason}（{row.remedy}）" if row.column else f"{row.reason}（{row.remedy}）"
        line[REASONS] = f"{line[REASONS]}；{told}" if REASONS in line else told
        line[LINE] = row.line
    text = StringIO()
    writer = csv.DictWriter(text, [*columns, LINE, REASONS], extrasaction="ignore")
    writer.writeheader()
    writer.writerows(lines.values())
    return text.getvalue()
