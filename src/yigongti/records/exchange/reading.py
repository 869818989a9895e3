"""Files of a delivery into the bench: every column as text, every row with its line, what cannot be read and why.

A file's rows are numbered as a spreadsheet numbers them: the header is line 1; where several files belong to one read
the lines of the second go on after those of the first (table ``files``). Text may be UTF-8 or GB 18030. Rows that the
format itself refuses (a quote that never ends, a cell too many, broken JSON) stand in ``unreadable``.
"""

import fnmatch
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

import duckdb
import openpyxl
import pyarrow

from yigongti.kernel.policy.problems import allowed_words

from .bench import first
from .files import Delivered, Unreadable, utf8
from .mappings import DeliveryMapping, Read

#: one FHIR resource or one JSON line may be this long (bytes)
LONGEST_LINE = 32 << 20
UNREADABLE = (
    'CREATE TABLE unreadable (read VARCHAR, file VARCHAR, line BIGINT, "column" VARCHAR, value VARCHAR, reason VARCHAR)'
)
FILES = "CREATE TABLE files (read VARCHAR, file VARCHAR, after BIGINT)"
#: what DuckDB calls the faults of a CSV line
FAULTS = {
    "MISSING COLUMNS": "列数不够",
    "TOO MANY COLUMNS": "列数太多",
    "UNQUOTED VALUE": "引号没有成对",
    "LINE SIZE OVER MAXIMUM": "一行太长",
    "INVALID ENCODING": "不是有效的文字编码",
    "INVALID STATE": "引号或换行写法有误",
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


def _csv(connection: duckdb.DuckDBPyConnection, name: str, read: Read, one: Delivered) -> None:
    path = utf8(one)
    header = _header(path, read.delimiter)
    _check_header(read, one, header)
    delimiter = read.delimiter or _delimiter(path)
    options = (
        f"all_varchar = true, header = true, delim = '{delimiter}', quote = '\"', escape = '\"', strict_mode = true, "
    )
    options += (
        f"store_rejects = true, rejects_limit = 0, max_line_size = {LONGEST_LINE}, auto_detect = false, columns = "
    )
    options += "{" + ", ".join(f"{_text(column)}: 'VARCHAR'" for column in header) + "}"
    try:
        connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE incoming AS
                SELECT row_number() OVER () AS place, {_wanted(read, header)} FROM read_csv({_text(path)}, {options})"""
        )
        faults = connection.execute(
            "SELECT line, any_value(column_name), any_value(csv_line), any_value(error_type::VARCHAR) "
            "FROM reject_errors GROUP BY line ORDER BY line"
        ).fetchall()
        connection.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")
    except duckdb.Error as error:
        raise Unreadable(f"{one.name} 不能作为 CSV 读取", hint=str(error).split("\n", 1)[0][:160]) from error
    connection.executemany(
        "INSERT INTO unreadable VALUES (?, ?, ?, ?, ?, ?)",
        [
            [name, one.name, one.after + line, column, (text or "")[:500], FAULTS.get(kind, kind)]
            for line, column, text, kind in faults
        ],
    ) if faults else None
    # a row stands as many lines later as faulty lines were left out before it
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE faults AS SELECT line - 1 - nth AS before, max(nth) AS skipped "
        "FROM (SELECT unnest(?::BIGINT[]) AS line, unnest(range(1, len(?::BIGINT[]) + 1)) AS nth) GROUP BY 1",
        [[line for line, *_ in faults]] * 2,
    )
    connection.execute(
        f"""INSERT INTO "{name}" SELECT {one.after} + place + 1 + coalesce(skipped, 0), incoming.* EXCLUDE (place)
            FROM incoming ASOF LEFT JOIN faults ON incoming.place > faults.before ORDER BY place"""
        if faults
        else f'INSERT INTO "{name}" SELECT {one.after} + place + 1, * EXCLUDE (place) FROM incoming'
    )
    connection.execute("DROP TABLE incoming; DROP TABLE faults")


def _last_line(connection: duckdb.DuckDBPyConnection, name: str) -> int:
    """Lines of a second file of the same read go on after those of the first."""
    sql = f'''SELECT greatest((SELECT coalesce(max(line), 0) FROM "{name}"),
                             (SELECT coalesce(max(line), 0) FROM unreadable WHERE read = ?))'''
    found = first(connection, sql, [name])
    return int(found[0]) if found else 0


def _wanted(read: Read, header: Sequence[str]) -> str:
    """The read's columns in its order, whatever case, blanks and order the file has; absent optional ones are NULL."""
    present = {_key(column): column for column in header}
    parts = []
    for column in (*read.columns, *read.optional):
        here = present.get(_key(column))
        parts.append(f"nullif(trim({_name(here)}), '') AS {_name(column)}" if here else f"NULL AS {_name(column)}")
    return ", ".join(parts)


def _check_header(read: Read, one: Delivered, header: Sequence[str]) -> None:
    present = {_key(column) for column in header}
    missing = [column for column in read.columns if _key(column) not in present]
    if missing:
        raise Unreadable(
            f"{one.name} 缺少列 {'、'.join(missing)}", hint=f"文件里有：{allowed_words(missing[0], header, limit=20)}"
        )


def _key(column: str) -> str:
    return column.strip().strip("﻿").lower()


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _text(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def _first_line(path: Path) -> str:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return file.readline(LONGEST_LINE).rstrip("\r\n")


def _delimiter(path: Path) -> str:
    line = _first_line(path)
    return max(",\t;|", key=line.count)


def _header(path: Path, delimiter: str) -> list[str]:
    import csv

    line = _first_line(path)
    columns = next(csv.reader([line], delimiter=delimiter or _delimiter(path)), [])
    if not [column for column in columns if column.strip()]:
        raise Unreadable(f"{path.name} 是空的", hint="第一行应是列名")
    names: list[str] = []
    for place, column in enumerate(columns, start=1):
        name = column.strip() or f"列{place}"
        names.append(name if name not in names else f"{name}.{place}")
    return names


def _xlsx(connection: duckdb.DuckDBPyConnection, name: str, read: Read, one: Delivered) -> None:
    """A sheet is written as CSV and goes the same way; dates as ISO, whole numbers without a point."""
    import csv

    target = one.beside(".csv")
    try:
        book = openpyxl.load_workbook(one.path, read_only=True, data_only=True)
        sheet = book[read.sheet] if read.sheet else book.worksheets[0]
        with target.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            for row in sheet.iter_rows(values_only=True):
                writer.writerow([_cell(value) for value in row])
        book.close()
    except KeyError as error:
        raise Unreadable(
            f"{one.name} 里没有工作表“{read.sheet}”", hint="现有：" + "、".join(book.sheetnames)
        ) from error
    except Exception as error:  # a broken archive fails in many ways inside the library
        raise Unreadable(f"{one.name} 不是有效的 Excel 文件", hint="请另存为 .xlsx 后再发送") from error
    _csv(connection, name, read.model_copy(update={"delimiter": ","}), replace(one, path=target))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat(" ") if hasattr(value, "hour") and hasattr(value, "year") else str(value)


def _parquet(connection: duckdb.DuckDBPyConnection, name: str, read: Read, one: Delivered) -> None:
    try:
        header = [
            row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM read_parquet({_text(one.path)})").fetchall()
        ]
        _check_header(read, one, header)
        present = {_key(column): column for column in header}
        columns = ", ".join(
            f"{_name(present[_key(column)])}::VARCHAR" if _key(column) in present else "NULL"
            for column in (*read.columns, *read.optional)
        )
        connection.execute(
            f"""INSERT INTO "{name}" SELECT {one.after} + 1 + row_number() OVER (), {columns}
                FROM read_parquet({_text(one.path)})"""
        )
    except duckdb.Error as error:
        raise Unreadable(f"{one.name} 不能作为 Parquet 读取", hint=str(error).split("\n", 1)[0][:160]) from error


def _jsonl(connection: duckdb.DuckDBPyConnection, name: str, read: Read, one: Delivered) -> None:
    """JSON lines: the whole line as ``document``, and its top-level keys as columns."""
    rows = (
        (line, [text, *(_plain_json(document, column) for column in (*read.columns, *read.optional))])
        for line, text, document in _documents(connection, name, one)
    )
    order = ["document", *read.columns, *read.optional]
    _insert(connection, name, one, order, rows)


def _plain_json(document: Any, key: str) -> str | None:
    value = document.get(key) if isinstance(document, dict) else None
    if value is None or value == "":
        return None
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _fhir(connection: duckdb.DuckDBPyConnection, name: str, read: Read, one: Delivered) -> None:
    """NDJSON, one resource, or a Bundle: one row for each resource of the read's type, counted from 1."""
    from . import fhir_kept
    from .fhir_files import resources

    def rows() -> Iterator[tuple[int, list[str | None]]]:
        for line, resource, fault in resources(utf8(one)):
            if fault:
                _note(connection, name, one, line, "", fault)
            elif not read.type or resource.get("resourceType") == read.type:
                try:
                    read_, *held = fhir_kept.read(resource)
                except (TypeError, AttributeError, ValueError, LookupError, RecursionError):
                    _note(connection, name, one, line, "", "资源的结构不符合 FHIR R4")
                    continue
                yield line, [json.dumps(read_, ensure_ascii=False), str(resource["resourceType"]), _id(resource), *held]

    _insert(connection, name, one, list(NATURAL_FHIR), rows())


def _id(resource: dict[str, Any]) -> str | None:
    """The key at the sender: ``id``, or the first identifier of a resource that has none."""
    listed = resource.get("identifier")
    first_ = listed[0] if isinstance(listed, list) and listed else listed
    key = resource.get("id") or (first_.get("value") if isinstance(first_, dict) else None)
    return key if isinstance(key, str) else None


NATURAL_FHIR = ("resource", "type", "id", "kept", "practitioner", "organization")


def _hl7(connection: duckdb.DuckDBPyConnection, name: str, read: Read, one: Delivered) -> None:
    """A file of HL7 v2 messages, each beginning with MSH; one row a message, or one for each segment of the type."""
    from .hl7v2 import messages

    def rows() -> Iterator[tuple[int, list[str | None]]]:
        for place, row in enumerate(messages(utf8(one).read_text("utf-8"), read.type), start=1):
            if row.fault:
                _note(connection, name, one, place, "", row.fault)
            else:
                yield place, [row.document, row.event, row.control_id]

    _insert(connection, name, one, ["message", "event", "control_id"], rows())


def _documents(connection: duckdb.DuckDBPyConnection, name: str, one: Delivered) -> Iterator[tuple[int, str, Any]]:
    with utf8(one).open(encoding="utf-8-sig") as file:
        for line, text in enumerate(_lines(file), start=1):
            if not text.strip():
                continue
            try:
                yield line, text.strip(), json.loads(text)
            except (ValueError, RecursionError):
                _note(connection, name, one, line, text[:200], "不是有效的 JSON")


def _lines(file: TextIO) -> Iterator[str]:
    while text := file.readline(LONGEST_LINE):
        yield text


def _note(connection: duckdb.DuckDBPyConnection, name: str, one: Delivered, line: int, value: str, reason: str) -> None:
    connection.cursor().execute(
        "INSERT INTO unreadable VALUES (?, ?, ?, '', ?, ?)", [name, one.name, one.after + line, value, reason]
    )


def _insert(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    one: Delivered,
    order: Sequence[str],
    rows: Iterable[tuple[int, Sequence[str | None]]],
) -> None:
    """Rows in batches of Arrow columns: a batch is what is in memory."""
    names = ", ".join(_name(column) for column in order)
    lines: list[int] = []
    columns: list[list[str | None]] = [[] for _ in order]

    def flush() -> None:
        if not lines:
            return
        table = pyarrow.table(
            {
                "line": pyarrow.array(lines, pyarrow.int64()),
                **{f"c{n}": pyarrow.array(c, pyarrow.string()) for n, c in enumerate(columns)},
            }
        )
        connection.register("batch", table)
        connection.execute(f'INSERT INTO "{name}" (line, {names}) SELECT * FROM batch')
        connection.unregister("batch")
        lines.clear()
        for column in columns:
            column.clear()

    for line, values in rows:
        lines.append(one.after + line)
        for column, value in zip(columns, values, strict=True):
            column.append(value)
        if len(lines) >= 5_000:
            flush()
    flush()


READERS: Mapping[str, Callable[[duckdb.DuckDBPyConnection, str, Read, Delivered], None]] = {
    "csv": _csv,
    "xlsx": _xlsx,
    "parquet": _parquet,
    "jsonl": _jsonl,
    "fhir": _fhir,
    "hl7": _hl7,
}
