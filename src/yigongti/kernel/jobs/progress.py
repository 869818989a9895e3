"""A connection beside the work: it holds the claim, and tells how far the work is while its transaction is open."""

import time
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import psycopg
from django.db import connections

#: seconds between two writes
OFTEN = 0.5
#: seconds to wait for another runner to let go
PATIENCE = 3
ALONE = f"SET lock_timeout = '{PATIENCE}s'"
AS_SYSTEM = "SELECT set_config('yigongti.scope', 'all', true)"
MOVE = """
UPDATE jobs_job SET done = %(done)s, total = %(total)s, stage = %(stage)s, moved_at = now()
WHERE id = %(id)s AND attempts = %(attempt)s AND state = 'running' RETURNING stop_asked
"""


class Stopped(Exception):
    """Somebody asked to stop; what was done is taken back."""


def claim_of(job_id: UUID) -> int:
    """The number of the advisory lock that says: somebody is at it. It goes with the process that holds it."""
    return int.from_bytes(job_id.bytes[8:], "big", signed=True)


class Beside:
    """``with Beside(id) as beside``: ``beside.mine`` says whether the claim is ours."""

    def __init__(self, job_id: UUID) -> None:
        self.job_id = job_id
        self.attempt = 0
        self.mine = False
        self._told = 0.0
        self._stage = ""

    def __enter__(self) -> Self:
        default: Any = connections["default"]
        parameters = {
            k: v for k, v in default.get_connection_params().items() if k not in ("cursor_factory", "context")
        }
        self.connection: psycopg.Connection[Any] = psycopg.connect(**parameters, autocommit=True)
        self.connection.execute(ALONE)
        try:
            self.connection.execute("SELECT pg_advisory_lock(%s)", [claim_of(self.job_id)])
            self.mine = True
        except psycopg.errors.LockNotAvailable:
            self.mine = False
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.connection.close()

    def advance(self, done: int, total: int, stage: str = "") -> None:
        """Write it down, at most every :data:`OFTEN` seconds and with each new stage. Raises :class:`Stopped`."""
        now = time.monotonic()
        if stage == self._stage and now - self._told < OFTEN:
            return
        self._told, self._stage = now, stage
        values = {"done": min(done, total) if total else done, "total": total, "stage": stage[:64], "id": self.job_id}
        with self.connection.transaction():
            self.connection.execute(AS_SYSTEM)
            row = self.connection.execute(MOVE, {**values, "attempt": self.attempt}).fetchone()
        if row and row[0]:
            raise Stopped
