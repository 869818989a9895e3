"""Commands that answer in JSON stay readable however long a statement takes."""

from pathlib import Path

import pytest

from yigongti.kernel.duck import connect


def test_no_progress_is_drawn_on_standard_output(tmp_path):
    with connect(tmp_path / "some.duckdb", threads=1) as connection:
        told = connection.execute("SELECT current_setting('enable_progress_bar'), current_setting('threads')")
        assert told.fetchall() == [(False, 1)]


def test_what_does_not_fit_into_memory_leaves_nothing_where_the_command_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with connect(memory_limit="40MB", threads=1) as connection:
        folder = Path(connection.sql("SELECT current_setting('temp_directory')").fetchall()[0][0])
        connection.execute("CREATE TABLE t AS SELECT range AS n, hash(range)::VARCHAR AS text FROM range(3_000_000)")
        assert folder.is_dir()
        assert connection.sql("SELECT count(*) FROM t").fetchall() == [(3_000_000,)]
    assert not folder.exists()
    assert list(tmp_path.iterdir()) == []
