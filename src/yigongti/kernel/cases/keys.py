"""Keys of cases, events and clinical rows."""

from uuid import UUID

import uuid_utils


def new_id() -> UUID:
    """A UUIDv7: globally unique, ordered by time."""
    return UUID(int=uuid_utils.uuid7().int)
