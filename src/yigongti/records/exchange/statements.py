"""What SQL a mapping may say: reading and shaping the tables of its own delivery, nothing else.

Three walls: the statement is parsed and every table and function is looked up in a list (here); it is bound against
empty tables when the policy is loaded (:mod:`.bench`); it runs in a DuckDB that has no access to files or the network.
"""

from collections.abc import Collection, Iterator

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from yigongti.kernel.policy.problems import allowed_words

DIALECT = "duckdb"

FUNCTIONS = frozenset(
    [
        "concat",
        "concat_ws",
        "length",
        "lower",
        "upper",
        "trim",
        "ltrim",
        "rtrim",
        "left",
        "right",
        "substr",
        "substring",
        "replace",
        "regexp_replace",
        "regexp_extract",
        "regexp_matches",
        "regexp_like",
        "split_part",
        "str_split",
        "split",
        "lpad",
        "rpad",
        "strip_accents",
        "starts_with",
        "ends_with",
        "contains",
        "format",
        "md5",
        "reverse",
        "position",
        "strpos",
        "translate",
        "abs",
        "round",
        "floor",
        "ceil",
        "ceiling",
        "greatest",
        "least",
        "sign",
        "mod",
        "sqrt",
        "ln",
        "exp",
        "pow",
        "power",
        "trunc",
        "case",
        "if",
        "coalesce",
        "nullif",
        "ifnull",
        "cast",
        "try_cast",
        "date_diff",
        "date_add",
        "date_sub",
        "date_part",
        "date_trunc",
        "extract",
        "year",
        "month",
        "day",
        "strptime",
        "try_strptime",
        "strftime",
        "make_date",
        "make_timestamp",
        "to_days",
        "to_months",
        "to_years",
        "today",
        "current_date",
        "age",
        "datediff",
        "dateadd",
        "epoch",
        "to_timestamp",
        "str_to_time",
        "time_to_str",
        "ts_or_ds_to_date",
        "ts_or_ds_add",
        "date",
        "timestamp",
        "list_value",
        "list_transform",
        "list_filter",
        "list_extract",
        "list_aggregate",
        "list_contains",
        "list_distinct",
        "list_sort",
        "len",
        "array_length",
        "array_to_string",
        "list_string_agg",
        "string_agg",
        "group_concat",
        "unnest",
        "explode",
        "json_extract",
        "json_extract_scalar",
        "json_extract_string",
        "json_array_length",
        "json_keys",
        "json_type",
        "json_valid",
        "json_object",
        "json_array",
        "to_json",
        "array_agg",
        "list",
        "array",
        "struct_pack",
        "struct_extract",
        "array_concat",
        "list_concat",
        "list_slice",
        "generate_series",
        "range",
        "sort_array",
        "array_size",
        "json_extract_array",
        "json_value_array",
        "parse_json",
        "json_format",
        "json_structure",
        "json_transform",
        "from_json",
        "count",
        "sum",
        "min",
        "max",
        "avg",
        "any_value",
        "first",
        "last",
        "arg_min",
        "arg_max",
        "row_number",
        "rank",
        "dense_rank",
        "lag",
        "lead",
        "first_value",
        "last_value",
        "bool_and",
        "bool_or",
        "logical_and",
        "logical_or",
        "count_if",
        "median",
        "quantile_cont",
    ]
)
"""Functions of text, numbers, choice, dates, lists and JSON, and over several rows."""
#: macros that every mapping has, see :mod:`.bench`
MACROS = frozenset({"as_date", "as_time", "as_number", "stable_day"})

REFUSED = (
    exp.DDL,
    exp.DML,
    exp.Command,
    exp.Into,
    exp.Pragma,
    exp.Set,
    exp.Copy,
    exp.Attach,
    exp.Parameter,
    exp.Placeholder,
)


class StatementRefused(ValueError):
    """A piece of SQL that a mapping may not contain: what is wrong, and what is allowed."""

    def __init__(self, message: str, allowed: str = "") -> None:
        super().__init__(message)
        self.message, self.allowed = message, allowed


def query(text: str, tables: Collection[str], functions: Collection[str] = ()) -> exp.Query:
    """A SELECT over ``tables``. Raises :class:`StatementRefused`."""
    tree = _parsed(text)
    if not isinstance(tree, exp.Query):
        raise StatementRefused("应为一条 SELECT 语句", "例如 SELECT line, id FROM subjects")
    _check(tree, tables, functions)
    return tree


def expression(text: str, functions: Collection[str] = ()) -> exp.Expr:
    """One value of a row, without subqueries. Raises :class:`StatementRefused`."""
    tree = _parsed(text)
    if isinstance(tree, exp.Query) or tree.find(exp.Subquery, exp.Select):
        raise StatementRefused("这里应为一个表达式，不能是查询", "查询写在 steps 里")
    _check(tree, (), functions)
    return tree


def _parsed(text: str) -> exp.Expr:
    try:
        statements = sqlglot.parse(text, dialect=DIALECT)
    except SqlglotError as error:
        detail: dict[str, str] = next(iter(getattr(error, "errors", ())), {})
        near = f"，在“{detail.get('highlight')}”附近" if detail.get("highlight") else ""
        raise StatementRefused(f"SQL 写法有误{near}") from error
    if len(statements) != 1 or statements[0] is None:
        raise StatementRefused("必须是且只是一条 SQL")
    return statements[0]


def _check(tree: exp.Expr, tables: Collection[str], functions: Collection[str]) -> None:
    if refused := tree.find(*REFUSED):
        raise StatementRefused(f"不能使用 {refused.key.upper()}", "映射只能读取和整理数据")
    known = {*tables, *(cte.alias_or_name for cte in tree.find_all(exp.CTE))}
    for table in tree.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier) or table.db or table.name not in known:
            if isinstance(table.this, exp.Func):
                continue  # a table function: looked up among the functions
            raise StatementRefused(f"没有表 {table.name or table.sql(DIALECT)}", allowed_words(table.name, known))
    allowed = FUNCTIONS | MACROS | set(functions)
    for function in tree.find_all(exp.Func):
        names = set(_names(function))
        if not names & allowed:
            name = min(names)
            raise StatementRefused(f"不能使用函数 {name}", allowed_words(name, allowed))


def _names(function: exp.Func) -> Iterator[str]:
    """Every name under which a function may stand in the list."""
    if isinstance(function, exp.And | exp.Or | exp.Xor):
        yield "case"  # sqlglot counts connectors as functions
        return
    if isinstance(function, exp.Anonymous | exp.AnonymousAggFunc):
        yield function.name.lower()
        return
    yield from (name.lower() for name in function.sql_names())
    yield function.key.lower()
    yield function.sql(DIALECT).split("(", 1)[0].strip().lower()
