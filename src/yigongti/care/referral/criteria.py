"""Referral criteria: from a finding to suggestions, most urgent first.

The criteria are the policies under ``policies/referral``; this file only orders what they say. When several fire, a
referral up comes before one down, then red before yellow before green, then the rule's own order, then policy and rule
name; the first suggestion is the one proposed, the others stay visible.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

import duckdb

from yigongti.care.referral.findings import FINDING, Consequence, Direction, Urgency, destination
from yigongti.kernel import clock
from yigongti.kernel.policy import scan
from yigongti.kernel.policy.editions import Edition
from yigongti.kernel.policy.kinds import Source
from yigongti.kernel.policy.rules import CompiledRule, Rules, RuleSet
from yigongti.kernel.policy.store import Place, resolve

CRITERIA = (
    "referral/chest-pain",
    "referral/stroke",
    "referral/hypertension",
    "referral/diabetes",
    "referral/copd",
    "referral/pregnancy",
    "referral/general-up",
    "referral/down",
)
DIRECTION_RANK: Mapping[Direction, int] = {"up": 0, "down": 1}
URGENCY_RANK: Mapping[Urgency, int] = {"red": 0, "yellow": 1, "green": 2}


@dataclass(frozen=True)
class Evidence:
    """A value that a rule read."""

    column: str
    label: str
    value: Any
    unit: str

    @property
    def text(self) -> str:
        """``192 mmHg``; 是 or 否 for what is present or absent."""
        if isinstance(self.value, bool):
            return "是" if self.value else "否"
        number = f"{self.value:g}" if isinstance(self.value, float) else str(self.value)
        return f"{number} {self.unit}".strip()


@dataclass(frozen=True)
class Suggestion:
    """What one criterion proposes, with everything needed to show and to reproduce it."""

    rule: str
    name: str
    direction: Direction
    urgency: Urgency
    level: str
    department: str
    reason: str
    follow_up_days: int | None
    source: Source
    policy: str
    version: str
    hash: str
    evidence: tuple[Evidence, ...]
    reason_code: str | None = None

    @property
    def key(self) -> str:
        """Unique over all policies: ``referral/down#hypertension-county``."""
        return f"{self.policy}#{self.rule}"


@dataclass(frozen=True)
class Criterion:
    """A compiled rule with the edition it stands in."""

    rule: CompiledRule
    edition: Edition

    @property
    def then(self) -> Consequence:
        """What it proposes."""
        return cast(Consequence, self.rule.then)

    @property
    def key(self) -> str:
        """Unique over all policies: ``referral/hypertension#emergency``."""
        return f"{self.edition.name}#{self.rule.id}"

    @property
    def rank(self) -> tuple[int, int, int, str, str]:
        """Most urgent first."""
        then = self.then
        return (
            DIRECTION_RANK[then.direction],
            URGENCY_RANK[then.urgency],
            self.rule.order,
            self.edition.name,
            self.rule.id,
        )


class Criteria:
    """All criteria in force at one place on one day, ordered."""

    def __init__(self, found: Iterable[Criterion]) -> None:
        self.criteria = sorted(found, key=lambda criterion: criterion.rank)
        self._parts: dict[tuple[Direction, Urgency | None], Criteria] = {}
        self.by_key = {criterion.key: criterion for criterion in self.criteria}
        self.columns = tuple(sorted({"tier", *(column for one in self.criteria for column in one.rule.columns)}))

    def suggest(self, finding: Mapping[str, Any]) -> list[Suggestion]:
        """The suggestions for one finding. A value of the wrong type raises Invalid, an unknown column NotFound."""
        row = FINDING.row(finding, self.columns)
        return [_suggestion(criterion, row) for criterion in self.criteria if criterion.rule.holds(row) is True]

    def scan(self, relation: duckdb.DuckDBPyRelation, keys: Iterable[str]) -> duckdb.DuckDBPyRelation:
        """The key columns and ``fired``: the criteria (``policy#rule``) that fire, most urgent first; rows with any."""
        conditions = {key: criterion.rule.tree for key, criterion in self.by_key.items()}
        return scan.fired(relation, FINDING, conditions, self.columns, list(keys))

    def only(self, direction: Direction, urgency: Urgency | None = None) -> "Criteria":
        """Those of one direction, and of one urgency if given, made once."""
        if (direction, urgency) not in self._parts:
            wanted = [c for c in self.criteria if c.then.direction == direction]
            self._parts[direction, urgency] = Criteria(
                c for c in wanted if urgency is None or c.then.urgency == urgency
            )
        return self._parts[direction, urgency]

    def explained(self, keys: Iterable[str], finding: Mapping[str, Any]) -> list[Suggestion]:
        """The suggestions of criteria of which a scan told that they fire for a finding."""
        row = FINDING.row(finding, self.columns)
        return [_suggestion(self.by_key[key], row) for key in keys]


def propose(finding: Mapping[str, Any], *, place: Place = None, on: date | None = None) -> list[Suggestion]:
    """What the criteria in force propose for one finding, most urgent first; an empty list when nothing fires."""
    return criteria(place=place, on=on).suggest(finding)


def propose_many(
    relation: duckdb.DuckDBPyRelation, keys: Iterable[str], *, place: Place = None, on: date | None = None
) -> duckdb.DuckDBPyRelation:
    """The same for every row of a relation, as one DuckDB query; see :meth:`Criteria.scan`."""
    return criteria(place=place, on=on).scan(relation, keys)


def red_flags(group: str, *, place: Place = None, most: int = 4) -> list[str]:
    """What sends a patient of a disease group up at once, in the names of its red criteria."""
    own, general = f"referral/{group}", "referral/general-up"
    policy = own if own in CRITERIA else general
    red = [one for one in criteria(place=place).criteria if one.then.direction == "up" and one.then.urgency == "red"]
    return [one.rule.name for one in red if one.edition.name == policy][:most]


_compiled: dict[tuple[str, ...], Criteria] = {}


def criteria(*, place: Place = None, on: date | None = None) -> Criteria:
    """The criteria in force, compiled once per combination of editions."""
    day = on or clock.today()
    editions = [resolve(name, place, day) for name in CRITERIA]
    key = tuple(one.hash for one in editions)
    if key not in _compiled:
        _compiled[key] = Criteria(Criterion(rule, one) for one in editions for rule in _rules(one).rules)
    return _compiled[key]


def _rules(one: Edition) -> RuleSet:
    return cast(Rules, one.body).compiled


def _suggestion(criterion: Criterion, row: Mapping[str, Any]) -> Suggestion:
    rule, then, one = criterion.rule, criterion.then, criterion.edition
    columns = (FINDING.columns[name] for name in rule.columns if name != "tier" and row[name] not in (None, False))
    return Suggestion(
        rule=rule.id,
        name=rule.name,
        direction=then.direction,
        urgency=then.urgency,
        level=destination(then.level, row["tier"]),
        department=then.department,
        reason=then.reason,
        follow_up_days=then.follow_up_days,
        source=rule.source,
        policy=one.name,
        version=one.version,
        hash=one.hash,
        evidence=tuple(Evidence(column.name, column.label, row[column.name], column.unit) for column in columns),
        reason_code=then.reason_code,
    )
