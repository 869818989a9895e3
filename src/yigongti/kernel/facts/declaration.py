"""How a fact is declared, and the register of all declared facts.

::

    declare_fact(
        "organization",
        title="机构",
        grain="一家机构一行",
        source_room="registry.organizations",
        columns=[Column("organization_id", "bigint", "机构"), Column("tier", "text", "层级", meaning="…")],
        select="SELECT o.id AS organization_id, o.tier FROM organizations_organization o",
    )
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from yigongti.kernel.errors import NotFound

from . import types


@dataclass(frozen=True)
class Column:
    """A column: name, type (:mod:`.types`), Chinese title, unit, meaning.

    ``day_of`` names the column of moments of which this one is the day in Beijing: the SELECT says the same, but who
    reads whole facts need not ask the database for it.
    ``personal`` marks what says something about one person (a pseudonymous key, a birth date): such a fact may leave
    the database only for places that may hold personal data. Names, identity numbers and phones never stand in facts.
    """

    name: str
    type: str
    title: str
    unit: str = ""
    meaning: str = ""
    personal: bool = False
    day_of: str = ""


@dataclass(frozen=True)
class Fact:
    """A declared fact.

    ``grain`` says what one row is. ``time_column`` is the moment by which rows fall into years and months (empty: the
    fact is small and has no history of its own). ``watermark_column`` never falls for rows that are new or changed,
    so that ``>= watermark`` finds what to load again (empty: the whole fact is loaded every time).
    """

    name: str
    title: str
    grain: str
    source_room: str
    columns: tuple[Column, ...]
    select: str | Callable[[], str]
    time_column: str = ""
    watermark_column: str = ""
    meaning: str = field(default="", compare=False)

    @cached_property
    def sql(self) -> str:
        """The SELECT: one row a grain, the columns in the order of the declaration."""
        return (self.select() if callable(self.select) else self.select).strip()

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The column names in order."""
        return tuple(column.name for column in self.columns)

    @property
    def personal(self) -> bool:
        """Whether a row is about one person."""
        return any(column.personal for column in self.columns)

    def column(self, name: str) -> Column:
        """The column of that name. Raises NotFound."""
        for column in self.columns:
            if column.name == name:
                return column
        raise NotFound(f"{self.title}没有字段 {name}", hint="可用：" + "、".join(self.names))


_facts: dict[str, Fact] = {}
_concealed: dict[str, frozenset[str]] = {}


def declare_fact(
    name: str,
    *,
    title: str,
    grain: str,
    source_room: str,
    columns: Iterable[Column],
    select: str | Callable[[], str],
    time_column: str = "",
    watermark_column: str = "",
    meaning: str = "",
) -> Fact:
    """Declare a fact. Raises TypeError where the declaration contradicts itself: a mistake of the programmer."""
    fact = Fact(name, title, grain, source_room, tuple(columns), select, time_column, watermark_column, meaning)
    if twice := {n for n in fact.names if fact.names.count(n) > 1}:
        raise TypeError(f"fact {name} has columns twice: {sorted(twice)}")
    if wrong := [c.name for c in fact.columns if not types.known(c.type)]:
        raise TypeError(f"fact {name} has columns of unknown types: {wrong}")
    for role, wanted, allowed in (
        ("time", time_column, {"date", "timestamp"}),
        ("watermark", watermark_column, {"timestamp", "bigint"}),
        *((f"day_of {column.name}", column.day_of, {"timestamp"}) for column in fact.columns),
    ):
        if wanted and (wanted not in fact.names or fact.column(wanted).type not in allowed):
            raise TypeError(f"fact {name}: the {role} column {wanted!r} is not a column of type {sorted(allowed)}")
    if name in _facts and _facts[name].source_room != source_room:
        raise TypeError(f"fact {name} is declared by {_facts[name].source_room} and {source_room}")
    _facts[name] = fact
    return fact


def conceal(table: str, *columns: str) -> None:
    """Say that no fact may read these columns (names, free text). Encrypted columns are concealed by themselves."""
    _concealed[table] = _concealed.get(table, frozenset()) | set(columns)


def concealed() -> Mapping[str, frozenset[str]]:
    """Table → columns that no fact may read."""
    return _concealed


def facts() -> Mapping[str, Fact]:
    """Every declared fact by name, in the order of the names."""
    return dict(sorted(_facts.items()))


def fact(name: str) -> Fact:
    """The declared fact. Raises NotFound with what there is."""
    try:
        return _facts[name]
    except KeyError:
        raise NotFound(f"没有名为 {name} 的事实", hint="现有：" + "、".join(facts())) from None


def chosen(names: Iterable[str] = ()) -> list[Fact]:
    """The facts of these names, every fact without one. Raises NotFound."""
    return [fact(name) for name in dict.fromkeys(names)] or list(facts().values())
