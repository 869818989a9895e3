"""One moment of the whole database, read in columns: PostgreSQL sends binary COPY, ADBC makes Arrow of it.

A picture is a connection of its own, as the same role and the machine itself: what an open transaction of Django has
written is not in it.
"""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import pyarrow as pa
from adbc_driver_postgresql import StatementOptions
from adbc_driver_postgresql.dbapi import Connection, connect
from django.db import connection
from psycopg.conninfo import make_conninfo

from yigongti.kernel.access.acting import as_sql
from yigongti.kernel.access.actor import SYSTEM

ZONE = "Asia/Shanghai"
PORTION = 1 << 20
"""Bytes that are handed over at once."""
SETTINGS = (
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",
    f"SET LOCAL TIME ZONE '{ZONE}'",
    # whole facts are read, and row security hides from the planner how many rows there are: everything is hashed
    "SET LOCAL enable_nestloop = off",
    "SET LOCAL enable_mergejoin = off",
    "SET LOCAL work_mem = '64MB'",
)


OLDEST = """
SELECT coalesce(min(xact_start), now())::text, pg_export_snapshot() FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


class Picture:
    """What the database held when the picture was taken. Threads may look at it at the same time."""

    def __init__(self, sessions: ExitStack, dsn: str, acting: str) -> None:
        self._sessions, self._dsn, self._acting = sessions, dsn, acting
        self._free: list[Connection] = [self._opened()]
        [(self.oldest, self._name)] = self.rows(OLDEST)
        """``oldest``: when the oldest transaction began that was still open; what it wrote is in none of the rows."""

    def _opened(self, *settings: str) -> Connection:
        session = self._sessions.enter_context(closing(connect(self._dsn)))
        with session.cursor() as cursor:
            for setting in (*SETTINGS[:1], *settings, *SETTINGS[1:]):
                cursor.execute(setting)
            cursor.execute(self._acting)
            cursor.fetchall()
        return session

    @contextmanager
    def stream(self, sql: str) -> Iterator[pa.RecordBatchReader]:
        """The rows of a SELECT, a portion at a time: no row passes through Python."""
        try:
            session = self._free.pop()
        except IndexError:
            session = self._opened(f"SET TRANSACTION SNAPSHOT '{self._name}'")
        with session.cursor(adbc_stmt_kwargs={StatementOptions.BATCH_SIZE_HINT_BYTES.value: str(PORTION)}) as one:
            one.execute(sql)
            try:
                yield one.fetch_record_batch()
            except BaseException:
                one.adbc_cancel()  # else closing waits for the last row
                raise
        self._free.append(session)

    def table(self, sql: str) -> pa.Table:
        """All rows of a SELECT that gives few."""
        with self.stream(sql) as reader:
            return reader.read_all()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The same in Python's values."""
        return list(zip(*(column.to_pylist() for column in self.table(sql).columns), strict=True))


@contextmanager
def picture() -> Iterator[Picture]:
    """A picture of this moment; it ends with the block."""
    acting = as_sql(SYSTEM)
    told = connection.connection.info
    with ExitStack() as sessions:
        yield Picture(sessions, make_conninfo(told.dsn, password=told.password), acting)
