"""From the lines of a file to entries that the schema accepts, and every other line with its column and reason."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import pydantic

from yigongti.kernel.errors import Invalid, YigongtiError
from yigongti.kernel.ui.wording import in_chinese
from yigongti.registry.sheets.cells import Columns
from yigongti.registry.sheets.layout import SheetLayout
from yigongti.registry.sheets.reading import Table

#: columns that we add ourselves to the file of rejected rows; they may come back
REASONS = "退回原因"
#: the longest text of a value that is kept with a reason
SHOWN = 64


@dataclass(frozen=True)
class Rejection:
    """Why a line was not taken: the column, what stood there, the reason, and the way out."""

    line: int
    column: str
    value: str
    reason: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.column}“{self.value}”：{self.reason}" + (f"（{self.hint}）" if self.hint else "")

    as_values = asdict


def matched(layout: SheetLayout, table: Table) -> tuple[dict[str, int], list[str]]:
    """Field → place of its column, and the headings that mean nothing. Raises :class:`Invalid` for missing columns."""
    places, unknown = {}, []
    by_heading = {title: name for name, title in layout.titles.items()} | {name: name for name in layout.titles}
    for place, heading in enumerate(table.headings):
        name = by_heading.get(heading)
        if name in places:
            raise Invalid(f"列“{heading}”出现了两次", hint="请只留一列", field="file")
        if name:
            places[name] = place
        elif heading and heading != REASONS:
            unknown.append(heading)
    missing = [layout.titles[name] for name in layout.titles if name in layout.required - set(places)]
    if missing:
        raise Invalid(f"缺少列：{'、'.join(missing)}", hint="可先下载模板，按模板的列名填写", field="file")
    return places, unknown


def entries(layout: SheetLayout, table: Table) -> Iterator[tuple[int, Any | list[Rejection]]]:
    """Each line as an entry, or as the reasons why it is none."""
    places, _ = matched(layout, table)
    columns, first = Columns(layout), dict[tuple[Any, ...], int]()
    for line, cells in table.lines:
        found = _entry(layout, columns, line, {n: cells[p] if p < len(cells) else None for n, p in places.items()})
        if not isinstance(found, list):
            identity = tuple(getattr(found, name) for name in layout.identity)
            if earlier := first.setdefault(identity, line):
                found = found if earlier == line else [_repeated(layout, line, identity, earlier)]
        yield line, found


def _entry(layout: SheetLayout, columns: Columns, line: int, cells: dict[str, Any]) -> Any | list[Rejection]:
    values: dict[str, Any] = {}
    reasons: list[Rejection] = []
    for name, cell in cells.items():
        if cell in (None, ""):
            continue
        try:
            values[name] = columns.value(name, cell)
        except Invalid as error:
            reasons.append(_reason(layout, line, name, cell, error.message, error.hint))
    try:
        entry = layout.schema.model_validate(values)
    except pydantic.ValidationError as error:
        known = {reason.column for reason in reasons}
        for item in error.errors():
            name = str(item["loc"][0]) if item["loc"] else ""
            if layout.titles.get(name, "") not in known:
                reasons.append(_reason(layout, line, name, cells.get(name), in_chinese(item), _way_out(columns, name)))
        return reasons
    return reasons or entry


def refused(layout: SheetLayout, line: int, entry: Any, error: YigongtiError) -> Rejection:
    """The refusal of a command, at the column that it names."""
    return _reason(layout, line, error.field, getattr(entry, error.field, ""), error.message, error.hint)


def _reason(layout: SheetLayout, line: int, name: str, value: Any, reason: str, hint: str) -> Rejection:
    shown = "" if value is None else str(value)[:SHOWN]
    return Rejection(line, layout.titles.get(name, "整行"), shown, reason, hint)


def _way_out(columns: Columns, name: str) -> str:
    return f"应填：{columns.words(name)}" if name in columns.kinds else ""


def _repeated(layout: SheetLayout, line: int, identity: tuple[Any, ...], earlier: int) -> Rejection:
    column = "＋".join(layout.titles[name] for name in layout.identity)
    shown = " ".join(str(part) for part in identity)[:SHOWN]
    return Rejection(line, column, shown, f"与第 {earlier} 行重复", "请只留一行")
