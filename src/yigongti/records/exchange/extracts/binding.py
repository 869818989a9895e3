"""The work bench of an extract: facts as tables, the steps of the policy, and what every column becomes."""

from collections.abc import Iterator, Mapping

import duckdb

from yigongti.kernel.facts.declaration import fact
from yigongti.kernel.policy.kinds import Path

from ..bench import in_words, lock, opened
from .policies import ASKED, Column, ExtractPolicy

TYPES: Mapping[str, str] = {
    "text": "VARCHAR",
    "uuid": "VARCHAR",
    "int": "INTEGER",
    "bigint": "BIGINT",
    "bool": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMPTZ",
}
#: what may stand in the result as it is
NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "DOUBLE", "FLOAT", "DECIMAL", "BOOLEAN", "UBIGINT")
#: the bench type that a step of generalisation works on
WANTED: Mapping[str, tuple[str, ...]] = {
    "band": NUMBERS[:8],
    "area": ("VARCHAR",),
    "time": ("DATE",),
    "code": ("VARCHAR",),
    "value": ("VARCHAR", *NUMBERS),
}


def types_of(policy: ExtractPolicy, name: str) -> dict[str, str]:
    """Column → type of the bench, for one table that is read."""
    known = fact(name)
    kinds = {column: known.column(column).type for column in policy.reads[name].columns}
    return {column: TYPES.get(kind, kind.upper()) for column, kind in kinds.items()}


def create_tables(bench: duckdb.DuckDBPyConnection, policy: ExtractPolicy) -> None:
    """Empty tables for what is read."""
    tables = {name: types_of(policy, name) for name in policy.reads} | {"asked": dict(ASKED)}
    for name, columns in tables.items():
        listed = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
        bench.execute(f'CREATE TABLE "{name}" ({listed})')


def create_steps(bench: duckdb.DuckDBPyConnection, policy: ExtractPolicy) -> None:
    """The steps as tables, each seeing those before it."""
    for step in policy.steps:
        bench.execute(f'CREATE TABLE "{step.name}" AS {step.sql}')


def describe(bench: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    """Column → type, without precision."""
    return {row[0]: row[1].split("(")[0] for row in bench.execute(f'DESCRIBE "{table}"').fetchall()}


def bind(policy: ExtractPolicy) -> Iterator[tuple[Path, str, str]]:
    """Try the steps on empty tables, and look at what every column would let out."""
    with opened(disk=False) as bench:
        create_tables(bench, policy)
        lock(bench)
        for index, step in enumerate(policy.steps):
            try:
                bench.execute(f'CREATE TABLE "{step.name}" AS {step.sql}')
            except duckdb.Error as error:
                message, hint = in_words(error)
                yield ("steps", index, "sql"), message, hint
                return
        kinds = describe(bench, policy.from_)
    if kinds.get("resident_id") != "VARCHAR":
        yield ("from",), f"{policy.from_} 须有列 resident_id，才能按人检查", ""
    for index, column in enumerate(policy.columns):
        yield from (((("columns", index)), *wrong) for wrong in _mistakes(column, kinds))


def _mistakes(column: Column, kinds: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Why a column would let out what it must not."""
    kind = kinds.get(column.raw)
    if kind is None:
        yield f"没有列 {column.raw}", "可用：" + "、".join(kinds)
    elif column.role == "pseudonym" and column.raw != "resident_id":
        yield "假名只由 resident_id 得出", ""
    elif column.role != "pseudonym" and (column.raw == "resident_id" or column.raw.endswith("_id")):
        yield f"{column.raw} 是标识，不能输出", "改为假名，或去掉"
    elif column.generalise and kind not in WANTED[column.generalise.kind]:
        allowed = "、".join(WANTED[column.generalise.kind])
        yield f"{column.raw} 是 {kind}，不能按 {column.generalise.kind} 概括", f"应为 {allowed}"
    elif column.role == "shifted" and kind != "DATE":
        yield f"{column.raw} 是 {kind}，只有日期能偏移", "应为 DATE"
    elif column.role in ("plain", "sensitive") and kind not in NUMBERS and not (kind == "VARCHAR" and column.values):
        yield f"{column.raw} 是 {kind}，不能原样输出", "日期写成 quasi 或 shifted；文字写明 values"
