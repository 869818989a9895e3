"""A pass as SQL, in DuckDB's dialect; every engine runs the same statements, translated by SQLGlot.

The chain of a pass: **states** (a row for each month, organisation and profile or member), then **rolls** (states
joined with the calendar and the hierarchy, grouped by place and moment). Every state is a merge of smaller ones
(sums, largest values, bits, the latest row), so states of single months or files may be made apart and put together.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .making import CALENDAR, HIERARCHY, MONTH, Maker, Roll, Rows, rolled
from .members import BELONGS, RUNS, YEARS, Latest, Members
from .planning import Pass

__all__ = [
    "BELONGS",
    "CALENDAR",
    "HIERARCHY",
    "MONTH",
    "RUNS",
    "YEARS",
    "Roll",
    "Statements",
    "presence",
    "statements",
]


@dataclass(frozen=True)
class Statements:
    """Everything a pass runs: the states of a fact, the rolls over them, and which months had rows.

    ``base`` is the query of a table ``shared`` by several rolls, or nothing. ``seen`` is a query over the states where
    they hold every month, else over the fact.
    """

    table: str
    states: str
    shared: str
    base: str
    rolls: tuple[Roll, ...]
    seen: str
    seen_in_states: bool


def statements(one: Pass) -> Statements:
    """The SQL of a pass."""
    maker = WAYS[one.source.way](one)
    whole = one.source.way == "rows"
    seen = (
        f"SELECT DISTINCT month, organization FROM {one.name}"
        if whole
        else f"SELECT DISTINCT {', '.join(maker.heads[:2])} FROM {one.source.fact} WHERE {maker.where()}"
    )
    return Statements(one.name, maker.states(), maker.shared, maker.base(), tuple(maker.rolls()), seen, whole)


def presence(table: str) -> str:
    """How many organisation-months of each unit and period had rows; ``table`` holds month and organization."""
    return rolled(table, [], ["count(*) AS reported"], False)


WAYS: Mapping[str, Callable[[Pass], Maker]] = {"rows": Rows, "members": Members, "latest": Latest}
