"""What the report says: facts, tables and two charts, independent of the format."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone

from yigongti.kernel import clock

from ..known import known_indicators
from ..models import Evaluation
from ..outline import adjustment_words, brief, curve_words, linked_words, plain
from ..participants import spoken
from ..sight import Sight

NUMBER = re.compile(r"[+\-≤ ]*[\d,.]+(/[\d,.]+)?%?|—")


@dataclass(frozen=True)
class Bars:
    """A bar chart: names and values in percent of the whole."""

    title: str
    names: Sequence[str]
    values: Sequence[Decimal]
    labels: Sequence[str]


@dataclass(frozen=True)
class Grid:
    """A table: heads and rows of text; ``tones`` are the shades of its cells where it has any."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    tones: Sequence[Sequence[str]] = ()
    wide: bool = False
    empty: str = ""
    note: str = ""

    @property
    def shaded(self) -> list[list[tuple[str, str]]]:
        """Every cell with its shade; numbers are marked too."""
        tones = self.tones or [["n" if is_number(text) else "" for text in row] for row in self.rows]
        return [list(zip(row, shades, strict=True)) for row, shades in zip(self.rows, tones, strict=True)]


def is_number(text: str) -> bool:
    """Whether a cell is a number with its sign and unit, and so stands at the right: 1,200.50, +3, 85%, 12/15."""
    return NUMBER.fullmatch(text) is not None


@dataclass(frozen=True)
class Content:
    """The whole report."""

    title: str
    subtitle: str
    facts: Sequence[tuple[str, str]]
    conclusion: str
    bars: Sequence[Bars]
    grids: Sequence[Grid]
    foot: str


def content(case: Evaluation, told: Sight) -> Content:
    """The report of an evaluation as it stands."""
    edition = f"（第 {case.edition} 版）" if case.edition > 1 else ""
    return Content(
        title=f"{case.title}报告{edition}",
        subtitle=f"{case.home_organization.name}　{timezone.localtime(clock.now()):%Y-%m-%d}",
        facts=_facts(case, told),
        conclusion=case.conclusion,
        bars=[_totals(told), _items(told)],
        grids=[
            _ranking(case, told),
            *([_areas(case, told)] if told.areas else []),
            _heat(told),
            _differences(told),
            _appeals(told),
            _changes(told),
            _method(told),
        ],
        foot=f"计分摘要 {case.digest[:16]}　方案 {case.policy_hash[:12]}　快照 {case.snapshot}",
    )


def _facts(case: Evaluation, told: Sight) -> list[tuple[str, str]]:
    people = {"定等人": case.decided_by, "发布人": case.published_by}
    pool = f"{Decimal(case.pool) / 100:,.2f} 元" if case.pool is not None else ""
    rows = [
        ("编号", case.number),
        ("时期", spoken(case.period)),
        ("组织单位", case.home_organization.name),
        ("参评单位", f"{len(told.places)} 家"),
        ("状态", case.state_now.title),
        ("方案", f"{told.policy.title}（{told.policy.policy} {told.policy.version}）"),
        ("取数", f"{timezone.localtime(case.taken_at):%Y-%m-%d %H:%M}" if case.taken_at else ""),
        ("奖励资金", pool),
        *((label, person.name if person else "") for label, person in people.items()),
    ]
    return [(label, text) for label, text in rows if text]


def _totals(told: Sight) -> Bars:
    return Bars(
        "总分（占满分的百分比）",
        [one.answer.title for one in told.places],
        [one.share for one in told.places],
        [f"{plain(one.answer.total)}" for one in told.places],
    )


def _items(told: Sight) -> Bars:
    means = [(row.item.title, Decimal(row.mean.removesuffix("%")), row.mean) for row in told.rows if row.mean != "—"]
    return Bars("各项平均得分率", [m[0] for m in means], [m[1] for m in means], [m[2] for m in means])


def _ranking(case: Evaluation, told: Sight) -> Grid:
    heads = ["名次/参评数", "单位", "总分/满分", "等次", "项目分", "加减分", "申诉前", "奖励（元）"]
    rows = [
        [
            one.rank,
            one.answer.title,
            f"{plain(one.answer.total)}/{plain(one.answer.full)}",
            one.grade,
            plain(one.answer.items_points),
            plain(one.answer.changed),
            plain(one.answer.before) if one.moved else "",
            one.award,
        ]
        for one in told.places
    ]
    kept = [n for n, head in enumerate(heads) if head not in ("申诉前", "奖励（元）") or any(row[n] for row in rows)]
    return Grid("名次和等次", [heads[n] for n in kept], [[row[n] for n in kept] for row in rows])


def _areas(case: Evaluation, told: Sight) -> Grid:
    heads = ["片区", "单位", "等次", "等次份数", "片区平均", "计奖份数", "不连带（元）", "连带增减（元）", "奖励（元）"]
    rows = [
        [
            area,
            one.place.answer.title,
            one.place.grade,
            *(one.own, one.mean, one.parts, one.place.alone, one.place.effect or "—", one.place.award),
        ]
        for area, members in told.areas
        for one in members
    ]
    shown = len(heads) if case.pool is not None else 6
    words = f"{linked_words(told.policy)}。"
    return Grid("片区连带", heads[:shown], [row[:shown] for row in rows], note=words)


def _heat(told: Sight) -> Grid:
    heads = ["项目", "权重", "平均", *(one.answer.title for one in told.places)]
    rows = [
        [row.item.title, row.weight, row.mean, *(f"{c.points}\n{c.below}".strip() for c in row.cells)]
        for row in told.rows
    ]
    tones = [["", "", "", *(cell.tone for cell in row.cells)] for row in told.rows]
    return Grid("各项得分（下行为分子/分母或所用的值）", heads, rows, tones, wide=True, note=told.closed)


def _differences(told: Sight) -> Grid:
    rows = [
        [
            one.answer.title,
            one.score.title,
            one.computed,
            one.stated,
            one.difference,
            one.note,
        ]
        for one in told.differences
    ]
    heads = ["单位", "项目", "计算值", "自评值", "差", "说明"]
    return Grid("自评与计算不一致", heads, rows, empty="没有超出容差的差异。")


def _appeals(told: Sight) -> Grid:
    rows = [
        [
            one.answer.title,
            title,
            one.reason,
            brief(one.value_before),
            brief(one.value_after) if one.value_after is not None else "",
            f"{one.get_outcome_display()} {one.answer_text}".strip(),
        ]
        for one, title in told.appeals
    ]
    return Grid("申诉", ["单位", "项目", "理由", "原值", "更正值", "结果"], rows, empty="没有申诉。")


def _changes(told: Sight) -> Grid:
    rows = [
        [
            one.answer.title,
            name,
            f"≤ {plain(one.at_most)}" if one.at_most is not None else plain(one.points),
            one.reason,
        ]
        for one, name, _ in told.changes
        if one.revoked_at is None
    ]
    return Grid("加减分和一票否决", ["单位", "项", "分值", "事实和依据"], rows, empty="没有加减分。")


def _method(told: Sight) -> Grid:
    policy, known = told.policy, known_indicators()
    rows = [
        [
            f"{policy.dimensions.get(item.dimension, '')} {item.title}".strip(),
            plain(item.weight),
            known[item.indicator].name if item.indicator in known else item.indicator or "按材料评判",
            curve_words(item.curve, item.unit),
        ]
        for item in policy.items_
    ]
    rows += [[one.name, "", "", adjustment_words(one)] for one in policy.adjustments]
    rows += [[f"等次：{one.name}", "", "", f"{plain(one.from_)} 分及以上"] for one in policy.grades]
    if policy.linked:
        rows.append([policy.linked.name, "", "", linked_words(policy)])
    return Grid("评分办法", ["项目", "权重", "指标", "得分"], rows)
