"""The file that is fetched: the rows as CSV and Parquet, what every column means, and how it was de-identified.

The same rows under the same approval give the same bytes: entries carry no time, rows stand in the order of their
content.
"""

import csv
import hashlib
import io
import zipfile
from collections.abc import Iterator
from typing import Any

import duckdb
import pyarrow
from pyarrow import csv as arrow_csv
from pyarrow import parquet

from yigongti.registry.places.models import Area

from . import texts
from .deidentifying import Outcome
from .models import Extract
from .policies import ExtractPolicy

BATCH = 100_000
#: the earliest time that a zip can say
EPOCH = (1980, 1, 1, 0, 0, 0)
TABLE_COLUMNS = (
    ("records", "记录数", "小格为空"),
    ("people", "人数", "小格为空"),
    ("small", "小格", "true：人数太少，数值不公布"),
)


def pack(
    bench: duckdb.DuckDBPyConnection, case: Extract, policy: ExtractPolicy, outcome: Outcome
) -> tuple[bytes, str, int]:
    """The zip, the SHA-256 of its CSV, and the number of rows."""
    bench.execute(f"CREATE TABLE released AS {outcome.query}")
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as package:
        digest, rows = _rows_as_csv(bench, package)
        _put(package, "data.parquet", _rows_as_parquet(bench))
        _put(package, "dictionary.csv", dictionary(bench, policy, outcome))
        _put(package, "README.md", texts.readme(case, policy, outcome, digest, rows).encode())
    return whole.getvalue(), digest, rows


def batches(bench: duckdb.DuckDBPyConnection) -> Iterator[pyarrow.RecordBatch]:
    """The released rows, batch by batch."""
    yield from bench.sql("SELECT * FROM released ORDER BY ALL").to_arrow_reader(BATCH)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, EPOCH)
    entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
    return entry


def _put(package: zipfile.ZipFile, name: str, content: bytes) -> None:
    package.writestr(_entry(name), content)


def _rows_as_csv(bench: duckdb.DuckDBPyConnection, package: zipfile.ZipFile) -> tuple[str, int]:
    digest, rows = hashlib.sha256(), 0
    names = [row[0] for row in bench.execute("DESCRIBE released").fetchall()]
    with package.open(_entry("data.csv"), "w", force_zip64=True) as sink:
        head = (",".join(names) + "\n").encode()
        for block in (head, *map(_as_csv, batches(bench))):
            sink.write(block)
            digest.update(block)
    rows = int(bench.execute("SELECT count(*) FROM released").fetchall()[0][0])
    return digest.hexdigest(), rows


def _as_csv(batch: pyarrow.RecordBatch) -> bytes:
    text = io.BytesIO()
    arrow_csv.write_csv(batch, text, arrow_csv.WriteOptions(include_header=False))
    return text.getvalue()


def _rows_as_parquet(bench: duckdb.DuckDBPyConnection) -> bytes:
    whole = io.BytesIO()
    reader = bench.sql("SELECT * FROM released ORDER BY ALL").to_arrow_reader(BATCH)
    with parquet.ParquetWriter(whole, reader.schema, compression="zstd") as writer:
        for batch in reader:
            writer.write_batch(batch)
    return whole.getvalue()


def dictionary(bench: duckdb.DuckDBPyConnection, policy: ExtractPolicy, outcome: Outcome) -> bytes:
    """Every column: name, role, meaning, unit, values, what was done to it; for spreadsheets."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["列", "名称", "角色", "含义", "单位", "取值", "怎样得来"])
    for column in outcome.columns:
        values = "；".join(f"{code} {word}" for code, word in column.values.items())
        if column.generalise and column.generalise.kind == "area":
            values = _areas(bench, column.name)
        role, became = texts.role(column), texts.becomes(column, outcome.last.levels.get(column.name, 0))
        writer.writerow([column.name, column.title, role, column.meaning, column.unit, values, became])
    if policy.form == "table":
        writer.writerows([name, title, "计数", meaning, "", "", "检查以后"] for name, title, meaning in TABLE_COLUMNS)
    return text.getvalue().encode("utf-8-sig")


def _areas(bench: duckdb.DuckDBPyConnection, name: str) -> str:
    codes = [row[0] for row in bench.execute(f'SELECT DISTINCT "{name}" FROM released ORDER BY 1').fetchall()]
    known: dict[str, Any] = dict(Area.objects.filter(pk__in=codes).values_list("pk", "name"))
    return "；".join(f"{code} {known[code]}" for code in codes if code in known)
