"""One row: a checked expression becomes a Python closure with SQL's three-valued logic (None is NULL)."""

import math
import operator
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sqlglot import exp

Closure = Callable[[Mapping[str, Any]], Any]

COMPARISONS: Mapping[type, Callable[[Any, Any], bool]] = {
    exp.EQ: operator.eq,
    exp.NEQ: operator.ne,
    exp.LT: operator.lt,
    exp.LTE: operator.le,
    exp.GT: operator.gt,
    exp.GTE: operator.ge,
}
ARITHMETIC: Mapping[type, Callable[[float, float], float | None]] = {
    exp.Add: operator.add,
    exp.Sub: operator.sub,
    exp.Mul: operator.mul,
    exp.Div: lambda left, right: left / right if right else None,
}


def closure(node: exp.Expr) -> Closure:
    """A function from a row (as :meth:`Shape.row` gives it) to the value of the expression."""
    kind = type(node)
    if kind in COMPARISONS:
        return _binary(COMPARISONS[kind], node.this, node.expression)
    if kind in ARITHMETIC:
        return _binary(ARITHMETIC[kind], node.this, node.expression)
    return _MAKERS[kind](node)


def _binary(apply: Callable[[Any, Any], Any], left_node: exp.Expr, right_node: exp.Expr) -> Closure:
    left, right = closure(left_node), closure(right_node)
    if isinstance(left_node, exp.Column) and isinstance(right_node, exp.Literal):
        name, constant = left_node.name, right({})
        return lambda row: None if (value := row[name]) is None else apply(value, constant)

    def both(row: Mapping[str, Any]) -> Any:
        if (first := left(row)) is None or (second := right(row)) is None:
            return None
        return apply(first, second)

    return both


def _unary(apply: Callable[[Any], Any]) -> Callable[[exp.Expr], Closure]:
    def make(node: exp.Expr) -> Closure:
        inner = closure(node.this)
        return lambda row: None if (value := inner(row)) is None else apply(value)

    return make


def _constant(value: Any) -> Closure:
    return lambda row: value


def _literal(node: exp.Expr) -> Closure:
    return _constant(node.name if node.args["is_string"] else float(node.name))


def _column(node: exp.Expr) -> Closure:
    return operator.itemgetter(node.name)


def _connected(decisive: bool) -> Callable[[exp.Expr], Closure]:
    """AND (decided by False) and OR (decided by True)."""

    def make(node: exp.Expr) -> Closure:
        parts = tuple(closure(part) for part in node.flatten())

        def connected(row: Mapping[str, Any]) -> bool | None:
            unknown = False
            for part in parts:
                value = part(row)
                if value is decisive:
                    return decisive
                unknown = unknown or value is None
            return None if unknown else not decisive

        return connected

    return make


def _between(node: exp.Expr) -> Closure:
    low = _binary(operator.ge, node.this, node.args["low"])
    high = _binary(operator.le, node.this, node.args["high"])

    def between(row: Mapping[str, Any]) -> bool | None:
        above, below = low(row), high(row)
        if above is False or below is False:
            return False
        return None if above is None or below is None else True

    return between


def _membership(node: exp.Expr) -> Closure:
    if (listed := node.args.get("field")) is not None:
        values, sought = closure(listed), node.this.name
        return lambda row: None if (found := values(row)) is None else sought in found
    subject, choices = closure(node.this), tuple(closure(choice) for choice in node.expressions)

    def membership(row: Mapping[str, Any]) -> bool | None:
        if (value := subject(row)) is None:
            return None
        values = [choice(row) for choice in choices]
        return True if value in values else (None if None in values else False)

    return membership


def _like(node: exp.Expr) -> Closure:
    wild = {"%": ".*", "_": "."}
    pattern = re.compile("".join(wild.get(letter) or re.escape(letter) for letter in node.expression.name), re.DOTALL)
    subject, negate = closure(node.this), bool(node.args.get("negate"))
    return lambda row: None if (value := subject(row)) is None else (pattern.fullmatch(value) is None) is negate


def _is(node: exp.Expr) -> Closure:
    subject = closure(node.this)
    wanted = None if isinstance(node.expression, exp.Null) else bool(node.expression.this)
    return lambda row: subject(row) is wanted


def _case(node: exp.Expr) -> Closure:
    subject = node.args.get("this")
    ifs = node.args["ifs"]
    tests = [exp.EQ(this=subject.copy(), expression=branch.this.copy()) if subject else branch.this for branch in ifs]
    branches = [(closure(test), closure(branch.args["true"])) for test, branch in zip(tests, ifs, strict=True)]
    default = closure(node.args["default"]) if node.args.get("default") else _constant(None)
    return lambda row: next((value for test, value in branches if test(row) is True), default)(row)


def _coalesce(node: exp.Expr) -> Closure:
    parts = [closure(part) for part in (node.this, *node.expressions)]
    return lambda row: next((value for part in parts if (value := part(row)) is not None), None)


def _extreme(choose: Callable[..., Any]) -> Callable[[exp.Expr], Closure]:
    """LEAST and GREATEST: unknown arguments are left out."""

    def make(node: exp.Expr) -> Closure:
        parts = [closure(part) for part in (node.this, *node.expressions)]
        return lambda row: choose((value for part in parts if (value := part(row)) is not None), default=None)

    return make


def _nullif(node: exp.Expr) -> Closure:
    value, other = closure(node.this), closure(node.expression)
    return lambda row: None if (found := value(row)) is not None and found == other(row) else found


def _round(node: exp.Expr) -> Closure:
    """Half away from zero, as SQL rounds."""
    decimals = node.args.get("decimals")
    scale, inner = 10.0 ** (int(decimals.name) if decimals is not None else 0), closure(node.this)

    def rounded(row: Mapping[str, Any]) -> float | None:
        if (value := inner(row)) is None:
            return None
        scaled = value * scale
        if not math.isfinite(scaled):
            return value
        whole = math.trunc(scaled)
        return (whole + math.copysign(1, scaled) if abs(scaled - whole) >= 0.5 else whole) / scale

    return rounded


_MAKERS: Mapping[type, Callable[[exp.Expr], Closure]] = {
    exp.Paren: lambda node: closure(node.this),
    exp.Column: _column,
    exp.Literal: _literal,
    exp.Boolean: lambda node: _constant(bool(node.this)),
    exp.Null: lambda node: _constant(None),
    exp.And: _connected(False),
    exp.Or: _connected(True),
    exp.Not: _unary(operator.not_),
    exp.Neg: _unary(operator.neg),
    exp.Abs: _unary(abs),
    exp.Between: _between,
    exp.In: _membership,
    exp.Like: _like,
    exp.Is: _is,
    exp.Case: _case,
    exp.Coalesce: _coalesce,
    exp.Least: _extreme(min),
    exp.Greatest: _extreme(max),
    exp.Nullif: _nullif,
    exp.Round: _round,
    exp.Lower: _unary(str.lower),
    exp.Upper: _unary(str.upper),
    exp.Length: _unary(lambda text: float(len(text))),
    exp.DateDiff: lambda node: _binary(lambda end, start: float((end - start).days), node.this, node.expression),
    exp.Cast: lambda node: _constant(date.fromisoformat(node.this.name)),
}
