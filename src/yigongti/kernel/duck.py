"""DuckDB for a while: a connection that keeps standard output for the command that uses it."""

from functools import cache
from pathlib import Path
from tempfile import gettempdir
from typing import Any
from uuid import uuid4

import duckdb

MEMORY = ":memory:"


def connect(path: str | Path = MEMORY, **config: Any) -> duckdb.DuckDBPyConnection:
    """A database at ``path`` with these settings, without the progress bar that DuckDB draws on standard output.

    What does not fit into the memory of one without a file goes into a folder of its own beside the system's temporary
    files, never into the folder where somebody happened to start the command.
    """
    if path == MEMORY:
        config.setdefault("temp_directory", f"{gettempdir()}/yigongti-duck-{uuid4().hex}")
    connection = duckdb.connect(str(path), config=config)
    connection.execute("SET enable_progress_bar = false")
    return connection


@cache
def reserved() -> frozenset[str]:
    """The words that cannot be a name in SQL without quotes, in small letters."""
    with connect() as connection:
        words = "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category = 'reserved'"
        return frozenset(word for (word,) in connection.execute(words).fetchall())
