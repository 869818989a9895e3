"""The same model on Spark: the prepared rows go out as Parquet, splink scores their pairs there, the pairs come back.

Preparing and training stay with DuckDB; comparing, which grows with the pairs, is what Spark spreads over machines.
Needs the extra ``[spark]`` and Java 17. On a cluster ``folder`` must be one that all machines see.
"""

import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from yigongti.kernel.errors import Invalid
from yigongti.records.linkage.comparing import scored_sql
from yigongti.records.linkage.configuration import LinkageModel
from yigongti.records.linkage.model import settings
from yigongti.records.linkage.preparing import ROWS
from yigongti.records.linkage.trained import Trained

LOCAL = "local[2]"
PARTITIONS = 4
"""Parts of a shuffle on one machine; on a cluster Spark's own configuration holds."""


def missing() -> str:
    """What this machine lacks to run Spark; empty when nothing."""
    if shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
        return "没有 Java"
    try:
        import pyspark  # noqa: F401
    except ImportError:
        return "没有安装 pyspark"
    return ""


def session(master: str = LOCAL) -> Any:
    """The Spark session of this process, with splink's distances. Raises :class:`Invalid` when Spark cannot run."""
    if lacks := missing():
        raise Invalid(
            f"不能用 Spark：{lacks}", hint="pip install 'yigongti[spark]'，并安装 Java 17（default-jre-headless）"
        )
    from pyspark.sql import SparkSession
    from splink.backends.spark import similarity_jar_location

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    jar = similarity_jar_location()
    builder = SparkSession.builder.master(master).appName("yigongti link").config("spark.jars", jar)
    if master.startswith("local"):
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        for name, value in _local().items():
            builder = builder.config(name, value)
    try:
        found = builder.getOrCreate()
    except Exception as error:  # the gateway and the master each fail in their own way
        raise Invalid(
            f"Spark 没有启动：{str(error).splitlines()[0][:200]}", hint="检查 Java 版本和 --master"
        ) from error
    found.sparkContext.setLogLevel("ERROR")
    found.sql(f"ADD JAR '{jar}'")  # a Java machine that was started for something else does not have it
    return found


def _local() -> dict[str, str]:
    return {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": "1g",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": str(PARTITIONS),
        "spark.default.parallelism": str(PARTITIONS),
        "spark.sql.adaptive.enabled": "false",
    }


def scored(
    connection: duckdb.DuckDBPyConnection,
    model: LinkageModel,
    trained: Trained,
    *,
    two: bool,
    master: str = LOCAL,
    folder: Path | None = None,
) -> None:
    """``linkage_scored`` as the batch form makes it, computed by Spark."""
    from splink import Linker
    from splink.backends.spark import SparkAPI

    logging.getLogger("splink").setLevel(logging.ERROR)
    spark = session(master)
    with tempfile.TemporaryDirectory(dir=folder, prefix="yigongti-link-") as place, _cleared(spark):
        _sent(connection, spark, model, trained, Path(place))
        api = SparkAPI(spark_session=spark, break_lineage_method="persist", register_udfs_automatically=True)
        rows = spark.table(ROWS)
        tables = [rows.where(f"source_dataset = '{side}'") for side in "ab"] if two else [rows]
        taken = [api.register(table) for table in tables]
        linker = Linker(
            taken if two else taken[0],
            settings(model, trained, two=two, dialect="spark"),
            log_level=None,
            validate_settings=False,
        )
        for field in trained.frequencies:
            frequencies = api.register(spark.table(f"linkage_frequency_{field}"))
            linker.table_management.register_term_frequency_lookup(frequencies, field)
        predicted = linker.inference.predict(threshold_match_weight=trained.prior_weight, warning_mode="never")
        query = scored_sql(model, trained.prior_weight, predicted.physical_name, "spark")
        spark.sql(query).write.parquet(f"{place}/scored")
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE linkage_scored AS FROM read_parquet('{place}/scored/*.parquet')"
        )


def _sent(
    connection: duckdb.DuckDBPyConnection, spark: Any, model: LinkageModel, trained: Trained, place: Path
) -> None:
    """Views in Spark: the prepared rows, and one of frequencies for each field that has them."""
    from yigongti.records.linkage.batch import frequency_table

    for field, values in trained.frequencies.items():
        frequency_table(connection, f"linkage_frequency_{field}", field, values, trained.floor)
    for table in (ROWS, *(f"linkage_frequency_{field}" for field in trained.frequencies)):
        connection.execute(f"COPY {table} TO '{place / table}.parquet' (FORMAT parquet)")
        spark.read.parquet(f"{place / table}.parquet").createOrReplaceTempView(table)


@contextmanager
def _cleared(spark: Any) -> Iterator[None]:
    try:
        yield
    finally:
        spark.catalog.clearCache()
