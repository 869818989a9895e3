"""Spark: many machines. The same statements, translated; only the small rolls come back."""

from collections.abc import Callable, Iterable
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self, TypeVar

import pyarrow as pa
import sqlglot
from sqlglot import exp

from yigongti.kernel.errors import Invalid

from ..making import MONTH, Step, first_of_month
from ..planning import Pass
from .sources import ZONE, FactSource

T = TypeVar("T")
LOCAL = "local[2]"
SETTINGS = {
    "spark.sql.session.timeZone": ZONE,
    "spark.sql.shuffle.partitions": "8",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": "1g",
}


def translated(sql: str) -> str:
    """DuckDB's SQL in Spark's; both count the items of a list from one, but Spark does so in ``element_at`` only."""
    return sqlglot.parse_one(sql, read="duckdb").transform(_item).sql("spark")


def _item(node: exp.Expr) -> exp.Expr:
    return (
        exp.Anonymous(this="element_at", expressions=[node.this, *node.expressions])
        if isinstance(node, exp.Bracket)
        else node
    )


class SparkEngine:
    """Runs passes on a Spark master: ``local[2]``, ``spark://host:7077`` …"""

    name = "spark"
    pieces = False

    def __init__(self, master: str = LOCAL, settings: dict[str, str] | None = None) -> None:
        try:
            from pyspark.sql import SparkSession
        except ImportError as missing:
            raise Invalid("没有安装 pyspark", hint="pip install 'yigongti[spark]'，并安装 Java 17") from missing
        builder: Any = SparkSession.builder.master(master).appName("yigongti indicators")
        self.folder = TemporaryDirectory(prefix="yigongti-spark-")
        for key, value in (SETTINGS | {"spark.sql.warehouse.dir": self.folder.name} | (settings or {})).items():
            builder = builder.config(key, value)
        self.session = builder.getOrCreate()
        self.session.sparkContext.setLogLevel("ERROR")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the session and let its folder go."""
        self.session.stop()
        self.folder.cleanup()

    def each(self, work: Callable[[Pass], T], passes: Iterable[Pass]) -> list[T]:
        """One pass after the other: each is spread over all workers."""
        return [work(one) for one in passes]

    def lay(self, name: str, table: pa.Table) -> None:
        """A small table under its name."""
        self.session.createDataFrame(table).createOrReplaceTempView(name)

    def fill(self, step: Step, source: FactSource) -> None:
        """A table from a query over the fact, kept while others read it."""
        self.session.read.parquet(*source.paths).createOrReplaceTempView("as_filed")
        month = first_of_month(f"`{source.fact.time}`") if source.fact.time else "CAST(NULL AS DATE)"
        self.session.sql(f"SELECT *, {month} AS {MONTH} FROM as_filed").createOrReplaceTempView(source.fact.name)
        for table, sql in {**step.begins, step.table: step.sql}.items():
            self.derive(table, sql)

    def derive(self, table: str, sql: str) -> None:
        """A table from a query over tables, kept while others read it."""
        self.session.sql(translated(sql)).cache().createOrReplaceTempView(table)

    def merge(self, step: Step) -> None:
        """A table that merges a state by members."""
        self.derive(step.table, step.sql)

    def ask(self, sql: str) -> pa.Table:
        """The answer to a query."""
        return self.session.sql(translated(sql)).toArrow()

    def drop(self, tables: Iterable[str]) -> None:
        """Let derived tables go."""
        for table in tables:
            self.session.catalog.uncacheTable(table)
            self.session.catalog.dropTempView(table)

    def clear(self) -> None:
        """Let every table go."""
        self.session.catalog.clearCache()
