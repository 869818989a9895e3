"""Between a cell and a field: codes and what people read for them, dates in every usual spelling, yes and no."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from yigongti.kernel.errors import Invalid
from yigongti.kernel.ui.fields import ChoicesFrom, bare, marks_of, options_of
from yigongti.registry.sheets.layout import SheetLayout
from yigongti.registry.sheets.reading import Formula

#: choices that are named in an explanation
MOST = 12
YES, NO = "是", "否"
TRUTHS = {YES: True, "1": True, "true": True, "y": True, NO: False, "0": False, "false": False, "n": False}
DAY = re.compile(r"^(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?$")


class Columns:
    """The columns of a layout: how a cell becomes a value, and a value a cell."""

    def __init__(self, layout: SheetLayout) -> None:
        self.layout = layout
        extra = layout.choices()
        self.kinds = {name: bare(info.annotation)[0] for name, info in layout.schema.model_fields.items()}
        self.options: dict[str, dict[str, str]] = {
            name: dict(extra.get(name) or {str(value): label for value, label in options_of(kind)})
            for name, kind in self.kinds.items()
        }

    def value(self, name: str, cell: Any) -> Any:
        """The value of a cell, for the schema to judge. Raises :class:`Invalid` for a formula or an unknown choice."""
        if isinstance(cell, Formula):
            raise Invalid("这一格是公式", hint="请复制后“选择性粘贴”为数值", field=name)
        kind, options = self.kinds[name], self.options[name]
        if options:
            return _chosen(name, _text(cell), options)
        if kind is bool:
            return TRUTHS.get(_text(cell).lower(), cell)
        if kind is date:
            return _day(cell)
        return _text(cell) if kind is str else cell

    def cell(self, name: str, value: Any) -> Any:
        """What stands in the cell of a value."""
        if isinstance(value, bool):
            return YES if value else NO
        raw = str(value.value if isinstance(value, Enum) else value)
        return self.options[name].get(raw, raw) if self.options[name] and value is not None else value

    def words(self, name: str) -> str:
        """What may stand in a column, for the template and the page."""
        if self.options[name]:
            listed = list(self.options[name].values())
            return "、".join(listed[:MOST]) + ("…" if len(listed) > MOST else "")
        if any(mark.name == "organizations" for mark in marks_of(self.layout.schema.model_fields[name], ChoicesFrom)):
            return "机构代码"
        return {bool: "是、否", date: "日期，如 2026-01-31", int: "整数", Decimal: "数字"}.get(self.kinds[name], "文字")


def _chosen(name: str, text: str, options: Mapping[str, str]) -> str:
    if text in options:
        return text
    found = [value for value, label in options.items() if label == text]
    if len(found) != 1:
        shown = "、".join(list(options.values())[:8]) + ("…" if len(options) > 8 else "")
        raise Invalid(f"没有“{text}”这个选项", hint=f"可填：{shown}", field=name)
    return found[0]


def _day(cell: Any) -> Any:
    if isinstance(cell, datetime):
        return cell.date()
    found = DAY.match(_text(cell)) if not isinstance(cell, date) else None
    try:
        return date(*map(int, found.groups())) if found else cell
    except ValueError:
        return cell


def _text(cell: Any) -> str:
    """A code typed as a number is still a code: 431127, not 431127.0."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
