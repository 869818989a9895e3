"""Sets from a folder: what cannot be counted is refused with file, line and what is allowed there."""

import json
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from yigongti.cli import app
from yigongti.insight.indicators import conditions
from yigongti.insight.indicators.dictionary import from_values
from yigongti.insight.indicators.sets import of_folder
from yigongti.kernel.errors import Invalid
from yigongti.kernel.policy.problems import PolicyRefused

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


def facts_of(place: Path, *rows: str) -> Path:
    """A folder of visits."""
    place.mkdir(exist_ok=True)
    columns = ", ".join(f"{name}: {kind}" for name, kind in COLUMNS.items())
    (place / "dictionary.yaml").write_text(
        f"facts: {{visit: {{time: day, key: visit_id, columns: {{{columns}}}}}}}", "utf-8"
    )
    (place / "visit.csv").write_text("\n".join((",".join(COLUMNS), *rows)), "utf-8")
    return place


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
        ("term: sum fee", "term: sum fee / 7", "own.yaml:14 .*numerator.term：统计的数要精确，不写除法"),
        (
            "term: sum fee",
            "term: sum fee where knd = 'a'",
            "own.yaml:14 .*numerator.term：没有字段 knd（您是否要写 kind",
        ),
        ("term: sum fee", "{term: sum fee, organization: kind}", "own.yaml:14 .*organization：kind 不是机构"),
        ("factor: 100", "where: day > '2026-01-01'", "own.yaml:15 .*\\.where：不能放在一起比较.*date '2026-01-31'"),
        ("factor: 100", "at: dya", "own.yaml:15 .*\\.at：visit 没有时间 dya（您是否要写 day"),
        ("fact: visit", "note: 没有事实", "own.yaml:10 .*\\.fact：缺少 fact（可用：visit"),
        ("fact: visit", "fact: vist", "own.yaml:12 .*\\.fact：没有名为 vist 的事实（您是否要写 visit"),
        ("term: sum fee", "[sum fee]", "own.yaml:13 .*numerator：应是文字。"),
        ("factor: 100", "function: {life_table: {by: kind, width: 0}}", "own.yaml:15 .*width：应不小于 1"),
        ("factor: 100", "function: {life_table: {by: kind, first: 70}}", "own.yaml:15 .*first 应小于 last"),
    ],
)
def test_what_cannot_be_counted_is_refused_with_its_line(folder: Path, old: str, new: str, said: str) -> None:
    assert old in SET
    (folder / "own.yaml").write_text(SET.replace(old, new), "utf-8")
    with pytest.raises(Invalid, match=said):
        of_folder(folder, DICTIONARY)


def test_a_condition_for_both_sides_is_told_once_where_it_stands(folder: Path) -> None:
    both = "fact: visit\n    where: knd = 'a'\n    denominator: {term: count, where: fe > 1}"
    (folder / "own.yaml").write_text(SET.replace("fact: visit", both), "utf-8")
    with pytest.raises(PolicyRefused) as refused:
        of_folder(folder, DICTIONARY)
    assert [(problem.line, problem.key) for problem in refused.value.problems] == [
        (13, "indicators[1].where"),
        (14, "indicators[1].denominator.where"),
    ]


@pytest.mark.parametrize("given", ["{trem: sum fee}", "{term: 5}", "{term: sum fee, at: 5}", "5"])
def test_of_a_choice_only_what_was_meant_is_told(folder: Path, given: str) -> None:
    (folder / "own.yaml").write_text(SET.replace("numerator:\n      term: sum fee", f"numerator: {given}"), "utf-8")
    with pytest.raises(PolicyRefused) as refused:
        of_folder(folder, DICTIONARY)
    assert not [problem for problem in refused.value.problems if problem.key.endswith(("str", "Count"))]


def test_the_mistakes_of_all_files_are_told_at_once(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    facts = facts_of(tmp_path_factory.mktemp("facts"), "")
    (folder / "a.yaml").write_text(SET.replace("/own", "/a").replace("sum fee", "sum fe"), "utf-8")
    (folder / "b.yaml").write_text(SET.replace("/own", "/b").replace("factor: 100", "factro: 100"), "utf-8")
    (folder / "c.yaml").write_text(SET, "utf-8")
    (folder / "d.yaml").write_text("policy: [", "utf-8")
    (folder / "e.yaml").write_text(SET.replace("/own", "/e"), "utf-8")
    asked = ["indicators", "check", "--definitions", str(folder), "--facts", str(facts)]
    told = CliRunner().invoke(app, asked)
    lines = [line for line in told.output.splitlines() if line.startswith("✗")]
    assert (told.exit_code, [line[2:10] for line in lines]) == (1, ["a.yaml:1", "b.yaml:1", "d.yaml:2", "own.yaml"])
    assert "您是否要写 fee" in lines[0]
    assert "您是否要写 factor" in lines[1]
    assert "own.yaml:1 policy：指标集 own 在另一个文件里已有" in lines[3]
    listed = json.loads(CliRunner().invoke(app, [*asked, "--json"]).output)
    assert (listed["ok"], [one["file"] for one in listed["problems"]]) == (
        False,
        [line[2:].split(":")[0] for line in lines],
    )


def test_definitions_and_facts_may_lie_in_one_folder(folder: Path) -> None:
    facts_of(folder, "1,2026-05-03,7,op,5")
    told = CliRunner().invoke(app, ["indicators", "run", "--definitions", str(folder), "--facts", str(folder)])
    assert "own/a" in told.output


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
    facts = facts_of(folder / "facts", row)
    told = CliRunner().invoke(app, ["indicators", "run", "--definitions", str(folder), "--facts", str(facts)])
    assert told.exit_code == 1
    assert "算不出来" in told.output
    assert "where" in told.output


def test_a_run_names_what_has_no_number_and_why(folder: Path) -> None:
    more = """
  - {indicator: nobody, name: 没有行, fact: death, numerator: count}
  - {indicator: largest, name: 最高的住院费用, fact: visit, numerator: max fee where kind = 'ip'}
  - {indicator: zero, name: 住院, fact: visit, numerator: count where kind = 'ip'}
  - {indicator: monthly, name: 每月的, fact: visit, numerator: count, periods: [month]}
  - {indicator: told, name: 满意度, kind: reported}
"""
    (folder / "own.yaml").write_text(SET.rstrip() + more, "utf-8")
    facts = facts_of(folder / "facts", "1,2026-05-03,7,op,5", "2,2025-05-03,7,op,6")
    text = (facts / "dictionary.yaml").read_text("utf-8").rstrip()
    (facts / "dictionary.yaml").write_text(text[:-1] + ", death: {time: day, columns: {day: date}}}", "utf-8")
    (facts / "death.csv").write_text("day\n", "utf-8")
    asked = ["indicators", "run", "--definitions", str(folder), "--facts", str(facts)]
    told = json.loads(CliRunner().invoke(app, [*asked, "--json"]).output)
    assert {row["indicator"]: (row["period"], row["numerator"]) for row in told["rows"]} == {
        "own/a": ("2026", "5.000000"),
        "own/zero": ("2026", "0.000000"),
    }
    assert {one["indicator"]: one["why"] for one in told["without"]} == {
        "own/nobody": "事实 death 没有行",
        "own/largest": "没有可计的行",
        "own/monthly": "不按年计算，只按月",
        "own/told": "由责任单位填报，不由事实计算",
    }
    assert "没有数：own/nobody 没有行——事实 death 没有行" in CliRunner().invoke(app, asked).output
    assert "没有医共体的结果，有：机构、全部" in CliRunner().invoke(app, [*asked, "--level", "consortium"]).output
    said = CliRunner().invoke(app, [*asked, "--period", "2024Q1"]).output
    assert "全部没有 2024Q1 的结果，有：2025 至 2026、2025Q2 至 2026Q2、2025-05 至 2026-05" in said


def test_an_explanation_says_by_what_it_counts_and_what_is_to_be_reached(folder: Path) -> None:
    target = "{value: 92, year: 2026, place: '370000', bands: [92, 85], note: 省定}"
    said = f"completeness: 0.8\n    unit: 元\n    periods: [quarter, year]\n    targets: [{target}, {{value: 90.5}}]"
    (folder / "own.yaml").write_text(SET.replace("factor: 100", said), "utf-8")
    facts = facts_of(folder / "facts")
    asked = ["indicators", "explain", "own/a", "--definitions", str(folder), "--facts", str(facts), "--json"]
    told = json.loads(CliRunner().invoke(app, asked).output)
    assert (told["时期"], told["层次"], told["分组"]) == ("季、年", "机构", "kind")
    assert told["最低完整"] == "应有机构月数的 80%"
    assert told["目标"] == "92 元（2026 年，370000），分档 92、85：省定；90.5 元"
