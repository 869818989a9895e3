"""Two engines, one answer: a Spark of a master and two workers on this machine, and DuckDB."""

import os
import random
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from time import monotonic, sleep

import pytest
from indicator_facts import DICTIONARY, generated, written

from yigongti.insight.indicators import district, sets
from yigongti.insight.indicators.dictionary import declared
from yigongti.insight.indicators.engines.duckdb import DuckEngine
from yigongti.insight.indicators.engines.spark import SparkEngine
from yigongti.insight.indicators.planning import plan
from yigongti.insight.indicators.running import run
from yigongti.insight.warehouse.pulling import bench, put
from yigongti.insight.warehouse.shelf import Shelf
from yigongti.kernel.policy.store import Store, folder

pytestmark = [pytest.mark.spark, pytest.mark.slow]
HERE = "127.0.0.1"
PATIENCE = 300
MONTHS = [date(2025, 11, 1), date(2025, 12, 1)]


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkEngine]:
    """An engine on a master and two workers, each with one core."""
    place = tmp_path_factory.mktemp("spark")
    with socket.socket() as found:
        found.bind((HERE, 0))
        port = str(found.getsockname()[1])
    address = f"spark://{HERE}:{port}"
    log = place / "master.log"
    with ExitStack() as stack:
        master = ["master.Master", "--host", HERE, "--port", port, "--webui-port", "0"]
        stack.enter_context(_daemon(master, log))
        for name in ("one", "two"):
            worker = ["worker.Worker", "--host", HERE, "--cores", "1", "--memory", "600m", "--webui-port", "0"]
            stack.enter_context(_daemon([*worker, "--work-dir", str(place / name), address], place / f"{name}.log"))
        began = monotonic()
        while log.read_text().count("Registering worker") < 2:
            assert monotonic() - began < PATIENCE, log.read_text()[-2000:]
            sleep(0.2)
        settings = {
            "spark.executor.memory": "600m",
            "spark.executor.cores": "1",
            "spark.cores.max": "2",
            "spark.sql.shuffle.partitions": "2",
        }
        yield stack.enter_context(SparkEngine(address, settings))


@contextmanager
def _daemon(words: list[str], log: Path) -> Iterator[None]:
    """A process of Spark that ends with the test."""
    import pyspark

    home = Path(pyspark.__path__[0])
    said = {"SPARK_HOME": str(home), "SPARK_LOCAL_IP": HERE, "SPARK_DAEMON_MEMORY": "256m"}
    command = [str(home / "bin" / "spark-class"), f"org.apache.spark.deploy.{words[0]}", *words[1:]]
    with log.open("w") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=subprocess.STDOUT, env=os.environ | said | {"PYSPARK_PYTHON": sys.executable}
        )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def test_every_kind_of_term_gives_the_same_digest(spark: SparkEngine, tmp_path: Path):
    every, rows = generated(random.Random(7))
    sought = every[::3]
    sources = written(tmp_path, rows)
    with DuckEngine() as one:
        ours = run(sought, DICTIONARY, sources, one)
    assert ours.table.num_rows > 100
    assert run(sought, DICTIONARY, sources, spark).digest == ours.digest


def test_a_shipped_set_gives_the_same_digest(spark: SparkEngine, tmp_path: Path):
    dictionary = declared()
    known = sets.in_force(Store(folder()))
    sought = [one for one in sets.sought(known, ["monitoring-2024"]) if one.item.kind == "computed"]
    district.write(tmp_path, dictionary, plan(sought, dictionary).facts, 300, MONTHS)
    sources, units = district.sources(tmp_path, dictionary), district.hierarchy(MONTHS)
    with DuckEngine() as one:
        ours = run(sought, dictionary, sources, one, units, MONTHS)
    theirs = run(sought, dictionary, sources, spark, units, MONTHS)
    assert ours.table.num_rows > 500
    assert theirs.digest == ours.digest


def test_files_of_the_warehouse_are_read_alike(spark: SparkEngine, tmp_path: Path):
    """Differences, lengths and dictionaries instead of plain values: what DuckDB wrote so, Spark reads."""
    shelf = Shelf(tmp_path / "shelf")
    names = ("id", "number", "word", "price", "wide", "yes", "day", "codes")
    with bench(tmp_path) as connection:
        connection.execute("""
            CREATE TABLE rows AS SELECT uuid() AS id, i * 7 AS number, CASE WHEN i % 5 > 0 THEN 'w' || i END AS word,
                CAST(i % 1000 * 0.000001 AS DECIMAL(18, 6)) AS price, CAST(i AS DECIMAL(38, 6)) AS wide,
                CASE WHEN i % 3 > 0 THEN i % 2 = 0 END AS yes, DATE '2020-01-01' + CAST(i % 900 AS INTEGER) AS day,
                CASE WHEN i % 4 > 0 THEN ['a' || i % 3, 'b'] END AS codes, CAST(NULL AS DATE) AS _month
            FROM range(30000) r(i)""")
        [(_, piece)] = put(connection, "rows", "thing", names, "id", shelf, tmp_path)
        path = str(shelf.path(piece))
        asked = (
            "SELECT count(*), count(DISTINCT id), max(id), sum(number), count(word), min(word), sum(price), sum(wide), "
            "count(yes), max(day), count(codes), sum(CASE WHEN codes[{first}] = 'a1' THEN 1 ELSE 0 END) FROM thing"
        )
        connection.execute(f"CREATE VIEW thing AS FROM read_parquet('{path}', hive_partitioning = false)")
        [ours] = connection.execute(asked.format(first=1)).fetchall()
    spark.session.read.parquet(path).createOrReplaceTempView("thing")
    [theirs] = spark.session.sql(asked.format(first=0)).collect()
    assert tuple(theirs) == ours
