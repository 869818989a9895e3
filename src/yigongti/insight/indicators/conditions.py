"""Conditions as bits: what many indicators ask of a row is asked once and remembered in a number.

A condition is brought to the form in which NOT stands only before single questions. There, and only there, "unknown"
may be taken for "no" at the questions without changing when the whole is TRUE. So each question becomes one bit of a
row's profile, rows are counted by profile, and every indicator is answered from the few profiles.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache, reduce

from sqlglot import exp, parse_one

DIALECT = "duckdb"
WIDTH = 62
"""Bits in one number: a BIGINT without its sign."""


@lru_cache(8192)
def tree(*texts: str) -> exp.Expr | None:
    """All conditions together, NOT pushed to the questions; None where there is no condition."""
    parts = [pushed(_portable(parse_one(text, dialect=DIALECT))) for text in texts if text]
    return reduce(lambda one, other: exp.And(this=one, expression=other), parts) if parts else None


def portable(text: str) -> str:
    """An expression as every engine reads it: ``'bed' in privileges`` becomes a question that all of them know."""
    found = parse_one(text, dialect=DIALECT) if text else None
    asked = found is not None and any(
        isinstance(node, exp.Div) or node.args.get("field") for node in found.find_all(exp.In, exp.Div)
    )
    return _portable(found).sql(DIALECT) if asked and found is not None else text


def _portable(node: exp.Expr) -> exp.Expr:
    return node.transform(_listed).transform(_divided)


def _divided(node: exp.Expr) -> exp.Expr:
    """What is divided by zero is unknown, in conditions as in rules."""
    if isinstance(node, exp.Div):
        node.set("expression", exp.Nullif(this=node.expression, expression=exp.Literal.number(0)))
    return node


def _listed(node: exp.Expr) -> exp.Expr:
    """An unknown list is unknown; an unknown element of a list says nothing (Spark would make the answer unknown)."""
    listed = node.args.get("field") if isinstance(node, exp.In) else None
    if listed is None:
        return node
    found = exp.ArrayContains(this=listed.copy(), expression=node.this.copy())
    known = exp.Not(this=exp.Is(this=listed.copy(), expression=exp.Null()))
    return exp.Case(ifs=[exp.If(this=known, true=exp.Coalesce(this=found, expressions=[exp.false()]))])


def pushed(node: exp.Expr, negated: bool = False) -> exp.Expr:
    """The same condition with NOT only before questions."""
    if isinstance(node, exp.Paren):
        return pushed(node.this, negated)
    if isinstance(node, exp.Not):
        return pushed(node.this, not negated)
    if isinstance(node, exp.And | exp.Or):
        turned = {exp.And: exp.Or, exp.Or: exp.And}[type(node)] if negated else type(node)
        return turned(this=pushed(node.this, negated), expression=pushed(node.expression, negated))
    return exp.Not(this=exp.Paren(this=node.copy())) if negated else node.copy()


def questions(node: exp.Expr | None) -> Iterable[str]:
    """The single questions of a condition, as SQL."""
    if isinstance(node, exp.And | exp.Or):
        yield from questions(node.this)
        yield from questions(node.expression)
    elif node is not None:
        yield _told(node)


def written(node: exp.Expr) -> str:
    """The condition as SQL, with every AND and OR in parentheses."""
    if isinstance(node, exp.And | exp.Or):
        word = "AND" if isinstance(node, exp.And) else "OR"
        return f"({written(node.this)} {word} {written(node.expression)})"
    return node.sql(DIALECT)


def quoted(name: str) -> str:
    """A column's name that is a word of SQL is still a name."""
    return exp.to_identifier(name, quoted=True).sql(DIALECT)


class Bits:
    """Questions in the order in which they were met; each is a bit of a number (``f0``, ``f1`` …)."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.known: dict[str, int] = {}

    def add(self, sql: str) -> int:
        """The number of the question's bit."""
        return self.known.setdefault(sql, len(self.known))

    def learn(self, node: exp.Expr | None) -> None:
        """Remember every question of a condition."""
        for sql in questions(node):
            self.add(sql)

    @property
    def columns(self) -> list[str]:
        """The numbers' names."""
        return [f"{self.prefix}{index}" for index in range((len(self.known) + WIDTH - 1) // WIDTH)]

    def packed(self) -> list[tuple[str, str]]:
        """The numbers as SQL over the row, with their names."""
        listed = list(self.known)
        return [(_packed(listed[at * WIDTH : (at + 1) * WIDTH]), name) for at, name in enumerate(self.columns)]

    def test(self, index: int) -> str:
        """Whether the bit is set, as SQL over the numbers."""
        return f"({self.prefix}{index // WIDTH} & {1 << index % WIDTH}) <> 0"

    def holds(self, node: exp.Expr | None) -> str:
        """The condition as SQL over the numbers."""
        if node is None:
            return "TRUE"
        if isinstance(node, exp.And | exp.Or):
            word = "AND" if isinstance(node, exp.And) else "OR"
            return f"({self.holds(node.this)} {word} {self.holds(node.expression)})"
        return self.test(self.known[_told(node)])


def _told(node: exp.Expr) -> str:
    """The question as SQL, written once."""
    if "sql" not in node.meta:
        node.meta["sql"] = node.sql(DIALECT)
    return str(node.meta["sql"])


def _packed(questions: Sequence[str]) -> str:
    kind = "INTEGER" if len(questions) < 31 else "BIGINT"
    return " + ".join(
        f"CASE WHEN {sql} THEN CAST({1 << at} AS {kind}) ELSE CAST(0 AS {kind}) END" for at, sql in enumerate(questions)
    )
