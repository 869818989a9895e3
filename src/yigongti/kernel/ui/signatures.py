"""Lists are drawn faster: what a column's method asks for is found out once, not for each cell.

django-tables2 inspects the signature of ``render`` for every cell, which takes a third of the time of drawing a list.
"""

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from django_tables2 import utils

Wanted = tuple[tuple[str, ...], str | None]
_inspect: Callable[[Any], Wanted] = utils.signature
_known: WeakKeyDictionary[Any, Wanted] = WeakKeyDictionary()


def signature(function: Any) -> Wanted:
    """The names of the arguments, and of the one that takes the rest; of a method, those without ``self``."""
    key = getattr(function, "__func__", None)
    if key is None:
        return _inspect(function)
    found = _known.get(key)
    if found is None:
        found = _known[key] = _inspect(function)
    return found


def remember() -> None:
    """Make django-tables2 ask here."""
    utils.signature = signature
