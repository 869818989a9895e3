"""Spreadsheets show what the list shows and execute nothing."""

import io
from datetime import UTC, datetime
from typing import Any

import django_tables2 as tables
import pytest
from openpyxl import load_workbook

from yigongti.kernel.ui.columns import ClockColumn, NumberColumn, TagColumn, WhenColumn
from yigongti.kernel.ui.register import RegisterTable
from yigongti.kernel.ui.spreadsheet import workbook


class Table(RegisterTable):
    """One column of each kind."""

    name = tables.Column("姓名")
    age = NumberColumn(verbose_name="年龄", unit="岁")
    urgency = TagColumn(verbose_name="紧急", labels={"red": "红"})
    at = WhenColumn(verbose_name="时间")
    due = ClockColumn()


def rows(*names: str) -> list[dict[str, Any]]:
    moment = datetime(2026, 11, 21, 6, 30, tzinfo=UTC)
    return [{"name": name, "age": 63, "urgency": "red", "at": moment, "due": moment} for name in names]


def sheet(names: list[str], limit: int = 100) -> Any:
    response = workbook("待接诊", Table(rows(*names)), limit)
    return load_workbook(io.BytesIO(response.content)).active


def test_values_keep_their_kind() -> None:
    header, row = sheet(["盘志明"]).iter_rows(values_only=True)
    assert header == ("姓名", "年龄", "紧急", "时间", "时限")
    moment = datetime(2026, 11, 21, 14, 30)  # noqa: DTZ001 spreadsheets have no time zone
    assert row == ("盘志明", 63, "红", moment, moment)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://evil","x")', "\tx"])
def test_text_that_looks_like_a_formula_stays_text(text: str) -> None:
    cell = sheet([text])["A2"]
    assert cell.data_type == "s"
    assert cell.value == text
    assert cell.quotePrefix


def test_a_long_list_ends_with_a_notice() -> None:
    values = [row[0] for row in sheet([str(number) for number in range(7)], limit=5).iter_rows(values_only=True)]
    assert values[1:6] == ["0", "1", "2", "3", "4"]
    assert "只导出前 5 行" in values[6]
    assert len(values) == 7
