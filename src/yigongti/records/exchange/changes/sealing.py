"""Gives changes their place in the feed, and lets old ones go.

A change may be placed when every transaction that began before its own is over: what becomes visible later belongs
behind it (``pg_snapshot_xmin``). One sealer at a time writes positions, so they become visible in their order: a reader
who has read up to a position has missed nothing before it.
"""

from datetime import timedelta

from django.db import connection

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.events.outbox import emit
from yigongti.kernel.jobs.pulse import pulse

#: one sealer at a time
LOCK = 7_031_021
KEPT = timedelta(days=90)
"""How long the feed reaches back; who comes later fetches everything anew."""

#: a number beyond the newest is of the server that this database was restored from: nobody is at it any more
SEAL = """
UPDATE changes_change c SET position = first.position + next.place
  FROM (SELECT coalesce(max(position), 0) AS position FROM changes_change) first,
       (SELECT id, row_number() OVER (ORDER BY transaction, id) AS place
          FROM (SELECT id, transaction FROM changes_change
                 WHERE position IS NULL
                   AND (transaction < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
                        OR transaction > pg_snapshot_xmax(pg_current_snapshot())::text::bigint)
                 ORDER BY transaction, id LIMIT %s) waiting) next
 WHERE c.id = next.id
"""
FORGET = """
DELETE FROM changes_change WHERE id IN (
    SELECT id FROM changes_change
     WHERE at < %s AND position < (SELECT max(position) FROM changes_change) LIMIT %s)
"""


def seal(limit: int = 2000) -> int:
    """Place what can be placed; returns how many rows were. Tells the house with ``RecordChanged``."""
    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(SEAL, [limit])
        count: int = cursor.rowcount
        if count:
            emit("RecordChanged")
        return count


@pulse(every=0.5)
def seal_waiting() -> bool:
    """Seal what waits; True when there may be more."""
    return seal() > 0


@pulse(every=3600)
def forget_old(limit: int = 5000) -> bool:
    """Let go what is older than the feed reaches; the newest position stays for ever."""
    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute(FORGET, [clock.now() - KEPT, limit])
        return bool(cursor.rowcount == limit)
