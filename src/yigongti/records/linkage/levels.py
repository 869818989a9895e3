"""What a kind of comparison is: steps that prepare a field, and levels of agreement from the strongest down.

``m`` is how often two rows of one person are on the level, ``u`` how often two rows of different people are. Both are
starting values from experience with registers (mark D); ``u`` is measured on the data, ``m`` may be trained.
"""

from collections.abc import Callable
from dataclasses import dataclass

from yigongti.records.linkage.conditions import Condition, crossed
from yigongti.records.linkage.prepared import Step


@dataclass(frozen=True)
class Level:
    """One level of agreement; the last of a kind has no condition."""

    name: str
    title: str
    condition: Condition | None
    m: float
    u: float


@dataclass(frozen=True)
class Kind:
    """A kind of comparison."""

    name: str
    title: str
    steps: tuple[Step, ...]
    levels: Callable[[str, str | None], tuple[Level, ...]]
    """Levels for the column prefix of a field and that of the field it may be swapped with."""


def swapped(column: str, other: str | None, m: float, u: float) -> tuple[Level, ...]:
    """The level of content that stands in the other field, where there is one."""
    return (Level("swapped", "与另一栏互换", crossed(column, other), m, u),) if other else ()
