"""The people of the demonstration and what was measured in them: the real cohort, or a generated one of the same shape.

Source: Olmsted County (R package survival, ``nafld1`` persons, ``nafld2`` dated measurements, ``nafld3`` dated events),
de-identified. Days are counted from each person's index date; :func:`read` moves each person's days so that the latest
of them falls into the last weeks before ``today``. What was measured in a living person and then not again for more
than two years is moved as a whole, so that its last value is recent too. Intervals within each series of measurements
stay exactly as they were.

Two columns of the distributed ``nafld2`` are copies: ``dbp`` repeats ``sbp`` and ``chol`` repeats ``hdl`` on every row.
They carry no value of their own and are rejected with that reason; nothing is silently dropped.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import duckdb

from yigongti.insight.simulator import generated
from yigongti.kernel.duck import connect
from yigongti.records.health_record.observations import measured
from yigongti.records.health_record.registers import register_of

#: mg/dL of cholesterol → mmol/L (molar mass 386.65 g/mol)
CHOLESTEROL = 38.665
#: test of the source → our code and the divisor of its unit; units and limits of entry are those of the catalogue
TESTS = (("sbp", "sbp", 1.0), ("hdl", "hdl", CHOLESTEROL), ("fib4", "fib4", 1.0), ("smoke", "smoking", 1.0))
COPIES = {"dbp": "sbp", "chol": "hdl"}
#: event of the source → ICD-10 (national clinical edition), name, whether an acute event
EVENTS = (
    ("htn", "I10.x00", "原发性高血压", False),
    ("diabetes", "E11.900", "2 型糖尿病", False),
    ("dyslipidemia", "E78.500", "高脂血症", False),
    ("nafld", "K76.000", "脂肪肝", False),
    ("ang/isc", "I25.100", "冠状动脉粥样硬化性心脏病", False),
    ("stroke", "I63.900", "脑梗死", True),
    ("afib", "I48.x00", "心房颤动", False),
    ("heart failure", "I50.900", "心力衰竭", False),
    ("MI", "I21.900", "急性心肌梗死", True),
    ("cardiac arrest", "I46.900", "心脏停搏", True),
)
REASONS = {
    "copy": "来源列与另一列逐行相同，没有自己的数值",
    "duplicate": "同一人同一天同一项目重复",
    "range": "超出可能范围",
    "after-death": "日期晚于死亡",
    "unknown": "未知项目",
    "early": "十年以前，演示档案不装入",
}
TEN_YEARS = timedelta(days=3652)
"""How far back the record of the demonstration goes: as far as counties have kept one in computers."""


@dataclass
class Load:
    """What was read of a file: read = accepted + all rejected, by reason."""

    read: int
    accepted: int
    rejected: dict[str, int] = field(default_factory=dict)


@dataclass
class Cohort:
    """The cohort in DuckDB: tables ``person``, ``measurement``, ``event`` with dates, and how the load went."""

    database: duckdb.DuckDBPyConnection
    origin: str
    today: date
    loads: dict[str, Load]


def read(data_dir: Path | None, today: date) -> Cohort:
    """The real cohort under ``data_dir``, or the generated one."""
    database = connect()
    database.execute(MACROS)
    folder = data_dir / "residents-longitudinal" if data_dir else None
    if folder and (folder / "nafld1.csv.gz").exists():
        origin = "cohort"
        database.execute(SOURCE.format(folder=str(folder).replace("'", "''")))
    else:
        origin = "generated"
        generated.make(database)
    _tables(database)
    database.execute(JUDGED)
    database.execute(PERSON, {"today": today})
    database.execute(SERIES, {"today": today})
    database.execute(f"SET VARIABLE earliest = DATE '{today - TEN_YEARS}'")
    database.execute(EARLY)
    database.execute(DATED)
    loads = {name: _load(database, name) for name in ("measurement", "event")}
    return Cohort(database, origin, today, loads)


def _tables(database: duckdb.DuckDBPyConnection) -> None:
    """What the statements read: the tests and events that we know, and which columns may be copies."""
    database.execute(
        "CREATE TABLE test (test VARCHAR, code VARCHAR, divisor DOUBLE, unit VARCHAR, low DOUBLE, high DOUBLE)"
    )
    for test, code, divisor in TESTS:
        item = measured(code)
        database.execute(
            "INSERT INTO test VALUES (?, ?, ?, ?, ?, ?)",
            [test, code, divisor, item.unit, float(item.low), float(item.high)],
        )
    database.execute("CREATE TABLE named (event VARCHAR, code VARCHAR, name VARCHAR, acute BOOLEAN, register VARCHAR)")
    for event in EVENTS:
        database.execute("INSERT INTO named VALUES (?, ?, ?, ?, ?)", [*event, register_of(event[1])])
    database.execute("CREATE TABLE copied (test VARCHAR, original VARCHAR)")
    for pair in COPIES.items():
        database.execute("INSERT INTO copied VALUES (?, ?)", pair)


def _load(database: duckdb.DuckDBPyConnection, name: str) -> Load:
    counted = dict(
        database.execute(f"SELECT coalesce(problem, ''), count(*) FROM judged_{name} GROUP BY 1").fetchall()  # noqa: S608
    )
    accepted = counted.pop("", 0)
    return Load(accepted + sum(counted.values()), accepted, {REASONS[key]: n for key, n in sorted(counted.items())})


MACROS = """
SET TimeZone = 'UTC';
-- a number from 0 to 1 that depends on the key alone
CREATE MACRO chance(key) AS (md5_number_lower(key) % 1000003) / 1000003.0;
-- a standard normal deviate: the sum of twelve uniform ones
CREATE MACRO deviate(key) AS list_sum([chance(key || x::VARCHAR) for x in range(12)]) - 6;
-- a UUIDv7 that depends on moment and key alone: building twice makes the same keys
CREATE MACRO stable_id(moment, key) AS CAST(
    format('{:012x}', greatest(epoch_ms(moment), 0))[1:8] || '-' ||
    format('{:012x}', greatest(epoch_ms(moment), 0))[9:12] ||
    '-7' || md5(key)[1:3] || '-8' || md5(key)[4:6] || '-' || md5(key)[7:18] AS UUID);
"""
SOURCE = """
CREATE TABLE source_person AS
    SELECT id, CAST(age AS INTEGER) AS age, male, try_cast(weight AS DOUBLE) AS weight,
           try_cast(height AS DOUBLE) AS height, try_cast(bmi AS DOUBLE) AS bmi,
           CAST(futime AS INTEGER) AS futime, status
    FROM read_csv('{folder}/nafld1.csv.gz', nullstr = 'NA');
CREATE TABLE source_measurement AS
    SELECT row_number() OVER () AS row, * REPLACE (CAST(days AS INTEGER) AS days)
    FROM read_csv('{folder}/nafld2.csv.gz', nullstr = 'NA');
CREATE TABLE source_event AS
    SELECT row_number() OVER () AS row, * REPLACE (CAST(days AS INTEGER) AS days)
    FROM read_csv('{folder}/nafld3.csv.gz', nullstr = 'NA');
"""
JUDGED = """
CREATE TABLE judged_measurement AS
WITH same AS (
    -- a column is a copy when every row of it has a row of the original with the same person, day and value
    SELECT c.test FROM copied c JOIN source_measurement m ON m.test = c.test
    LEFT JOIN (SELECT DISTINCT id, days, test, value FROM source_measurement) o
           ON o.id = m.id AND o.days = m.days AND o.test = c.original AND o.value = m.value
    GROUP BY c.test HAVING count(o.id) > 0.99 * count(*)
)
SELECT m.*, t.code, t.unit, m.value / t.divisor AS converted,
       CASE WHEN s.test IS NOT NULL THEN 'copy'
            WHEN t.test IS NULL THEN 'unknown'
            WHEN m.value IS NULL OR m.value / t.divisor NOT BETWEEN t.low AND t.high THEN 'range'
            WHEN row_number() OVER (PARTITION BY m.id, m.days, m.test, m.value ORDER BY m.row) > 1 THEN 'duplicate'
       END AS problem
FROM source_measurement m LEFT JOIN test t USING (test) LEFT JOIN same s USING (test);
CREATE TABLE judged_event AS
SELECT e.*, n.code, n.name, n.register, n.acute,
       CASE WHEN n.code IS NULL THEN 'unknown' WHEN p.status = 1 AND e.days > p.futime THEN 'after-death' END AS problem
FROM source_event e JOIN source_person p USING (id) LEFT JOIN named n USING (event);
"""
#: whose disease is managed was seen within twenty months (and followed up between: :mod:`.follow_up`), the few with a
#: fresh critical blood pressure within the last days; others when something ailed them, within the last two years
PERSON = """
CREATE TABLE person AS
WITH latest AS (
    SELECT id, max(days) AS day, max(days) FILTER (code = 'sbp') AS pressure_day,
           arg_max(converted, days) FILTER (code = 'sbp') AS pressure
    FROM judged_measurement WHERE problem IS NULL GROUP BY id
), happened AS (
    SELECT id, max(days) AS day FROM judged_event WHERE problem IS NULL GROUP BY id
), managed AS (
    SELECT DISTINCT id FROM judged_event WHERE problem IS NULL AND register IN ('hypertension', 'diabetes')
), placed AS (
    SELECT p.*, greatest(0, l.day, h.day) AS last_day, l.pressure, m.id IS NOT NULL AS managed,
           l.pressure >= 160 AND l.pressure_day >= greatest(0, l.day, h.day) - 24 AS alarming
    FROM source_person p LEFT JOIN latest l USING (id) LEFT JOIN happened h USING (id) LEFT JOIN managed m USING (id)
), shifted AS (
    SELECT *, CASE WHEN status = 1 THEN $today::DATE - CAST(20 + 4400 * chance('died' || id) AS INTEGER) - futime
                   WHEN alarming THEN $today::DATE - CAST(1 + 5 * chance('lag' || id) AS INTEGER) - last_day
                   WHEN managed THEN $today::DATE - CAST(1 + 600 * chance('lag' || id) AS INTEGER) - last_day
                   ELSE $today::DATE - CAST(1 + 700 * pow(chance('lag' || id), 1.1) AS INTEGER) - last_day
              END AS zero
    FROM placed
)
SELECT id, zero, last_day, coalesce(alarming, false) AND status = 0 AS alarming, pressure, weight, height, bmi,
       CASE WHEN male = 1 THEN '1' ELSE '2' END AS sex,
       CAST(zero - to_years(age) AS DATE) - CAST(1 + 362 * chance('born' || id) AS INTEGER) AS birth_date,
       CASE WHEN status = 1 THEN CAST(zero + futime AS DATE) END AS died_on,
       least($today::DATE - CAST(CASE WHEN chance('lately' || id) < 0.08 THEN 3 + 1200 * chance('registered' || id)
                                      ELSE 1200 + 1200 * chance('registered' || id) END AS INTEGER),
             CASE WHEN status = 1 THEN CAST(zero + futime - 365 AS DATE) END)
       + to_seconds(CAST(8 * 3600 + 9 * 3600 * chance('hour' || id) AS INTEGER)) AS registered_at
FROM shifted ORDER BY id;
"""
#: Series of measurements of one person, and by how many days each is moved: none that ends within two years, none of
#: the dead. Pressure, build and smoking of a person end at one check-up, laboratory values at one visit to the
#: hospital; people with hypertension were seen within a year
SERIES = """
CREATE MACRO series_of(code) AS
    CASE WHEN code IN ('hdl', 'fib4') THEN code WHEN code IN ('sbp', 'dbp') THEN 'pressure'
         WHEN code = 'smoking' THEN code ELSE 'build' END;
CREATE TABLE series AS
WITH ended AS (
    SELECT id, series_of(code) AS name, max(days) AS day FROM judged_measurement WHERE problem IS NULL GROUP BY 1, 2
    UNION ALL SELECT id, 'build', 0 FROM person
), managed AS (
    SELECT DISTINCT id FROM judged_event WHERE problem IS NULL AND register = 'hypertension'
), recent AS (
    SELECT e.id, e.name, p.zero + e.day AS ended, p.died_on,
           $today::DATE - CASE WHEN e.name IN ('hdl', 'fib4')
               THEN CAST(30 + 670 * pow(chance('laboratory' || e.id), 1.4) AS INTEGER)
               WHEN h.id IS NOT NULL THEN CAST(5 + 355 * chance('check-up' || e.id) AS INTEGER)
               ELSE CAST(30 + 670 * pow(chance('check-up' || e.id), 1.4) AS INTEGER) END AS instead
    FROM ended e JOIN person p USING (id) LEFT JOIN managed h USING (id)
)
SELECT id, name, CASE WHEN died_on IS NULL AND ended < $today::DATE - 730
                      THEN CAST(instead - ended AS INTEGER) ELSE 0 END AS moved
FROM recent;
"""
EARLY = """
UPDATE judged_measurement m SET problem = 'early' FROM person p, series s
WHERE m.problem IS NULL AND p.id = m.id AND s.id = m.id AND s.name = series_of(m.code)
  AND p.zero + m.days + s.moved < getvariable('earliest');
"""
#: The source has no diastolic pressure of its own: it is estimated from the systolic one with mean, spread and
#: correlation by sex of NHANES 2017–2020 (45–65 years), never above 105 mmHg, and marked as estimated.
#: Days become dates; the time of day is drawn from working hours, one time for one person and day
DATED = """
CREATE TABLE measurement AS
SELECT m.row, m.id, m.code, m.unit, m.converted AS value, p.zero + m.days + s.moved AS day, false AS estimated
FROM judged_measurement m JOIN person p USING (id) JOIN series s ON s.id = m.id AND s.name = series_of(m.code)
WHERE m.problem IS NULL
UNION ALL
SELECT m.row, m.id, 'dbp', m.unit, CAST(least(105, greatest(45, least(m.converted - 20,
       CASE WHEN p.sex = '1' THEN 78 + 0.743 * 11.12 / 17.05 * (m.converted - 127) + 7.44 * deviate('dbp' || m.row)
            ELSE 77 + 0.677 * 11.12 / 18.53 * (m.converted - 123) + 8.18 * deviate('dbp' || m.row) END))) AS INTEGER),
       p.zero + m.days + s.moved, true
FROM judged_measurement m JOIN person p USING (id) JOIN series s ON s.id = m.id AND s.name = 'pressure'
WHERE m.problem IS NULL AND m.code = 'sbp' AND m.converted >= 70
UNION ALL
SELECT NULL, id, code, unit, value, day, false FROM (
    SELECT id, zero + moved AS day, unnest(['weight', 'height', 'bmi']) AS code, unnest(['kg', 'cm', 'kg/m²']) AS unit,
           unnest([weight, height, bmi]) AS value
    FROM person JOIN series USING (id) WHERE name = 'build')
WHERE value IS NOT NULL AND day >= getvariable('earliest');
CREATE TABLE visit AS
SELECT id, day, day + to_seconds(CAST(CASE WHEN chance('half' || id || day) < 0.65
           THEN 8 * 3600 + 3.4 * 3600 * chance('time' || id || day)
           ELSE 14.5 * 3600 + 2.5 * 3600 * chance('time' || id || day) END AS INTEGER)) AS moment,
       bool_or(code = 'sbp') AS pressure, bool_or(code IN ('hdl', 'fib4')) AS laboratory,
       bool_or(code = 'fib4') AS special, bool_or(code = 'bmi') AS examined,
       max(value) FILTER (code = 'sbp') AS sbp
FROM measurement GROUP BY id, day;
CREATE TABLE event AS
SELECT e.row, e.id, e.code, e.name, e.register, e.acute, p.zero + e.days AS day,
       row_number() OVER (PARTITION BY e.id, e.code ORDER BY e.days DESC, e.row DESC) AS from_last
FROM judged_event e JOIN person p USING (id) WHERE e.problem IS NULL;
"""
