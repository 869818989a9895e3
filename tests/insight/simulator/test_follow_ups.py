"""Follow-ups go on until today: as many people are measured lately as ever, but for one doctor's patients."""

from datetime import date

import pytest

from yigongti.insight.simulator import cohort, follow_up, record, turns

TODAY = date(2026, 6, 20)
LEFT_ON = date(2026, 3, 1)
PLACED = """
CREATE TABLE placed AS
SELECT id, stable_id(registered_at, 'resident' || id) AS key, 100 + id % 5 AS township, 1000 + id % 40 AS clinic,
       10 * (100 + id % 5) + id // 5 % 3 AS doctor, 5000 + id % 40 AS nurse FROM person
"""
#: of the patients of three months ago, how many per hundred were measured in three months: by month, and who left
MEASURED = """
WITH month AS (SELECT unnest(generate_series(DATE '2024-11-01', DATE '2026-05-01', INTERVAL 1 MONTH))::DATE AS month),
patient AS (
    SELECT e.id, min(e.day) AS since, p.died_on, l.doctor FROM event e JOIN person p USING (id) JOIN placed l USING (id)
     WHERE e.register = 'hypertension' GROUP BY ALL
), reading AS (
    SELECT id, day FROM measurement WHERE code = 'sbp' UNION SELECT id, day FROM followed WHERE hypertension
)
SELECT CASE doctor WHEN 1001 THEN 'left' ELSE 'others' END AS whose, month,
       100.0 * count(DISTINCT r.id) / count(DISTINCT p.id) AS share
  FROM month m JOIN patient p ON p.since < m.month - INTERVAL 3 MONTH
   AND coalesce(p.died_on, DATE '2030-01-01') > last_day(m.month)
  LEFT JOIN reading r ON r.id = p.id AND r.day BETWEEN m.month - INTERVAL 2 MONTH AND last_day(m.month)
 GROUP BY ALL ORDER BY ALL
"""


@pytest.fixture(scope="module")
def shares() -> dict[str, list[float]]:
    """Whose patients → the share of each month, as the generated cohort gives it."""
    database = cohort.read(None, TODAY).database
    database.execute(PLACED)
    database.execute(f"SET VARIABLE today = DATE '{TODAY}'")
    database.execute(
        turns.MACROS.format(left=1001, instead=1000, left_on=LEFT_ON, improved=104, began=date(2024, 1, 1))
    )
    database.execute(record.VISITS, {"lead": 1, "department": 1, "specialist": 1})
    follow_up.prepare(database)
    found: dict[str, list[float]] = {}
    for whose, _, share in database.execute(MEASURED).fetchall():
        found.setdefault(whose, []).append(share)
    return found


def test_no_month_falls_behind_the_others(shares: dict[str, list[float]]) -> None:
    others = shares["others"]
    assert len(others) == 19
    assert min(others) > 80
    assert abs(sum(others[-3:]) / 3 - sum(others[:-3]) / 16) < 5


def test_whom_the_doctor_left_is_measured_no_more(shares: dict[str, list[float]]) -> None:
    left = shares["left"]
    assert left[-1] < 45
    assert sum(left[:15]) / 15 > 80
