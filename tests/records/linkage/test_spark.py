"""The residents' model on Spark gives the pairs and weights that it gives on DuckDB."""

from collections.abc import Iterator

import duckdb
import pytest
from linkage_people import model

from yigongti.insight.simulator.registrations import TABLE, generate
from yigongti.records.linkage import batch, spark
from yigongti.records.linkage.batch import PAIRS

pytestmark = [
    pytest.mark.spark,
    pytest.mark.skipif(bool(spark.missing()), reason=f"Spark cannot run here: {spark.missing()}"),
]


@pytest.fixture(scope="session")
def stopped() -> Iterator[None]:
    """One Spark for the whole session of tests."""
    yield
    spark.session().stop()


def found(connection: duckdb.DuckDBPyConnection) -> list[tuple]:
    return connection.execute(f"SELECT * FROM {PAIRS} ORDER BY a, b").fetchall()


@pytest.mark.usefixtures("stopped")
def test_the_same_pairs_weights_levels_and_outcomes():
    connection = duckdb.connect(config={"threads": 2})
    generate(connection, 2000, seed=4)
    tried = model(training={"sample_pairs": 50_000})
    first = batch.link(connection, [TABLE], tried)
    ours = found(connection)
    second = batch.link(connection, [TABLE], tried, first.trained, spark=spark.LOCAL)
    theirs = found(connection)
    assert len(ours) > 1000
    assert second.outcomes == first.outcomes
    weight = [one[0] for one in connection.execute(f"DESCRIBE {PAIRS}").fetchall()].index("weight")
    for one, other in zip(ours, theirs, strict=True):
        assert one[weight] == pytest.approx(other[weight], abs=1e-6)
        assert one[:weight] == other[:weight]
        assert one[weight + 2 :] == other[weight + 2 :]
