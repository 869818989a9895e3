"""Who is it: a whole load of source identities (:func:`tie`), or one person at a desk or in a message (:func:`match`)."""

from ..index.tying import Tied, tie

__all__ = ["Tied", "tie"]
