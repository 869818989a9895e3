"""Which facts and columns each indicator reads: told to the data dictionary."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from django.urls import reverse
from sqlglot import exp, parse_one

from yigongti.kernel.facts.entries import Use

from . import sets
from .conditions import DIALECT
from .definitions import Count, Indicator, IndicatorSet
from .dictionary import declared


def uses(editions: Mapping[str, sets.Edition] | None = None) -> Iterator[Use]:
    """Every computed indicator of these sets (none given: in force) with the columns that it reads of each fact."""
    for name, edition in (sets.in_force() if editions is None else editions).items():
        page = reverse("policy:policy", args=edition.body.policy.split("/", 1))
        for code, item, fact, columns in _read(edition.body, edition.hash):
            yield Use(fact, columns, f"{name}/{code}", item, f"{page}#{code}")


_cache: dict[str, list[tuple[str, str, str, frozenset[str]]]] = {}


def _read(body: IndicatorSet, edition: str) -> list[tuple[str, str, str, frozenset[str]]]:
    """Code, name, fact and columns; remembered by edition, for a text is parsed slowly."""
    if edition not in _cache:
        _cache[edition] = [
            (item.indicator, item.name, fact, columns)
            for item in body.indicators
            if item.kind == "computed"
            for fact, columns in read(item, body).items()
        ]
    return _cache[edition]


def read(item: Indicator, body: IndicatorSet) -> dict[str, frozenset[str]]:
    """Fact → the columns that the indicator reads: in conditions, terms, times, organisations and strata."""
    found: dict[str, set[str]] = {}
    tables = declared()
    for _, side in item.sides():
        table = tables.get(side.fact)
        strata = [body.strata[name].of.get(side.fact, "") for name in item.by if name in body.strata]
        seen = _columns([*_texts(side), *strata])
        seen |= {side.at or (table.time if table else ""), side.organization or (table.organization if table else "")}
        found.setdefault(side.fact, set()).update(seen - {""})
    return {fact: frozenset(columns) for fact, columns in found.items()}


def _texts(side: Count) -> Iterable[str]:
    return side.where, side.parsed.of, side.parsed.where


def _columns(texts: Iterable[str]) -> set[str]:
    return {name for text in texts if text for name in _named(text)}


@lru_cache(4096)
def _named(text: str) -> frozenset[str]:
    return frozenset(column.name for column in parse_one(text, dialect=DIALECT).find_all(exp.Column))
