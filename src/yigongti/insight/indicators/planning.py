"""Which definitions are answered together: sides of indicators grouped into passes over facts."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from sqlglot import exp

from . import conditions
from .definitions import Count, Indicator, Stratum
from .dictionary import Dictionary, FactTable, table

Way = Literal["rows", "members", "latest"]
WAYS: Mapping[str, Way] = {"distinct": "members", "latest": "latest"}


@dataclass(frozen=True)
class Sought:
    """An indicator under its code, with the strata of its set."""

    code: str
    item: Indicator
    strata: Mapping[str, Stratum] = field(default_factory=dict)


@dataclass(frozen=True)
class Slot:
    """One number that a pass finds for every organisation and period; equal sides share a slot."""

    name: str
    side: Count
    stock: bool
    strata: tuple[tuple[str, str], ...]

    @property
    def condition(self) -> exp.Expr | None:
        """What a row must fulfil: the side's condition and the term's (of the latest row only the term's)."""
        term = self.side.parsed
        return conditions.tree(*([term.where] if term.kind == "latest" else [self.side.where, term.where]))


@dataclass(frozen=True)
class Source:
    """What one pass reads: a fact, by organisation and month, row by row or member by member."""

    fact: str
    organization: str
    at: str
    way: Way
    member: str = ""
    where: str = ""


@dataclass(frozen=True)
class Seen:
    """Which organisations had rows of a fact in which month, whatever was asked of them."""

    fact: str
    organization: str
    at: str


@dataclass
class Pass:
    """One pass over a fact, and the slots it fills."""

    name: str
    source: Source
    fact: FactTable
    slots: list[Slot] = field(default_factory=list)
    wanted: frozenset[str] | None = None
    """The names of the slots that are to be answered; None: all."""

    @property
    def answered(self) -> list[Slot]:
        """The slots that are to be answered. The states hold all, so that they do not depend on who asks."""
        return [slot for slot in self.slots if self.wanted is None or slot.name in self.wanted]

    @property
    def seen(self) -> Seen:
        """Whose rows it reads."""
        return Seen(self.source.fact, self.source.organization, self.source.at)

    def strata(self) -> dict[str, str]:
        """Every stratum that a slot wants: name → expression."""
        return {name: text for slot in self.slots for name, text in slot.strata}

    def rolls(self) -> Mapping[tuple[bool, tuple[tuple[str, str], ...]], list[Slot]]:
        """Slots that are rolled up alike: over the period or at its end, and by the same strata."""
        found: dict[tuple[bool, tuple[tuple[str, str], ...]], list[Slot]] = {}
        for slot in self.answered:
            found.setdefault((slot.stock, slot.strata), []).append(slot)
        return found


@dataclass(frozen=True)
class Answer:
    """Where an indicator finds its numbers: the slots of its sides, in total and by each stratum."""

    sought: Sought
    strata: tuple[str, ...]
    numerator: str
    denominator: str | None
    seen: Seen
    """Whose months say how complete it is."""


@dataclass
class Plan:
    """All passes, and which indicator is answered from which slots."""

    passes: list[Pass] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)

    @property
    def facts(self) -> set[str]:
        """The facts that are read."""
        return {one.source.fact for one in self.passes}

    def seen(self) -> Mapping[Seen, Pass]:
        """What is to be known of months, with the pass that tells it best: one that keeps every row's month."""
        by_way = sorted(self.passes, key=lambda one: one.source.way == "rows")
        return {one.seen: one for one in by_way}

    def only(self, codes: Collection[str]) -> "Plan":
        """The same passes, as far as these indicators need them."""
        answers = [answer for answer in self.answers if answer.sought.code in codes]
        wanted = frozenset(name for one in answers for name in (one.numerator, one.denominator) if name)
        asked = {answer.seen for answer in answers}
        tellers = {one.name for seen, one in self.seen().items() if seen in asked}
        needed = [one for one in self.passes if one.name in tellers or any(s.name in wanted for s in one.slots)]
        return Plan([replace(one, wanted=wanted) for one in needed], answers)


def plan(sought: Iterable[Sought], dictionary: Dictionary) -> Plan:
    """Group what the definitions ask. Definitions have been checked."""
    return _Planner(dictionary).planned(sought)


class _Planner:
    """Finds or makes the slot for each side."""

    def __init__(self, dictionary: Dictionary) -> None:
        self.dictionary = dictionary
        self.passes: dict[Source, Pass] = {}
        self.slots: dict[tuple[Source, Count, bool, tuple[tuple[str, str], ...]], Slot] = {}

    def planned(self, sought: Iterable[Sought]) -> Plan:
        answers = [
            answer
            for one in sought
            if one.item.kind == "computed"
            for answer in (self.answer(one, ()), *self.split(one))
        ]
        return Plan(list(self.passes.values()), answers)

    def split(self, one: Sought) -> list[Answer]:
        """The indicator by each of its strata, or by all at once where a function folds them."""
        return [self.answer(one, (name,)) for name in one.item.by]

    def answer(self, one: Sought, strata: tuple[str, ...]) -> Answer:
        found = {name: self.slot(side, strata, one.strata) for name, side in one.item.sides()}
        lower = found.get("denominator")
        told = self.source(one.item.side("denominator") or one.item.side("numerator"))  # type: ignore[arg-type]
        return Answer(one, strata, found["numerator"].name, lower.name if lower else None, self.passes[told].seen)

    def source(self, side: Count) -> Source:
        fact, term = table(self.dictionary, side.fact), side.parsed
        way = WAYS.get(term.kind, "rows")
        at = "" if side.at == fact.time else side.at
        member = term.of if way != "rows" else ""
        return Source(
            fact.name,
            side.organization or fact.organization,
            at,
            way,
            member,
            conditions.portable(side.where) if way == "latest" else "",
        )

    def slot(self, side: Count, strata: tuple[str, ...], known: Mapping[str, Stratum]) -> Slot:
        fact, source = table(self.dictionary, side.fact), self.source(side)
        texts = tuple((name, conditions.portable(known[name].of[fact.name])) for name in strata)
        stock = fact.stock if side.stock is None else side.stock
        one = self.passes.setdefault(source, Pass(f"p{len(self.passes)}", source, fact))
        key = (source, side, stock, texts)
        if key not in self.slots:
            self.slots[key] = Slot(f"t{len(self.slots)}", side, stock, texts)
            one.slots.append(self.slots[key])
        return self.slots[key]
