"""Files of a delivery into the bench: every column as text, every row with its line, what cannot be read and why.

A file's rows are numbered as a spreadsheet numbers them: the header is line 1; where several files belong to one read
the lines of the second go on after those of the first (table ``files``). Files that belong to no read stand in
``unread``. Text may be UTF-8 or GB 18030. Rows that the
format itself refuses (a quote that never ends, a cell too many, broken JSON) stand in ``unreadable``.
"""

import fnmatch
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import duckdb

from .bench import first
from .files import Delivered, Unreadable, unpacked
from .mappings import DeliveryMapping, Read
from .spreadsheets import read_xlsx
from .structured import read_fhir, read_hl7, read_jsonl
from .tabular import read_csv, read_parquet

UNREADABLE = (
    'CREATE TABLE unreadable (read VARCHAR, file VARCHAR, line BIGINT, "column" VARCHAR, value VARCHAR, reason VARCHAR)'
)
FILES = "CREATE TABLE files (read VARCHAR, file VARCHAR, after BIGINT)"
#: files of the delivery that no read of the mapping names, and why they were not opened
UNREAD = "CREATE TABLE unread (file VARCHAR, reason VARCHAR)"
NAMED = 8
"""So many files are named when a delivery is refused."""
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

    Files that match no read are left closed and named in ``unread``. Raises :class:`Unreadable` when a required file is
    missing or no file at all fits the mapping.
    """
    connection.execute(f"{UNREADABLE}; {FILES}; {UNREAD}")
    matching = {
        name: [one for one in files if not one.leftover and _fits(one.name, read)]
        for name, read in mapping.reads.items()
    }
    taken = {one.path: one for matched in matching.values() for one in matched}
    _complete(mapping, files, matching)
    unread = [[one.place or one.name, _why_not(one)] for one in files if one.path not in taken]
    if unread:
        connection.executemany("INSERT INTO unread VALUES (?, ?)", unread)
    plain = {path: unpacked(one) for path, one in taken.items()}
    for name, read in mapping.reads.items():
        columns = ", ".join(f'"{column}" VARCHAR' for column in read.names)
        connection.execute(f'CREATE TABLE "{name}" (line BIGINT, {columns})')
        for one in (plain[found.path] for found in matching[name]):
            after = _last_line(connection, name)
            connection.execute("INSERT INTO files VALUES (?, ?, ?)", [name, one.name, after])
            READERS[_format(one, read)](connection, name, read, replace(one, after=after))
    return {name: _rows(connection, name) for name in mapping.reads}


def _complete(
    mapping: DeliveryMapping, files: Sequence[Delivered], matching: Mapping[str, Sequence[Delivered]]
) -> None:
    """What must be there is there. Raises :class:`Unreadable`."""
    present = "、".join(one.name for one in files[:NAMED]) + (f" 等 {len(files)} 个" if len(files) > NAMED else "")
    for name, read in mapping.reads.items():
        if read.required and not matching[name]:
            raise Unreadable(f"缺少{read.title}文件 {read.file}", hint=f"收到：{present or '没有文件'}")
    if files and not any(matching.values()):
        wanted = "、".join(read.file for read in mapping.reads.values())
        one = f"文件 {files[0].name} 不属于" if len(files) == 1 else f"{len(files)} 个文件都不属于"
        also = f"；收到：{present}" if len(files) > 1 else ""
        raise Unreadable(f"{one}这个映射", hint=f"这个映射读取：{wanted}{also}")


def _why_not(one: Delivered) -> str:
    """Why a file that no read names was left closed."""
    if one.leftover:
        return "系统或办公软件留下的文件，不是数据"
    if one.name.lower().endswith(".zip"):
        return "压缩包里的压缩包不解开；要读取请单独发送"
    return "映射没有读取这个文件的条目"


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
