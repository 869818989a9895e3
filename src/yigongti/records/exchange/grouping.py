"""Files of which the same is to be said, together: a folder of hundreds is one line, not hundreds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

NAMED = 6
"""So many names are shown at once; the others open."""


@dataclass
class Alike:
    """Files with one reason and one way out."""

    reason: str
    hint: str
    names: list[str] = field(default_factory=list)

    @property
    def shown(self) -> list[str]:
        """The names that stand there at once."""
        return self.names[:NAMED]

    @property
    def folded(self) -> list[str]:
        """The names that open."""
        return self.names[NAMED:]


def alike(found: Iterable[Mapping[str, Any]], name: str) -> list[Alike]:
    """Files by what is said of them, in the order in which it was first said; ``name`` is the key of the file."""
    groups: dict[tuple[str, str], Alike] = {}
    for one in found:
        key = (str(one["reason"]), str(one.get("hint", "")))
        groups.setdefault(key, Alike(*key)).names.append(str(one[name]))
    return list(groups.values())
