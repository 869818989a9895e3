"""Facts from elsewhere: read by the names of their columns, or refused with line, column and value."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from yigongti.insight.indicators.engines import foreign
from yigongti.kernel.duck import connect
from yigongti.kernel.errors import Invalid, NotFound
from yigongti.kernel.policy.problems import PolicyRefused

VISIT = "{visit_id: bigint, day: date, organization_id: bigint, kind: text, fee: 'decimal(10,2)'}"
HEADER = "visit_id,day,organization_id,kind,fee"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    told(tmp_path, VISIT)
    return tmp_path


def told(place: Path, columns: str, rest: str = "time: day, key: visit_id") -> None:
    (place / "dictionary.yaml").write_text(f"facts: {{visit: {{{rest}, columns: {columns}}}}}", "utf-8")


def rows(place: Path) -> list[tuple[object, ...]]:
    with foreign.folder(place) as (_, sources), connect() as connection:
        found = connection.sql("SELECT * FROM read_parquet(?) ORDER BY 1", params=[sources["visit"].paths]).fetchall()
    return [tuple(map(str, row)) for row in found]


def test_columns_are_found_by_their_names_in_any_order(place: Path) -> None:
    (place / "visit.csv").write_text(
        "\ufefforganization_id,day,note,fee,visit_id,kind\n7,2026-05-01,x,1.50,2,ip\n8,2026-05-02,,2,1,\n", "utf-8"
    )
    assert rows(place) == [
        ("1", "2026-05-02", "8", "None", "2.00"),
        ("2", "2026-05-01", "7", "ip", "1.50"),
    ]


def test_several_files_are_one_fact(place: Path) -> None:
    (place / "visit").mkdir()
    (place / "visit" / "a.csv").write_text(f"{HEADER}\n1,2026-05-01,7,ip,1\n", "utf-8")
    (place / "visit" / "b.csv").write_text("day,kind,visit_id,organization_id,fee\n2026-05-02,op,2,7,1\n", "utf-8")
    assert [row[:2] for row in rows(place)] == [("1", "2026-05-01"), ("2", "2026-05-02")]


def test_parquet_as_declared_is_read_where_it_lies_and_another_type_is_read_anew(place: Path) -> None:
    values = {"visit_id": [1], "day": ["2026-05-01"], "organization_id": [7], "kind": ["ip"], "fee": [1.5]}
    pq.write_table(pa.table(values), place / "visit.parquet")
    assert rows(place) == [("1", "2026-05-01", "7", "ip", "1.50")]
    told(place, "{visit_id: bigint, day: text, organization_id: bigint, kind: text}", "key: visit_id")
    with foreign.folder(place) as (_, sources):
        assert sources["visit"].paths == [str(place / "visit.parquet")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (f"{HEADER}\n1,2026-02-30,7,ip,1\n", "第 2 行 day：“2026-02-30”不是 DATE"),
        (f"{HEADER}\n1,2026-05-01,7,ip,1\nx,2026-05-01,7,ip,1\n", "第 3 行 visit_id：“x”不是 BIGINT"),
        (f"{HEADER}\n1,2026-05-01,7,ip,1,more\n", "第 2 行 整行：应有 5 列，这一行有 6 列"),
        (f"{HEADER}\n1,2026-05-01,7\n", "应有 5 列，这一行有 3 列"),
        ("visit_id,dya,organization_id,kind,fee\n", "没有列 day"),
        ("visit_id,day,day,organization_id,kind,fee\n", "有两列都叫 day"),
        ("", "没有列 visit_id"),
        (f"{HEADER}\n".replace(",", ";"), "没有列 visit_id、day、organization_id、kind、fee"),
    ],
)
def test_what_is_not_as_declared_is_refused_with_its_place(place: Path, content: str, said: str) -> None:
    (place / "visit.csv").write_text(content, "utf-8")
    with pytest.raises(Invalid) as refused:
        rows(place)
    assert said in str(refused.value.message)
    assert "visit.csv" in refused.value.message


def test_another_encoding_and_no_parquet_are_named(place: Path) -> None:
    (place / "visit.csv").write_bytes(f"{HEADER}\n1,2026-05-01,7,门诊,1\n".encode("gb18030"))
    with pytest.raises(Invalid, match="不是 UTF-8"):
        rows(place)
    (place / "visit.csv").unlink()
    (place / "visit.parquet").write_bytes(b"PAR1 and nothing else")
    with pytest.raises(Invalid, match=r"visit\.parquet 读不懂"):
        rows(place)
    (place / "visit.parquet").unlink()
    with pytest.raises(NotFound, match="没有事实 visit 的文件"):
        rows(place)


@pytest.mark.parametrize(
    ("columns", "rest", "said"),
    [
        (
            "{visit_id: integer}",
            "key: visit_id",
            ":6 facts.visit.columns.visit_id：不认识的类型“integer”（您是否要写 int",
        ),
        ("{visit_id: bigint}", "time: day", ":4 facts.visit.time：没有时间列 day"),
        ("{visit_id: bigint}", "tiem: visit_id", ":4 facts.visit.tiem：不认识的键 tiem（您是否要写 time"),
        (
            "{visit_id: {type: bigint, titel: 编号}}",
            "key: visit_id",
            "visit_id.titel：不认识的键 titel（您是否要写 title",
        ),
        ("[visit_id]", "key: visit_id", ":5 facts.visit.columns：应是“键: 值”"),
        ("{visit_id: 1}", "key: visit_id", ":6 facts.visit.columns.visit_id：应是“键: 值”"),
        ("{}", "title: 就诊", ":5 facts.visit.columns：至少要有一项"),
        ("{visit_id: bigint, kind: text}", "time: kind", "没有时间列 kind"),
        ("{visit_id: bigint}", "key: [visit_id]", ":4 facts.visit.key：应是文字"),
        ("{visit_id: bigint}", "organization: visit", ":4 facts.visit.organization：没有列 visit（您是否要写 visit_id"),
        ("{visit_id: bigint, _month: date}", "key: visit_id", ":6 facts.visit.columns._month：列不能叫 _month"),
        ("{kind: text, Kind: text}", "key: kind", ":6 facts.visit.columns.Kind：和列 kind 只差大小写"),
        ("{order: bigint}", "organization: order", ":4 facts.visit.organization：机构的列不能叫 order"),
        ("{visit_id: bigint}", "stock: maybe", ":4 facts.visit.stock：应是 true 或 false"),
        (
            "{visit_id: bigint, visit_id: text}",
            "key: visit_id",
            ":6 facts.visit.columns.visit_id：键 visit_id 写了两次",
        ),
    ],
)
def test_a_dictionary_says_what_it_may_say(place: Path, columns: str, rest: str, said: str) -> None:
    (place / "dictionary.yaml").write_text(
        f"# 事实\nfacts:\n  visit:\n    {rest}\n    columns:\n      {columns}\n", "utf-8"
    )
    with pytest.raises(PolicyRefused, match=r"dictionary\.yaml:\d") as refused:
        foreign.dictionary(place)
    assert said in refused.value.message


def test_every_mistake_of_a_dictionary_is_told_at_once(place: Path) -> None:
    told(place, "{day: dat, fee: money}", "time: fee, keys: day")
    with pytest.raises(PolicyRefused) as refused:
        foreign.dictionary(place)
    assert [problem.key for problem in refused.value.problems] == ["facts.visit.keys"]
    told(place, "{day: dat, fee: money}", "time: fee, key: dya")
    with pytest.raises(PolicyRefused) as refused:
        foreign.dictionary(place)
    keys = [problem.key.removeprefix("facts.visit.") for problem in refused.value.problems]
    assert keys == ["columns.day", "columns.fee", "time", "key"]


@pytest.mark.parametrize("name", ["my-visit", "a b", "visit.x", "select", "Order", "9x", "_visit", "hierarchy"])
def test_a_fact_has_a_name_that_needs_no_quotes(place: Path, name: str) -> None:
    (place / "dictionary.yaml").write_text(f'facts: {{"{name}": {{columns: {VISIT}}}}}', "utf-8")
    with pytest.raises(PolicyRefused, match="事实不能叫 "):
        foreign.dictionary(place)


def test_organizations_are_told_alike_by_number_or_in_words(place: Path) -> None:
    columns = "{id: bigint, organization_id: %s}"
    (place / "dictionary.yaml").write_text(
        f"facts:\n  visit: {{columns: {columns % 'text'}}}\n  death: {{columns: {columns % 'bigint'}}}\n", "utf-8"
    )
    with pytest.raises(PolicyRefused, match=r"yaml:3 .*organization_id 是 bigint，前面的事实是 text"):
        foreign.dictionary(place)
    told(place, "{day: date, organization_id: text}", "time: day")
    (place / "hierarchy.csv").write_text("unit,level,organization,month\nC1,centre,城关,2026-05-01\n", "utf-8")
    table = foreign.hierarchy(place, foreign.dictionary(place))
    assert table is not None
    assert table["organization"].to_pylist() == ["城关"]


@pytest.mark.parametrize("other", ["visit.parquet", "visit/a.csv"])
def test_of_a_fact_there_is_one_edition(place: Path, other: str) -> None:
    (place / "visit").mkdir()
    for name in ("visit.csv", other):
        (place / name).write_text(f"{HEADER}\n", "utf-8")
    with pytest.raises(Invalid, match="visit 不止一份"):
        rows(place)


def test_the_hierarchy_is_read_by_names_too(place: Path) -> None:
    (place / "hierarchy.csv").write_text("unit,level,organization,month\nC1,consortium,7,2026-05-01\n", "utf-8")
    table = foreign.hierarchy(place, foreign.dictionary(place))
    assert table is not None
    assert [str(value) for value in table.to_pylist()[0].values()] == ["2026-05-01", "7", "consortium", "C1"]
    (place / "hierarchy.csv").write_text("unit,level,organization\nC1,consortium,7\n", "utf-8")
    with pytest.raises(Invalid, match="没有列 month"):
        foreign.hierarchy(place, foreign.dictionary(place))


@pytest.mark.parametrize(
    ("row", "said"), [("C1,consortum,7,2026-05-01", "没有层次 consortum"), ("C1,centre,7,2026-05-02", "2026-05-02")]
)
def test_a_hierarchy_that_would_count_nothing_is_refused(place: Path, row: str, said: str) -> None:
    (place / "hierarchy.csv").write_text(f"unit,level,organization,month\n{row}\n", "utf-8")
    with pytest.raises(Invalid, match=said):
        foreign.hierarchy(place, foreign.dictionary(place))


def test_a_folder_of_a_month_that_there_is_not_is_refused(place: Path) -> None:
    (place / "visit" / "year=2026" / "month=13").mkdir(parents=True)
    (place / "visit" / "year=2026" / "month=13" / "a.parquet").touch()
    told(place, "{visit_id: bigint}", "title: 就诊")
    with pytest.raises(Invalid, match="读不懂"):
        rows(place)
    pq.write_table(pa.table({"visit_id": [1]}), place / "visit" / "year=2026" / "month=13" / "a.parquet")
    with pytest.raises(Invalid, match="没有 2026 年 13 月"):
        rows(place)


def test_a_first_line_that_is_no_header_is_refused(place: Path) -> None:
    (place / "visit.csv").write_text(f'"{"x" * 200_000}",day\n', "utf-8")
    with pytest.raises(Invalid, match="第一行不是列名"):
        rows(place)
