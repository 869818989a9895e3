"""Two files of results: the same numbers are the same in either format, and what moved is named."""

import json
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
from typer.testing import CliRunner

from yigongti.cli import app
from yigongti.insight.indicators.comparing import KEYS, SIDES, differences
from yigongti.kernel.errors import Invalid

ROWS = (
    ("own/a", "all", "all", "year", "2026", "", "", "3", "8", "37.5"),
    ("own/a", "all", "all", "year", "2026", "grade", "甲", "1", "0", None),
    ("own/a", "all", "all", "year", "2026", "grade", "", "2", None, "2"),
)


def results(*rows: tuple[str | None, ...]) -> pa.Table:
    texts = [pa.array([row[at] for row in rows], pa.string()) for at in range(len(KEYS))]
    sides = [
        pa.array([row[at] and Decimal(row[at]) for row in rows], pa.decimal128(38, 6))
        for at in range(len(KEYS), len(KEYS) + len(SIDES))
    ]
    return pa.table([*texts, *sides], [*KEYS, *SIDES])


def test_results_equal_themselves_as_text_and_as_columns(tmp_path: Path) -> None:
    pyarrow.csv.write_csv(results(*ROWS), tmp_path / "one.csv")
    pyarrow.parquet.write_table(results(*ROWS), tmp_path / "one.parquet")
    files = [tmp_path / "one.csv", tmp_path / "one.parquet"]
    assert not any(differences(one, other) for one in files for other in files)


def test_what_moved_and_what_is_in_one_only_is_named(tmp_path: Path) -> None:
    factor = (*ROWS[1][:7], "1", "0", "0")
    pyarrow.csv.write_csv(results(*ROWS), tmp_path / "one.csv")
    pyarrow.csv.write_csv(results((*ROWS[0][:7], "4", "8", "50"), factor), tmp_path / "other.csv")
    found = differences(tmp_path / "one.csv", tmp_path / "other.csv")
    assert [tuple(map(str, vars(one).values())) for one in found] == [
        ("own/a", "all", "all", "2026", "", "3/8 = 37.5", "4/8 = 50"),
        ("own/a", "all", "all", "2026", "grade", "2", "None"),
        ("own/a", "all", "all", "2026", "grade=甲", "1/0 = —", "1/0 = 0"),
    ]


def test_another_factor_is_a_difference_and_a_program_reads_names(tmp_path: Path) -> None:
    pyarrow.csv.write_csv(results(ROWS[0]), tmp_path / "one.csv")
    pyarrow.csv.write_csv(results((*ROWS[0][:9], "375")), tmp_path / "other.csv")
    asked = ["indicators", "diff", str(tmp_path / "one.csv"), str(tmp_path / "other.csv")]
    told = CliRunner().invoke(app, [*asked, "--json"])
    [moved] = json.loads(told.output)
    assert (told.exit_code, moved["indicator"], moved["before"]["value"], moved["after"]["value"]) == (
        1,
        "own/a",
        "37.500000",
        "375.000000",
    )
    assert "3/8 = 375" in CliRunner().invoke(app, asked).output


@pytest.mark.parametrize(("name", "content"), [("x.csv", b"a,b\n1,2\n"), ("x.parquet", b"no"), ("x.csv", b"\xff\xfe")])
def test_what_holds_no_results_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Invalid, match="不是指标的结果文件"):
        differences(tmp_path / name, tmp_path / name)
