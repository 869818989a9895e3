"""The commands of this room: the only code that writes residents. Each takes the actor first.

``registration`` who they are, ``desk`` the person who stands here, ``lifecycle`` death and moving away, ``signing`` the
family doctor and consents, ``emergency`` break-the-glass, ``relations`` who may open the record.
"""

from .desk import Presented, present, receive
from .emergency import Reason, open_in_emergency, whom
from .lifecycle import record_death, record_moved, undo_death, undo_moved
from .registration import (
    AlreadyRegistered,
    correct,
    identified,
    identify,
    move,
    register,
    register_newborn,
    register_unknown,
)
from .relations import close_relation, contact, follow_grid, open_relation
from .signing import add_contact, end_signing, grant_consent, remove_contact, sign, withdraw_consent

__all__ = [
    "AlreadyRegistered",
    "Presented",
    "Reason",
    "add_contact",
    "close_relation",
    "contact",
    "correct",
    "end_signing",
    "follow_grid",
    "grant_consent",
    "identified",
    "identify",
    "move",
    "open_in_emergency",
    "open_relation",
    "present",
    "receive",
    "record_death",
    "record_moved",
    "register",
    "register_newborn",
    "register_unknown",
    "remove_contact",
    "sign",
    "undo_death",
    "undo_moved",
    "whom",
    "withdraw_consent",
]
