"""One row in Python and many rows in DuckDB give the same answer for every expression of the language."""

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from policy_expressions import SHAPE, SQL_TYPES, boolean, rows

from yigongti.kernel.policy import scan
from yigongti.kernel.policy.closures import closure
from yigongti.kernel.policy.expressions import parse


def table(connection: duckdb.DuckDBPyConnection, records: list[dict]) -> duckdb.DuckDBPyRelation:
    """The rows as a DuckDB table of the declared SQL types, numbered in order."""
    columns = ", ".join(f"{name} {kind}" for name, kind in SQL_TYPES.items())
    connection.execute(f"CREATE OR REPLACE TABLE given (number INTEGER, {columns})")
    marks = ", ".join("?" * (len(SQL_TYPES) + 1))
    for number, record in enumerate(records):
        connection.execute(f"INSERT INTO given VALUES ({marks})", [number, *(record[name] for name in SQL_TYPES)])
    return connection.table("given")


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as opened:
        yield opened


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(texts=st.lists(boolean(3), min_size=1, max_size=4), records=st.lists(rows, min_size=1, max_size=5))
def test_closures_and_duckdb_agree(connection, texts, records):
    expressions = [parse(text, SHAPE) for text in texts]
    conditions = {f"x{index}": expression.tree for index, expression in enumerate(expressions)}
    found = (
        scan.flags(table(connection, records), SHAPE, conditions, SHAPE.names, ["number"]).order("number").fetchall()
    )
    expected = [
        (number, *(closure(expression.tree)(SHAPE.row(record)) is True for expression in expressions))
        for number, record in enumerate(records)
    ]
    assert found == expected


@pytest.mark.parametrize(
    ("text", "row", "expected"),
    [
        ("n >= 180", {"n": 179}, False),
        ("n >= 180", {"n": 180}, True),
        ("n >= 180", {}, None),
        ("n >= 180 or b", {"b": True}, True),
        ("n >= 180 and b", {"b": False}, False),
        ("n >= 180 and b", {"b": True}, None),
        ("not b", {}, None),
        ("n in (1, null)", {"n": 1}, True),
        ("n in (1, null)", {"n": 2}, None),
        ("n not in (1, null)", {"n": 2}, None),
        ("n / 0 > 1", {"n": 5}, None),
        ("n / (n - 5) / 2 > 1", {"n": 5}, None),
        ("2 / (n / (n - 5)) < 1", {"n": 5}, None),
        ("d = 0.1", {"d": 0.1}, True),
        ("n / 4 = 0.75", {"n": 3}, True),
        ("t like '高%'", {"t": "高血压"}, True),
        ("t like '高_压'", {"t": "高血压病"}, False),
        ("day - 0 is null", {}, "refused"),
        ("date_diff('day', day, other_day) = 14", {"day": "2026-01-01", "other_day": "2026-01-15"}, True),
        ("round(d, 1) = 2.5", {"d": 2.45}, True),
        ("greatest(n, d) = 3", {"n": 3}, True),
        ("b is not true", {}, True),
    ],
)
def test_one_row(text, row, expected):
    from datetime import date

    from yigongti.kernel.policy.expressions import ExpressionRefused

    if expected == "refused":
        with pytest.raises(ExpressionRefused):
            parse(text, SHAPE)
        return
    values = {name: date.fromisoformat(value) if "day" in name else value for name, value in row.items()}
    assert closure(parse(text, SHAPE).tree)(SHAPE.row(values)) is expected


def test_a_column_that_the_relation_lacks_is_unknown(connection):
    relation = connection.sql("SELECT 1 AS number, 200 AS n")
    conditions = {"high": parse("n >= 180", SHAPE).tree, "unknown": parse("d >= 1 or b", SHAPE).tree}
    assert scan.flags(relation, SHAPE, conditions, ["n", "d", "b"], ["number"]).fetchall() == [(1, True, False)]


def test_fired_lists_the_rules_in_their_order(connection):
    relation = connection.sql("SELECT * FROM (VALUES (1, 200), (2, 100), (3, NULL), (4, 150)) AS v(number, n)")
    conditions = {"highest": parse("n >= 180", SHAPE).tree, "high": parse("n >= 140", SHAPE).tree}
    found = scan.fired(relation, SHAPE, conditions, ["n"], ["number"]).order("number").fetchall()
    assert found == [(1, ["highest", "high"]), (4, ["high"])]
    assert scan.counts(scan.flags(relation, SHAPE, conditions, ["n"], []), conditions) == {"highest": 1, "high": 2}
