"""Kind ``rules``: conditions over a shape and what follows from each."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any

import duckdb
from pydantic import BaseModel, Field, PrivateAttr, ValidationError
from sqlglot import exp

from yigongti.kernel.errors import NotFound
from yigongti.kernel.policy import scan
from yigongti.kernel.policy.closures import Closure, closure
from yigongti.kernel.policy.expressions import ExpressionRefused, parse
from yigongti.kernel.policy.kinds import Identifier, Path, Policy, Source, Sourced, policy_kind
from yigongti.kernel.policy.shapes import Shape, shape


class Rule(Sourced):
    """One rule as written: identifier, Chinese name, condition, consequence."""

    id: Identifier
    name: Annotated[str, Field(min_length=2)]
    when: Annotated[str, Field(min_length=1)]
    then: dict[str, Any]
    order: Annotated[int, Field(description="smaller comes first among equals")] = 100
    note: str = ""


@dataclass(frozen=True)
class CompiledRule:
    """A rule ready to run: its consequence checked, its condition compiled (with what the shape implies)."""

    id: str
    name: str
    when: str
    order: int
    source: Source
    then: BaseModel | Mapping[str, Any]
    tree: exp.Expr
    holds: Closure
    columns: tuple[str, ...]


@policy_kind("rules")
class Rules(Policy):
    """A rule set. ``shape`` names the row that the conditions read."""

    shape: str
    rules: Annotated[list[Rule], Field(min_length=1)]
    _compiled: "RuleSet | None" = PrivateAttr(None)

    def items(self) -> Iterator[tuple[Path, Sourced]]:
        yield from ((("rules", index), rule) for index, rule in enumerate(self.rules))

    def problems(self) -> Iterator[tuple[Path, str, str]]:
        try:
            row = shape(self.shape)
        except NotFound as error:
            yield ("shape",), error.message, error.hint
            return
        seen: set[str] = set()
        for index, rule in enumerate(self.rules):
            if rule.id in seen:
                yield ("rules", index, "id"), f"规则 {rule.id} 写了两次", ""
            seen.add(rule.id)
            try:
                parse(rule.when, row)
            except ExpressionRefused as refused:
                yield ("rules", index, "when"), refused.message, refused.allowed
            if row.consequence is not None:
                yield from _consequence_problems(row.consequence, rule, index)

    @property
    def compiled(self) -> "RuleSet":
        """The rule set, compiled once."""
        if self._compiled is None:
            self._compiled = RuleSet(shape(self.shape), [compile_rule(self, rule) for rule in self.rules])
        return self._compiled


def _consequence_problems(model: type[BaseModel], rule: Rule, index: int) -> Iterator[tuple[Path, str, str]]:
    from yigongti.kernel.policy.loading import describe

    try:
        model.model_validate(rule.then)
    except ValidationError as error:
        for path, message, allowed in describe(error.errors(), model):
            yield ("rules", index, "then", *path), message, allowed


def compile_rule(policy: Rules, rule: Rule) -> CompiledRule:
    """Check and compile one rule of a policy."""
    row = shape(policy.shape)
    then = row.consequence.model_validate(rule.then) if row.consequence else rule.then
    implied = row.implied(then) if row.implied and isinstance(then, BaseModel) else ""
    checked = parse(f"({implied}) and ({rule.when})" if implied else rule.when, row)
    return CompiledRule(
        id=rule.id,
        name=rule.name,
        when=rule.when,
        order=rule.order,
        source=policy.source_of(rule),
        then=then,
        tree=checked.tree,
        holds=closure(checked.tree),
        columns=checked.columns,
    )


class RuleSet:
    """Compiled rules over one shape, in the order in which they are answered."""

    def __init__(self, shape: Shape, rules: Sequence[CompiledRule]) -> None:
        self.shape = shape
        self.rules = tuple(rules)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns that any rule reads."""
        return tuple(sorted({column for rule in self.rules for column in rule.columns}))

    def evaluate(self, values: Mapping[str, Any]) -> list[CompiledRule]:
        """The rules that hold for one row. Unknown columns and wrong types raise Invalid or NotFound."""
        row = self.shape.row(values, self.columns)
        return [rule for rule in self.rules if rule.holds(row) is True]

    def conditions(self) -> dict[str, exp.Expr]:
        """Rule identifier to condition."""
        return {rule.id: rule.tree for rule in self.rules}

    def flags(self, relation: duckdb.DuckDBPyRelation, keys: Sequence[str] = ()) -> duckdb.DuckDBPyRelation:
        """One boolean column per rule for every row of the relation, in one pass."""
        return scan.flags(relation, self.shape, self.conditions(), self.columns, keys)

    def fired(self, relation: duckdb.DuckDBPyRelation, keys: Iterable[str]) -> duckdb.DuckDBPyRelation:
        """The key columns and the list of rules that hold, for rows where any does."""
        return scan.fired(relation, self.shape, self.conditions(), self.columns, list(keys))

    def counts(self, relation: duckdb.DuckDBPyRelation) -> dict[str, int]:
        """How many rows each rule holds for, in one query."""
        return scan.counts(self.flags(relation), self.conditions())
