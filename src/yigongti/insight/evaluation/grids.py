"""Tables of fields: self-report and judgements, as they are shown and as they come back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from uuid import UUID

from yigongti.kernel.errors import Invalid, Stale

from .definitions import EvaluationPolicy, Item
from .keeping import policy_of
from .models import Answer, Evaluation, Evidence, Score
from .outline import plain
from .schemas import Area, Mark, Statement
from .scorecard import Line, line


@dataclass(frozen=True)
class Entry:
    """A line of a grid: what is known, and what stands in its two fields."""

    key: str
    title: str
    line: Line
    value: str
    note: str
    papers: Sequence[Evidence] = ()


def self_report(answer: Answer, typed: Mapping[str, str]) -> list[Entry]:
    """Every item that may be self-reported, with what was typed or is stored."""
    policy = policy_of(answer.evaluation)
    found = []
    for one in Score.objects.filter(answer=answer).order_by("order"):
        if policy.item(one.item).report.asked == "no":
            continue
        value, note = _typed(typed, one.item, one.stated, one.stated_note)
        found.append(Entry(one.item, one.title, line(policy, answer, one), value, note))
    return found


def judging(case: Evaluation, item: Item, typed: Mapping[str, str]) -> list[Entry]:
    """Every participant of an item, with what was typed or is stored."""
    policy = policy_of(case)
    found = []
    rows = Score.objects.filter(answer__evaluation=case, item=item.item).select_related("answer")
    papers: dict[UUID, list[Evidence]] = {}
    for paper in Evidence.objects.filter(answer__evaluation=case, item=item.item).defer("content"):
        papers.setdefault(paper.answer_id, []).append(paper)
    for one in rows.order_by("answer__title"):
        one.answer.evaluation = case
        key = str(one.answer_id)
        value, note = _typed(typed, key, one.judged, one.judged_note)
        told = line(policy, one.answer, one)
        found.append(Entry(key, one.answer.title, told, value, note, papers.get(one.answer_id, ())))
    return found


def following(policy: EvaluationPolicy, item: Item) -> Item | None:
    """The judged item after this one."""
    judged = [one for one in policy.items_ if one.kind == "judged"]
    place = judged.index(item) + 1 if item in judged else 0
    return judged[place] if place < len(judged) else None


def areas(case: Evaluation, typed: Mapping[str, str]) -> list[tuple[Answer, str]]:
    """Every participant with its area, or what was typed."""
    rows = Answer.objects.filter(evaluation=case).order_by("area", "title")
    return [(one, typed.get(f"area:{one.pk}", one.area)) for one in rows]


def grouped(typed: Mapping[str, str]) -> list[Area]:
    """What was typed into the table of areas. Raises Invalid."""
    found = {name.removeprefix("area:"): text.strip() for name, text in typed.items() if name.startswith("area:")}
    if too_long := next((key for key, text in found.items() if len(text) > 32), ""):
        raise Invalid("片区名称最多 32 个字", field=too_long)
    return [Area(answer=key, area=text) for key, text in found.items()]


def first_judged(policy: EvaluationPolicy) -> Item:
    """Where judging begins."""
    return next((item for item in policy.items_ if item.kind == "judged"), policy.items_[0])


def _typed(typed: Mapping[str, str], key: str, value: Decimal | None, note: str) -> tuple[str, str]:
    stored = "" if value is None else plain(value)
    return typed.get(f"value:{key}", stored), typed.get(f"note:{key}", note)


def statements(typed: Mapping[str, str]) -> list[Statement]:
    """What was typed into the self-report. Raises Invalid."""
    return [Statement(item=key, value=value, note=note) for key, value, note in _entries(typed)]


def marks(typed: Mapping[str, str], item: str) -> list[Mark]:
    """What was typed into the judgements of an item. Raises Invalid."""
    return [Mark(answer=key, item=item, value=value, note=note) for key, value, note in _entries(typed)]


def _entries(typed: Mapping[str, str]) -> list[tuple[str, Decimal | None, str]]:
    keys = [name.removeprefix("value:") for name in typed if name.startswith("value:")]
    return [(key, _number(typed[f"value:{key}"], key), typed.get(f"note:{key}", "").strip()[:500]) for key in keys]


def _number(text: str, key: str) -> Decimal | None:
    text = text.strip().removesuffix("%")
    if not text:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or abs(value) >= 10**14:
        raise Invalid(f"“{text}”不是数", hint="填数字，例如 85.5", field=key)
    return value.quantize(Decimal("0.000001")).normalize()


def version(typed: Mapping[str, str]) -> int | None:
    """The version that the person saw. Raises Stale."""
    given = typed.get("version", "")
    if given and not given.isdecimal():
        raise Stale("页面已过期", hint="请刷新后重试")
    return int(given) if given else None
