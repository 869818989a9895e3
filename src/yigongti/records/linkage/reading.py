"""Files of rows as DuckDB tables: CSV, Parquet and XLSX, every column a text."""

import shutil
import tempfile
from pathlib import Path

import duckdb
import pyarrow
from openpyxl import load_workbook

from yigongti.kernel.errors import Invalid

FORMATS = {".csv": "CSV", ".txt": "CSV", ".tsv": "CSV", ".parquet": "Parquet", ".xlsx": "XLSX"}


def read(connection: duckdb.DuckDBPyConnection, path: Path, table: str) -> int:
    """Load a file as ``table``; returns its rows. Raises :class:`Invalid` when it cannot be read or has no rows."""
    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        raise Invalid(f"不认识 {path.name} 的格式", hint="可用 .csv、.parquet、.xlsx")
    if not path.is_file():
        raise Invalid(f"没有文件 {path}", hint="检查路径")
    try:
        {"CSV": _csv, "Parquet": _parquet, "XLSX": _xlsx}[kind](connection, path, table)
    except Invalid:
        raise
    except Exception as error:  # any of three libraries says in its own way that a file is broken
        first = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
        raise Invalid(f"{path.name} 不是可读的 {kind} 文件：{first}", hint="重新导出后再试") from error
    [(rows,)] = connection.execute(f"SELECT count(*) FROM {table}").fetchall()
    if not rows:
        raise Invalid(f"{path.name} 里没有数据行", hint="第一行应是列名，其后是数据")
    return int(rows)


def _csv(connection: duckdb.DuckDBPyConnection, path: Path, table: str) -> None:
    with path.open("rb") as file:
        start = file.read(200_000)
    if b"\x00" in start:
        raise Invalid(f"{path.name} 不是文本文件", hint="应为 CSV；Excel 文件请以 .xlsx 结尾")
    if _is_utf8(path):
        _load(connection, path, table)
        return
    with tempfile.TemporaryDirectory() as folder:  # DuckDB knows no GB 18030
        copy = Path(folder) / "utf-8.csv"
        with path.open(encoding="gb18030", newline="") as given, copy.open("w", encoding="utf-8", newline="") as made:
            shutil.copyfileobj(given, made)
        _load(connection, copy, table)


def _load(connection: duckdb.DuckDBPyConnection, path: Path, table: str) -> None:
    connection.execute(
        f"CREATE OR REPLACE TABLE {table} AS FROM read_csv(?, all_varchar = true, header = true)", [str(path)]
    )


def _is_utf8(path: Path) -> bool:
    with path.open("rb") as file:
        try:
            for chunk in iter(lambda: file.readline(1_000_000), b""):
                chunk.decode()
        except UnicodeDecodeError:
            return False
    return True


def _parquet(connection: duckdb.DuckDBPyConnection, path: Path, table: str) -> None:
    connection.execute(
        f"CREATE OR REPLACE TABLE {table} AS SELECT CAST(COLUMNS(*) AS VARCHAR) FROM read_parquet(?)", [str(path)]
    )


def _xlsx(connection: duckdb.DuckDBPyConnection, path: Path, table: str) -> None:
    book = load_workbook(path, read_only=True, data_only=True)
    sheet = book.worksheets[0]
    lines = sheet.iter_rows(values_only=True)
    names = [str(name).strip() for name in next(lines, ()) if name is not None]
    if not names:
        raise Invalid(f"{path.name} 第一个工作表没有列名", hint="第一行应是列名")
    columns: list[list[str | None]] = [[] for _ in names]
    for line in lines:
        if any(value is not None for value in line):
            for place, column in enumerate(columns):
                value = line[place] if place < len(line) else None
                column.append(None if value is None else _cell(value))
    book.close()
    given = pyarrow.table(
        {name: pyarrow.array(column, pyarrow.string()) for name, column in zip(names, columns, strict=True)}
    )
    connection.register("linkage_sheet", given)
    connection.execute(f"CREATE OR REPLACE TABLE {table} AS FROM linkage_sheet")
    connection.unregister("linkage_sheet")


def _cell(value: object) -> str:
    """A cell as text: days without a time of day, whole numbers without ``.0``."""
    text = str(value)
    return text.removesuffix(" 00:00:00") if hasattr(value, "year") else text.removesuffix(".0")
