"""One row against a few candidates, in Python: the same levels, weights and decisions as the batch form.

Nothing is compiled or queried per call. A property test holds it equal to splink's numbers.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from yigongti.kernel.policy.closures import closure
from yigongti.kernel.policy.expressions import parse
from yigongti.records.linkage.configuration import MORE_THAN_ONE, LinkageModel, Outcome, prepared_column
from yigongti.records.linkage.kinds import prepare_value
from yigongti.records.linkage.trained import Trained, probability

Prepared = Mapping[str, str | None]
Raw = Mapping[str, Any]


@dataclass(frozen=True)
class Evidence:
    """What one field says: the level (empty when unknown), its title, and its weight in bits."""

    field: str
    title: str
    level: str
    level_title: str
    weight: float


@dataclass(frozen=True)
class Match:
    """A pair judged: ``weight`` and ``probability`` with the prior, the rule that decided, what follows, and why.

    ``ahead``: where others would be linked with the same row, by how many bits this one is ahead of the best of them.
    """

    weight: float
    probability: float
    outcome: Outcome
    rule: str
    prior_weight: float
    evidence: tuple[Evidence, ...]
    ahead: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """To keep with a decision: what :func:`match_from` reads."""
        return {**vars(self), "evidence": tuple(vars(one) for one in self.evidence)}


def match_from(data: Mapping[str, Any]) -> Match:
    """What :meth:`Match.as_dict` made."""
    evidence = tuple(Evidence(**one) for one in data["evidence"])
    return Match(**{**data, "evidence": evidence})


REMEMBERED = 200_000
"""Pieces of evidence kept by :meth:`Scorer.told`."""


@lru_cache(maxsize=20_000)
def _value(kind: str, raw: str | None) -> tuple[tuple[str, str | None], ...]:
    return tuple(prepare_value(kind, raw).items())


class Scorer:
    """A model with its weights, ready to judge pairs."""

    def __init__(self, model: LinkageModel, trained: Trained) -> None:
        self.model = model
        self.trained = trained
        self._kinds = {name: field.kind for name, field in model.fields.items()}
        self._titles = {name: field.title or name for name, field in model.fields.items()}
        self._evidences: dict[tuple[str, str | None, str | None], Evidence] = {}
        self._rules = [(rule, closure(parse(rule.when, model.shape).tree)) for rule in model.rules]

    def prepare(self, row: Raw) -> dict[str, str | None]:
        """The prepared columns of a row whose keys are field names; what is absent is unknown. Dates may be dates."""
        found: dict[str, str | None] = {}
        for name, kind in self._kinds.items():
            raw = row.get(name)
            for suffix, value in _value(kind, None if raw is None else str(raw)):
                found[prepared_column(name, suffix)] = value
        return found

    def score(self, candidates: Iterable[Raw], row: Raw) -> list[Match]:
        """Each candidate judged against the row, in the order given."""
        mine = self.prepare(row)
        return [self.pair(self.prepare(candidate), mine) for candidate in candidates]

    def settled(self, matches: Sequence[Match]) -> list[Match]:
        """The matches of one row, in the order given: with ``resolve: best`` it is one person only, the likeliest if
        ahead of the next by the margin. What would be linked besides waits for a person.
        """
        links = sorted((match.weight for match in matches if match.outcome == "link"), reverse=True)
        if self.model.resolve != "best" or len(links) < 2:
            return list(matches)
        chosen = next(n for n, one in enumerate(matches) if one.outcome == "link" and one.weight == links[0])
        clear = links[0] - links[1] >= self.model.thresholds.margin

        def judged(n: int, match: Match) -> Match:
            ahead = links[0] - links[1] if n == chosen else match.weight - links[0]
            if n == chosen and clear:
                return replace(match, ahead=ahead)
            return replace(match, ahead=ahead, outcome="review", rule=MORE_THAN_ONE)

        return [judged(n, match) if match.outcome == "link" else match for n, match in enumerate(matches)]

    def best(self, candidates: Sequence[Raw], row: Raw) -> list[tuple[int, Match]]:
        """Places of the candidates that are not rejected, the likeliest first."""
        found = [
            (n, match) for n, match in enumerate(self.settled(self.score(candidates, row))) if match.outcome != "reject"
        ]
        return sorted(found, key=lambda one: -one[1].weight)

    def pair(self, left: Prepared, right: Prepared) -> Match:
        """Two prepared rows judged."""
        evidence = tuple(self._evidence(field, left, right) for field in self.model.fields)
        weight = self.trained.prior_weight + sum(one.weight for one in evidence)
        chance = probability(weight)
        rule, outcome = self._decided(evidence, weight, chance)
        return Match(weight, chance, outcome, rule, self.trained.prior_weight, evidence)

    def told(self, levels: Mapping[str, str | None], values: Prepared, rule: str | None, outcome: Outcome) -> Match:
        """What the batch form found, as :meth:`pair` says it: each field's level (None: unknown), the values of the
        fields that count by frequency, the rule that held and what follows.
        """
        evidence = tuple(self._said(field, levels[field], values.get(field)) for field in self.model.fields)
        weight = self.trained.prior_weight + sum(one.weight for one in evidence)
        return Match(weight, probability(weight), outcome, rule or "", self.trained.prior_weight, evidence)

    def _said(self, field: str, level: str | None, value: str | None) -> Evidence:
        key = (field, level, value if level == "same" else None)
        if (known := self._evidences.get(key)) is None:
            if len(self._evidences) > REMEMBERED:
                self._evidences.clear()
            if level is None:
                known = Evidence(field, self._titles[field], "", "不知道", 0.0)
            else:
                title = next(one.title for one in self.model.levels[field] if one.name == level)
                known = Evidence(field, self._titles[field], level, title, self.trained.weight(field, level, value))
            self._evidences[key] = known
        return known

    def _evidence(self, field: str, left: Prepared, right: Prepared) -> Evidence:
        if left[field] is None or right[field] is None:
            return Evidence(field, self._titles[field], "", "不知道", 0.0)
        found = next(
            level for level in self.model.levels[field] if level.condition is None or level.condition.holds(left, right)
        )
        weight = self.trained.weight(field, found.name, left[field])
        return Evidence(field, self._titles[field], found.name, found.title, weight)

    def _decided(self, evidence: Sequence[Evidence], weight: float, chance: float) -> tuple[str, Outcome]:
        row: dict[str, Any] = {one.field: one.level or None for one in evidence}
        row |= {"weight": weight, "probability": chance}
        rule = next((rule for rule, holds in self._rules if holds(row) is True), None)
        if rule is not None and rule.then != "review":
            return rule.id, rule.then
        limits = self.model.thresholds
        if chance >= limits.link and rule is None:
            return "", "link"
        return (rule.id if rule else ""), "review" if chance >= limits.review else "reject"
