"""What the data dictionary holds: facts that rooms declare, facts that higher floors derive, and what uses them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from textwrap import dedent

from yigongti.kernel.errors import NotFound

from .declaration import Column, Fact, facts


@dataclass(frozen=True)
class Entry:
    """A fact as the dictionary tells it.

    ``source`` is the room that declares it, or the step that derives it. ``reads`` names the facts from which a derived
    one comes, each with the words for how far back the step looks.
    """

    name: str
    title: str
    grain: str
    source: str
    columns: tuple[Column, ...]
    sql: str = ""
    meaning: str = ""
    time_column: str = ""
    watermark_column: str = ""
    reads: Mapping[str, str] = field(default_factory=dict)
    derived: bool = False

    @property
    def personal(self) -> bool:
        """Whether a row is about one person."""
        return any(column.personal for column in self.columns)

    @property
    def kind(self) -> str:
        """How it comes about, in words."""
        return "派生" if self.derived else "声明"

    @cached_property
    def readable(self) -> str:
        """The SQL without the indentation that it has in the code."""
        return dedent(self.sql).strip()


@dataclass(frozen=True)
class Use:
    """Something that reads columns of a fact: its code and name, and its page."""

    fact: str
    columns: frozenset[str]
    code: str
    title: str
    url: str = ""


_sources: list[Callable[[], Iterable[Entry]]] = []
_users: list[Callable[[], Iterable[Use]]] = []


def also(source: Callable[[], Iterable[Entry]]) -> None:
    """Facts beside those that rooms declare."""
    _sources.append(source)


def used_by(users: Callable[[], Iterable[Use]]) -> None:
    """Say what reads facts."""
    _users.append(users)


def of_fact(fact: Fact) -> Entry:
    """A declared fact as the dictionary tells it."""
    return Entry(
        name=fact.name,
        title=fact.title,
        grain=fact.grain,
        source=fact.source_room,
        columns=fact.columns,
        sql=fact.sql,
        meaning=fact.meaning,
        time_column=fact.time_column,
        watermark_column=fact.watermark_column,
    )


def entries() -> Mapping[str, Entry]:
    """Every fact by name: those that rooms declare, then those that are derived in the order of their steps."""
    found = {name: of_fact(one) for name, one in facts().items()}
    for source in _sources:
        found.update({one.name: one for one in source()})
    return found


def entry(name: str) -> Entry:
    """The fact of that name. Raises NotFound with what there is."""
    known = entries()
    if name not in known:
        raise NotFound(f"没有名为 {name} 的事实", hint="现有：" + "、".join(known))
    return known[name]


def uses(fact: str = "") -> list[Use]:
    """What reads the fact (none given: any)."""
    return [use for users in _users for use in users() if not fact or use.fact == fact]
