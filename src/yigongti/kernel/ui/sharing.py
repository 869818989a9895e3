"""What many people look at is worked out once a minute and shown to all who may see the same, with the time it is of.

Kept in each web worker: what does not fit into a minute of one process belongs into a table.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from yigongti.kernel import clock
from yigongti.kernel.ui.columns import when

T = TypeVar("T")
AGE = timedelta(seconds=60)
MOST = 256


@dataclass(frozen=True)
class Shared(Generic[T]):
    """A value and when it was worked out."""

    value: T
    as_of: datetime

    @property
    def words(self) -> str:
        """``统计截至 11-22 09:31，每分钟更新``."""
        return f"统计截至 {when(self.as_of)}，每分钟更新"


_kept: dict[Hashable, Shared[Any]] = {}


def shared(key: Hashable, make: Callable[[], T]) -> Shared[T]:
    """The value under ``key``, at most a minute old. The key says everything that the value depends on, the reader's
    reach included: whoever has the same key sees the same value.
    """
    now = clock.now()
    found = _kept.get(key)
    if found is None or not timedelta(0) <= now - found.as_of < AGE:
        if len(_kept) >= MOST:
            forget()
        found = _kept[key] = Shared(make(), now)
    return found


def forget() -> None:
    """Work everything out anew when it is asked for."""
    _kept.clear()
