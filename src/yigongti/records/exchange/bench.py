"""The work bench of a delivery: a DuckDB of its own, with the macros and code tables that mappings use.

No statement of a mapping reaches files or the network: what a delivery needs is read in first, then the door is locked.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path as FilePath
from typing import Any, NamedTuple, cast

import duckdb
from sqlglot import exp, parse_one

from yigongti.kernel.policy.kinds import Path
from yigongti.kernel.policy.problems import nearest

from . import measures
from .keeping import private_folder
from .mappings import CodeMap, DeliveryMapping
from .statements import DIALECT, expression, query

MEMORY = "500MB"
THREADS = 2

DAYS = ["%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日"]
TIMES = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y%m%d%H%M%S", "%Y%m%d%H%M"]
MACROS = f"""
CREATE MACRO as_number(x) AS try_cast(replace(trim(x::VARCHAR), '，', '.') AS DECIMAL(18, 6));
CREATE MACRO as_date(x) AS coalesce(
    try_cast(trim(x::VARCHAR) AS DATE), try_strptime(trim(x::VARCHAR), {DAYS + TIMES})::DATE);
CREATE MACRO as_time(x) AS coalesce(
    try_cast(CASE WHEN length(trim(x::VARCHAR)) >= 10 THEN trim(x::VARCHAR) END AS TIMESTAMPTZ),
    try_strptime(trim(x::VARCHAR), {TIMES + DAYS})::TIMESTAMPTZ);
CREATE MACRO trim_zero(x) AS regexp_replace(regexp_replace(x::VARCHAR, '(\\.\\d*?)0+$', '\\1'), '\\.$', '');
CREATE MACRO stable_day(text, low, high) AS low::DATE + (abs(hash(text) % (high::DATE - low::DATE + 1)))::INTEGER;
"""


@contextmanager
def opened(memory: str = MEMORY, disk: bool = True) -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty bench; on disk it holds any delivery within ``memory``, in memory it opens in a millisecond or two.

    What it writes lies in a private folder of the installation, which is swept when the process was killed.
    """
    with private_folder() as folder:
        path = FilePath(folder) / "delivery.duckdb"
        connection = duckdb.connect(str(path) if disk else ":memory:")
        try:
            connection.execute(
                f"SET memory_limit = '{memory}'; SET threads = {THREADS}; SET temp_directory = '{folder}/overflow';"
                "SET preserve_insertion_order = true; SET TimeZone = 'Asia/Shanghai';"
                "SET autoinstall_known_extensions = false; SET enable_progress_bar = false"
            )
            yield connection
        finally:
            connection.close()


def prepare(
    connection: duckdb.DuckDBPyConnection, mapping: DeliveryMapping, units: measures.Units | None = None
) -> None:
    """The macros, the catalogue with its units, and the code tables of a mapping."""
    from yigongti.kernel.policy.store import store

    connection.execute(MACROS)
    measures.prepare(connection, units or cast(measures.Units, store().resolve("exchange/units").body))
    for name, codes in mapping.codes.items():
        _code_table(connection, name, codes)


def lock(connection: duckdb.DuckDBPyConnection) -> None:
    """From now on no statement reaches files, the network or settings."""
    connection.execute("SET enable_external_access = false; SET lock_configuration = true")


def _code_table(connection: duckdb.DuckDBPyConnection, name: str, codes: CodeMap) -> None:
    fields = codes.fields
    columns = ", ".join(f'"{field}" VARCHAR' for field in fields)
    connection.execute(f'CREATE TABLE "codes.{name}" (key VARCHAR PRIMARY KEY, {columns})')
    rows = [
        [key.lower() if codes.ignore_case else key, *(codes.value(key, field) for field in fields)]
        for key in codes.entries
    ]
    measures.fill(connection, f"codes.{name}", rows)


class LookUp(NamedTuple):
    """What a statement must know of a code map: the names of its values and what stands where no entry fits."""

    fields: tuple[str, ...]
    otherwise: str | None
    ignore_case: bool


def compiled(text: str, mapping: DeliveryMapping, *, select: bool = False, tables: Sequence[str] = ()) -> str:
    """The SQL of a mapping as DuckDB runs it: code maps become look-ups in their tables."""
    maps = tuple((name, LookUp(map_.fields, map_.otherwise, map_.ignore_case)) for name, map_ in mapping.codes.items())
    return _compiled(text, maps, tuple(tables) if select else None)


@lru_cache(maxsize=4096)
def _compiled(text: str, maps: tuple[tuple[str, LookUp], ...], tables: tuple[str, ...] | None) -> str:
    """Remembered: messages come one at a time, each through all the statements of its mapping."""
    codes = dict(maps)
    tree = expression(text, codes) if tables is None else query(text, tables, codes)
    return tree.transform(lambda node: _looked_up(node, codes)).sql(DIALECT)


def _looked_up(node: exp.Expr, codes: Mapping[str, LookUp]) -> exp.Expr:
    if not isinstance(node, exp.Anonymous) or node.name not in codes:
        return node
    found = codes[node.name]
    key = node.expressions[0].sql(DIALECT)
    wanted = node.expressions[1].name if len(node.expressions) > 1 else found.fields[0]
    key = f"trim(({key})::VARCHAR)"
    key = f"lower({key})" if found.ignore_case else key
    value = f'(SELECT "{wanted}" FROM "codes.{node.name}" WHERE key = {key})'
    if found.otherwise is not None:
        value = f"coalesce({value}, {exp.Literal.string(found.otherwise).sql(DIALECT)})"
    return parse_one(value, dialect=DIALECT)


def bind(mapping: DeliveryMapping) -> Iterator[tuple[Path, str, str]]:
    """Try every statement on empty tables: wrong columns and types are found when the policy is loaded."""
    with duckdb.connect(":memory:") as connection:
        # nothing is ever in these tables: no folder is needed, and a policy is checked without an installation
        connection.execute(
            f"SET temp_directory = ''; SET threads = {THREADS}; SET TimeZone = 'Asia/Shanghai';" + MACROS
        )
        for name, codes in mapping.codes.items():
            _code_table(connection, name, codes)
        for name, read in mapping.reads.items():
            columns = ", ".join(f'"{column}" VARCHAR' for column in read.names)
            connection.execute(f'CREATE TABLE "{name}" (line BIGINT, {columns})')
        for index in range(len(mapping.steps)):
            if wrong := _shaped(connection, mapping, index):
                yield ("steps", index, "sql"), *wrong
                return
        yield from _bound(connection, mapping)


def _shaped(connection: duckdb.DuckDBPyConnection, mapping: DeliveryMapping, index: int) -> tuple[str, str] | None:
    step = mapping.steps[index]
    before = [*mapping.reads, *(earlier.name for earlier in mapping.steps[:index])]
    sql = compiled(step.sql, mapping, select=True, tables=before)
    wrong = _tried(connection, f'CREATE TABLE "{step.name}" AS {sql}')
    if not wrong and "line" not in _columns(connection, step.name):
        return "结果里没有 line", "在 SELECT 里写上 line，拒收的行才能指出在文件的哪一行"
    return wrong


def _bound(connection: duckdb.DuckDBPyConnection, mapping: DeliveryMapping) -> Iterator[tuple[Path, str, str]]:
    for place, table, path, text in _pieces(mapping):
        sql = compiled(text, mapping)
        statement = f'SELECT 1 FROM "{table}" WHERE {sql}' if place == "where" else f'SELECT {sql} FROM "{table}"'
        if wrong := _tried(connection, statement):
            yield path, *wrong


def _pieces(mapping: DeliveryMapping) -> Iterator[tuple[str, str, Path, str]]:
    """Every expression: whether it is a condition or a value, of which table, where in the file, its text."""
    for index, write in enumerate(mapping.writes):
        if write.where:
            yield "where", write.from_, ("writes", index, "where"), write.where
        for name, text in write.columns.items():
            yield "value", write.from_, ("writes", index, "columns", name), text
    for index, leave in enumerate(mapping.leaves):
        yield "where", leave.from_, ("leaves", index, "where"), leave.where


def quoted(column: str) -> str:
    """A name as SQL."""
    return '"' + column.replace('"', '""') + '"'


def literal(value: object) -> str:
    """A text as SQL."""
    return "'" + str(value).replace("'", "''") + "'"


def first(connection: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[Any] = ()) -> tuple[Any, ...] | None:
    """The first row of a query, read to its end: an unfinished result would hold the bench."""
    rows = connection.execute(sql, list(parameters)).fetchall()
    return rows[0] if rows else None


def _columns(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    return [row[0] for row in connection.execute(f'DESCRIBE "{table}"').fetchall()]


def _tried(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[str, str] | None:
    try:
        connection.execute(sql)
    except duckdb.Error as error:
        return in_words(error)
    return None


def in_words(error: duckdb.Error) -> tuple[str, str]:
    """A message of DuckDB in Chinese, with the nearest name where there is one."""
    text = str(error)
    missing = re.search(r'column (?:named )?"([^"]+)" not found', text) or re.search(r'column "([^"]+)"', text)
    candidates = (
        re.findall(r'"([^"]+)"', text.split("Candidate bindings", 1)[1]) if "Candidate bindings" in text else []
    )
    if missing and "not found" in text:
        meant = nearest(missing.group(1), candidates)
        hint = "可用：" + "、".join(candidates) if candidates else ""
        return f"没有列 {missing.group(1)}", (f"您是否要写 {meant}？" if meant else "") + hint
    return "SQL 不能执行：" + text.split("\n", 1)[0][:200], ""
