"""The commands of this room. ``receiving`` is the one door in: files, messages and requests of other systems."""

from .receiving import accept, receive, try_out, work_off
from .sources import register_source, source_system

__all__ = ["accept", "receive", "register_source", "source_system", "try_out", "work_off"]
