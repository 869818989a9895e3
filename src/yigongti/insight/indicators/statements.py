"""A pass as SQL, in DuckDB's dialect; every engine runs the same statements, translated by SQLGlot.

The chain of a pass: **states** (a row for each month, organisation and profile, or for each member), of members what is
**merged** for each unit, then **rolls** (by place and moment). Every state is a merge of smaller ones (sums, largest
values, bits, the later row), so states of single months or files may be made apart and put together.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .latest import Latest
from .making import CALENDAR, HIERARCHY, MONTH, Maker, Roll, Rows, Step, rolled
from .members import Members
from .people import BELONGS, RUNS, YEARS
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
    "Step",
    "presence",
    "statements",
]


@dataclass(frozen=True)
class Statements:
    """Everything a pass runs: the states of a fact, what is merged from them by units, and the rolls.

    ``seen`` is the step that tells which months had rows: from the states where they hold every month, else from the
    fact.
    """

    states: tuple[Step, ...]
    merged: tuple[Step, ...]
    rolls: tuple[Roll, ...]
    seen: Step


def statements(one: Pass) -> Statements:
    """The SQL of a pass."""
    maker, table = WAYS[one.source.way](one), f"{one.name}_seen"
    seen = (
        Step(table, f"SELECT DISTINCT month, organization FROM {one.name}")
        if one.source.way == "rows"
        else Step(
            table,
            f"SELECT DISTINCT {', '.join(maker.heads[:2])} FROM {one.source.fact} WHERE {maker.where()}",
            reads="month",
            apart="whole" if one.source.at else "rows",
            by=("month",),
        )
    )
    return Statements(tuple(maker.states()), tuple(maker.merged()), tuple(maker.rolls()), seen)


def presence(table: str) -> str:
    """How many organisation-months of each unit and period had rows; ``table`` holds month and organization."""
    return rolled(table, [], ["count(*) AS reported"], False)


WAYS: Mapping[str, Callable[[Pass], Maker]] = {"rows": Rows, "members": Members, "latest": Latest}
