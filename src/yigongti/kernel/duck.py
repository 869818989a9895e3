"""DuckDB for a while: a connection that keeps standard output for the command that uses it."""

from pathlib import Path
from typing import Any

import duckdb


def connect(path: str | Path = ":memory:", **config: Any) -> duckdb.DuckDBPyConnection:
    """A database at ``path`` with these settings, without the progress bar that DuckDB draws on standard output."""
    connection = duckdb.connect(str(path), config=config)
    connection.execute("SET enable_progress_bar = false")
    return connection
