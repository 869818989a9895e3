"""The commands of this room: hiding categories, sharing by a code, objecting to an entry."""

from .hiding import hide, show
from .objecting import object_to
from .sharing import redeem, revoke, share

__all__ = ["hide", "object_to", "redeem", "revoke", "share", "show"]
