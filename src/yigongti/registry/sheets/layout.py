"""What a sheet is: a schema for its rows, what names a row, and how rows are written and read.

The columns are the fields of the schema, in their order, under their Chinese titles.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

import pydantic
from django.db import transaction

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.errors import YigongtiError


class Outcome(StrEnum):
    """What became of an accepted row."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


Rows: TypeAlias = Iterable[tuple[int, Any]]
"""Line number and the validated entry."""
Outcomes: TypeAlias = Iterator[tuple[int, Outcome | YigongtiError]]
Choices: TypeAlias = Mapping[str, Mapping[str, str]]
"""Field → stored value → what people read."""


@dataclass(frozen=True, kw_only=True)
class SheetLayout:
    """One kind of sheet.

    ``identity`` names the fields that tell two rows apart; ``write`` writes entries and says what became of each;
    ``export`` gives the rows of today as mappings of field to value; ``choices`` are code lists beside the schema.
    """

    key: str
    title: str
    schema: type[pydantic.BaseModel]
    permission: Permission
    identity: tuple[str, ...]
    write: Callable[[Actor, Rows], Outcomes]
    export: Callable[[], Iterable[Mapping[str, Any]]]
    choices: Callable[[], Choices] = dict
    note: str = ""
    order: int = 100
    #: the longest file, in lines; more where ``write`` is set-based
    most: int = 10_000
    example: Mapping[str, Any] = field(default_factory=dict)

    @property
    def titles(self) -> dict[str, str]:
        """Field → heading of its column."""
        return {name: info.title or name for name, info in self.schema.model_fields.items()}

    @property
    def required(self) -> frozenset[str]:
        """Fields without which a row cannot be."""
        return frozenset(name for name, info in self.schema.model_fields.items() if info.is_required())


_layouts: dict[str, SheetLayout] = {}


def declare(layout: SheetLayout) -> SheetLayout:
    """Make a sheet known to the pages."""
    _layouts[layout.key] = layout
    return layout


def layouts() -> Mapping[str, SheetLayout]:
    """All sheets by key, in the order in which they are filled."""
    return dict(sorted(_layouts.items(), key=lambda item: item[1].order))


def row_by_row(save: Callable[[Actor, Any], Outcome]) -> Callable[[Actor, Rows], Outcomes]:
    """Write each entry on its own: one that is refused leaves no trace.

    A row may need another one that stands below it (an institution above, a department), so refused rows are tried
    again as long as that helps: the order of the rows does not matter.
    """

    def write(actor: Actor, rows: Rows) -> Outcomes:
        waiting, progress = list(rows), True
        refused: dict[int, YigongtiError] = {}
        while waiting and progress:
            again = []
            for line, entry in waiting:
                try:
                    with transaction.atomic():
                        outcome = save(actor, entry)
                except YigongtiError as error:
                    refused[line] = error
                    again.append((line, entry))
                else:
                    yield line, outcome
            progress, waiting = len(again) < len(waiting), again
        yield from ((line, refused[line]) for line, _ in waiting)

    return write


def differs(row: Any, values: Mapping[str, Any]) -> bool:
    """Whether writing ``values`` would change a row."""
    return any(getattr(row, name) != value for name, value in values.items())
