"""A condition in Chinese words, with labels and units: ``sbp >= 180`` reads 收缩压 ≥ 180 mmHg."""

from collections.abc import Callable, Mapping

from sqlglot import exp

from yigongti.kernel.policy.expressions import DIALECT
from yigongti.kernel.policy.shapes import Column, Shape

SIGNS: Mapping[type, str] = {
    exp.EQ: "为",
    exp.NEQ: "不是",
    exp.LT: "＜",
    exp.LTE: "≤",
    exp.GT: "＞",
    exp.GTE: "≥",
    exp.Add: "+",
    exp.Sub: "−",
    exp.Mul: "×",
    exp.Div: "÷",
}
FUNCTION_WORDS: Mapping[type, str] = {
    exp.Abs: "{0} 的绝对值",
    exp.Round: "{0} 四舍五入",
    exp.Lower: "{0}",
    exp.Upper: "{0}",
    exp.Length: "{0} 的字数",
    exp.Nullif: "{0}（等于 {1} 时视为未知）",
    exp.DateDiff: "{1} 到 {0} 的天数",
}


def in_words(node: exp.Expr, shape: Shape) -> str:
    """The expression in Chinese; what has no words of its own stays SQL."""
    return _Words(shape).say(node)


class _Words:
    """Says one node after the other."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape

    def say(self, node: exp.Expr) -> str:
        if type(node) in SIGNS:
            return self.compared(node)
        if type(node) in FUNCTION_WORDS:
            parts = [self.say(part) for part in (node.this, node.args.get("expression")) if part is not None]
            return FUNCTION_WORDS[type(node)].format(*parts)
        say = _SAYINGS.get(type(node))
        return say(self, node) if say else node.sql(DIALECT)

    def column_of(self, node: exp.Expr) -> Column | None:
        return self.shape.columns.get(node.name) if isinstance(node, exp.Column) else None

    def compared(self, node: exp.Expr) -> str:
        column = self.column_of(node.this)
        value = self.value(node.expression, column)
        return f"{self.say(node.this)} {SIGNS[type(node)]} {value}"

    def value(self, node: exp.Expr, column: Column | None) -> str:
        """A value in the terms of the column that it is compared with."""
        if column and isinstance(node, exp.Literal):
            return column.choices.get(node.name, f"{node.name} {column.unit}".strip())
        if column and isinstance(node, exp.Case):
            return f"{self.say(node)} {column.unit}".strip()
        return self.say(node)

    def connected(self, node: exp.Expr) -> str:
        word, inner = (" 且 ", exp.Or) if isinstance(node, exp.And) else (" 或 ", exp.And)
        parts = [(part.unnest(), self.say(part.unnest())) for part in node.flatten()]
        return word.join(f"（{text}）" if isinstance(part, inner) else text for part, text in parts)

    def negated(self, node: exp.Expr) -> str:
        inner = node.this.unnest()
        if isinstance(inner, exp.Is):
            return self.existence(inner, negative=True)
        if isinstance(inner, exp.In) and inner.args.get("field") is not None:
            return f"{self.say(inner.args['field'])} 不含 {self.listed(inner)}"
        if isinstance(inner, exp.In):
            return self.membership(inner).replace(" 为 ", " 不是 ", 1)
        return f"并非（{self.say(inner)}）" if not isinstance(inner, exp.Column) else f"无{self.say(inner)}"

    def existence(self, node: exp.Expr, negative: bool = False) -> str:
        if isinstance(node.expression, exp.Null):
            return f"{self.say(node.this)} {'已知' if negative else '未知'}"
        truth = bool(node.expression.this)
        return f"{self.say(node.this)} {'不确定或' if negative else ''}{'否' if truth is negative else '是'}"

    def membership(self, node: exp.Expr) -> str:
        if (listed := node.args.get("field")) is not None:
            return f"{self.say(listed)} 含 {self.listed(node)}"
        column = self.column_of(node.this)
        return f"{self.say(node.this)} 为 {'、'.join(self.value(choice, column) for choice in node.expressions)}"

    def listed(self, node: exp.Expr) -> str:
        """What a list is asked for, in its column's words."""
        column = self.column_of(node.args["field"])
        return column.choices.get(node.this.name, f"“{node.this.name}”") if column else self.say(node.this)

    def between(self, node: exp.Expr) -> str:
        column = self.column_of(node.this)
        return f"{self.say(node.this)} 在 {self.say(node.args['low'])}–{self.value(node.args['high'], column)} 之间"

    def case(self, node: exp.Expr) -> str:
        branches = [f"{self.say(branch.this)} 时 {self.say(branch.args['true'])}" for branch in node.args["ifs"]]
        default = node.args.get("default")
        return "（" + "，".join([*branches, *([f"否则 {self.say(default)}"] if default else [])]) + "）"

    def first_known(self, node: exp.Expr) -> str:
        return "或".join(self.say(part) for part in (node.this, *node.expressions)) + "（取已知者）"

    def extreme(self, node: exp.Expr) -> str:
        word = "最小者" if isinstance(node, exp.Least) else "最大者"
        return "、".join(self.say(part) for part in (node.this, *node.expressions)) + word

    def column(self, node: exp.Expr) -> str:
        column = self.column_of(node)
        return column.label if column else node.name

    def literal(self, node: exp.Expr) -> str:
        return f"“{node.name}”" if node.args["is_string"] else node.name


_SAYINGS: Mapping[type, Callable[[_Words, exp.Expr], str]] = {
    exp.Column: _Words.column,
    exp.Literal: _Words.literal,
    exp.Boolean: lambda words, node: "是" if node.this else "否",
    exp.Null: lambda words, node: "未知",
    exp.Paren: lambda words, node: words.say(node.this),
    exp.And: _Words.connected,
    exp.Or: _Words.connected,
    exp.Not: _Words.negated,
    exp.Neg: lambda words, node: f"−{words.say(node.this)}",
    exp.Is: _Words.existence,
    exp.In: _Words.membership,
    exp.Between: _Words.between,
    exp.Like: lambda words, node: (
        f"{words.say(node.this)} {'不' if node.args.get('negate') else ''}像 {words.say(node.expression)}"
    ),
    exp.Case: _Words.case,
    exp.Coalesce: _Words.first_known,
    exp.Least: _Words.extreme,
    exp.Greatest: _Words.extreme,
    exp.Cast: lambda words, node: node.this.name,
}
