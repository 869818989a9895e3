"""Measurements as people read them: number, unit, arrow, reference range; the two blood pressures as one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .models import Observation
from .observations import CATALOGUE


@dataclass(frozen=True)
class Value:
    """One measurement beside a moment; ``flag`` is ↑ or ↓ outside the reference range, ``range`` that range."""

    code: str
    name: str
    text: str
    unit: str
    flag: str = ""
    range: str = ""


def values_of(rows: Iterable[Sequence[Any]]) -> tuple[Value, ...]:
    """Measurements in the order of the catalogue; the two blood pressures as one."""
    order = {code: place for place, code in enumerate(CATALOGUE)}
    found = [value_said(*row) for row in sorted(rows, key=lambda row: order.get(row[0], 999))]
    by_code = {value.code: value for value in found}
    if {"sbp", "dbp"} <= by_code.keys():
        sbp, dbp = by_code["sbp"], by_code["dbp"]
        pair = Value("bp", "血压", f"{sbp.text}/{dbp.text}", sbp.unit, sbp.flag or dbp.flag)
        found = [pair, *(value for value in found if value.code not in ("sbp", "dbp"))]
    return tuple(found)


def answers(stated: Iterable[Value]) -> list[tuple[str, str]]:
    """The answers of an assessment in two lines: what is so, and what is not."""
    told = list(stated)
    return [
        (label, "、".join(value.name for value in told if value.text == label))
        for label in ("是", "否")
        if any(value.text == label for value in told)
    ]


def value_of(row: Observation) -> Value:
    """A row of the record as it is shown."""
    return value_said(
        row.code,
        row.value,
        row.text,
        row.unit,
        row.local_name,
        row.reference_low,
        row.reference_high,
        row.reference_text,
        row.interpretation,
    )


def value_said(
    code: str,
    value: Any,
    text: str,
    unit: str,
    local_name: str = "",
    low: Any = None,
    high: Any = None,
    told: str = "",
    interpretation: str = "",
) -> Value:
    item = CATALOGUE.get(code)
    name = item.name if item else local_name or code
    number = None if value is None else Decimal(str(value))
    below, above = (None if limit is None else Decimal(str(limit)) for limit in (low, high))
    if item and below is None and above is None:
        below, above = item.normal
    words = text if number is None else item.text(number) if item else plain(number)
    return Value(
        code,
        name,
        words,
        unit or (item.unit if item else ""),
        flag(number, below, above, interpretation),
        told or range_text(below, above),
    )


def plain(number: Decimal) -> str:
    """A number without idle zeros."""
    return f"{number.normalize():f}"


def flag(number: Decimal | None, low: Decimal | None, high: Decimal | None, interpretation: str = "") -> str:
    """↑ or ↓ outside the range; what the laboratory itself says comes first."""
    if interpretation:
        return {"H": "↑", "HH": "↑↑", "L": "↓", "LL": "↓↓", "A": "!", "AA": "!!"}.get(interpretation, "")
    if number is not None and high is not None and number > high:
        return "↑"
    return "↓" if number is not None and low is not None and number < low else ""


def range_text(low: Decimal | None, high: Decimal | None) -> str:
    """``90–139``, ``≤ 5.2``, ``≥ 60``."""
    if low is not None and high is not None:
        return f"{plain(low)}–{plain(high)}"
    if high is not None:
        return f"≤ {plain(high)}"
    return f"≥ {plain(low)}" if low is not None else ""
