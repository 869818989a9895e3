"""A folder of facts from elsewhere: Parquet or CSV with a ``dictionary.yaml``, read by the names of its columns.

What is not as the dictionary says is refused with file, line, column and value; nothing is guessed or left out.
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa

from yigongti.kernel.duck import connect
from yigongti.kernel.errors import Invalid, NotFound
from yigongti.kernel.policy.documents import read
from yigongti.kernel.policy.loading import as_model
from yigongti.kernel.policy.problems import allowed_words

from ..definitions import LEVELS as TITLES
from ..dictionary import FILE, Dictionary, FactTable, ToldFacts
from .sources import SQL_TYPES, ZONE, FactSource, Part

HIERARCHY = "hierarchy"
LEVELS = {"month": "DATE", "organization": "BIGINT", "level": "VARCHAR", "unit": "VARCHAR"}
"""The columns of ``hierarchy.csv``: which unit of a level an organisation belongs to in a month."""
SUFFIXES = (".parquet", ".csv")
CSV = "auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"', store_rejects = true"
SHOWN = 10
"""Wrong values that an error tells."""
SAID = {
    r"Could not convert string \"(.*)\" to '(.*)'": "“{}”不是 {}",
    r"Expected Number of Columns: (\d+) Found: (\d+)": "应有 {} 列，这一行有 {} 列",
    r"not utf-8 encoded": "不是 UTF-8 编码",
    r"(?s)CSV Error on Line: (\d+).*?\n(?:Original Line: .*?\n)?([^\n]+)": "第 {} 行：{}",
}
"""What DuckDB says of a file → how we say it."""


def dictionary(place: Path) -> Dictionary:
    """What ``dictionary.yaml`` in the folder declares.

    Raises NotFound without one, PolicyRefused with every mistake in it.
    """
    file = place / FILE
    if not file.is_file():
        raise NotFound(f"{place} 里没有 {FILE}", hint="写明每个事实的 columns、time、key，见 docs/indicators.md")
    try:
        document = read(file.read_text(encoding="utf-8-sig"), str(file))
    except UnicodeDecodeError as error:
        raise Invalid(f"{file} 不是 UTF-8 编码", hint="另存为 UTF-8 的 YAML") from error
    told = as_model(document, ToldFacts)
    for path, message, allowed in told.problems():
        document.refuse(path, message, allowed)
    document.raise_problems()
    return told.dictionary()


@contextmanager
def folder(path: Path) -> Iterator[tuple[Dictionary, dict[str, FactSource]]]:
    """The facts in the folder: ``visit.parquet``, ``visit.csv`` or ``visit/**``.

    Files whose columns have the declared types are read where they lie; others are read into Parquet that lasts as
    long as the block. Raises NotFound for missing files, Invalid for what is not as declared.
    """
    known = dictionary(path)
    with TemporaryDirectory(prefix="yigongti-facts-") as made, connect() as connection:
        connection.execute(f"SET TimeZone = '{ZONE}'; SET threads = 2")
        yield known, {name: _source(connection, path, fact, Path(made)) for name, fact in known.items()}


def hierarchy(path: Path, known: Dictionary) -> pa.Table | None:
    """``hierarchy.parquet`` or ``.csv`` in the folder, with :data:`LEVELS`; None without one.

    Organisations are told as the facts do, by number or in words.
    """
    files = _files(path, HIERARCHY)
    if not files:
        return None
    named = [fact.columns[fact.organization].treated for fact in known.values() if fact.organization in fact.columns]
    levels = {**LEVELS, "organization": "VARCHAR"} if "text" in named else LEVELS
    with TemporaryDirectory() as made, connect() as connection:
        file = Path(made) / "hierarchy.parquet"
        _convert(connection, files[0], levels, file)
        _as_hierarchy(connection, files[0], file)
        return connection.sql("FROM read_parquet(?)", params=[str(file)]).to_arrow_table()


def _as_hierarchy(connection: duckdb.DuckDBPyConnection, named: Path, file: Path) -> None:
    """Raises Invalid for a level that is none, and for a month that is not named by its first day."""
    found = "SELECT DISTINCT level, month FROM read_parquet(?) ORDER BY ALL"
    for level, month in connection.execute(found, [str(file)]).fetchall():
        if level not in TITLES:
            raise Invalid(f"{named}：没有层次 {level}", hint=allowed_words(str(level), TITLES))
        if month is None or month.day != 1:
            raise Invalid(f"{named}：month 应是一个月的第一天，这里是 {month}", hint="例如 2026-05-01")


def _source(connection: duckdb.DuckDBPyConnection, path: Path, fact: FactTable, made: Path) -> FactSource:
    files = _files(path, fact.name)
    if not files:
        raise NotFound(
            f"{path} 里没有事实 {fact.name} 的文件",
            hint=f"应为 {fact.name}.parquet、{fact.name}.csv 或目录 {fact.name}",
        )
    types = {c.name: SQL_TYPES.get(c.type, c.type.upper()) for c in fact.columns.values()}
    if _as_declared(connection, files, types):
        return FactSource(fact, tuple(_parts(files)))
    read = [made / f"{fact.name}-{place}.parquet" for place in range(len(files))]
    for file, to in zip(files, read, strict=True):
        _convert(connection, file, types, to)
    return FactSource(fact, (Part(tuple(map(str, read))),))


def _files(path: Path, name: str) -> list[Path]:
    """The files of a fact, of one kind and in one place. Raises Invalid where it is not clear which are meant."""
    found = {file: [file] for suffix in SUFFIXES if (file := path / f"{name}{suffix}").is_file()}
    for suffix in SUFFIXES:
        if inside := sorted((path / name).rglob(f"*{suffix}")):
            found[path / name / f"*{suffix}"] = inside
    if len(found) > 1:
        listed = "、".join(str(file.relative_to(path)) for file in found)
        raise Invalid(f"{path} 里 {name} 不止一份：{listed}", hint="只留一份")
    return next(iter(found.values()), [])


def _parts(files: Sequence[Path]) -> Iterator[Part]:
    """One part for each month of ``year=2026/month=5``; one part of all files where some lie elsewhere."""
    if any(_month_in(file) is None for file in files):
        yield Part(tuple(map(str, files)))
        return
    months: dict[date | None, list[str]] = {}
    for file in files:
        months.setdefault(_month_in(file), []).append(str(file))
    for month, paths in months.items():
        yield Part(tuple(paths), month)


def _month_in(file: Path) -> date | None:
    """The month in a path such as ``year=2026/month=05/…``. Raises Invalid for one that there is not."""
    told = dict(part.split("=", 1) for part in file.parts if part.count("=") == 1)
    try:
        return date(int(told["year"]), int(told["month"]), 1) if {"year", "month"} <= told.keys() else None
    except ValueError:
        raise Invalid(f"{file}：没有 {told['year']} 年 {told['month']} 月", hint="year=2026/month=5") from None


def _as_declared(connection: duckdb.DuckDBPyConnection, files: Sequence[Path], types: Mapping[str, str]) -> bool:
    """Whether every file is Parquet with these columns and types."""
    if files[0].suffix != ".parquet":
        return False
    return all(types.items() <= _columns(connection, file).items() for file in files)


def _columns(connection: duckdb.DuckDBPyConnection, file: Path) -> dict[str, str]:
    """Column → SQL type as the file has them. Raises Invalid for a file that cannot be read."""
    if file.suffix == ".csv":
        return dict.fromkeys(_header(file), "VARCHAR")
    try:
        found = connection.execute("DESCRIBE FROM read_parquet(?, hive_partitioning = false)", [str(file)]).fetchall()
    except duckdb.Error as error:
        raise Invalid(f"{file} 读不懂：{_said(error)}", hint="应为 Parquet") from error
    return {str(name): str(kind) for name, kind, *_ in found}


def _header(file: Path) -> list[str]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            names = [name.strip() for name in next(csv.reader(lines), [])]
    except UnicodeDecodeError as error:
        raise Invalid(f"{file} 不是 UTF-8 编码", hint="另存为 UTF-8 的 CSV") from error
    except csv.Error as error:
        raise Invalid(f"{file} 的第一行不是列名：{error}", hint="第一行是列名，各不相同") from error
    if twice := {name for name in names if names.count(name) > 1}:
        raise Invalid(f"{file} 有两列都叫 {'、'.join(sorted(twice))}", hint="第一行是列名，各不相同")
    return names


def _convert(connection: duckdb.DuckDBPyConnection, file: Path, types: Mapping[str, str], to: Path) -> None:
    """The named columns with their types, as a file of Parquet."""
    there = _columns(connection, file)
    if missing := [name for name in types if name not in there]:
        hint = "；".join(f"{name}：{allowed_words(name, there)}" for name in missing) if there else ""
        if file.suffix == ".csv" and len(there) == 1 and re.search("[;\t|]", next(iter(there))):
            hint = "应以逗号分隔"
        raise Invalid(f"{file} 没有列 {'、'.join(missing)}", hint=hint or "第一行应为列名")
    taken = ", ".join(f"CAST({_name(name)} AS {kind}) AS {_name(name)}" for name, kind in types.items())
    try:
        connection.execute(f"COPY (SELECT {taken} FROM {_read(file, {**there, **types})}) TO '{to}' (FORMAT parquet)")
    except duckdb.Error as error:
        raise Invalid(f"{file}：{_said(error)}", hint="改正文件，或改正 dictionary.yaml 中的类型") from error
    if file.suffix == ".csv":
        _refuse_rejected(connection, file)


def _read(file: Path, columns: Mapping[str, str]) -> str:
    if file.suffix == ".parquet":
        return f"read_parquet({_text(str(file))}, hive_partitioning = false)"
    typed = ", ".join(f"{_text(name)}: {_text(kind)}" for name, kind in columns.items())
    return f"read_csv({_text(str(file))}, {CSV}, columns = {{{typed}}})"


def _refuse_rejected(connection: duckdb.DuckDBPyConnection, file: Path) -> None:
    """Raises Invalid with the lines that DuckDB could not read as declared."""
    wrong = connection.execute("SELECT line, column_name, error_message FROM reject_errors ORDER BY 1, 2").fetchall()
    if not wrong:
        return
    connection.execute("DROP TABLE reject_errors; DROP TABLE reject_scans")
    told = "；".join(f"第 {line} 行 {column or '整行'}：{_said(error)}" for line, column, error in wrong[:SHOWN])
    more = f"……共 {len(wrong)} 处" if len(wrong) > SHOWN else ""
    raise Invalid(f"{file} {told}{more}", hint="改正这些行，或改正 dictionary.yaml 中的类型")


def _said(error: object) -> str:
    """DuckDB's error in our words where we have them, else its first line."""
    text = str(error).strip()
    for pattern, words in SAID.items():
        if found := re.search(pattern, text):
            return words.format(*found.groups())
    return text.splitlines()[0]


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
