"""Commands that answer in JSON stay readable however long a statement takes."""

from yigongti.kernel.duck import connect


def test_no_progress_is_drawn_on_standard_output(tmp_path):
    with connect(tmp_path / "some.duckdb", threads=1) as connection:
        told = connection.execute("SELECT current_setting('enable_progress_bar'), current_setting('threads')")
        assert told.fetchall() == [(False, 1)]
