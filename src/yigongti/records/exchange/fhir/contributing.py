"""How a higher room brings a type of its own to the server: read, searched, exported and audited as ours are."""

from yigongti.kernel.access.applications import declare_scopes
from yigongti.kernel.audit.kinds import declare as name_kinds

from .access import scopes, titles
from .resources import Resource, declare


def contribute(*made: Resource) -> None:
    """Add types to the server, with their scopes and with what the audit calls their readings. Call it in ``ready``."""
    declare(*made)
    declare_scopes(scopes())
    name_kinds(titles())
