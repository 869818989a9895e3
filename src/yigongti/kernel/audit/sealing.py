"""Seals new entries into the chain, in batches, without making any writer wait.

Rows are appended in the commands' own transactions, in any order. The sealing job alone gives them a position,
digests the rows inside PostgreSQL and chains the batch under a key that the database does not have.
"""

from django.db import connection, transaction

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.ciphers import keys
from yigongti.kernel.jobs.pulse import pulse

from . import anchors
from .models import Seal

#: one sealer at a time
LOCK = 7_031_004

GIVE_POSITIONS = """
UPDATE audit_entry e SET position = %(start)s + n.n, seal_id = %(seal)s
FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM (
        SELECT id FROM audit_entry WHERE seal_id IS NULL ORDER BY id LIMIT %(limit)s) t) n
WHERE e.id = n.id
"""
ROWS_DIGEST = "SELECT audit_rows_digest(%s)"


def seal(limit: int = 5000) -> int:
    """Seal up to ``limit`` waiting entries; returns how many were sealed."""
    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
        last = Seal.objects.order_by("-id").first()
        start, previous = (last.last_position, bytes(last.digest)) if last else (0, b"")
        number = (last.id if last else 0) + 1
        cursor.execute(GIVE_POSITIONS, {"start": start, "seal": number, "limit": limit})
        count = cursor.rowcount
        if not count:
            return 0
        cursor.execute(ROWS_DIGEST, [number])
        made = Seal(
            id=number,
            first_position=start + 1,
            last_position=start + count,
            rows_digest=bytes(cursor.fetchone()[0]),
            previous=previous,
            sealed_at=clock.now(),
        )
        made.key_id, made.digest = keys.chain_digest(made.sealed_content())
        made.save(force_insert=True)
        transaction.on_commit(lambda: anchors.write(made.id, bytes(made.digest)))
        return count


@pulse(every=1.0)
def seal_waiting() -> bool:
    """Seal what waits; True when there may be more."""
    return seal() > 0
