"""Odd files: every line is a row, or stands among the faults with its number."""

import gzip
import io
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow
import pytest
from delivery_bench import delivered, mapping, taken
from pyarrow import parquet

from yigongti.records.exchange.files import Unreadable, gather, unpacked

HEAD = "id,name,sex,born\n"


@pytest.mark.parametrize(
    "encoded", [b"\xef\xbb\xbf" + "id,name\n1,王秀英\n".encode(), "id,name\n1,王秀英\n".encode("gb18030"),
                "id,name\n1,王秀英\n".encode("utf-16"), "id,name\r\n1,王秀英\r\n".encode("gbk")],
    ids=["utf-8 with BOM", "GB 18030", "UTF-16", "GBK of Windows"],
)  # fmt: skip
def test_text_in_the_encodings_of_the_country(encoded: bytes) -> None:
    with taken(people_csv=encoded) as found:
        assert found.rows("line, id, name") == [(2, "1", "王秀英")]


def test_a_broken_byte_in_utf_8_costs_its_line_and_no_other() -> None:
    text = (HEAD + "1,王秀英,2,\n2,李强,1,\n3,张三,1,\n").encode().replace("强".encode(), b"\xe5\xbc")
    with taken(people_csv=text) as found:
        assert found.rows("line, name") == [(2, "王秀英"), (4, "张三")]
        assert found.problems == [(3, "format", "不是有效的文字编码")]
        assert found.total == {"read": 3, "accepted": 2, "duplicate": 0, "rejected": 1, "reference": 0}


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_quotes_line_ends_and_line_breaks_in_cells(ends: str) -> None:
    rows = ["id,name", '1,"王, 秀英"', '2,"李""强"""', '3,"张', '三"', "4,赵六"]
    with taken(people_csv=ends.join(rows) + ends) as found:
        names = [(line, name.replace("\r\n", "\n").replace("\r", "\n")) for line, name in found.rows("line, name")]
        assert names == [(2, "王, 秀英"), (3, '李"强"'), (4, "张\n三"), (5, "赵六")]


def test_line_ends_of_two_systems_in_one_file() -> None:
    with taken(people_csv="id,name\n1,甲\r\n2,乙\n3,丙\r4,丁\r\n") as found:
        assert found.rows("line, id, name") == [(2, "1", "甲"), (3, "2", "乙"), (4, "3", "丙"), (5, "4", "丁")]


def test_blank_lines_are_no_rows_and_are_counted() -> None:
    with taken(people_csv='id,name\n1,甲\n\n2,"乙\n\n乙"\n,\n\n3\n4,丁\n') as found:
        assert found.rows("line, id") == [(2, "1"), (4, "2"), (8, "4")]
        assert found.problems == [(7, "format", "列数不够")]
        assert found.total == {"read": 4, "accepted": 3, "duplicate": 0, "rejected": 1, "reference": 0}


def test_ragged_rows_and_quotes_that_never_end() -> None:
    with taken(people_csv='id,name\n1,甲,多\n2\n3,丙\n4,丁\n5,"戊\n6,己\n') as found:
        assert found.rows("line, id") == [(4, "3"), (5, "4")]
        assert [(line, why) for line, _, why in found.problems] == [
            (2, "列数太多"),
            (3, "列数不够"),
            (6, "引号没有成对"),
        ]
        assert found.total["read"] == 5


def test_a_file_with_a_header_only_has_no_rows() -> None:
    with taken(people_csv=HEAD) as found:
        assert found.total == {"read": 0, "accepted": 0, "duplicate": 0, "rejected": 0, "reference": 0}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "是空的"),
        ("\n\n", "是空的"),
        ("id,sex\n1,2\n", "缺少列 name"),
        ("id,name,Name \n1,a,b\n", "有两列都叫 name"),
        (b"\x00\x01\x02\x03" * 50, "people.csv"),
        (b"PK\x03\x04 not a table", "people.csv"),
    ],
)
def test_what_is_no_table_is_refused_as_a_whole(content: bytes | str, says: str) -> None:
    with pytest.raises(Unreadable, match=says), taken(people_csv=content):
        pass


def test_columns_of_any_case_order_and_number() -> None:
    with taken(people_csv=" Born ,other,other,,NAME,ID\n1958-03-12,x,y,z,甲,1\n") as found:
        assert found.rows("id, name, sex, born") == [("1", "甲", None, "1958-03-12")]


def test_a_header_may_have_line_breaks() -> None:
    with taken(people_csv='id,name,"born\n(day)"\n1,甲,x\n2\n') as found:
        assert found.rows("line, name") == [(2, "甲")]
        assert found.problems[0][:2] == (3, "format")


def test_control_characters_and_long_cells_are_refused_with_their_line() -> None:
    with taken(people_csv=f"id,name\n1,a\x00b\n2,{'长' * 3_000_000}\n3,丙\n") as found:
        assert {(line, rule) for line, rule, _ in found.problems} >= {(2, "characters"), (3, "length")}
        assert found.total == {"read": 3, "accepted": 1, "duplicate": 0, "rejected": 2, "reference": 0}


def sheet(*rows: list[Any], **more: Any) -> bytes:
    """A workbook with one visible sheet after a hidden one."""
    book = openpyxl.Workbook()
    hidden: Any = book.active
    hidden.title, hidden.sheet_state = "旧", "hidden"
    hidden.append(["nothing"])
    shown: Any = book.create_sheet("人员")
    for row in rows:
        shown.append(row)
    for cells in more.get("merged", ()):
        shown.merge_cells(cells)
    book.active = 1
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def test_a_spreadsheet_with_dates_numbers_and_blank_rows() -> None:
    content = sheet(
        ["id", "name", "born"],
        [1.0, "甲\n甲", date(1958, 3, 12)],
        [],
        [2, '"乙"', datetime.fromisoformat("1960-01-02 08:30")],
        ["3", None, "1961年5月6日"],
        [True, "丁", "x", "多"],
    )
    with taken(people_xlsx=content) as found:
        assert found.rows("line, id, name, born") == [
            (2, "1", "甲\n甲", "1958-03-12"),
            (4, "2", '"乙"', "1960-01-02 08:30:00"),
            (5, "3", None, "1961年5月6日"),
        ]
        assert found.problems == [(6, "format", "列数太多")]
        assert found.total == {"read": 4, "accepted": 3, "duplicate": 0, "rejected": 1, "reference": 0}


def test_merged_cells_and_formulas_nobody_calculated_are_not_guessed() -> None:
    rows = [["id", "name"], ["1", "甲"], ["2", None], ["3", "=A2"], ["4", "丁"]]
    with taken(people_xlsx=sheet(*rows, merged=["B2:B3"])) as found:
        assert found.rows("line, name") == [(2, "甲"), (5, "丁")]
        assert [(line, why[:5]) for line, _, why in found.problems] == [(3, "有合并的单"), (4, "公式没有计")]


def test_a_sheet_that_is_not_there_and_a_file_that_is_none() -> None:
    reads = {"people": {"file": "people.xlsx", "title": "人员", "columns": ["id", "name"], "sheet": "别的"}}
    with pytest.raises(Unreadable, match="没有工作表"), taken(mapping(reads=reads), people_xlsx=sheet(["id"])):
        pass
    for content in (b"", b"not a workbook", sheet(["id", "name"])[:-300]):
        with pytest.raises(Unreadable), taken(people_xlsx=content):
            pass


def test_parquet_of_every_type(tmp_path: Path) -> None:
    path = tmp_path / "people.parquet"
    table = pyarrow.table(
        {
            "id": pyarrow.array([1, 2, None], pyarrow.int64()),
            "name": pyarrow.array(["甲", " ", "丙"]),
            "sex": pyarrow.array([1.0, 2.0, 1.0]),
            "born": pyarrow.array([date(1958, 3, 12), None, date(1960, 1, 1)]),
        }
    )
    parquet.write_table(table, path)
    with delivered(mapping(), [path]) as found:
        assert found.rows("line, id, name, born")[:2] == [(2, "1", "甲", "1958-03-12"), (3, "2", None, None)]
        assert [(line, rule) for line, rule, _ in found.problems if rule == "required"] == [(4, "required")]
        assert found.total["read"] == 3


def test_json_lines_that_are_broken() -> None:
    reads = {"people": {"file": "people.jsonl", "title": "人员", "format": "jsonl", "columns": ["id", "name"]}}
    writes = [{"target": "patient", "from": "people", "columns": {"source_key": "id", "name": "name"}}]
    text = '{"id": 1, "name": "甲"}\n{"id": 2,\n\n[1]\n"x"\n{"id": "3", "name": {"text": "丙"}}\n' + "[" * 5000 + "\n"
    with taken(mapping(reads=reads, writes=writes), people_jsonl=text) as found:
        assert found.rows("line, id, name")[0] == (1, "1", "甲")
        assert found.total["read"] == 6
        assert found.total["accepted"] + found.total["rejected"] == 6
        assert {line for line, rule, _ in found.problems if rule == "format"} == {2, 7}


def test_archives(tmp_path: Path) -> None:
    good = tmp_path / "good.zip"
    with zipfile.ZipFile(good, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("folder/people.csv", HEAD + "1,甲,1,\n")
        archive.writestr("../../people.csv.gz", gzip.compress((HEAD + "2,乙,1,\n").encode()))
    with delivered(mapping(), [good]) as found:
        assert sorted(found.rows("id")) == [("1",), ("2",)]
        assert not (tmp_path.parent.parent / "people.csv.gz").exists()


@pytest.mark.parametrize("ending", ["zip", "gz", "xlsx"])
def test_what_unpacks_without_end_is_refused(tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yigongti.records.exchange.files.ALWAYS", 1 << 20)
    path = tmp_path / f"people.{ending}"
    zeros = bytes(30 << 20)
    if ending == "gz":
        path = tmp_path / "people.csv.gz"
        path.write_bytes(gzip.compress(zeros))
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("people.csv", zeros)
    with pytest.raises(Unreadable, match="解开后太大"), delivered(mapping(), [path]):
        pass


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06", b"PK\x03\x04broken", b"\x1f\x8b broken"])
def test_broken_archives(tmp_path: Path, content: bytes) -> None:
    for name in ("people.zip", "people.csv.gz"):
        path = tmp_path / name
        path.write_bytes(content)
        if name.endswith("gz") and not content:
            continue
        with pytest.raises(Unreadable):
            unpacked(gather([path], tmp_path)[0])
