"""Random well-typed expressions and rows over a small shape, as text that both engines read."""

from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from yigongti.kernel.policy.shapes import Column, register_shape

SHAPE = register_shape(
    "engine_test",
    [
        Column("n", "integer", "整数"),
        Column("d", "decimal", "小数"),
        Column("e", "decimal", "另一小数"),
        Column("t", "text", "文字"),
        Column("u", "text", "另一文字"),
        Column("b", "boolean", "是否"),
        Column("c", "boolean", "另一是否"),
        Column("day", "date", "日期"),
        Column("other_day", "date", "另一日期"),
    ],
    label="引擎比对",
)
SQL_TYPES = {
    "n": "INTEGER",
    "d": "DECIMAL(9,2)",
    "e": "DECIMAL(12,4)",
    "t": "VARCHAR",
    "u": "VARCHAR",
    "b": "BOOLEAN",
    "c": "BOOLEAN",
    "day": "DATE",
    "other_day": "DATE",
}
LETTERS = "aB%_.*血压 "
words = st.text(LETTERS, max_size=4)
decimals = st.decimals(-1000, 1000, places=2, allow_nan=False)
dates = st.dates(date(2020, 1, 1), date(2027, 12, 31))
rows = st.fixed_dictionaries(
    {
        "n": st.none() | st.integers(-1000, 1000),
        "d": st.none() | decimals,
        "e": st.none() | st.decimals(-1000, 1000, places=4, allow_nan=False) | st.just(Decimal(0)),
        "t": st.none() | words,
        "u": st.none() | words,
        "b": st.none() | st.booleans(),
        "c": st.none() | st.booleans(),
        "day": st.none() | dates,
        "other_day": st.none() | dates,
    }
)


def quote(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def joined(template: str, *parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """A template filled with random parts."""
    return st.tuples(*parts).map(lambda found: template.format(*found))


def number(depth: int) -> st.SearchStrategy[str]:
    """A number."""
    plain = st.sampled_from(["n", "d", "e", "null"]) | st.one_of(
        st.integers(0, 200), st.decimals(0, 200, places=1)
    ).map(str)
    if depth == 0:
        return plain
    deeper, text, day, truth = number(depth - 1), words_of(depth - 1), day_of(depth - 1), boolean(depth - 1)
    return st.one_of(
        plain,
        joined("({} {} {})", deeper, st.sampled_from("+-*/"), deeper),
        joined("(-{})", deeper),
        joined("abs({})", deeper),
        joined("round({}, {})", deeper, st.sampled_from("0123")),
        joined("least({}, {})", deeper, deeper),
        joined("greatest({}, {}, {})", deeper, deeper, deeper),
        joined("coalesce({}, {})", deeper, deeper),
        joined("nullif({}, {})", deeper, deeper),
        joined("length({})", text),
        joined("date_diff('day', {}, {})", day, day),
        joined("case when {} then {} else {} end", truth, deeper, deeper),
        joined("case {} when {} then {} when {} then {} end", deeper, deeper, deeper, deeper, deeper),
    )


def words_of(depth: int) -> st.SearchStrategy[str]:
    """A text."""
    plain = st.sampled_from(["t", "u"]) | words.map(quote)
    if depth == 0:
        return plain
    deeper = words_of(depth - 1)
    return st.one_of(
        plain,
        joined("lower({})", deeper),
        joined("upper({})", deeper),
        joined("coalesce({}, {})", deeper, deeper),
        joined("greatest({}, {})", deeper, deeper),
    )


def day_of(depth: int) -> st.SearchStrategy[str]:
    """A date."""
    plain = st.sampled_from(["day", "other_day"]) | dates.map(lambda day: f"date '{day}'")
    return plain if depth == 0 else plain | joined("least({}, {})", day_of(depth - 1), day_of(depth - 1))


def boolean(depth: int) -> st.SearchStrategy[str]:
    """A condition."""
    plain = st.sampled_from(["b", "c", "true", "false", "b is null", "c is not true", "b = c", "b is false"])
    if depth == 0:
        return plain
    compare = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
    values, text, day, deeper = number(depth - 1), words_of(depth - 1), day_of(depth - 1), boolean(depth - 1)
    return st.one_of(
        plain,
        joined("({} {} {})", values, compare, values),
        joined("({} {} {})", text, compare, text),
        joined("({} {} {})", day, compare, day),
        joined("({} {} {})", deeper, st.sampled_from(["and", "or"]), deeper),
        joined("({} and {} or {})", deeper, deeper, deeper),
        joined("(not {})", deeper),
        joined("({} {} {} and {})", values, st.sampled_from(["between", "not between"]), values, values),
        joined("({} {} ({}, {}, null))", values, st.sampled_from(["in", "not in"]), values, values),
        joined("({} {} ({}, {}))", text, st.sampled_from(["in", "not in"]), text, text),
        joined("({} {} {})", text, st.sampled_from(["like", "not like"]), words.map(quote)),
        joined("({} is {})", values, st.sampled_from(["null", "not null"])),
        joined("({} is {})", text, st.sampled_from(["null", "not null"])),
    )
