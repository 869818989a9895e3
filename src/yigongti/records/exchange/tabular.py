"""Tables with a header into the bench: CSV and Parquet.

Every column as text, by name, whatever case, blanks and order the file has. A row that says nothing at all is no row;
its line is counted, so that every other stands where a spreadsheet shows it.
"""

import csv
import re
from collections.abc import Sequence
from pathlib import Path

import duckdb

from yigongti.kernel.policy.problems import allowed_words

from .bench import literal, quoted
from .files import BLOCK, LONGEST_LINE, Delivered, Unreadable, utf8
from .mappings import Read

#: what DuckDB calls the faults of a CSV line
FAULTS = {
    "MISSING COLUMNS": "列数不够",
    "TOO MANY COLUMNS": "列数太多",
    "UNQUOTED VALUE": "引号没有成对",
    "LINE SIZE OVER MAXIMUM": "一行太长",
    "INVALID ENCODING": "不是有效的文字编码",
    "INVALID STATE": "引号或换行写法有误",
}
#: a blank line, a carriage return without its line feed
UNTIDY = re.compile(rb"\n\r?\n|\r(?!\n)")


def read_csv(connection: duckdb.DuckDBPyConnection, name: str, read: Read, one: Delivered) -> None:
    """A CSV file. Raises :class:`Unreadable` when it has no header or lacks a column."""
    path = utf8(one, broken=True)
    delimiter = read.delimiter or _delimiter(path)
    header = _header(path, one.name, delimiter)
    check_header(read, one, header)
    path = _tidied(path, one, delimiter, len(header))
    names = unlike(header)
    options = {
        "all_varchar": "true",
        "header": "true",
        "delim": literal(delimiter),
        "quote": "'\"'",
        "escape": "'\"'",
        "strict_mode": "true",
        "store_rejects": "true",
        "rejects_limit": "0",
        "auto_detect": "false",
        "max_line_size": str(LONGEST_LINE),
        # else sixteen of the longest lines: more than the whole bench may have
        "buffer_size": str(LONGEST_LINE),
        "columns": "{" + ", ".join(f"{literal(column)}: 'VARCHAR'" for column in names) + "}",
    }
    given = ", ".join(f"{option} = {value}" for option, value in options.items())
    anything = f"coalesce({', '.join(quoted(column) for column in names)}) IS NOT NULL"
    try:
        connection.execute(
            f"""INSERT INTO "{name}" SELECT line, {wanted(read, names)} FROM (
                SELECT {one.after} + 1 + row_number() OVER () AS line, * FROM read_csv({literal(path)}, {given}))
                WHERE {anything}"""
        )
        _faults(connection, name, one)
    except duckdb.Error as error:
        raise Unreadable(f"{one.name} 不能作为 CSV 读取", hint=str(error).split("\n", 1)[0][:160]) from error


def _faults(connection: duckdb.DuckDBPyConnection, name: str, one: Delivered) -> None:
    """Lines that the format refuses; the rows behind each move on by one."""
    faults = connection.execute(
        "SELECT line, any_value(column_name), any_value(csv_line), any_value(error_type::VARCHAR) "
        "FROM reject_errors GROUP BY line ORDER BY line"
    ).fetchall()
    connection.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")
    if not faults:
        return
    connection.executemany(
        "INSERT INTO unreadable VALUES (?, ?, ?, ?, ?, ?)",
        [
            [name, one.name, one.after + line, column, (text or "").strip("\r\n")[:500], FAULTS.get(kind, kind)]
            for line, column, text, kind in faults
        ],
    )
    # a row stands as many lines later as faulty lines were left out before it
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE faults AS SELECT ? + line - nth AS before, max(nth) + 1 AS skipped "
        "FROM (SELECT unnest(?::BIGINT[]) AS line, unnest(range(len(?::BIGINT[]))) AS nth) GROUP BY 1",
        [one.after, *[[line for line, *_ in faults]] * 2],
    )
    connection.execute(
        f"""UPDATE "{name}" AS t SET line = t.line + moved.skipped FROM (
                SELECT r.line, f.skipped FROM (SELECT line FROM "{name}" WHERE line > {one.after}) r
                ASOF JOIN faults f ON r.line >= f.before) moved WHERE t.line = moved.line"""
    )
    connection.execute("DROP TABLE faults")


def read_parquet(connection: duckdb.DuckDBPyConnection, name: str, read: Read, one: Delivered) -> None:
    """A Parquet file; its values as text, times as ISO."""
    try:
        described = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({literal(one.path)})").fetchall()
        header = [row[0] for row in described]
        check_header(read, one, header)
        connection.execute(
            f"""INSERT INTO "{name}" SELECT {one.after} + 1 + row_number() OVER (), {wanted(read, header)}
                FROM read_parquet({literal(one.path)})"""
        )
    except duckdb.Error as error:
        raise Unreadable(f"{one.name} 不能作为 Parquet 读取", hint=str(error).split("\n", 1)[0][:160]) from error


def wanted(read: Read, header: Sequence[str]) -> str:
    """The read's columns in its order; optional ones that are absent are NULL."""
    present = {plain(column): column for column in reversed(header)}
    parts = []
    for column in (*read.columns, *read.optional):
        here = present.get(plain(column))
        said = f"nullif(trim({quoted(here)}::VARCHAR), '')" if here else "NULL"
        parts.append(f"{said} AS {quoted(column)}")
    return ", ".join(parts)


def check_header(read: Read, one: Delivered, header: Sequence[str]) -> None:
    """Raises :class:`Unreadable` where a column is missing, or stands twice."""
    present = [plain(column) for column in header]
    if missing := [column for column in read.columns if plain(column) not in present]:
        raise Unreadable(
            f"{one.name} 缺少列 {'、'.join(missing)}", hint=f"文件里有：{allowed_words(missing[0], header, limit=20)}"
        )
    if twice := [column for column in (*read.columns, *read.optional) if present.count(plain(column)) > 1]:
        raise Unreadable(f"{one.name} 有两列都叫 {'、'.join(twice)}", hint="留下要读取的一列，另一列改名")


def plain(column: str) -> str:
    """A column name as it is compared."""
    return column.strip().strip("﻿").lower()


def unlike(header: Sequence[str]) -> list[str]:
    """The columns of a header under names that differ, also where case is all the difference."""
    names: list[str] = []
    for place, column in enumerate(header, start=1):
        name = column.strip() or f"列{place}"
        names.append(name if name.lower() not in [known.lower() for known in names] else f"{name}.{place}")
    return names


def _delimiter(path: Path) -> str:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        line = file.readline(LONGEST_LINE)
    return max(",\t;|", key=line.count)


def _header(path: Path, name: str, delimiter: str) -> list[str]:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        head = file.read(BLOCK)
    try:
        columns = next(csv.reader(re.split(r"(?<=\n)|(?<=\r)(?!\n)", head), delimiter=delimiter), [])
    except csv.Error as error:
        raise Unreadable(f"{name} 的第一行不是列名", hint=str(error)[:160]) from error
    if not any(column.strip() for column in columns):
        raise Unreadable(f"{name} 是空的", hint="第一行应是列名")
    return columns


def _tidied(path: Path, one: Delivered, delimiter: str, columns: int) -> Path:
    """The file with one kind of line end, and blank lines as rows of empty cells, so that no line is lost count of."""
    if not _untidy(path):
        return path
    target = one.beside(".tidy")
    blank = delimiter * (columns - 1) + "\n" if columns > 1 else '""\n'
    quotes = 0
    with (
        path.open(encoding="utf-8-sig", errors="surrogateescape") as source,
        target.open("w", encoding="utf-8", errors="surrogateescape", newline="") as sink,
    ):
        while line := source.readline(LONGEST_LINE):
            outside, quotes = quotes % 2 == 0, quotes + line.count('"')
            sink.write(blank if outside and line == "\n" else line)
    return target


def _untidy(path: Path) -> bool:
    """Whether the line ends differ, or lines are blank."""
    with path.open("rb") as file:
        before, feeds, returns = b"", 0, 0
        while block := file.read(BLOCK):
            feeds, returns = feeds + block.count(b"\n"), returns + block.count(b"\r")
            # a carriage return at the end of a block has its line feed in the next
            text = before + block
            if UNTIDY.search(text[:-1] if text.endswith(b"\r") else text):
                return True
            before = text[-2:]
    return 0 < returns != feeds
