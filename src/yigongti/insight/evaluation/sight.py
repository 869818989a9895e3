"""What an evaluation and its report show: the ranking, the heat table, what differs, what was said."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias
from uuid import UUID

from django.urls import reverse

from yigongti.insight.results import scope
from yigongti.insight.results.models import Unit
from yigongti.insight.results.telling import HIDDEN, WHY_HIDDEN

from .awarding import Standing, awards
from .definitions import EvaluationPolicy, Item
from .keeping import policy_of
from .models import BASES, Answer, Appeal, Change, Evaluation, Remark, Score
from .outline import adjustment_words, brief, plain
from .values import Stored, taken

TONES = ((Decimal(85), "a"), (Decimal(70), "b"), (Decimal(50), "c"), (Decimal("0.0001"), "d"), (Decimal(0), "e"))

Closed: TypeAlias = frozenset[tuple[UUID, str]]
"""Answer and item whose numbers are not for the reader."""


@dataclass(frozen=True)
class Place:
    """A line of the ranking. The rank never stands without ``peers``, the total never without ``full``."""

    answer: Answer
    url: str
    rank: str
    grade: str
    tone: str
    share: Decimal
    state: str
    award: str
    moved: str
    alone: str = ""
    effect: str = ""


@dataclass(frozen=True)
class Cell:
    """An item of a participant in the heat table."""

    points: str
    below: str
    tone: str
    words: str
    url: str
    flagged: bool


@dataclass(frozen=True)
class Row:
    """An item with its cells, in the order of the ranking."""

    item: Item
    dimension: str
    weight: str
    mean: str
    cells: list[Cell]


@dataclass(frozen=True)
class Difference:
    """A self-report that differs from what was computed by more than is tolerated."""

    answer: Answer
    score: Score
    computed: str
    stated: str
    difference: str
    note: str
    tolerance: str
    url: str


@dataclass(frozen=True)
class Bound:
    """A member of an area: parts of its own grade, mean parts of the area, parts that count, what that moved."""

    place: Place
    own: str
    mean: str
    parts: str


@dataclass(frozen=True)
class Moved:
    """A computed value that is stored otherwise now: facts came late, or a definition moved on."""

    answer: Answer
    score: Score
    was: str
    now: str
    fraction: str
    url: str


@dataclass
class Sight:
    """Everything about an evaluation that is shown; ``closed`` says why some numbers are not."""

    policy: EvaluationPolicy
    places: list[Place] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    areas: list[tuple[str, list[Bound]]] = field(default_factory=list)
    moved: list[Moved] = field(default_factory=list)
    changes: list[tuple[Change, str, str]] = field(default_factory=list)
    appeals: list[tuple[Appeal, str]] = field(default_factory=list)
    remarks: list[tuple[Remark, str]] = field(default_factory=list)
    closed: str = ""


def fraction(one: Score) -> str:
    """``600/1000``: numerator and denominator to two decimals; nothing where the value is the count itself."""
    return "" if one.denominator is None else f"{brief(one.numerator)}/{brief(one.denominator)}"


def explanation(evaluation: Evaluation, answer: Answer, one: Score) -> str:
    """The page that explains the computed value."""
    if not one.indicator or one.computed is None:
        return ""
    where = [*one.indicator.split("/", 1), evaluation.level, answer.unit, evaluation.period]
    return reverse("results:explain", args=where)


def tone(percent: Decimal | None) -> str:
    """The shade of a share of points."""
    if percent is None:
        return "n"
    return next(name for floor, name in TONES if percent >= floor)


def sight(evaluation: Evaluation, held: scope.Duty, within: Container[UUID] | None = None) -> Sight:
    """Everything that is for a reader with this duty; seven statements. Totals and grades are for all.

    Only answers ``within`` reach have an address (None: all of them).
    The points of an item whose numbers are closed are not shown either: on a slope they give the value away.
    """
    policy = policy_of(evaluation)
    answers = list(Answer.objects.filter(evaluation=evaluation).order_by("rank", "title"))
    by_key = {one.pk: one for one in answers}
    urls = {one.pk: one.get_absolute_url() for one in answers if within is None or one.pk in within}
    scores = list(Score.objects.filter(answer__in=answers))
    now = taken(policy, [one.unit for one in answers], evaluation.period).results
    closed = frozenset(_closed(evaluation, by_key, scores, now, held))
    closed |= set(_beside(policy, scores, closed))
    found = Sight(policy, places(policy, answers, urls), rows(policy, answers, scores, closed, urls))
    found.closed = f"“{HIDDEN}”：{WHY_HIDDEN}，它的得分也一样；平均只算显示的得分。" if closed else ""
    found.areas = bound(policy, evaluation, found.places)
    found.moved = list(moved(evaluation, by_key, scores, now, closed))
    items = {item.item: item for item in policy.items_}
    for one in sorted((s for s in scores if s.flagged), key=lambda s: (by_key[s.answer_id].title, s.order)):
        answer = by_key[one.answer_id]
        computed, stated = f"{brief(one.computed)}{one.unit}", f"{brief(one.stated)}{one.unit}"
        shown = computed, stated, brief(one.difference), one.stated_note
        if (answer.pk, one.item) in closed:
            shown = HIDDEN, HIDDEN, HIDDEN, HIDDEN
        tolerance = plain(items[one.item].report.tolerance)
        found.differences.append(Difference(answer, one, *shown, tolerance, explanation(evaluation, answer, one)))
    told = {one.adjustment: one for one in policy.adjustments}
    for change in Change.objects.filter(answer__in=answers).select_related("made_by"):
        adjustment = told.get(change.adjustment)
        words = adjustment_words(adjustment) if adjustment else ""
        name = adjustment.name if adjustment else change.adjustment
        change.answer = by_key[change.answer_id]
        found.changes.append((change, name, words))
    for appeal in Appeal.objects.filter(answer__in=answers):
        appeal.answer = by_key[appeal.answer_id]
        if (appeal.answer_id, appeal.item) in closed:
            appeal.wanted = appeal.value_before = appeal.value_after = None
            appeal.reason, appeal.answer_text = HIDDEN, ""
        found.appeals.append((appeal, items[appeal.item].title if appeal.item in items else appeal.item))
    for remark in Remark.objects.filter(answer__in=answers):
        remark.answer = by_key[remark.answer_id]
        found.remarks.append((remark, items[remark.item].title if remark.item in items else "整个考核"))
    return found


def places(policy: EvaluationPolicy, answers: Sequence[Answer], urls: Mapping[UUID, str]) -> list[Place]:
    """The ranking."""
    grades = {grade.grade: (grade.name, n) for n, grade in enumerate(policy.grades)}
    found = []
    for one in answers:
        name, order = grades.get(one.grade, ("—", 0))
        last = order == len(policy.grades) - 1 and one.grade != ""
        moved = "" if one.before is None or one.before == one.total else f"申诉（更正）前 {plain(one.before)}"
        found.append(
            Place(
                answer=one,
                url=urls.get(one.pk, ""),
                rank=f"{one.rank}/{one.peers}" if one.rank else "—",
                grade=name,
                tone="danger" if last else "accent" if order == 0 else "calm",
                share=(one.total or Decimal(0)) / (one.full or Decimal(100)) * 100,
                state=one.state_now.title,
                award=yuan(one.award),
                moved=moved,
                alone=yuan(one.alone),
                effect=_effect(one),
            )
        )
    return found


def yuan(fen: int | None) -> str:
    """An amount of money; nothing where there is none."""
    return "" if fen is None else f"{Decimal(fen) / 100:,.2f}"


def _effect(one: Answer) -> str:
    """What answering for the area gave or cost."""
    if one.award is None or one.alone is None or one.award == one.alone:
        return ""
    return f"{Decimal(one.award - one.alone) / 100:+,.2f}"


def bound(policy: EvaluationPolicy, evaluation: Evaluation, listed: Sequence[Place]) -> list[tuple[str, list[Bound]]]:
    """Who answers for whom, area by area; empty where the policy binds nobody."""
    if policy.linked is None or any(not one.answer.grade for one in listed):
        return []
    standings = [Standing(one.answer.unit, one.answer.grade, one.answer.area) for one in listed]
    given = awards(policy, evaluation.pool or 0, standings)
    found: dict[str, list[Bound]] = {}
    for one in listed:
        got = given[one.answer.unit]
        if got.mean is not None:
            parts = [brief(Decimal(part.numerator) / part.denominator) for part in (got.mean, got.parts)]
            found.setdefault(one.answer.area, []).append(Bound(one, str(got.own), *parts))
    return sorted(found.items())


def _closed(
    evaluation: Evaluation,
    by_key: Mapping[UUID, Answer],
    scores: Iterable[Score],
    now: Mapping[tuple[str, str], Stored],
    held: scope.Duty,
) -> Iterable[tuple[UUID, str]]:
    """The items whose numbers, and what was said of them, are not for the reader: as taken, or as they stand now."""
    if held.everything:
        return
    units = Unit.objects.filter(level=evaluation.level, key__in=[one.unit for one in by_key.values()])
    covered = {one.key for one in units if held.covers(one)}
    for one in scores:
        unit = by_key[one.answer_id].unit
        got = now.get((unit, one.indicator))
        counts = (one.numerator, one.denominator, *((got.numerator, got.denominator) if got else ()))
        told = (got is not None and got.guarded) or any(scope.hidden(count) for count in counts)
        if told and unit not in covered:
            yield one.answer_id, one.item


def moved(
    evaluation: Evaluation,
    by_key: Mapping[UUID, Answer],
    scores: Iterable[Score],
    now: Mapping[tuple[str, str], Stored],
    closed: Closed,
) -> Iterable[Moved]:
    """The computed values that are not what they were when they were taken."""
    for one in sorted(scores, key=lambda s: (by_key[s.answer_id].title, s.order)):
        answer = by_key[one.answer_id]
        got = now.get((answer.unit, one.indicator))
        stands = (got.numerator, got.denominator, got.value) if got else (None, None, None)
        if one.indicator and stands != (one.numerator, one.denominator, one.computed):
            told = _worded(one.computed, one.unit), _worded(got.value if got else None, one.unit)
            parts = fraction(Score(numerator=got.numerator, denominator=got.denominator)) if got else ""
            if (answer.pk, one.item) in closed:
                told, parts = (HIDDEN, HIDDEN), ""
            yield Moved(answer, one, *told, parts, explanation(evaluation, answer, one))


def _worded(value: Decimal | None, unit: str) -> str:
    return "没有数据" if value is None else f"{brief(value)}{unit}"


def _beside(policy: EvaluationPolicy, scores: Iterable[Score], closed: Closed) -> Iterable[tuple[UUID, str]]:
    """A second item where a participant has one closed item only, which the total less the others would tell.

    It is a judged one where there is one: its points stand nowhere else; else the one that weighs least.
    """
    judged = {item.item for item in policy.items_ if item.kind == "judged"}
    mine: dict[UUID, list[Score]] = {}
    for one in scores:
        if one.percent is not None and one.weight:
            mine.setdefault(one.answer_id, []).append(one)
    for answer, counted in mine.items():
        others = [one for one in counted if (answer, one.item) not in closed]
        if len(counted) - len(others) == 1 and others:
            yield answer, min(others, key=lambda one: (one.item not in judged, one.weight, one.order)).item


def rows(
    policy: EvaluationPolicy,
    answers: Sequence[Answer],
    scores: Iterable[Score],
    closed: Closed,
    urls: Mapping[UUID, str],
) -> list[Row]:
    """The heat table: items by members, in the order of the ranking; what is closed counts in no mean."""
    known = {(one.answer_id, one.item): one for one in scores}
    found = []
    for item in policy.items_:
        mine = [(answer, known.get((answer.pk, item.item))) for answer in answers]
        open_ = [one for answer, one in mine if one is not None and (answer.pk, item.item) not in closed]
        counted = [one.percent for one in open_ if one.percent is not None and not awaited(item, one)]
        found.append(
            Row(
                item=item,
                dimension=policy.dimensions.get(item.dimension, ""),
                weight=plain(item.weight),
                mean=f"{sum(counted) / len(counted):.0f}%" if counted else "—",
                cells=[_cell(item, answer, one, closed, urls.get(answer.pk, "")) for answer, one in mine],
            )
        )
    return found


def awaited(item: Item, one: Score) -> bool:
    """Whether nobody judged the item yet: its points are not nought, they are still to come."""
    return item.kind == "judged" and one.status == "missing"


def status(item: Item, one: Score) -> str:
    """What became of the item, in words."""
    return "待评" if awaited(item, one) else str(one.get_status_display())


def _cell(item: Item, answer: Answer, one: Score | None, closed: Closed, url: str) -> Cell:
    if one is None:
        return Cell("—", "", "n", "", "", False)
    url = f"{url}#{one.item}" if url else ""
    if (answer.pk, one.item) in closed:
        return Cell(HIDDEN, "", "n", f"{answer.title} {one.title}：{HIDDEN}", url, one.flagged)
    value = f"{brief(one.value)}{one.unit}" if one.value is not None else status(item, one)
    below = (fraction(one) if one.basis == "computed" else "") or value
    words = f"{answer.title} {one.title}：{value}（{BASES[one.basis]}），得分 {brief(one.points)}/{brief(one.weight)}"
    if one.percent is None or not one.weight or awaited(item, one):
        return Cell("—", below, "n", f"{answer.title} {one.title}：{value}", url, one.flagged)
    return Cell(brief(one.points), below, tone(one.percent), words, url, one.flagged)
