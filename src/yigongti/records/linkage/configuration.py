"""The policy kind ``linkage-model``: which columns say what of a person, and when two rows are one."""

from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field

from yigongti.kernel.policy.expressions import ExpressionRefused, parse
from yigongti.kernel.policy.kinds import Path, Policy, Sourced, policy_kind
from yigongti.kernel.policy.problems import allowed_words
from yigongti.kernel.policy.shapes import Column, Shape
from yigongti.records.linkage.kinds import KINDS, levels_of
from yigongti.records.linkage.levels import Level

Outcome = Literal["link", "review", "reject"]
Probability = Annotated[float, Field(gt=0, lt=1)]
FieldName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=30)]
MORE_THAN_ONE = "more-than-one"
"""The rule of a pair that would be linked, were it not for another partner as likely."""
RESERVED = frozenset({"row", "source", "record", "block", "unique_id", "source_dataset", "weight", "probability"})


class Compared(Sourced):
    """A field: the column of the file, the kind of comparison and its options."""

    column: Annotated[str, Field(description="column of the file; the field's name when not given")] = ""
    kind: Annotated[str, Field(description="kind of comparison")]
    title: str = ""
    swap: Annotated[str | None, Field(description="field whose content may stand here by mistake")] = None
    frequency: Annotated[bool, Field(description="agreement on a frequent value counts less")] = False
    m: Annotated[dict[str, Probability], Field(description="level → share of true pairs")] = {}


class Rule(Sourced):
    """A condition on levels of agreement that decides before the thresholds do; the first that holds counts.

    ``link`` and ``reject`` decide; ``review`` lets nothing of the kind be linked without a person.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    name: Annotated[str, Field(min_length=2)]
    when: str
    then: Outcome


class Thresholds(Sourced):
    """Probabilities from which a pair is linked alone, and from which a person looks at it; with ``resolve: best`` the
    bits by which the likeliest partner must be ahead of the next.
    """

    link: Probability = 0.95
    review: Probability = 0.5
    margin: Annotated[float, Field(ge=0, le=100, description="bits ahead of the next, for resolve: best")] = 3


class Training(Sourced):
    """How the weights are found. ``u`` is always measured on random pairs.

    ``m: prior`` takes the shares of the kinds and of the policy; ``m: em`` trains them by expectation maximisation on
    pairs that agree on each of ``em_blocking``, held to the prior by ``prior_pairs`` imagined pairs.
    """

    m: Literal["prior", "em"] = "prior"
    em_blocking: list[list[str]] = []
    prior_pairs: Annotated[int, Field(ge=0)] = 200
    sample_pairs: Annotated[int, Field(ge=10_000, le=1_000_000_000)] = 400_000
    seed: int = 1
    prior: Annotated[
        float | None, Field(gt=0, lt=1, description="share of true pairs of all pairs, else estimated")
    ] = None


class Truth(Sourced):
    """For trying out: the column that says who it really is; with ``pattern``, its first group."""

    column: str
    pattern: str = ""


@policy_kind("linkage-model")
class LinkageModel(Policy):
    """How rows are compared and when they are one person."""

    id: Annotated[str, Field(description="column that names the row; its line number when not given")] = ""
    fields: Annotated[dict[FieldName, Compared], Field(min_length=1)]
    blocking: Annotated[
        list[list[str]], Field(min_length=1, description="keys that must agree for a pair to be looked at")
    ]
    block_limit: Annotated[int, Field(ge=2, description="a key shared by more rows finds nobody")] = 200
    rules: list[Rule] = []
    thresholds: Thresholds = Thresholds()
    training: Training = Training()
    resolve: Annotated[
        Literal["pairs", "groups", "one-to-one", "best"],
        Field(
            description="groups: what is linked through others is linked; one-to-one: a row has at most one partner; "
            "best: a row of the second file is one of the first only, ahead of the next by the margin"
        ),
    ] = "pairs"
    one_per_source: Annotated[
        str, Field(description="column: two rows with the same value of it are never one person")
    ] = ""
    truth: Truth | None = None

    def items(self) -> Iterator[tuple[Path, Sourced]]:
        yield from ((("fields", name), field) for name, field in self.fields.items())
        yield from ((("rules", index), rule) for index, rule in enumerate(self.rules))
        yield ("thresholds",), self.thresholds
        yield ("training",), self.training

    def problems(self) -> Iterator[tuple[Path, str, str]]:
        yield from self._field_problems()
        if any(True for _ in self._field_problems()):
            return
        yield from self._blocking_problems()
        for index, rule in enumerate(self.rules):
            try:
                parse(rule.when, self.shape)
            except ExpressionRefused as refused:
                yield ("rules", index, "when"), refused.message, refused.allowed
        if self.thresholds.review > self.thresholds.link:
            yield ("thresholds", "review"), "人工审核的界限不应高于自动关联", ""
        if self.training.m == "em" and not self.training.em_blocking:
            yield ("training", "em_blocking"), "m: em 时应写明训练用的键", ""

    def _blocking_problems(self) -> Iterator[tuple[Path, str, str]]:
        keys = self.keys
        for place, blocks in (("blocking", self.blocking), ("training", self.training.em_blocking)):
            for index, block in enumerate(blocks):
                path: Path = (place, index) if place == "blocking" else (place, "em_blocking", index)
                if not block:
                    yield path, "至少要有一个键", ""
                for key in block:
                    if key not in keys:
                        yield path, f"没有键 {key}", allowed_words(key, keys)

    def _field_problems(self) -> Iterator[tuple[Path, str, str]]:
        for name, field in self.fields.items():
            if name in RESERVED:
                yield ("fields", name), f"{name} 是保留的名字", "换一个名字"
            if field.kind not in KINDS:
                yield ("fields", name, "kind"), f"没有 {field.kind} 这种比较", allowed_words(field.kind, KINDS)
                continue
            if field.swap is not None and (field.swap not in self.fields or field.swap == name):
                yield ("fields", name, "swap"), f"没有另一个字段 {field.swap}", allowed_words(field.swap, self.fields)
            known = [level.name for level in KINDS[field.kind].levels(name, field.swap)]
            for level in field.m:
                if level not in known:
                    yield ("fields", name, "m", level), f"没有 {level} 这一级", allowed_words(level, known)

    @cached_property
    def levels(self) -> dict[str, tuple[Level, ...]]:
        """Field to its levels, the strongest first; prepared columns bear the field's name."""
        return {name: levels_of(f.kind, name, f.swap, f.m) for name, f in self.fields.items()}

    @cached_property
    def keys(self) -> dict[str, str]:
        """What blocking may use: ``name``, ``name.surname`` … to the prepared column."""
        found = {}
        for name, field in self.fields.items():
            for step in KINDS[field.kind].steps:
                found[f"{name}.{step.suffix}" if step.suffix else name] = prepared_column(name, step.suffix)
        return found

    @cached_property
    def shape(self) -> Shape:
        """The row that rules read: each field's level by name (NULL when unknown), weight and probability."""
        columns = {
            name: Column(name, "text", field.title or name, choices={lv.name: lv.title for lv in self.levels[name]})
            for name, field in self.fields.items()
        }
        columns["probability"] = Column("probability", "decimal", "概率")
        columns["weight"] = Column("weight", "decimal", "权重")
        return Shape("linkage_pair", "成对记录", columns)

    def columns(self) -> dict[str, str]:
        """Field to column of the file."""
        return {name: field.column or name for name, field in self.fields.items()}


def prepared_column(field: str, suffix: str) -> str:
    """The name of a prepared column."""
    return f"{field}_{suffix}" if suffix else field
