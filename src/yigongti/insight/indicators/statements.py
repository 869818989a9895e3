"""A pass as SQL, in DuckDB's dialect; every engine runs the same statements, translated by SQLGlot.

The chain of a pass: **states** (a row for each month, organisation and profile, or for each member), of members what is
**merged** for each unit, then **rolls** (by place and moment). Every state is a merge of smaller ones (sums, largest
values, bits, the later row), so states of single months or files may be made apart and put together.
"""

from collections.abc import Callable, Iterable, Mapping

from .latest import Latest
from .making import CALENDAR, HIERARCHY, MONTH, SPOTS, TOGETHER, Maker, Roll, Rows, Step, rolled
from .members import Members
from .people import BELONGS, RUNS, YEARS
from .planning import Pass

__all__ = [
    "BELONGS",
    "CALENDAR",
    "HIERARCHY",
    "MONTH",
    "RUNS",
    "SPOTS",
    "TOGETHER",
    "YEARS",
    "Maker",
    "Roll",
    "Step",
    "maker",
    "presence",
]

WAYS: Mapping[str, Callable[[Pass], Maker]] = {"rows": Rows, "members": Members, "latest": Latest}


def maker(one: Pass) -> Maker:
    """What writes the statements of a pass."""
    return WAYS[one.source.way](one)


def presence(tables: Iterable[str]) -> str:
    """How many organisation-months of each unit and period had rows; ``seen`` counts the tables from 0.

    Each holds month and organization.
    """
    found = " UNION ALL ".join(
        f"SELECT {number} AS seen, month, organization FROM {table}" for number, table in enumerate(tables)
    )
    return rolled(f"({found})", ["seen"], ["count(*) AS reported"], False)
