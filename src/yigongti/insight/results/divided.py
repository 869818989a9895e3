"""A number divided: by member, by month, by group; and what of them moved it since the period before."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, QuerySet

from yigongti.insight import periods
from yigongti.insight.indicators.definitions import Stratum
from yigongti.registry.consortia.models import Membership

from . import queries
from .decomposing import Decomposition, Numbers, decompose
from .models import Result, Unit
from .records import months_of
from .told import Told, explained_url

REST = ""
"""The key of what is not for the reader."""


def members(told: Told) -> QuerySet[Unit]:
    """The units of which this one consists."""
    unit = told.unit
    if unit.level == "county":
        consortia = Unit.objects.filter(level="consortium", county=unit.key)
        wide = "consortium" in told.item.levels and ("centre" not in told.item.levels or consortia.count() > 1)
        return consortia if wide else Unit.objects.filter(level="centre", county=unit.key)
    if unit.level == "consortium" and unit.consortium_id:
        last = max(months_of(told.period))
        held = Membership.objects.on(last).filter(consortium_id=unit.consortium_id).values("organization_id")
        return Unit.objects.filter(level="centre", organization_id__in=held)
    if unit.level == "centre":
        own = Q(organization_id=unit.organization_id) | Q(organization__part_of_id=unit.organization_id)
        return Unit.objects.filter(own, level="organization")
    return Unit.objects.none()


@dataclass(frozen=True)
class Row:
    """A line of a table of numbers: title, where it opens, numerator, denominator, value."""

    title: str
    url: str
    numerator: str
    denominator: str
    value: str
    cells: tuple[str, ...] = ()


def by_member(told: Told) -> list[Row]:
    """Each member with its numbers of the period and its value in every month."""
    months = [f"{month:%Y-%m}" for month in months_of(told.period)] if len(told.period) != 7 else []
    found = Result.objects.filter(
        measure=told.measure, unit__in=members(told), period__in=[told.period, *months], stratum=""
    ).select_related("unit")
    table: dict[Unit, dict[str, Result]] = {}
    for one in found:
        table.setdefault(one.unit, {})[one.period] = one
    rows = []
    for unit, numbers in sorted(table.items(), key=lambda pair: pair[0].title):
        whole = numbers.get(told.period)
        rows.append(
            Row(
                unit.title,
                explained_url(told.measure.code, unit.level, unit.key, told.period),
                told.count(whole, "numerator"),
                told.count(whole, "denominator"),
                told.value(whole),
                tuple(told.value(numbers.get(month)) for month in months),
            )
        )
    return rows


def by_month(told: Told) -> list[Row]:
    """Each month of the period, or the twelve months up to it."""
    months = [f"{month:%Y-%m}" for month in months_of(told.period)]
    if len(told.period) == 7:
        months = [periods.before(told.period, back) for back in range(12, -1, -1)]
    found = {
        one.period: one
        for one in Result.objects.filter(
            measure=told.measure, unit=told.unit, period__in=months, stratum=""
        ).select_related("unit")
    }
    return [
        Row(
            month,
            explained_url(told.measure.code, told.unit.level, told.unit.key, month),
            told.count(found[month], "numerator"),
            told.count(found[month], "denominator"),
            told.value(found[month]),
        )
        for month in months
        if month in found
    ]


@dataclass(frozen=True)
class Change:
    """What moved the number since the period before, seen by one division: members, or a stratum of the definition."""

    title: str
    parts: Decomposition
    names: Mapping[str, str]

    def lines(self) -> list[tuple[str, Decimal, Decimal, Decimal]]:
        """The ten largest effects: name, within, mix, both."""
        return [(self.names.get(e.key, e.key), e.within, e.mix, e.total) for e in self.parts.effects[:10] if e.total]


def changes(told: Told) -> list[Change]:
    """The change since the period before, by member and by every stratum; nothing where the number is hidden.

    What is not for the reader stands together as one group, which is as large as what all the others leave.
    """
    former = periods.before(told.period)
    if told.result is None or told.item.function is not None or told.hides(told.result):
        return []
    units = {str(unit.pk): unit.title for unit in members(told)}
    wanted = Q(unit=told.unit) | Q(unit__in=list(units), stratum="")
    found = list(
        Result.objects.filter(wanted, measure=told.measure, period__in=[former, told.period]).select_related("unit")
    )
    own = [one for one in found if one.unit_id == told.unit.pk]
    whole = {one.period: one for one in own if not one.stratum}
    if former not in whole or told.hides(whole[former]):
        return []
    divided: list[tuple[str, Mapping[str, str], list[tuple[str, Result]]]] = [
        ("按成员", units, [(str(one.unit_id), one) for one in found if one.unit_id != told.unit.pk])
    ]
    for name in told.item.by:
        stratum: Stratum = told.edition.body.strata[name]
        divided.append((f"按{stratum.title}", stratum.groups, [(o.part, o) for o in own if o.stratum == name]))
    made = (_change(told, whole, *one) for one in divided)
    return [one for one in made if one is not None and one.parts.effects]


def _change(
    told: Told, whole: Mapping[str, Result], title: str, names: Mapping[str, str], rows: Iterable[tuple[str, Result]]
) -> Change | None:
    """The change by one division."""
    listed = list(rows)
    closed = {key for key, one in listed if told.hides(one)}
    former = periods.before(told.period)
    sides: dict[str, dict[str, Numbers]] = {former: {}, told.period: {}}
    for key, one in listed:
        group = REST if key in closed else key
        sides[one.period][group] = _added(sides[one.period].get(group), (one.numerator, one.denominator))
    both = [(whole[period].numerator, whole[period].denominator) for period in (former, told.period)]
    parts = decompose(sides[former], sides[told.period], (both[0], both[1]), told.item.times)
    return None if parts is None else Change(title, parts, {**names, REST: "其余（不显示的合在一起）"})


def _added(one: Numbers | None, other: Numbers) -> Numbers:
    return other if one is None else (_sum(one[0], other[0]), _sum(one[1], other[1]))


def _sum(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return other if one is None else one if other is None else one + other


@dataclass(frozen=True)
class Division:
    """The parts of a number by one stratum."""

    title: str
    rows: list[Row]


def parts(told: Told) -> Iterator[Division]:
    """The number by every stratum of its definition."""
    found = list(queries.parts(told.measure, told.unit, told.period).select_related("unit"))
    for name in told.item.by:
        stratum = told.edition.body.strata[name]
        rows = [
            Row(
                stratum.groups.get(one.part, one.part or "未知"),
                "",
                told.count(one, "numerator"),
                told.count(one, "denominator"),
                told.value(one),
            )
            for one in found
            if one.stratum == name
        ]
        if rows:
            yield Division(f"按{stratum.title}", rows)
