"""The values of an evaluation: what is stored of the indicators for a period, and the targets that were decided."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from yigongti.insight.results.models import Result, Run
from yigongti.kernel import prepared

from .definitions import EvaluationPolicy
from .targets.queries import decided_targets


@dataclass(frozen=True)
class Stored:
    """One stored result."""

    numerator: Decimal | None
    denominator: Decimal | None
    value: Decimal | None
    reported: int
    expected: int
    guarded: bool
    definition: str


@dataclass(frozen=True)
class Taken:
    """Everything that was taken: by unit and indicator, the targets by unit and item, and the snapshot it is from."""

    results: dict[tuple[str, str], Stored] = field(default_factory=dict)
    targets: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    snapshot: str = ""


def taken(policy: EvaluationPolicy, units: Iterable[str], period: str) -> Taken:
    """What is stored now for the units in the period; one statement."""
    keys = list(units)
    codes = {item.indicator for item in policy.items_ if item.indicator}
    rows = Result.objects.filter(
        stratum="", period=period, unit__level=policy.level, unit__key__in=keys, measure__code__in=codes
    ).values("unit__key", "measure__code", *NUMBERS, "measure__definition")
    latest = Run.objects.order_by("-at", "-pk").values("snapshot")[:1]
    told = prepared.read(rows=rows, latest=latest, decided=decided_targets(keys, period))
    results = {
        (row["unit__key"], row["measure__code"]): Stored(
            numerator=_decimal(row["numerator"]),
            denominator=_decimal(row["denominator"]),
            value=_decimal(row["value"]),
            reported=row["reported"],
            expected=row["expected"],
            guarded=row["guarded"],
            definition=row["measure__definition"],
        )
        for row in told["rows"]
    }
    snapshot = told["latest"][0]["snapshot"] if told["latest"] else ""
    return Taken(results, targets(policy, keys, told["decided"]), snapshot)


NUMBERS = ("numerator", "denominator", "value", "reported", "expected", "guarded")


def _decimal(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def targets(
    policy: EvaluationPolicy, units: list[str], decided: list[dict[str, Any]]
) -> dict[tuple[str, str], Decimal]:
    """The target of each item that has one: for everyone, or as a plan decided it."""
    plans = {(row["unit"], row["plan__policy"], row["item"]): Decimal(row["decided"]) for row in decided}
    found: dict[tuple[str, str], Decimal] = {}
    for item in policy.items_:
        aim = item.curve.target
        if aim is None:
            continue
        for unit in units:
            value = aim.value if aim.value is not None else plans.get((unit, aim.plan, aim.item))
            if value is not None:
                found[unit, item.item] = value
    return found
