"""A kept connection is checked at the start of each request without a statement.

A connection that waits for us has nothing to read. When the server is gone, or ends the session, there is: only then
is it asked.
"""

import select
from typing import Any

from django.db.backends.postgresql import base
from psycopg.pq import ConnStatus

PREPARED = 400


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection that keeps the plans of every statement that a step may send (:mod:`yigongti.kernel.prepared`).

        What a step writes is one statement, whose text tells which columns changed: more texts than psycopg's 100.
        """
        connection = super().get_new_connection(conn_params)
        connection.prepared_max = PREPARED
        return connection

    def is_usable(self) -> bool:
        """Whether the connection can be used for the next request."""
        if self.connection is None or self.connection.pgconn.status != ConnStatus.OK:
            return False
        waiting = select.poll()
        waiting.register(self.connection.pgconn.socket, select.POLLIN)
        return bool(super().is_usable()) if waiting.poll(0) else True
