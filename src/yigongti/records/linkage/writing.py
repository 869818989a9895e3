"""Pairs as a file."""

from pathlib import Path

import duckdb

from yigongti.kernel.errors import Invalid
from yigongti.records.linkage.batch import PAIRS
from yigongti.records.linkage.configuration import LinkageModel
from yigongti.records.linkage.preparing import ROWS


def write_pairs(connection: duckdb.DuckDBPyConnection, model: LinkageModel, path: Path) -> None:
    """Both rows by name, probability, weight in bits, outcome, rule, each field's level; the likeliest first."""
    if path.suffix.lower() not in (".csv", ".parquet"):
        raise Invalid(f"不能写 {path.suffix or '没有后缀'} 的结果文件", hint="--out 应以 .csv 或 .parquet 结尾")
    levels = ", ".join(f"p.{field} AS {field}" for field in model.fields)
    query = (
        f"SELECT x.record AS left_record, y.record AS right_record, round(p.probability, 6) AS probability, "
        f"round(p.weight, 3) AS weight, p.outcome, p.rule, {levels} FROM {PAIRS} p JOIN {ROWS} x ON x.unique_id = p.a "
        f"JOIN {ROWS} y ON y.unique_id = p.b ORDER BY p.outcome, p.weight DESC NULLS LAST, 1, 2"
    )
    options = "FORMAT parquet" if path.suffix.lower() == ".parquet" else "FORMAT csv, HEADER"
    try:
        connection.execute(f"COPY ({query}) TO '{str(path).replace(chr(39), chr(39) * 2)}' ({options})")
    except duckdb.IOException as error:
        raise Invalid(f"不能写 {path}", hint="检查文件夹和权限") from error
