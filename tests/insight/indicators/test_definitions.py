"""Sets from a folder: what cannot be counted is refused with file, line and what is allowed there."""

from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from yigongti.cli import app
from yigongti.insight.indicators import conditions
from yigongti.insight.indicators.dictionary import from_values
from yigongti.insight.indicators.sets import of_folder
from yigongti.kernel.errors import Invalid

COLUMNS = {"visit_id": "bigint", "day": "date", "organization_id": "bigint", "kind": "text", "fee": "int"}
DICTIONARY = from_values({"visit": {"time": "day", "key": "visit_id", "columns": COLUMNS}})
SET = """\
policy: indicators/own
kind: indicators
version: 2026.1
effective: {from: 2026-01-01, to: null}
title: 自己的指标
source: {document: 某文件, mark: D}
strata:
  kind: {title: 类别, of: {visit: kind}}
indicators:
  - indicator: a
    name: 费用
    fact: visit
    numerator:
      term: sum fee
    factor: 100
    by: [kind]
    levels: [organization]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "own.yaml").write_text(SET, "utf-8")
    return tmp_path


def test_a_sound_set_is_taken(folder: Path) -> None:
    assert [item.indicator for item in of_folder(folder, DICTIONARY)["own"].body.indicators] == ["a"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("factor: 100", "factor: 0", r"own.yaml:15 indicators\[1\].factor：应大于 0。"),
        ("factor: 100", "factor: 1e300", r"own.yaml:15 indicators\[1\].factor：应小于"),
        ("levels: [organization]", "levels: []", r"own.yaml:17 indicators\[1\].levels：至少要有一项。"),
        ("by: [kind]", "by: [kind, kind]", "own.yaml:10 .*写了两次"),
        ("term: sum fee", "trem: sum fee", "own.yaml:14 .*不认识的键 trem（您是否要写 term"),
        ("term: sum fee", "term: sum fee / 7", "own.yaml:13 .*不写除法"),
        ("term: sum fee", "{term: sum fee, organization: kind}", "kind 不是机构"),
        ("factor: 100", "function: {life_table: {by: kind, width: 0}}", "own.yaml:15 .*width：应不小于 1"),
        ("factor: 100", "function: {life_table: {by: kind, first: 70}}", "own.yaml:15 .*first 应小于 last"),
    ],
)
def test_what_cannot_be_counted_is_refused_with_its_line(folder: Path, old: str, new: str, said: str) -> None:
    assert old in SET
    (folder / "own.yaml").write_text(SET.replace(old, new), "utf-8")
    with pytest.raises(Invalid, match=said):
        of_folder(folder, DICTIONARY)


def test_a_folder_holds_sets_only_each_once_and_in_utf_8(folder: Path) -> None:
    (folder / "two.yaml").write_text(SET, "utf-8")
    with pytest.raises(Invalid, match="指标集 own 在另一个文件里已有"):
        of_folder(folder, DICTIONARY)
    (folder / "two.yaml").write_bytes(SET.encode("gbk"))
    with pytest.raises(Invalid, match="不是 UTF-8 编码"):
        of_folder(folder, DICTIONARY)


@pytest.mark.parametrize("text", ["n / (n - 5) > 1", "n / (n - 5) / 2 > 1", "2 / (n / (n - 5)) < 1"])
def test_what_is_divided_by_zero_is_unknown(text: str) -> None:
    tree = conditions.tree(text)
    assert tree is not None
    for asked in (tree.sql("duckdb"), conditions.portable(text)):
        assert duckdb.sql(f"SELECT {asked} FROM (SELECT 5 AS n)").fetchall() == [(None,)]


@pytest.mark.parametrize(
    ("row", "term"),
    [
        ("1,infinity,1,in,5", "sum fee"),
        ("1,2026-01-05,1,in,2000000000", "sum fee * fee * fee * fee * fee"),
    ],
)
def test_what_is_beyond_measure_is_said(folder: Path, row: str, term: str) -> None:
    (folder / "own.yaml").write_text(SET.replace("sum fee", term), "utf-8")
    facts = folder / "facts"
    facts.mkdir()
    columns = ", ".join(f"{name}: {kind}" for name, kind in COLUMNS.items())
    (facts / "dictionary.yaml").write_text(
        f"facts: {{visit: {{time: day, key: visit_id, columns: {{{columns}}}}}}}", "utf-8"
    )
    (facts / "visit.csv").write_text(f"{','.join(COLUMNS)}\n{row}\n", "utf-8")
    told = CliRunner().invoke(app, ["indicators", "run", "--definitions", str(folder), "--facts", str(facts)])
    assert told.exit_code == 1
    assert "算不出来" in told.output
    assert "where" in told.output
