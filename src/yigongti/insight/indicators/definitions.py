"""Indicators as policy: the file kind ``indicators``, a set of definitions with their sources.

::

    - indicator: "3.1"
      name: 县域内基层医疗卫生机构诊疗人次数占比
      meaning: 居民看病有多少在家门口
      fact: encounter
      where: in_force and kind in ('outpatient', 'emergency')
      numerator: count where is_primary
      denominator: count
      unit: "%"
      factor: 100
      better: higher
      source: {document: 国卫办基层发〔2024〕22号, item: "3.1", mark: GK}

What no fact can yield is ``reported`` (a number that the responsible organisation reports) or ``judged`` (an item that
is judged on evidence); such an item names no fact.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from yigongti.kernel.errors import Invalid
from yigongti.kernel.policy.kinds import Path, Policy, Sourced, Strict, policy_kind

from . import terms
from .terms import Term

Level = Literal["organization", "centre", "consortium", "county", "all"]
PeriodType = Literal["month", "quarter", "year"]
Better = Literal["higher", "lower", "range", "none"]
LEVELS: Mapping[str, str] = {
    "organization": "机构",
    "centre": "中心（含下属站点）",
    "consortium": "医共体",
    "county": "县区",
    "all": "全部",
}
MEMBERS: Mapping[Level, Level] = {"county": "centre", "consortium": "centre"}
"""Level → the level of the members by which its numbers are explained."""
PERIODS: Mapping[str, str] = {"month": "月", "quarter": "季", "year": "年"}
BETTER: Mapping[str, str] = {"higher": "越高越好", "lower": "越低越好", "range": "在范围内为好", "none": "不评优劣"}
Code = Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z.-]*$")]


class Count(Strict):
    """One side of a ratio: a term over a fact, the month and the organisation that a row counts for."""

    fact: str = ""
    where: str = ""
    term: str
    at: Annotated[str, Field(description="the time that decides the month; empty: the fact's own")] = ""
    organization: Annotated[str, Field(description="the column of the organisation")] = ""
    stock: Annotated[bool | None, Field(description="count at the end of the period, not over it")] = None

    @field_validator("term")
    @classmethod
    def _readable(cls, value: str) -> str:
        return _checked(value)

    @property
    def parsed(self) -> Term:
        """The term."""
        return terms.parse(self.term)


def _checked(text: str) -> str:
    try:
        terms.parse(text)
    except Invalid as wrong:
        raise ValueError(str(wrong)) from wrong
    return text


class Target(Strict):
    """What is to be reached: where and in which year; ``bands`` are the limits between grades, best first."""

    value: Decimal
    place: str = ""
    year: Annotated[int | None, Field(ge=1990, le=2100)] = None
    bands: list[Decimal] = Field(default_factory=list)
    note: str = ""


class LifeTable(Strict):
    """The probability of dying between two ages (WHO): 5qx = 5·5Mx ÷ (1 + 2.5·5Mx), combined over the age groups.

    ``by`` is the stratum with the age groups; numerator are deaths, denominator person-years.
    """

    by: str
    first: Annotated[int, Field(ge=0, le=120)] = 30
    last: Annotated[int, Field(ge=0, le=120)] = 70
    width: Annotated[int, Field(ge=1, le=120)] = 5

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        if self.first >= self.last:
            raise ValueError(f"life_table 从 {self.first} 岁到 {self.last} 岁：first 应小于 last")
        return self


class Growth(Strict):
    """The change against the same period of the year before: (value − former) ÷ former."""

    years: Annotated[int, Field(ge=1, le=10)] = 1


class Function(Strict):
    """What is done with the ratios after counting; exactly one."""

    life_table: LifeTable | None = None
    growth: Growth | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.life_table is None) == (self.growth is None):
            raise ValueError("function 里写 life_table 或 growth 之一")
        return self


class Asked(Strict):
    """A reported value is entered as numerator and denominator, in words with their units."""

    numerator: Annotated[str, Field(min_length=2)]
    denominator: Annotated[str, Field(min_length=2)]


class Bounds(Strict):
    """What a reported value is likely to be: beyond it people are asked to look again, nothing is refused.

    ``change`` is the likely largest change against the period before, in percent of it.
    """

    least: Decimal | None = None
    most: Decimal | None = None
    change: Annotated[Decimal | None, Field(gt=0)] = None


def _decimals(read: Mapping[str, Any]) -> int:
    """How many decimals a number has if its definition does not say: none where people or events are counted."""
    top = read.get("numerator")
    if (
        top is None
        or read.get("denominator")
        or read.get("function")
        or (read.get("factor"), read.get("divisor")) != (1, 1)
    ):
        return 2
    return 0 if terms.parse(top.term if isinstance(top, Count) else top).kind in terms.COUNTS else 2


class Indicator(Sourced):
    """One indicator: what it measures and how it is counted."""

    indicator: Code
    name: Annotated[str, Field(min_length=2)]
    dimension: str = ""
    meaning: Annotated[str, Field(description="what it says, in plain words")] = ""
    kind: Literal["computed", "reported", "judged"] = "computed"
    fact: str = ""
    where: str = ""
    numerator: str | Count | None = None
    denominator: str | Count | None = None
    at: str = ""
    organization: str = ""
    stock: bool | None = None
    function: Function | None = None
    by: Annotated[list[str], Field(description="disaggregations, names of the file's strata")] = []
    factor: Annotated[Decimal, Field(gt=0, lt=10**9, decimal_places=6)] = Decimal(1)
    divisor: Annotated[int, Field(gt=0, lt=10**6, description="what the value is divided by: minutes in a day")] = 1
    unit: str = ""
    decimals: Annotated[int, Field(ge=0, le=6, default_factory=_decimals)]
    better: Better = "none"
    periods: Annotated[list[PeriodType], Field(min_length=1)] = ["month", "quarter", "year"]
    levels: Annotated[list[Level], Field(min_length=1)] = ["organization", "centre", "consortium", "county"]
    completeness: Annotated[Decimal, Field(ge=0, le=1, description="least share of reporting months")] = Decimal(0)
    asks: Annotated[Asked | None, Field(description="a reported value as numerator and denominator")] = None
    bounds: Annotated[Bounds | None, Field(description="what a reported value is likely to be")] = None
    beside: Annotated[list[str], Field(description="codes of computed indicators that measure the same")] = []
    criteria: Annotated[list[str], Field(description="what a judged item is judged by")] = []
    evidence: list[str] = []
    targets: list[Target] = []
    owner: str = ""
    note: str = ""

    @field_validator("numerator", "denominator")
    @classmethod
    def _readable(cls, value: Any) -> Any:
        return _checked(value) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _counted(self) -> Self:
        if self.kind == "computed" and self.numerator is None:
            raise ValueError("缺少 numerator；不能由事实计算的写 kind: reported 或 judged")
        if self.kind != "computed" and (self.numerator is not None or self.fact):
            raise ValueError(f"kind 为 {self.kind} 的指标不写 fact 和 numerator")
        if self.divisor != 1 and (self.kind != "computed" or self.function):
            raise ValueError("divisor 只用于由事实计算、没有 function 的指标")
        if self.kind != "reported" and (self.asks or self.bounds):
            raise ValueError("只有 kind: reported 的指标写 asks 和 bounds")
        if len(set(self.by)) < len(self.by):
            raise ValueError(f"by 里有写了两次的分组：{'、'.join(self.by)}")
        if self.function and self.function.life_table and self.function.life_table.by not in self.by:
            raise ValueError(f"life_table 的 by 应在本指标的 by 之中：{self.function.life_table.by}")
        return self

    @property
    def times(self) -> Fraction:
        """By what the numerator, or its ratio to the denominator, is multiplied to be the value."""
        return Fraction(self.factor) / self.divisor

    @property
    def told_levels(self) -> list[Level]:
        """The levels of which numbers are kept: its own, and those of the members that explain them."""
        explained = [within for level, within in MEMBERS.items() if level in self.levels]
        return list(dict.fromkeys([*self.levels, *explained]))

    def side(self, name: Literal["numerator", "denominator"]) -> Count | None:
        """Numerator or denominator with what the indicator says for both."""
        given = getattr(self, name)
        if given is None:
            return None
        if isinstance(given, str):
            given = Count(term=given)
        own = given.fact in ("", self.fact)
        return given.model_copy(
            update={
                "fact": given.fact or self.fact,
                "where": both(self.where, given.where) if own else given.where,
                "at": given.at or (self.at if own else ""),
                "organization": given.organization or (self.organization if own else ""),
                "stock": given.stock if given.stock is not None else (self.stock if own else None),
            }
        )

    def sides(self) -> Iterator[tuple[Literal["numerator", "denominator"], Count]]:
        """Numerator and denominator where there are."""
        names: tuple[Literal["numerator", "denominator"], ...] = ("numerator", "denominator")
        for name in names:
            if (side := self.side(name)) is not None:
                yield name, side


def both(one: str, other: str) -> str:
    """Two conditions that must hold together."""
    return f"({one}) and ({other})" if one and other else one or other


class Stratum(Strict):
    """A disaggregation: per fact an expression that gives the group, and the titles of the groups."""

    title: str
    of: Annotated[dict[str, str], Field(min_length=1, description="fact → expression")]
    groups: dict[str, str] = {}


@policy_kind("indicators")
class IndicatorSet(Policy):
    """A set of indicators as a document gives it."""

    dimensions: dict[str, str] = {}
    strata: dict[str, Stratum] = {}
    indicators: Annotated[list[Indicator], Field(min_length=1)]

    def items(self) -> Iterator[tuple[Path, Sourced]]:
        """Every indicator."""
        for index, item in enumerate(self.indicators):
            yield ("indicators", index), item

    def problems(self) -> Iterator[tuple[Path, str, str]]:
        """What is written twice, unknown strata, and what the dictionary of facts does not know."""
        from .checking import against, problems
        from .dictionary import declared

        yield from problems(self, against.get() or declared())

    @property
    def name(self) -> str:
        """The part of the policy's name after the room: ``monitoring-2024``."""
        return self.policy.split("/", 1)[1]

    def code(self, item: Indicator) -> str:
        """The code by which the indicator is known everywhere: ``monitoring-2024/3.1``."""
        return f"{self.name}/{item.indicator}"
