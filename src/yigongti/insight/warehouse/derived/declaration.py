"""How a derived fact is declared."""

from collections.abc import Mapping
from dataclasses import dataclass

from yigongti.kernel.facts.declaration import Column


@dataclass(frozen=True)
class Derived:
    """A step of the chain.

    ``reads`` names facts and steps with how many months back the step looks at each (None: always all of it, and a
    change of it changes every month). ``key`` names a row within its month. ``select`` is DuckDB's SQL; its columns are
    ``columns`` in order, the first of them ``month``. A ``stock`` is a picture at the end of each month; where it is
    False, rows are what happened in the month, and a longer period adds them up.
    """

    name: str
    title: str
    grain: str
    columns: tuple[Column, ...]
    reads: Mapping[str, int | None]
    select: str
    key: str
    organization: str = "organization_id"
    meaning: str = ""
    stock: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """The column names in order."""
        return tuple(column.name for column in self.columns)


MONTH = Column("month", "date", "月份", meaning="该月第一天；一行说的是月末的情况")
