"""An evaluation computed again from what it kept: equal bit by bit, or which numbers differ.

Four proofs, each of its own: the values from the snapshot and the definitions of that time, the sheet from the stored
rows, the scores from the sheet, the awards from the grades and areas.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from yigongti.insight.indicators import sets
from yigongti.insight.indicators.definitions import IndicatorSet
from yigongti.insight.indicators.dictionary import declared
from yigongti.insight.indicators.engines.duckdb import DuckEngine
from yigongti.insight.indicators.planning import Sought
from yigongti.insight.indicators.running import run
from yigongti.insight.warehouse import reading
from yigongti.insight.warehouse.shelf import Shelf, Snapshot, between
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.errors import NotFound, YigongtiError
from yigongti.kernel.policy.loading import load

from .awarding import Standing, awards
from .keeping import POLICY, policy_of, texts
from .models import Answer, Evaluation, Score
from .participants import ends_on
from .rating import answers_of, below, moved_by, scores_of
from .scoring import Given, Outcome, score, sheet

Number = Decimal | int | str | None


@dataclass(frozen=True)
class Difference:
    """A number that is not what was stored."""

    what: str
    unit: str
    item: str
    stored: Number
    computed: Number


@dataclass
class Found:
    """What a recomputation found; ``skipped`` says what could not be computed and why."""

    evaluation: Evaluation
    values: int = 0
    scores: int = 0
    differences: list[Difference] = field(default_factory=list)
    skipped: str = ""

    @property
    def equal(self) -> bool:
        """Whether every number that could be computed is what was stored."""
        return not self.differences

    def told(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "evaluation": self.evaluation.number,
            "snapshot": self.evaluation.snapshot,
            "policy_hash": self.evaluation.policy_hash,
            "digest": self.evaluation.digest,
            "equal": self.equal,
            "values": self.values,
            "scores": self.scores,
            "skipped": self.skipped,
            "differences": [
                {k: str(v) if v is not None else None for k, v in vars(d).items()} for d in self.differences
            ],
        }


def recompute(actor: Actor, case: Evaluation, shelf: Shelf | None = None) -> Found:
    """Compute again and compare; nothing is written."""
    found = Found(case)
    with acting(actor):
        answers, scores = answers_of(case), scores_of(case)
        found.differences += _sheets(case, answers, scores)
        outcome = score(case.sheet)
        if outcome.digest != case.digest:
            found.differences.append(Difference("计分摘要", "", "", case.digest, outcome.digest))
        found.differences += _points(answers, scores, outcome)
        found.differences += _awards(case, answers)
        found.scores = len(scores)
        try:
            found.differences += _values(case, answers, scores, shelf or reading.shelf(), found)
        except YigongtiError as gone:
            found.skipped = f"{gone.message}，计算值没有重算，只核对了计分"
    return found


def _sheets(case: Evaluation, answers: list[Answer], scores: list[Score]) -> Iterator[Difference]:
    """The rows of the tables give the sheet that was scored."""
    units = {one.pk: one.unit for one in answers}
    given = [Given(units[one.answer_id], one.item, one.value, below(one), one.target) for one in scores]
    told = sheet(policy_of(case), units.values(), given, list(moved_by(answers)))
    for part in ("items", "bands", "grades", "units", "values", "changes", "total", "places"):
        if told[part] != case.sheet.get(part):
            yield Difference(f"计分输入 {part}", "", "", "已存", "与表中不一致")


def _points(answers: list[Answer], scores: list[Score], outcome: Outcome) -> Iterator[Difference]:
    units = {one.pk: one.unit for one in answers}
    again = {(one.unit, one.item): one for one in outcome.scores}
    for one in scores:
        got = again[units[one.answer_id], one.item]
        for name in ("status", "rank", "x", "percent", "weight", "points"):
            if getattr(one, name) != getattr(got, name):
                yield Difference(name, got.unit, one.item, getattr(one, name), getattr(got, name))
    totals = {one.unit: one for one in outcome.totals}
    for answer in answers:
        for name in ("total", "grade", "rank", "peers"):
            if getattr(answer, name) != getattr(totals[answer.unit], name):
                yield Difference(name, answer.unit, "", getattr(answer, name), getattr(totals[answer.unit], name))


def _awards(case: Evaluation, answers: list[Answer]) -> Iterator[Difference]:
    """The pool shared out again."""
    if case.pool is None:
        return
    policy = policy_of(case)
    given = awards(policy, case.pool, [Standing(one.unit, one.grade, one.area) for one in answers])
    for one in answers:
        got = given[one.unit]
        for name, value in (("award", got.award), ("alone", got.alone if policy.linked else None)):
            if getattr(one, name) != value:
                yield Difference(name, one.unit, "", getattr(one, name), value)


def _values(
    case: Evaluation, answers: list[Answer], scores: list[Score], shelf: Shelf, found: Found
) -> Iterator[Difference]:
    """The indicators from the snapshot, by the definitions of that time. Raises NotFound where either is gone."""
    if not case.snapshot:
        raise NotFound("取数时还没有快照")
    with shelf.reading(case.snapshot) as snapshot:
        computed = _computed(case, snapshot, shelf, {one.indicator for one in scores if one.indicator})
    units = {one.pk: one.unit for one in answers}
    differences = []
    for one in scores:
        if one.indicator not in computed.codes:
            continue
        found.values += 1
        got = computed.rows.get((one.indicator, units[one.answer_id]), (None, None, None))
        for name, value in zip(("numerator", "denominator", "computed"), got, strict=True):
            if getattr(one, name) != value:
                differences.append(Difference(name, units[one.answer_id], one.item, getattr(one, name), value))
    return iter(differences)


@dataclass(frozen=True)
class _Computed:
    codes: frozenset[str]
    rows: dict[tuple[str, str], tuple[Decimal | None, Decimal | None, Decimal | None]]


def _computed(case: Evaluation, snapshot: Snapshot, shelf: Shelf, codes: Iterable[str]) -> _Computed:
    dictionary = declared()
    sources = reading.sources(shelf, snapshot, dictionary)
    sought = [one for one in _sought(case, set(codes)) if sets.readable(one, sources)]
    with DuckEngine() as engine:
        table = run(
            sought, dictionary, sources, engine, reading.hierarchy(shelf, snapshot), _months(case, sought)
        ).table
    rows = {
        (row["indicator"], row["unit"]): (row["numerator"], row["denominator"], row["value"])
        for row in table.to_pylist()
        if row["level"] == case.level and row["period"] == case.period and not row["stratum"]
    }
    return _Computed(frozenset(one.code for one in sought), rows)


def _sought(case: Evaluation, codes: set[str]) -> Iterator[Sought]:
    """The computed indicators of the evaluation, from the texts that it kept."""
    told = texts(case.texts)
    dictionary = declared()
    for name, text in told.items():
        if name == POLICY:
            continue
        with sets.checked_against(dictionary):
            body = load(text, f"当时的 {name}")
        assert isinstance(body, IndicatorSet)
        for item in body.indicators:
            if body.code(item) in codes and item.kind == "computed":
                yield Sought(body.code(item), item, body.strata)


def _months(case: Evaluation, sought: Iterable[Sought]) -> list[date]:
    """The months of the period, and those that growth looks back at."""
    last = ends_on(case.period).replace(day=1)
    first = date(last.year, 1, 1) if len(case.period) == 4 else date(last.year, last.month - 2, 1)
    back = max((s.item.function.growth.years for s in sought if s.item.function and s.item.function.growth), default=0)
    return [
        month
        for years in range(back, -1, -1)
        for month in between(date(first.year - years, first.month, 1), date(last.year - years, last.month, 1))
    ]
