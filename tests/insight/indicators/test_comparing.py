"""Two files of results: the same numbers are the same in either format, and what moved is named."""

from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from yigongti.insight.indicators.comparing import KEYS, differences
from yigongti.kernel.errors import Invalid

ROWS = (
    ("own/a", "all", "all", "year", "2026", "", "", "3", "8"),
    ("own/a", "all", "all", "year", "2026", "grade", "甲", "1", "2"),
    ("own/a", "all", "all", "year", "2026", "grade", "", "2", None),
)


def results(*rows: tuple[str | None, ...]) -> pa.Table:
    texts = [pa.array([row[at] for row in rows], pa.string()) for at in range(len(KEYS))]
    sides = [
        pa.array([row[at] and Decimal(row[at]) for row in rows], pa.decimal128(38, 6))
        for at in (len(KEYS), len(KEYS) + 1)
    ]
    return pa.table([*texts, *sides], [*KEYS, "numerator", "denominator"])


def test_results_equal_themselves_as_text_and_as_columns(tmp_path: Path) -> None:
    pyarrow.csv.write_csv(results(*ROWS), tmp_path / "one.csv")
    pyarrow.parquet.write_table(results(*ROWS), tmp_path / "one.parquet")
    files = [tmp_path / "one.csv", tmp_path / "one.parquet"]
    assert not any(differences(one, other) for one in files for other in files)


def test_what_moved_and_what_is_in_one_only_is_named(tmp_path: Path) -> None:
    pyarrow.csv.write_csv(results(*ROWS), tmp_path / "one.csv")
    pyarrow.csv.write_csv(results((*ROWS[0][:7], "4", "8"), ROWS[1]), tmp_path / "other.csv")
    assert differences(tmp_path / "one.csv", tmp_path / "other.csv") == [
        ("own/a", "all", "all", "2026", "", "3.000000/8.000000", "4.000000/8.000000"),
        ("own/a", "all", "all", "2026", "grade", "2.000000", None),
    ]


@pytest.mark.parametrize(("name", "content"), [("x.csv", b"a,b\n1,2\n"), ("x.parquet", b"no"), ("x.csv", b"\xff\xfe")])
def test_what_holds_no_results_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Invalid, match="不是指标的结果文件"):
        differences(tmp_path / name, tmp_path / name)
