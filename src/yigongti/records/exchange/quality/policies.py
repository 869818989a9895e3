"""What quality means, as a policy: dimensions with their weights, measures as conditions, bands, the ranking."""

from collections.abc import Iterator
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Annotated, Literal

from pydantic import Field, model_validator
from sqlglot import exp

from yigongti.kernel.policy.expressions import Expression, ExpressionRefused, parse
from yigongti.kernel.policy.kinds import Identifier, Path, Policy, Sourced, Strict, policy_kind
from yigongti.kernel.policy.problems import allowed_words
from yigongti.kernel.policy.shapes import shape
from yigongti.records.health_record.targets import TARGETS

from .delivered import OUTCOMES
from .rows import declare_shapes, shape_name

declare_shapes()
NAME = "exchange/quality"
Weight = Annotated[Decimal, Field(ge=0, le=100)]
Share = Annotated[Decimal, Field(ge=0, le=100, description="percent")]


class Dimension(Sourced):
    """A side of quality; its score is the mean of its measures by their weights, the total that of the dimensions."""

    title: Annotated[str, Field(min_length=2)]
    weight: Weight
    meaning: str


class Band(Strict):
    """What a score is called: from ``least`` points on."""

    least: Share
    title: str
    tone: Literal["calm", "accent", "warn", "danger"]


class Ranking(Strict):
    """Who sees whom: ``others`` is how a reader sees the sources of other organisations; few rows are not ranked."""

    others: Literal["named", "anonymous", "hidden"]
    least_rows: Annotated[int, Field(ge=1)]
    months: Annotated[int, Field(ge=2, le=36, description="length of the trend")]


class Measure(Sourced):
    """Something counted: good of looked at.

    Over received rows: ``of`` says which rows of ``targets`` are looked at (all when silent), ``good`` which of them
    are as they should be. Over deliveries: ``faults`` lists the outcomes that are bad; ``targets`` may be left out.
    ``goal`` is the percentage to reach; weight 0 is shown and not scored.
    """

    id: Identifier
    title: Annotated[str, Field(min_length=2)]
    dimension: str
    words: Annotated[str, Field(min_length=4)]
    targets: list[str] = Field(default_factory=list)
    of: str = ""
    good: str = ""
    faults: list[str] = Field(default_factory=list)
    weight: Weight = Decimal(1)
    goal: Share = Decimal(95)
    remedy: Annotated[str, Field(min_length=4)]

    @model_validator(mode="after")
    def _one_of_both(self) -> "Measure":
        if bool(self.good) == bool(self.faults):
            raise ValueError("写 good（已收到的行）或 faults（送来的行），两者取一")
        if self.good and not self.targets:
            raise ValueError("写明 targets：看哪些目标的行")
        return self

    @property
    def over_rows(self) -> bool:
        """Whether received rows are looked at, not the ledger of what was delivered."""
        return bool(self.good)

    def conditions(self, target: str) -> tuple[Expression, Expression]:
        """Which rows are looked at, and which are good. Raises ExpressionRefused."""
        return _conditions(self.of or "true", self.good, target)

    def sql(self, target: str) -> tuple[str, str]:
        """The same for PostgreSQL."""
        return _sql(self.of or "true", self.good, target)

    def columns(self, target: str) -> tuple[str, ...]:
        """The columns of a row that it looks at."""
        of, good = self.conditions(target)
        return tuple(dict.fromkeys((*of.columns, *good.columns)))


@lru_cache(maxsize=1024)
def _conditions(of: str, good: str, target: str) -> tuple[Expression, Expression]:
    """Remembered: every load counts its months with all measures."""
    row = shape(shape_name(target))
    return parse(of, row), parse(good, row)


@lru_cache(maxsize=1024)
def _sql(of: str, good: str, target: str) -> tuple[str, str]:
    first, second = _conditions(of, good, target)
    return postgres(first), postgres(second)


def postgres(expression: Expression) -> str:
    """A condition as PostgreSQL reads it."""
    tree = expression.tree.copy()
    for column in tree.find_all(exp.Column):
        column.this.set("quoted", True)
    return tree.sql("postgres")


@policy_kind("quality")
class Quality(Policy):
    """How the data of a source are judged."""

    dimensions: Annotated[dict[str, Dimension], Field(min_length=1)]
    bands: Annotated[list[Band], Field(min_length=1)]
    ranking: Ranking
    measures: Annotated[list[Measure], Field(min_length=1)]

    def items(self) -> Iterator[tuple[Path, Sourced]]:
        yield from ((("dimensions", key), one) for key, one in self.dimensions.items())
        yield from ((("measures", index), one) for index, one in enumerate(self.measures))

    def problems(self) -> Iterator[tuple[Path, str, str]]:
        seen: set[str] = set()
        for index, measure in enumerate(self.measures):
            path: Path = ("measures", index)
            if measure.id in seen:
                yield (*path, "id"), f"已有指标 {measure.id}", ""
            seen.add(measure.id)
            if measure.dimension not in self.dimensions:
                hint = allowed_words(measure.dimension, self.dimensions)
                yield (*path, "dimension"), f"没有维度 {measure.dimension}", hint
            yield from _wrong(measure, path)
        least = [band.least for band in self.bands]
        if least != sorted(least, reverse=True) or least[-1] != 0:
            yield ("bands",), "分档应从高到低，最后一档从 0 起", ""
        if not sum(one.weight for one in self.dimensions.values()):
            yield ("dimensions",), "各维度的权重都是 0", ""

    @cached_property
    def by_id(self) -> dict[str, Measure]:
        """The measures by their ids."""
        return {measure.id: measure for measure in self.measures}

    def band(self, score: Decimal) -> Band:
        """What a score is called."""
        return next(band for band in self.bands if score >= band.least)


def _wrong(measure: Measure, path: Path) -> Iterator[tuple[Path, str, str]]:
    for outcome in measure.faults:
        if outcome not in OUTCOMES:
            yield (*path, "faults"), f"没有这种结果 {outcome}", allowed_words(outcome, OUTCOMES)
    for target in measure.targets:
        if target not in TARGETS:
            yield (*path, "targets"), f"没有接收目标 {target}", allowed_words(target, TARGETS)
            continue
        for key, text in (("of", measure.of), ("good", measure.good)):
            try:
                if text:
                    parse(text, shape(shape_name(target)))
            except ExpressionRefused as error:
                yield (*path, key), f"{TARGETS[target].title}：{error.message}", error.allowed
