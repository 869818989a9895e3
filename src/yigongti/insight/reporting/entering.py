"""What is entered, checked against the definitions: wrong input is refused, unlikely input warned of."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

from yigongti.insight.indicators.definitions import Indicator
from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.cases.keys import new_id
from yigongti.kernel.errors import Invalid
from yigongti.kernel.prepared import Write

from .models import Item, Report
from .plans import Plans
from .schemas import Answered, ItemIn

LARGEST = Decimal(10) ** 15
NAMED = 3
PLACES = Decimal("0.000001")
FIELDS = ("numerator", "denominator", "value", "absent", "answers", "note")
TITLES = {
    "numerator": "分子",
    "denominator": "分母",
    "value": "数值",
    "answers": "评判",
    "note": "说明",
    "item": "指标",
}


@dataclass(frozen=True)
class Problem:
    """Why one field of one item cannot be kept, and the way out."""

    item: str
    name: str
    field: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        words = f"{self.name}·{TITLES.get(self.field, self.field)}：{self.message}"
        return f"{words}（{self.hint}）" if self.hint else words


def refuse(found: list[Problem], what: str = "有填写的内容不能保存") -> None:
    """Raises Invalid with every problem under ``<item>.<field>``."""
    if found:
        fields = {f"{one.item}.{one.field}": f"{one.message}{'。' + one.hint if one.hint else ''}" for one in found}
        words = "；".join(map(str, found[:NAMED])) + (f"；共 {len(found)} 处" if len(found) > NAMED else "")
        raise Invalid(f"{what}：{words}", field=next(iter(fields)), fields=fields, problems=found)


def criteria(item: Indicator) -> list[str]:
    """What a judged item is judged by; at least its name."""
    return list(item.criteria) or [item.name]


def problems(asked: Mapping[str, Indicator], given: Iterable[ItemIn]) -> Iterator[Problem]:
    """Every mistake in what was entered."""
    seen: set[str] = set()
    for one in given:
        item = asked.get(one.item)
        if item is None:
            yield Problem(one.item, one.item, "item", "这份填报里没有这个指标", "请按最新的模板填写")
            continue
        if one.item in seen:
            yield Problem(one.item, item.name, "item", "写了两次", "每个指标只填一次")
        seen.add(one.item)
        yield from _wrong(item, one)


def _wrong(item: Indicator, one: ItemIn) -> Iterator[Problem]:
    """Every mistake in one item."""
    said = _numbers(one) or any(answer.answer for answer in one.answers)
    if one.absent and said:
        yield _problem(item, "note", "已选“本期无数据”，又填了内容", "请清空填写的内容，或取消“本期无数据”")
    yield from (_wrong_answers if item.kind == "judged" else _wrong_numbers)(item, one)


def _numbers(one: ItemIn) -> bool:
    return any(number is not None for number in (one.numerator, one.denominator, one.value))


def _wrong_answers(item: Indicator, one: ItemIn) -> Iterator[Problem]:
    if _numbers(one):
        yield _problem(item, "value", "这是按材料评判的指标，不填数", "请逐条选是、部分、否")
    if len(one.answers) > len(criteria(item)):
        yield _problem(item, "answers", f"只有 {len(criteria(item))} 条标准，填了 {len(one.answers)} 条")


def _wrong_numbers(item: Indicator, one: ItemIn) -> Iterator[Problem]:
    if one.answers:
        yield _problem(item, "answers", "这是填数的指标，没有评判标准")
    for name in ("numerator", "denominator") if item.asks is None else ("value",):
        if getattr(one, name) is not None:
            hint = "请填在数值里" if item.asks is None else "请填分子和分母"
            yield _problem(item, name, "这个指标不填这一格", hint)
    if item.asks and one.denominator == 0:
        yield _problem(item, "denominator", "分母不能是 0", "没有对象时请选“本期无数据”并说明")
    for name, number in zip(("numerator", "denominator", "value"), value_of(item, one, {}), strict=True):
        if number is not None and abs(number) >= LARGEST:
            yield _problem(item, name, "数太大", "请核对单位")


def _problem(item: Indicator, name: str, message: str, hint: str = "") -> Problem:
    return Problem(item.indicator, item.name, name, message, hint)


def value_of(
    item: Indicator, one: ItemIn, points: Mapping[Any, Decimal]
) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    """Numerator, denominator and value; a judged item counts its answers once all are given."""
    if item.kind == "judged":
        answers = [answer.answer for answer in one.answers]
        if len(answers) < len(criteria(item)) or not all(answers):
            return None, None, None
        total = sum((points.get(answer, Decimal(0)) for answer in answers), Decimal(0))
        return total, Decimal(len(answers)), _ratio(total, Decimal(len(answers)), item.factor)
    if item.asks is None:
        return None, None, one.value
    if one.numerator is None or not one.denominator:
        return one.numerator, one.denominator, None
    return one.numerator, one.denominator, _ratio(one.numerator, one.denominator, item.factor)


def _ratio(numerator: Decimal, denominator: Decimal, factor: Decimal) -> Decimal:
    with localcontext() as context:
        context.prec = 60
        return (numerator * factor / denominator).quantize(PLACES, ROUND_HALF_UP)


def as_given(row: Item) -> ItemIn:
    """A stored item as it was entered."""
    judged = bool(row.answers)
    by_parts = row.numerator is not None or row.denominator is not None
    return ItemIn(
        item=row.item,
        numerator=None if judged else row.numerator,
        denominator=None if judged else row.denominator,
        value=None if judged or by_parts else row.value,
        absent=row.absent,
        answers=[Answered.model_validate(one) for one in row.answers],
        note=row.note,
    )


def same(one: ItemIn, other: ItemIn) -> bool:
    """Whether two entries say the same; trailing empty answers say nothing."""
    return _said(one) == _said(other)


def _said(one: ItemIn) -> tuple[Any, ...]:
    answers = [(answer.answer, answer.words) for answer in one.answers]
    while answers and answers[-1] == ("", ""):
        answers.pop()
    return one.numerator, one.denominator, one.value, one.absent, tuple(answers), one.note


def changed(standing: Mapping[str, Item], given: Iterable[ItemIn]) -> list[ItemIn]:
    """What differs from what stands."""
    return [
        one
        for one in given
        if not same(one, as_given(standing[one.item]) if one.item in standing else ItemIn(item=one.item))
    ]


UPSERT = """
INSERT INTO reporting_item (id, report_id, edition, item, numerator, denominator, value, absent, answers, note,
                            entered_by_id, entered_at, verdict, reason, judged_by_id, judged_at)
SELECT t.id, %s, %s, t.item, t.numerator, t.denominator, t.value, t.absent, t.answers, t.note, %s, %s,
       '', '', NULL, NULL
  FROM jsonb_to_recordset(%s::jsonb) AS t(id uuid, item text, numerator numeric, denominator numeric, value numeric,
                                          absent bool, answers jsonb, note text)
    ON CONFLICT (report_id, edition, item) DO UPDATE
   SET numerator = excluded.numerator, denominator = excluded.denominator, value = excluded.value,
       absent = excluded.absent, answers = excluded.answers, note = excluded.note,
       entered_by_id = excluded.entered_by_id, entered_at = excluded.entered_at,
       verdict = '', reason = '', judged_by_id = NULL, judged_at = NULL
"""


def keeping(case: Report, actor: Actor, rows: list[Item]) -> Write:
    """The statement that keeps items of the edition; one that is changed waits to be judged again."""
    told = [
        {
            "id": str(new_id()),
            "item": row.item,
            "numerator": _text(row.numerator),
            "denominator": _text(row.denominator),
            "value": _text(row.value),
            "absent": row.absent,
            "answers": row.answers,
            "note": row.note,
        }
        for row in rows
    ]
    return Write(
        UPSERT, [case.pk, case.edition, actor.user_id, clock.now(), json.dumps(told, ensure_ascii=False)], named="kept"
    )


def _text(number: Decimal | None) -> str | None:
    return None if number is None else f"{number:f}"


def row_of(item: Indicator, one: ItemIn, policy: Plans) -> Item:
    """An entry as it is kept."""
    numerator, denominator, value = value_of(item, one, policy.points)
    answers = [answer.model_dump() for answer in one.answers] if any(a.answer or a.words for a in one.answers) else []
    return Item(
        item=one.item,
        numerator=numerator,
        denominator=denominator,
        value=value,
        absent=one.absent,
        answers=answers,
        note=one.note,
    )


def warnings(item: Indicator, value: Decimal | None, last: Decimal | None) -> list[str]:
    """Why a value is unlikely: beyond the definition's bounds, or far from the period before."""
    bounds = item.bounds
    found: list[str] = []
    if value is None or bounds is None:
        return found
    unit = item.unit if item.unit == "%" else f" {item.unit}".rstrip()
    if bounds.least is not None and value < bounds.least:
        found.append(f"低于常见的 {plain(bounds.least)}{unit}")
    if bounds.most is not None and value > bounds.most:
        found.append(f"高于常见的 {plain(bounds.most)}{unit}")
    change = change_of(value, last)
    if bounds.change is not None and change is not None and abs(change) > bounds.change:
        found.append(f"比上期{'增' if change > 0 else '减'} {abs(change):.1f}%，超过常见的 {plain(bounds.change)}%")
    return found


def change_of(value: Decimal | None, last: Decimal | None) -> Decimal | None:
    """The change against the period before, in percent of it."""
    if value is None or not last:
        return None
    return ((value - last) / abs(last) * 100).quantize(Decimal("0.1"), ROUND_HALF_UP)


def plain(number: Decimal) -> str:
    """Without an exponent and without needless zeros."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
