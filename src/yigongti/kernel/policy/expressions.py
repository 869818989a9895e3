"""The language of conditions: SQL boolean expressions over the columns of a shape.

One text is checked once (columns, types, an allow-list of functions) and then serves every engine. Three-valued logic:
what is unknown is NULL, a condition holds only when it is TRUE. ``x / 0`` is NULL. Numbers are double precision.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from yigongti.kernel.policy.problems import allowed_words
from yigongti.kernel.policy.shapes import Shape

DIALECT = "duckdb"
FUNCTIONS = (
    "abs",
    "case",
    "coalesce",
    "date_diff",
    "greatest",
    "least",
    "length",
    "lower",
    "nullif",
    "round",
    "upper",
)
LARGEST = 10**15
"""Numbers of a condition are below this, so that every engine keeps them whole and a product of two in range."""
IN_LIST = "文字列表用 in 来问，例如 'bed' in privileges"
DAY = "日期写成 date '2026-01-31'"
FAMILY_NAMES = {"number": "数", "text": "文字", "boolean": "是否", "date": "日期", "texts": "文字列表", "null": "空"}


class ExpressionRefused(ValueError):
    """A condition that cannot be used: what is wrong, and what is allowed."""

    def __init__(self, message: str, allowed: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.allowed = allowed


@dataclass(frozen=True)
class Expression:
    """A checked condition."""

    text: str
    tree: exp.Expr
    shape: Shape
    columns: tuple[str, ...]


def parse(text: str, shape: Shape) -> Expression:
    """Check a boolean expression against the columns of ``shape``. Raises :class:`ExpressionRefused`."""
    tree, family = _checked(text, shape, "条件", "sbp >= 180 or dbp >= 110")
    if family not in ("boolean", "null"):
        raise ExpressionRefused(f"条件的结果应是“是否”，这里是{FAMILY_NAMES[family]}")
    return _expression(text, tree, shape)


def parse_value(text: str, shape: Shape, *families: str) -> Expression:
    """Check an expression that gives a value of one of ``families`` (all when none is named)."""
    tree, family = _checked(text, shape, "表达式", "quantity * days")
    if families and family not in families:
        wanted = "或".join(FAMILY_NAMES[one] for one in families)
        raise ExpressionRefused(f"{text} 是{FAMILY_NAMES[family]}，这里应是{wanted}")
    return _expression(text, tree, shape)


def _checked(text: str, shape: Shape, what: str, example: str) -> tuple[exp.Expr, str]:
    """The tree and the family of its answer."""
    try:
        tree = _tree(text, what, example)
        return tree, _Checker(shape).family(tree)
    except RecursionError:
        raise ExpressionRefused(f"{what}层层相套太深", "分成几条来写") from None


def _tree(text: str, what: str, example: str) -> exp.Expr:
    try:
        statements = sqlglot.parse(text, dialect=DIALECT)
    except SqlglotError as error:
        detail: dict[str, str] = next(iter(getattr(error, "errors", ())), {})
        near = f"，在“{detail.get('highlight')}”附近" if detail.get("highlight") else ""
        raise ExpressionRefused(f"{what}写法有误{near}", f"应为一个 SQL {what}，例如 {example}") from error
    if len(statements) != 1 or statements[0] is None:
        raise ExpressionRefused(f"{what}必须是且只是一个表达式")
    return statements[0]


def _expression(text: str, tree: exp.Expr, shape: Shape) -> Expression:
    columns = tuple(dict.fromkeys(column.name for column in tree.find_all(exp.Column)))
    return Expression(text, tree, shape, columns)


class _Checker:
    """Walks a tree and answers the family of each node, or refuses."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape

    def family(self, node: exp.Expr) -> str:
        for types, check in _CHECKS:
            if isinstance(node, types):
                return check(self, node)
        name = (node.name if isinstance(node, exp.Anonymous) else node.key).lower()
        raise ExpressionRefused(f"不能使用 {name}", allowed_words(name, FUNCTIONS))

    def want(self, node: exp.Expr, *families: str) -> str:
        found = self.family(node)
        if found != "null" and found not in families:
            wanted = "或".join(FAMILY_NAMES[family] for family in families)
            raise ExpressionRefused(f"{node.sql(DIALECT)} 是{FAMILY_NAMES[found]}，这里应是{wanted}")
        return found

    def same(self, *nodes: exp.Expr) -> str:
        """All nodes are of one family (NULL fits all)."""
        found = {family for node in nodes if (family := self.family(node)) != "null"}
        if len(found) > 1:
            parts = "、".join(f"{node.sql(DIALECT)}（{FAMILY_NAMES[self.family(node)]}）" for node in nodes)
            hints = {"texts": IN_LIST, "date": DAY}
            hint = next((hints[one] for one in hints if one in found), "")
            raise ExpressionRefused(f"不能放在一起比较：{parts}", hint)
        if "texts" in found:
            raise ExpressionRefused(f"文字列表不能这样用：{nodes[0].sql(DIALECT)}", IN_LIST)
        return found.pop() if found else "null"

    def column(self, node: exp.Expr) -> str:
        if node.args.get("table") is not None:
            raise ExpressionRefused(f"字段前不能带表名：{node.sql(DIALECT)}", f"写成 {node.name}")
        if node.name not in self.shape.names:
            raise ExpressionRefused(f"没有字段 {node.name}", allowed_words(node.name, self.shape.names))
        return self.shape.columns[node.name].family

    def literal(self, node: exp.Expr) -> str:
        if node.args["is_string"]:
            return "text"
        if float(node.name) >= LARGEST:
            raise ExpressionRefused(f"数太大：{node.name[:40]}", f"应小于 {LARGEST:,}")
        return "number"

    def logic(self, node: exp.Expr) -> str:
        for part in (node.this, node.args.get("expression")):
            if part is not None:
                self.want(part, "boolean")
        return "boolean"

    def comparison(self, node: exp.Expr) -> str:
        self.same(node.this, node.expression)
        return "boolean"

    def arithmetic(self, node: exp.Expr) -> str:
        for part in (node.this, node.args.get("expression")):
            if part is not None:
                self.want(part, "number")
        return "number"

    def between(self, node: exp.Expr) -> str:
        if node.args.get("symmetric"):
            raise ExpressionRefused("不能使用 between symmetric")
        self.same(node.this, node.args["low"], node.args["high"])
        return "boolean"

    def membership(self, node: exp.Expr) -> str:
        listed = node.args.get("field")
        if isinstance(listed, exp.Column) and self.column(listed) == "texts":
            if not (isinstance(node.this, exp.Literal) and node.this.args["is_string"]):
                raise ExpressionRefused(f"in 前面应是引号里的文字，这里是 {node.this.sql(DIALECT)}", IN_LIST)
            return "boolean"
        if not node.expressions or node.args.get("query") or node.args.get("unnest") or listed:
            raise ExpressionRefused("in 后面应是括号里的值，例如 tier in ('village', 'township')")
        self.same(node.this, *node.expressions)
        return "boolean"

    def like(self, node: exp.Expr) -> str:
        self.want(node.this, "text")
        pattern = node.expression
        if not (isinstance(pattern, exp.Literal) and pattern.args["is_string"]):
            raise ExpressionRefused("like 后面应是引号里的文字，% 代表任意多字，_ 代表一个字")
        return "boolean"

    def existence(self, node: exp.Expr) -> str:
        if isinstance(node.expression, exp.Boolean):
            self.want(node.this, "boolean")
        elif isinstance(node.expression, exp.Null):
            self.family(node.this)
        else:
            raise ExpressionRefused("is 后面只能是 null、true 或 false")
        return "boolean"

    def choice(self, node: exp.Expr) -> str:
        """CASE: the branches are of one family."""
        subject = node.args.get("this")
        for branch in node.args["ifs"]:
            self.same(subject, branch.this) if subject is not None else self.want(branch.this, "boolean")
        results = [branch.args["true"] for branch in node.args["ifs"]]
        return self.same(*results, *([node.args["default"]] if node.args.get("default") else []))

    def alike(self, node: exp.Expr) -> str:
        """COALESCE, LEAST, GREATEST, NULLIF: all arguments of one family, which is the answer's."""
        second = node.args.get("expression")
        return self.same(node.this, *node.expressions, *([second] if second is not None else []))

    def rounded(self, node: exp.Expr) -> str:
        decimals = node.args.get("decimals")
        if decimals is not None and not (isinstance(decimals, exp.Literal) and decimals.name in "0123456"):
            raise ExpressionRefused("round 的位数应是 0 到 6 的数字")
        return self.arithmetic(node)

    def text_function(self, node: exp.Expr) -> str:
        self.want(node.this, "text")
        return "number" if isinstance(node, exp.Length) else "text"

    def days(self, node: exp.Expr) -> str:
        if str(node.args.get("unit") or "day").lower().strip("'") != "day":
            raise ExpressionRefused("date_diff 只能按天", "写成 date_diff('day', 起, 止)")
        self.want(node.this, "date")
        self.want(node.expression, "date")
        return "number"

    def cast(self, node: exp.Expr) -> str:
        target = node.args["to"]
        if not (target.is_type("date") and isinstance(node.this, exp.Literal) and node.this.args["is_string"]):
            raise ExpressionRefused(f"不能转换类型：{node.sql(DIALECT)}", DAY)
        try:
            date.fromisoformat(node.this.name)
        except ValueError:
            raise ExpressionRefused(f"没有这一天：{node.this.name}", DAY) from None
        return "date"


_CHECKS: tuple[tuple[Any, Callable[[_Checker, exp.Expr], str]], ...] = (
    (exp.Paren, lambda checker, node: checker.family(node.this)),
    (exp.Column, _Checker.column),
    (exp.Literal, _Checker.literal),
    (exp.Boolean, lambda checker, node: "boolean"),
    (exp.Null, lambda checker, node: "null"),
    ((exp.And, exp.Or, exp.Not), _Checker.logic),
    ((exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE), _Checker.comparison),
    ((exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Neg, exp.Abs), _Checker.arithmetic),
    (exp.Between, _Checker.between),
    (exp.In, _Checker.membership),
    (exp.Like, _Checker.like),
    (exp.Is, _Checker.existence),
    (exp.Case, _Checker.choice),
    ((exp.Coalesce, exp.Least, exp.Greatest, exp.Nullif), _Checker.alike),
    (exp.Round, _Checker.rounded),
    ((exp.Lower, exp.Upper, exp.Length), _Checker.text_function),
    (exp.DateDiff, _Checker.days),
    (exp.Cast, _Checker.cast),
)
