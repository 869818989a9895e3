"""Files of a delivery into the bench: every column as text, every row with its line, what cannot be read and why.

A file's rows are numbered as a spreadsheet numbers them: the header is line 1; where several files belong to one read
the lines of the second go on after those of the first (table ``files``). Text may be UTF-8 or GB 18030. Rows that the
format itself refuses (a quote that never ends, a cell too many, broken JSON) stand in ``unreadable``.
"""

import fnmatch
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import duckdb

from .bench import first
from .files import Delivered, Unreadable
from .mappings import DeliveryMapping, Read
from .spreadsheets import read_xlsx
from .structured import read_fhir, read_hl7, read_jsonl
from .tabular import read_csv, read_parquet

UNREADABLE = (
    'CREATE TABLE unreadable (read VARCHAR, file VARCHAR, line BIGINT, "column" VARCHAR, value VARCHAR, reason VARCHAR)'
)
FILES = "CREATE TABLE files (read VARCHAR, file VARCHAR, after BIGINT)"
Reader = Callable[[duckdb.DuckDBPyConnection, str, Read, Delivered], None]
READERS: Mapping[str, Reader] = {
    "csv": read_csv,
    "xlsx": read_xlsx,
    "parquet": read_parquet,
    "jsonl": read_jsonl,
    "fhir": read_fhir,
    "hl7": read_hl7,
}


def read_all(
    connection: duckdb.DuckDBPyConnection, mapping: DeliveryMapping, files: Sequence[Delivered]
) -> dict[str, int]:
    """Every file into the table of the read it matches; answers rows per read, unreadable ones included.

    Raises :class:`Unreadable` when a required file is missing or a file fits nothing.
    """
    connection.execute(UNREADABLE)
    connection.execute(FILES)
    taken: set[str] = set()
    for name, read in mapping.reads.items():
        matching = [one for one in files if _fits(one.name, read)]
        if read.required and not matching:
            present = "、".join(one.name for one in files[:8]) or "没有文件"
            raise Unreadable(f"缺少{read.title}文件 {read.file}", hint=f"收到：{present}")
        columns = ", ".join(f'"{column}" VARCHAR' for column in read.names)
        connection.execute(f'CREATE TABLE "{name}" (line BIGINT, {columns})')
        for one in matching:
            after = _last_line(connection, name)
            connection.execute("INSERT INTO files VALUES (?, ?, ?)", [name, one.name, after])
            READERS[_format(one, read)](connection, name, read, replace(one, after=after))
            taken.add(one.name)
    if files and not taken:
        wanted = "、".join(read.file for read in mapping.reads.values())
        raise Unreadable(f"文件 {files[0].name} 不属于这个映射", hint=f"这个映射读取：{wanted}")
    return {name: _rows(connection, name) for name in mapping.reads}


def _rows(connection: duckdb.DuckDBPyConnection, name: str) -> int:
    """Lines of a read: those that could be read and those that could not."""
    sql = f"""SELECT (SELECT count(*) FROM "{name}")
                   + (SELECT count(DISTINCT line) FROM unreadable WHERE read = ?
                      AND line NOT IN (SELECT line FROM "{name}"))"""
    found = first(connection, sql, [name])
    return int(found[0]) if found else 0


def _fits(name: str, read: Read) -> bool:
    """Whether a file name fits the pattern, whatever packing and case it came in."""
    plain = name.lower().removesuffix(".gz")
    return any(fnmatch.fnmatch(plain, one.strip().lower().removesuffix(".gz")) for one in read.file.split("|"))


def _format(one: Delivered, read: Read) -> str:
    """A table may come as CSV, as a spreadsheet or as Parquet: its name tells."""
    ending = one.name.lower().rpartition(".")[2]
    return ending if read.format == "csv" and ending in ("xlsx", "parquet") else read.format


def _last_line(connection: duckdb.DuckDBPyConnection, name: str) -> int:
    """Lines of a second file of the same read go on after those of the first."""
    sql = f'''SELECT greatest((SELECT coalesce(max(line), 0) FROM "{name}"),
                             (SELECT coalesce(max(line), 0) FROM unreadable WHERE read = ?))'''
    found = first(connection, sql, [name])
    return int(found[0]) if found else 0
