"""When a system last delivered, and whether it has been silent for longer than agreed or usual."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission

USUAL = 3
"""So many times its usual interval a system without an agreement may be silent; never less than a day."""
LATEST = 20
"""Deliveries from which the usual interval is taken."""
DELIVERED = """
SELECT s.code, a.every_hours, d.loads, d.newest, d.oldest
FROM residents_sourcesystem s LEFT JOIN exchange_agreement a ON a.source = s.code
CROSS JOIN LATERAL (
    SELECT count(*) AS loads, max(opened_at) AS newest, min(opened_at) AS oldest FROM (
        SELECT l.opened_at FROM exchange_load l WHERE l.source = s.code ORDER BY l.opened_at DESC LIMIT %(latest)s) l) d
WHERE s.active AND (%(all)s OR s.organization_id = ANY (%(organizations)s)) {only}
"""


@dataclass(frozen=True)
class Heard:
    """What was heard of a system. ``limit``: the longest silence that is normal; None: nobody knows yet."""

    last: datetime | None
    limit: timedelta | None
    agreed: bool

    @property
    def due(self) -> datetime | None:
        """When the next delivery should have come."""
        return self.last + self.limit if self.last and self.limit else None

    @property
    def silent(self) -> bool:
        """Whether it should have delivered by now."""
        return self.due is not None and self.due < clock.now()


def heard(actor: Actor, code: str = "") -> dict[str, Heard]:
    """Every active system of the actor's organisations, or one of them; one statement."""
    values: dict[str, Any] = {
        "latest": LATEST,
        "all": actor.everything,
        "organizations": [] if actor.everything else sorted(actor.organizations(Permission.EXCHANGE_RECEIVE)),
        "code": code,
    }
    with connection.cursor() as cursor:
        cursor.execute(DELIVERED.format(only="AND s.code = %(code)s" if code else ""), values)
        return {row[0]: _heard(*row[1:]) for row in cursor.fetchall()}


def _heard(every: int | None, loads: int, newest: datetime | None, oldest: datetime | None) -> Heard:
    if every:
        return Heard(newest, timedelta(hours=every), agreed=True)
    if newest is None or oldest is None or loads < USUAL:
        return Heard(newest, None, agreed=False)
    return Heard(newest, max(timedelta(days=1), USUAL * (newest - oldest) / (loads - 1)), agreed=False)
