"""A cohort of the same shape as the real one, for machines without the data sets: drawn, always the same.

Prevalences follow the national surveys quoted in the project's statistics (hypertension, diabetes by age); the mean and
spread of blood pressure follow the survey of 2018. Nothing in it was measured in anybody.
"""

import duckdb

PERSONS = 3000


def make(database: duckdb.DuckDBPyConnection) -> None:
    """Tables ``source_person``, ``source_measurement`` and ``source_event``, as the files would give."""
    database.execute(PEOPLE, {"persons": PERSONS})
    database.execute(MADE)


PEOPLE = """
CREATE TABLE source_person AS
WITH drawn AS (
    SELECT i AS id, CAST(18 + 72 * pow(chance('age' || i), 0.8) AS INTEGER) AS age,
           CAST(chance('sex' || i) < 0.49 AS INTEGER) AS male,
           CAST(200 + 3800 * chance('until' || i) AS INTEGER) AS futime
    FROM range(1, $persons + 1) t(i)
), built AS (
    SELECT *, round(CASE WHEN male = 1 THEN 166 ELSE 156 END + 6 * deviate('height' || id), 0) AS height,
           24.2 + 3.4 * deviate('bmi' || id) AS bmi
    FROM drawn
)
SELECT id, age, male, round(bmi * height * height / 10000, 1) AS weight, height, bmi, futime,
       CAST(chance('death' || id) < 0.004 * greatest(0, age - 40) / 4 AS INTEGER) AS status
FROM built
"""
MADE = """
CREATE TABLE source_event AS
WITH ill AS (
    SELECT id, futime, unnest(['htn', 'diabetes', 'dyslipidemia', 'nafld', 'ang/isc', 'stroke', 'afib',
                               'heart failure', 'MI']) AS event,
           unnest([CASE WHEN age < 45 THEN 0.10 WHEN age < 60 THEN 0.35 ELSE 0.57 END,
                   CASE WHEN age < 45 THEN 0.04 WHEN age < 60 THEN 0.13 ELSE 0.21 END,
                   0.3, 0.2, 0.0015 * greatest(0, age - 35), 0.0015 * greatest(0, age - 40),
                   0.001 * greatest(0, age - 45), 0.001 * greatest(0, age - 45),
                   0.0008 * greatest(0, age - 40)]) AS prevalence
    FROM source_person
)
SELECT row_number() OVER (ORDER BY id, event) AS row, id,
       CAST(futime * chance('onset' || event || id) - 2000 * chance('before' || event || id) AS INTEGER) AS days, event
FROM ill WHERE chance('ill' || event || id) < prevalence;
CREATE TABLE source_measurement AS
WITH seen AS (
    SELECT p.id, p.age, p.futime, e.days AS onset, n,
           CAST(p.futime - (n * 91 + 60 * chance('gap' || p.id || '-' || n)) AS INTEGER) AS days
    FROM source_person p LEFT JOIN source_event e ON e.id = p.id AND e.event = 'htn',
         range(0, CASE WHEN e.id IS NULL THEN 3 ELSE 12 END) t(n)
), valued AS (
    SELECT id, greatest(days, -3000) AS days,
           unnest(['sbp', 'dbp', 'hdl', 'chol', 'smoke']) AS test,
           unnest([round(112 + 0.25 * age + 16 * deviate('sbp' || id || '-' || n)
                         + CASE WHEN onset IS NULL THEN 0 ELSE 13 END, 0),
                   NULL,
                   CASE WHEN n % 3 = 0 THEN round(49 + 13 * deviate('hdl' || id || '-' || n), 0) END,
                   NULL,
                   CASE WHEN n = 0 THEN CAST(chance('smoke' || id) < 0.25 AS INTEGER) END]) AS value
    FROM seen
)
SELECT row_number() OVER (ORDER BY id, days, test) AS row, id, days, test, value FROM valued WHERE value IS NOT NULL;
"""
