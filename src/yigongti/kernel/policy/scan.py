"""Many rows: the same checked expressions as one DuckDB projection over a relation or a Parquet file."""

from collections.abc import Iterable, Mapping, Sequence

import duckdb
from sqlglot import exp

from yigongti.kernel.policy.expressions import DIALECT
from yigongti.kernel.policy.shapes import SQL_TYPES, Shape


def quoted(name: str) -> str:
    """A quoted identifier."""
    return exp.to_identifier(name, quoted=True).sql(DIALECT)


def typed_columns(shape: Shape, relation: duckdb.DuckDBPyRelation, needed: Iterable[str]) -> list[str]:
    """Select items that give the needed columns the types of the engine; a column that the relation lacks is NULL."""
    present = set(relation.columns)
    items = []
    for name in sorted(needed):
        value = quoted(name) if name in present else "NULL"
        items.append(f"CAST({value} AS {SQL_TYPES[shape.columns[name].family]}) AS {quoted(name)}")
    return items


def condition_sql(tree: exp.Expr) -> str:
    """The condition in DuckDB's SQL over typed columns: literals are double precision, division by zero is NULL."""
    return tree.transform(_as_double).sql(DIALECT)


def _as_double(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Literal) and not node.args["is_string"] and not isinstance(node.parent, exp.Round):
        return exp.cast(node.copy(), "double")
    if isinstance(node, exp.Literal) and isinstance(node.parent, exp.Round) and node.arg_key == "this":
        return exp.cast(node.copy(), "double")
    if isinstance(node, exp.Div):
        node.set("expression", exp.Nullif(this=node.expression, expression=exp.Literal.number(0)))
    if isinstance(node, exp.Column):
        return exp.column(exp.to_identifier(node.name, quoted=True))
    return node


def flags(
    relation: duckdb.DuckDBPyRelation,
    shape: Shape,
    conditions: Mapping[str, exp.Expr],
    needed: Iterable[str],
    keys: Sequence[str],
) -> duckdb.DuckDBPyRelation:
    """The key columns and one boolean column per condition (true or false, never NULL), in one pass."""
    taken = [f"{quoted(key)} AS {quoted('key.' + key)}" for key in keys]
    typed = relation.project(", ".join([*taken, *typed_columns(shape, relation, needed)]) or "1 AS one")
    kept = [f"{quoted('key.' + key)} AS {quoted(key)}" for key in keys]
    found = [f"COALESCE({condition_sql(tree)}, FALSE) AS {quoted(name)}" for name, tree in conditions.items()]
    return typed.project(", ".join([*kept, *found]))


def fired(
    relation: duckdb.DuckDBPyRelation,
    shape: Shape,
    conditions: Mapping[str, exp.Expr],
    needed: Iterable[str],
    keys: Sequence[str],
) -> duckdb.DuckDBPyRelation:
    """The key columns and ``fired``: the conditions that hold, in the order given; only rows with any."""
    table = flags(relation, shape, conditions, needed, keys)
    names = ", ".join(exp.Literal.string(name).sql(DIALECT) for name in conditions)
    listed = f"list_where([{names}], [{', '.join(map(quoted, conditions))}]) AS fired"
    kept = [quoted(key) for key in keys]
    return table.filter(" OR ".join(map(quoted, conditions)) or "FALSE").project(", ".join([*kept, listed]))


def counts(table: duckdb.DuckDBPyRelation, conditions: Iterable[str]) -> dict[str, int]:
    """How many rows each condition of :func:`flags` holds for, in one query."""
    names = list(conditions)
    row = table.aggregate(", ".join(f"count_if({quoted(name)})" for name in names)).fetchall()[0]
    return dict(zip(names, row, strict=True))
