"""Numerator and denominator are divided exactly, whichever way is quick enough for them."""

from decimal import ROUND_HALF_UP, Decimal, localcontext

from hypothesis import given, settings
from hypothesis import strategies as st

from yigongti.insight.indicators import results
from yigongti.kernel.duck import connect

FACTORS = st.decimals(Decimal("0.000001"), Decimal(1_000_000), places=6)
COUNTS = st.one_of(st.integers(0, 200), st.integers(0, 10**15))


@settings(deadline=None)
@given(st.lists(st.tuples(COUNTS, COUNTS.map(lambda n: n + 1), FACTORS), min_size=1, max_size=20))
def test_counts_of_any_size_give_the_value_that_decimals_give(rows: list[tuple[int, int, Decimal]]) -> None:
    with connect() as database:
        database.execute(results.MACROS)
        database.execute("CREATE TABLE t (line INTEGER, n BIGINT, d BIGINT, factor DECIMAL(18, 6))")
        database.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", [(line, *row) for line, row in enumerate(rows)])
        told = database.execute("SELECT counted(n, d, in_millionths(factor)::BIGINT) FROM t ORDER BY line").fetchall()
    with localcontext(prec=60):
        right = [(n * factor / d).quantize(Decimal("0.000001"), ROUND_HALF_UP) for n, d, factor in rows]
    assert [value for (value,) in told] == right
