"""What a mapping may say in SQL, and what it may not: each wall by itself."""

from pathlib import Path

import duckdb
import pytest
from delivery_bench import mapping

from yigongti.records.exchange import bench as benches
from yigongti.records.exchange.statements import StatementRefused, expression, query

ESCAPES = [
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_csv_auto('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('/etc/passwd')",
    "SELECT * FROM read_json('x.json')",
    "SELECT * FROM read_parquet('x.parquet')",
    "SELECT * FROM parquet_scan('x.parquet')",
    "SELECT * FROM glob('/*')",
    "SELECT * FROM '/etc/passwd'",
    'SELECT * FROM "people.csv"',
    "FROM 'x.csv'",
    "SELECT line FROM people WHERE EXISTS (SELECT 1 FROM read_text('/etc/passwd'))",
    "SELECT (SELECT content FROM read_text('/etc/passwd')) AS id, line FROM people",
    "WITH x AS (SELECT * FROM read_text('/etc/passwd')) SELECT * FROM x",
    "WITH people AS (SELECT * FROM '/etc/passwd') SELECT * FROM people",
    "SELECT line FROM people UNION ALL SELECT size FROM read_blob('/etc/passwd')",
    "SELECT line, getenv('HOME') AS id FROM people",
    "SELECT line, current_setting('temp_directory') AS id FROM people",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM main.people",
    "SELECT * FROM pg_catalog.pg_class",
    "SELECT * FROM query('SELECT 1')",
    "SELECT * FROM query_table('people')",
    "SELECT * FROM people, LATERAL (SELECT * FROM read_text('/etc/passwd'))",
    "ATTACH 'x.duckdb' AS x",
    "COPY people TO 'x.csv'",
    "COPY (SELECT 1) TO '/tmp/x'",
    "EXPORT DATABASE 'x'",
    "IMPORT DATABASE 'x'",
    "PRAGMA version",
    "PRAGMA database_list",
    "SET memory_limit = '100GB'",
    "RESET memory_limit",
    "INSTALL httpfs",
    "LOAD httpfs",
    "CREATE TABLE x AS SELECT 1",
    "CREATE MACRO f(x) AS x",
    "CREATE SECRET s (TYPE s3)",
    "DROP TABLE people",
    "DELETE FROM people",
    "UPDATE people SET id = 1",
    "INSERT INTO people SELECT 1",
    "ALTER TABLE people ADD COLUMN x INT",
    "CALL pragma_version()",
    "CHECKPOINT",
    "VACUUM",
    "EXPLAIN SELECT 1",
    "DESCRIBE people",
    "SHOW TABLES",
    "SUMMARIZE people",
    "SELECT 1; DROP TABLE people",
    "SELECT line FROM people WHERE id = $1",
    "SELECT line FROM people WHERE id = ?",
    "USE x",
    "",
    ";",
]


@pytest.mark.parametrize("sql", ESCAPES)
def test_a_step_cannot_leave_its_delivery(sql: str) -> None:
    with pytest.raises(StatementRefused):
        query(sql, ["people"])


@pytest.mark.parametrize(
    "sql",
    [
        "(SELECT content FROM read_text('/etc/passwd'))",
        "(SELECT max(id) FROM people)",
        "EXISTS (SELECT 1)",
        "id IN (SELECT id FROM people)",
        "getenv('HOME')",
        "id; DROP TABLE people",
        "read_text('/etc/passwd')",
        "list_transform([1], x -> getenv('HOME'))",
        "columns('.*')::VARCHAR || getenv('HOME')",
    ],
)
def test_a_value_cannot_leave_its_row(sql: str) -> None:
    with pytest.raises(StatementRefused):
        expression(sql)


@pytest.mark.parametrize("sql", [sql for sql in ESCAPES if "'" in sql or "." in sql])
def test_the_locked_bench_refuses_even_what_the_list_would_let_through(sql: str, tmp_path: Path) -> None:
    with benches.opened() as bench:
        bench.execute("CREATE TABLE people (line BIGINT, id VARCHAR)")
        benches.lock(bench)
        for statement in (sql, "SET enable_external_access = true", "SET lock_configuration = false"):
            try:
                rows = bench.execute(statement).fetchall()
            except duckdb.Error:
                continue
            assert "root:" not in str(rows)
            assert statement == sql
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("place", ["steps", "writes", "leaves"])
def test_a_policy_with_an_escape_is_told_of_when_it_is_loaded(place: str) -> None:
    bad = "(SELECT content FROM read_text('/etc/passwd'))"
    write = {"target": "patient", "from": "people", "columns": {"source_key": "id", "name": "name"}}
    parts = {
        "steps": {"steps": [{"name": "more", "sql": f"SELECT line, {bad} AS id FROM people"}]},
        "writes": {"writes": [{**write, "columns": {"source_key": "id", "name": bad}}]},
        "leaves": {"leaves": [{"from": "people", "where": f"id = {bad}", "reason": "x"}]},
    }
    problems = list(mapping(**parts[place]).problems())
    assert problems
    assert problems[0][0][0] == place
    assert list(mapping().problems()) == []
