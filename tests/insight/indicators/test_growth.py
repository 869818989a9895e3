"""Growth of many units over many months: every former value is that of the year before, however the rows are read."""

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from yigongti.insight.indicators import results
from yigongti.kernel.duck import connect

UNITS = 1500
TABLES = f"""
CREATE TABLE moment AS
SELECT (y - 2021) * 12 + m AS moment_rank, 'month' AS type, y || '-' || lpad(m::VARCHAR, 2, '0') AS period
FROM range(2021, 2027) a(y), range(1, 13) b(m);
CREATE TABLE results AS
SELECT answer, place, moment_rank AS moment, '' AS part, (100 + place + 3 * moment_rank)::DECIMAL(38, 6) AS numerator,
       NULL::DECIMAL(38, 6) AS denominator, (100 + place + 3 * moment_rank)::DECIMAL(38, 6) AS value
FROM range(0, 3) x(answer), range({UNITS}) p(place), moment;
"""


def test_no_value_is_compared_with_one_that_is_a_growth_already() -> None:
    item = SimpleNamespace(factor=Decimal(100), function=SimpleNamespace(growth=SimpleNamespace(years=1)))
    answer: Any = SimpleNamespace(sought=SimpleNamespace(item=item, code="s/1"), strata=())
    with connect() as database:
        database.execute(results.MACROS)
        database.execute(TABLES)
        results._growth(database, [answer], {("s/1", ""): 1})
        wrong = """
            SELECT count(*) FILTER (WHERE answer = 1 AND denominator IS DISTINCT FROM
                                    CASE WHEN moment > 12 THEN 100 + place + 3 * (moment - 12) END),
                   count(*) FILTER (WHERE answer = 1 AND moment > 12 AND numerator <> 36),
                   count(*) FILTER (WHERE answer <> 1 AND value <> 100 + place + 3 * moment), count(*) FROM results"""
        assert database.execute(wrong).fetchone() == (0, 0, 0, 3 * UNITS * 72)
