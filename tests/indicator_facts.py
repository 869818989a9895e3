"""Small random facts and definitions, and a naive evaluator in plain Python that says what the answers are."""

import random
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st

from yigongti.insight.indicators.definitions import Count, Indicator, Stratum
from yigongti.insight.indicators.dictionary import Dictionary, from_values
from yigongti.insight.indicators.engines.sources import FactSource, Part
from yigongti.insight.indicators.planning import Sought
from yigongti.insight.periods import around
from yigongti.insight.warehouse.shelf import between

VALUES = {
    "visit": {
        "time": "day",
        "key": "visit_id",
        "columns": {
            "visit_id": "bigint",
            "day": "date",
            "closed_on": "date",
            "organization_id": "bigint",
            "resident_id": "text",
            "kind": "text",
            "age": "int",
            "in_force": "bool",
            "fee": "bigint",
            "tags": "list(text)",
        },
    },
    "patient_month": {
        "time": "month",
        "key": "resident_id",
        "stock": True,
        "columns": {
            "resident_id": "text",
            "month": "date",
            "organization_id": "bigint",
            "controlled": "bool",
            "age": "int",
        },
    },
}
DICTIONARY: Dictionary = from_values(VALUES)
STRATA = {
    "old": Stratum(
        title="老年",
        of={
            "visit": "case when age >= 65 then 'old' when age < 65 then 'young' end",
            "patient_month": "case when age >= 65 then 'old' when age < 65 then 'young' end",
        },
    ),
    "tagged": Stratum(title="标记", of={"visit": "case when 'a' in tags then 'a' when 'b' in tags then 'b' end"}),
}
SCHEMAS = {
    "bigint": pa.int64(),
    "int": pa.int32(),
    "text": pa.string(),
    "bool": pa.bool_(),
    "date": pa.date32(),
    "list(text)": pa.list_(pa.string()),
}
#: a condition as SQL and as Python over a row, where None is unknown
CONDITIONS = {
    "": lambda r: True,
    "in_force": lambda r: r["in_force"],
    "kind in ('in', 'out')": lambda r: None if r["kind"] is None else r["kind"] in ("in", "out"),
    "age >= 65": lambda r: None if r["age"] is None else r["age"] >= 65,
    "not (age >= 65 or kind = 'in')": lambda r: _not(_or(_ge(r["age"], 65), _eq(r["kind"], "in"))),
    "not in_force or fee > 100 and kind <> 'out'": lambda r: _or(
        _not(r["in_force"]), _and(_gt(r["fee"], 100), _not(_eq(r["kind"], "out")))
    ),
    "age is null": lambda r: r["age"] is None,
    "'a' in tags": lambda r: _has(r["tags"], "a"),
    "not ('a' in tags or age >= 65)": lambda r: _not(_or(_has(r["tags"], "a"), _ge(r["age"], 65))),
    "'b' not in tags and in_force": lambda r: _and(_not(_has(r["tags"], "b")), r["in_force"]),
    "tags is null or 'b' in tags": lambda r: _or(r["tags"] is None, _has(r["tags"], "b")),
}
STOCK = {
    "": lambda r: True,
    "controlled": lambda r: r["controlled"],
    "not controlled and age >= 65": lambda r: _and(_not(r["controlled"]), _ge(r["age"], 65)),
}


def _not(a: Any) -> Any:
    return None if a is None else not a


def _and(a: Any, b: Any) -> Any:
    return False if a is False or b is False else None if a is None or b is None else True


def _or(a: Any, b: Any) -> Any:
    return True if a is True or b is True else None if a is None or b is None else False


def _eq(a: Any, b: Any) -> Any:
    return None if a is None else a == b


def _ge(a: Any, b: Any) -> Any:
    return None if a is None else a >= b


def _gt(a: Any, b: Any) -> Any:
    return None if a is None else a > b


def _has(listed: Any, one: str) -> Any:
    return None if listed is None else one in listed


def maybe(values: Any) -> Any:
    """A value, or unknown."""
    return st.one_of(st.none(), values)


DAYS = st.dates(date(2025, 10, 1), date(2026, 4, 30))
VISITS = st.lists(
    st.fixed_dictionaries(
        {
            "day": maybe(DAYS),
            "closed_on": maybe(DAYS),
            "organization_id": maybe(st.integers(1, 4)),
            "resident_id": maybe(st.sampled_from("abcdef")),
            "kind": maybe(st.sampled_from(["in", "out", "home"])),
            "age": maybe(st.sampled_from([3, 64, 65, 90])),
            "in_force": maybe(st.booleans()),
            "fee": maybe(st.integers(-5, 500)),
            "tags": maybe(st.lists(maybe(st.sampled_from("abc")), max_size=3)),
        }
    ),
    max_size=40,
)
MONTHS = st.sampled_from([date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)])
PATIENTS = st.lists(
    st.fixed_dictionaries(
        {
            "resident_id": st.sampled_from("abcdef"),
            "month": MONTHS,
            "organization_id": st.integers(1, 4),
            "controlled": maybe(st.booleans()),
            "age": maybe(st.sampled_from([64, 65])),
        }
    ),
    max_size=20,
    unique_by=lambda row: (row["resident_id"], row["month"]),
)
TERMS = st.sampled_from(["count", "distinct resident_id", "sum fee", "sum fee + 1", "max fee", "latest resident_id"])


@st.composite
def sides(draw: Any) -> Count:
    """One side over visits or patients."""
    if draw(st.integers(0, 4)) == 0:
        kind = draw(st.sampled_from(["count", "distinct resident_id"]))
        where = draw(st.sampled_from(list(STOCK)))
        stock = draw(st.sampled_from([None, False]))
        return Count(
            fact="patient_month", term=_term(kind, where), where=draw(st.sampled_from(list(STOCK))), stock=stock
        )
    where = draw(st.sampled_from(list(CONDITIONS)))
    return Count(
        fact="visit",
        term=_term(draw(TERMS), where),
        where=draw(st.sampled_from(list(CONDITIONS))),
        at=draw(st.sampled_from(["", "closed_on"])),
        stock=draw(st.sampled_from([None, True])),
    )


def _term(kind: str, where: str) -> str:
    return f"{kind} where {where}" if where else kind


@st.composite
def definitions(draw: Any) -> list[Sought]:
    """A few indicators."""
    found = []
    for number in range(draw(st.integers(1, 6))):
        item = Indicator(
            indicator=str(number),
            name=f"指标{number}",
            numerator=draw(sides()),
            denominator=draw(st.one_of(st.none(), sides())),
            by=draw(st.sampled_from([[], ["old"]])),
            factor=draw(st.sampled_from([Decimal(1), Decimal(100), Decimal("0.01")])),
            divisor=draw(st.sampled_from([1, 1440])),
        )
        found.append(Sought(f"t/{number}", item, STRATA))
    return found


def generated(dice: random.Random) -> tuple[list[Sought], dict[str, list[dict[str, Any]]]]:
    """Every kind of term over six hundred visits."""
    visits = [
        {
            "day": date(2025, 10, 1) + timedelta(days=dice.randrange(200)),
            "closed_on": None if dice.random() < 0.2 else date(2025, 11, 1) + timedelta(days=dice.randrange(200)),
            "organization_id": dice.choice([1, 2, 3, None]),
            "resident_id": dice.choice("abcdefghij"),
            "kind": dice.choice(["in", "out", None]),
            "age": dice.choice([3, 65, None]),
            "in_force": dice.choice([True, False, None]),
            "fee": dice.choice([None, 0, 99, 101]),
            "tags": dice.choice([None, [], ["a"], ["a", "b"], ["c", None]]),
        }
        for _ in range(600)
    ]
    terms = [
        "count",
        "distinct resident_id where age >= 65",
        "sum fee",
        "max fee",
        "latest resident_id where fee > 100",
        "count where 'a' in tags and 'b' not in tags",
        "distinct resident_id where not ('a' in tags)",
    ]
    sought = [
        Sought(
            f"t/{index}",
            Indicator(
                indicator=str(index),
                name="指标",
                numerator=Count(fact="visit", term=term, at=at),
                denominator=Count(fact="visit", term="count where not in_force", at=at),
                by=["old", "tagged"],
                factor=Decimal(100),
            ),
            STRATA,
        )
        for index, (term, at) in enumerate((term, at) for term in terms for at in ("", "closed_on"))
    ]
    return sought, {"visit": visits, "patient_month": []}


def written(folder: Path, rows: dict[str, list[dict[str, Any]]], *, split: bool = True) -> dict[str, FactSource]:
    """The rows as Parquet: one file a month of the fact's time where ``split``."""
    found = {}
    for name, listed in rows.items():
        fact = DICTIONARY[name]
        numbered = [row | ({"visit_id": index} if name == "visit" else {}) for index, row in enumerate(listed)]
        groups: dict[date | None, list[dict[str, Any]]] = {}
        for row in numbered:
            moment = row[fact.time]
            groups.setdefault(moment and moment.replace(day=1) if split else None, []).append(row)
        schema = pa.schema([(c.name, SCHEMAS[c.type]) for c in fact.columns.values()])
        parts = []
        for index, (month, some) in enumerate(groups.items() or [(None, [])]):
            path = folder / f"{name}-{index}.parquet"
            pq.write_table(pa.Table.from_pylist(some, schema=schema), path)
            parts.append(Part((str(path),), month))
        found[name] = FactSource(fact, tuple(parts))
    return found


Cell = tuple[str, str, str, str, str, str, str]


Belonging = dict[tuple[date, int], str | None]
#: the consortium of an organisation in a month: organisations come, go and move
BELONGING = st.fixed_dictionaries(
    {
        (month, organization): st.sampled_from(["one", "one", "two", None])
        for month in between(date(2025, 10, 1), date(2026, 4, 1))
        for organization in range(1, 5)
    }
)


def hierarchy(belonging: Belonging) -> pa.Table:
    """The units of each organisation and month, as the warehouse tells them."""
    rows = [
        {"month": month, "organization": organization, "level": level, "unit": unit}
        for month, organization in belonging
        for level, unit in units(belonging, month, organization)
    ]
    kinds = {"month": pa.date32(), "organization": pa.int64(), "level": pa.string(), "unit": pa.string()}
    return pa.Table.from_pylist(rows, pa.schema(list(kinds.items())))


def units(belonging: Belonging | None, month: date, organization: int) -> list[tuple[str, str]]:
    """Itself, its consortium, all; organisation 4 stands for its whole county."""
    found = [("organization", str(organization)), ("all", "all")]
    if belonging is not None:
        if consortium := belonging[month, organization]:
            found.append(("consortium", consortium))
        if organization == 4:
            found.append(("county", "4"))
    return found


def naive(
    sought: Iterable[Sought], rows: dict[str, list[dict[str, Any]]], belonging: Belonging | None = None
) -> dict[Cell, tuple[Decimal, Decimal | None]]:
    """Numerator and denominator of every cell, by looking at every row."""
    known = sorted({month for one in sought for _, side in one.item.sides() for month in _months(side, rows)})
    answers: dict[Cell, tuple[Decimal, Decimal | None]] = {}
    for one in sought:
        for stratum in ["", *one.item.by]:
            found = {name: _values(side, stratum, rows, known, belonging) for name, side in one.item.sides()}
            for place in {place for values in found.values() for place in values}:
                upper = found["numerator"].get(place, Decimal(0))
                lower = found["denominator"].get(place, Decimal(0)) if "denominator" in found else None
                answers[one.code, *place[:4], stratum, place[4]] = (upper, lower)
    return answers


def _months(side: Count, rows: dict[str, list[dict[str, Any]]]) -> set[date]:
    """A month is there when an organisation has a row in it, whoever the row is about."""
    moments = (row[side.at or DICTIONARY[side.fact].time] for row in rows[side.fact] if row["organization_id"])
    return {moment.replace(day=1) for moment in moments if moment}


def _placed(side: Count, rows: dict[str, list[dict[str, Any]]]) -> list[tuple[date, int, dict[str, Any]]]:
    """Rows that make a state: with a month, an organisation and, where members count, a member."""
    fact, term, found = DICTIONARY[side.fact], side.parsed, []
    for index, row in enumerate(rows[side.fact]):
        moment = row[side.at or fact.time]
        if moment is None or row["organization_id"] is None:
            continue
        if term.kind in ("distinct", "latest") and row[term.of] is None:
            continue
        found.append((moment.replace(day=1), index, row))
    return found


def _holds(side: Count, text: str, row: dict[str, Any]) -> bool:
    return (STOCK if side.fact == "patient_month" else CONDITIONS)[text](row) is True


def _values(
    side: Count,
    stratum: str,
    rows: dict[str, list[dict[str, Any]]],
    known: list[date],
    belonging: Belonging | None,
) -> dict[tuple[str, str, str, str, str], Decimal]:
    stock = DICTIONARY[side.fact].stock if side.stock is None else side.stock
    last = {period: month for month in known for period in around(month).items()}
    cells: dict[tuple[str, str, str, str], list[tuple[int, dict[str, Any]]]] = {}
    for month, index, row in _placed(side, rows):
        for kind, period in around(month).items():
            if stock and last[kind, period] != month:
                continue
            for level, unit in units(belonging, month, row["organization_id"]):
                cells.setdefault((level, unit, kind, period), []).append((index, row))
    found = {}
    for place, listed in cells.items():
        for part, value in _counted(side, stratum, listed):
            found[*place, part] = value
    return found


def _part(stratum: str, row: dict[str, Any]) -> str:
    return "" if not stratum or row["age"] is None else "old" if row["age"] >= 65 else "young"


def _counted(side: Count, stratum: str, listed: list[tuple[int, dict[str, Any]]]) -> Iterable[tuple[str, Decimal]]:
    term = side.parsed
    if term.kind == "latest":
        listed = _latest(side, listed)
    groups: dict[str, list[dict[str, Any]]] = {}
    for _, row in listed:
        groups.setdefault(_part(stratum, row), []).append(row)
    for part, rows in groups.items():
        asked = [
            row
            for row in rows
            if _holds(side, term.where, row) and (term.kind == "latest" or _holds(side, side.where, row))
        ]
        values = [_value(term.of, row) for row in asked] if term.kind in ("sum", "max") else []
        numbers = [value for value in values if value is not None]
        match term.kind:
            case "count" | "latest":
                yield part, Decimal(len(asked))
            case "distinct":
                yield part, Decimal(len({row[term.of] for row in asked}))
            case "sum":
                yield part, Decimal(sum(numbers))
            case "max" if numbers:
                yield part, Decimal(max(numbers))


def _value(of: str, row: dict[str, Any]) -> int | None:
    return None if row["fee"] is None else row["fee"] + (1 if "+" in of else 0)


def _latest(side: Count, listed: list[tuple[int, dict[str, Any]]]) -> list[tuple[int, dict[str, Any]]]:
    moment = side.at or DICTIONARY[side.fact].time
    last: dict[str, tuple[int, dict[str, Any]]] = {}
    for index, row in listed:
        if not _holds(side, side.where, row):
            continue
        standing = last.get(row[side.parsed.of])
        if standing is None or (row[moment], index) > (standing[1][moment], standing[0]):
            last[row[side.parsed.of]] = (index, row)
    return list(last.values())


def divided(upper: Decimal, lower: Decimal | None, times: Fraction) -> Decimal | None:
    """times × upper ÷ lower to six decimals, half away from zero."""
    if lower == 0:
        return None
    exact = 10**6 * times * Fraction(upper) / Fraction(1 if lower is None else lower)
    rounded = (2 * abs(exact.numerator) + exact.denominator) // (2 * exact.denominator)
    return Decimal(rounded if exact > 0 else -rounded).scaleb(-6)
