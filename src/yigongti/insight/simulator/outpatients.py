"""Visits that the cohort does not tell: people come with a cold or a sore back, below or at the hospitals.

The cohort gives most of its outpatient visits in its last two years; a county sees its people every month. For each
township and month as many visits are drawn as are missing to what is usual there, below and above (:data:`USUAL`): more
in winter, and from year to year a little more below and less above, which is what the reform is for. Check-ups of
people who are on no register are drawn before the measured one. Marked :data:`.care.DRAWN`.

Source for the portion below: 63 % of the visits within the county were at township hospitals (seed 004, 2020); for how
many visits a person makes no figure is followed, the record holds a sample of them.
"""

import duckdb

from yigongti.insight.simulator.bulk import insert_from, stage_relation
from yigongti.insight.simulator.care import DRAWN, ZONE
from yigongti.records.health_record.models import Encounter

USUAL = ((0.72, 0.08), (0.57, -0.11))
"""Visits of a person in a year three years ago, and by how much that has changed until today: below, and above."""
DAYS = 1125
COMPLAINTS = ("感冒", "咳嗽", "腰腿痛", "胃部不适", "头晕", "皮疹", "配药")
"""With what people come below (drawn)."""


def prepare(database: duckdb.DuckDBPyConnection) -> None:
    """Table ``common_visit``; ``attended``, ``drawn_visit``, ``followed``, ``desk``, ``placed`` are in DuckDB."""
    database.execute(COMMON_VISITS)


def build(database: duckdb.DuckDBPyConnection, columns: dict[str, str]) -> dict[str, int]:
    """Write those of one half of the people; ``columns`` are those of a visit."""
    stage_relation("incoming_common_visit", columns, database.sql(VISITS))
    moments = {name: f"{name} {ZONE}" for name in ("started_at", "ended_at")}
    texts = {name: f"coalesce({name}, '')" for name in ("complaint", "assessment")}
    told = {name: name for name in columns} | moments | texts
    told |= {"recorded_at": f"ended_at {ZONE}", "source": f"'{DRAWN}'"}
    return {"common_visits": insert_from(Encounter, "incoming_common_visit", told)}


COMMON_VISITS = f"""
CREATE OR REPLACE TABLE common_visit AS
WITH month AS (
    SELECT m::DATE AS month, 1 + least(last_day(m), getvariable('today') - 1) - m::DATE AS days,
           1 - (getvariable('today') - m::DATE) / {DAYS}.0 AS progress, cos(2 * pi() * dayofyear(m) / 365) AS winter
      FROM generate_series(date_trunc('month', getvariable('today') - {DAYS}), getvariable('today') - 1,
                           INTERVAL 1 MONTH) t(m)
), numbered AS (
    SELECT l.*, p.died_on, row_number() OVER (PARTITION BY l.township ORDER BY chance('turn' || p.id)) - 1 AS nth,
           count(*) OVER (PARTITION BY l.township) AS people
      FROM person p JOIN placed l USING (id)
), had AS (
    SELECT l.township, date_trunc('month', s.day) AS month, s.above, count(*) AS visits
      FROM (SELECT id, day, place = 'hospital' AS above FROM attended WHERE kind IN ('outpatient', 'home')
            UNION ALL SELECT id, day, place <> 'branch' FROM drawn_visit WHERE NOT stays
            UNION ALL SELECT id, CAST(day AS DATE), false FROM followed WHERE kind = 'home') s JOIN placed l USING (id)
     GROUP BY ALL
), missing AS (
    SELECT t.township, t.people, m.month, m.days, u.above,
           CAST(t.people * (u.often + u.changed * m.progress) / 365 * m.days
                * (1 + u.season * m.winter + 0.05 * deviate('busy' || t.township || m.month || u.above)) AS INTEGER)
           - coalesce(h.visits, 0) AS visits
      FROM (SELECT DISTINCT township, people FROM numbered) t CROSS JOIN month m
      CROSS JOIN (VALUES (false, {USUAL[0][0]}, {USUAL[0][1]}, 0.10), (true, {USUAL[1][0]}, {USUAL[1][1]}, 0.04))
                 u(above, often, changed, season)
      LEFT JOIN had h ON h.township = t.township AND h.month = m.month AND h.above = u.above
), drawn AS (
    SELECT m.township, m.above, m.month, m.days, concat_ws('-', m.township, m.month, m.above, t.n) AS name,
           CAST(floor(m.people * chance('who' || name)) AS BIGINT) AS nth
      FROM missing m, range(0, 2000) t(n) WHERE t.n < m.visits
), desks AS (
    SELECT *, row_number() OVER (PARTITION BY place ORDER BY chance(place || name)) - 1 AS nth,
           count(*) OVER (PARTITION BY place) AS many
      FROM desk WHERE place IN ('lead', 'city') AND name NOT IN ('急诊科', '中医科', '重症医学科')
), found AS (
    SELECT d.name, d.above, d.month + CAST(floor(d.days * chance('day' || d.name)) AS INTEGER) AS day, l.*,
           chance('at' || d.name) AS whither, chance('why' || d.name) AS why
      FROM drawn d JOIN numbered l ON l.township = d.township AND l.nth = d.nth
), check_up AS (
    SELECT p.id, p.birth_date, p.zero + s.moved AS day FROM person p JOIN series s ON s.id = p.id AND s.name = 'build'
      LEFT JOIN ill i ON i.id = p.id WHERE i.managed_since IS NULL AND p.died_on IS NULL
), earlier AS (
    SELECT c.id, n, c.day - CAST((CASE WHEN c.day - c.birth_date > 65 * 365 THEN 365 ELSE 680 END) * n
                    + 40 * (chance('check' || c.id || '-' || n) - 0.5) AS INTEGER) AS day
      FROM check_up c, range(1, 4) t(n) WHERE chance('checked' || c.id || '-' || n) < 0.75
)
SELECT f.id, f.key AS resident, f.day, 'outpatient' AS kind,
       f.day + CAST(floor(480 + 540 * chance('when' || f.name)) AS INTEGER) * INTERVAL 1 MINUTE AS begins,
       CASE WHEN f.above THEN d.organization WHEN f.whither < 0.55 THEN f.clinic ELSE f.township END AS organization,
       CASE WHEN f.above THEN d.practitioner WHEN f.whither < 0.55 THEN f.nurse
            ELSE doctor_on(f.doctor, f.day) END AS practitioner,
       CASE WHEN f.above THEN d.department END AS department,
       CASE WHEN f.above THEN d.name || '门诊就诊'
            ELSE {list(COMPLAINTS)}[1 + CAST(floor({len(COMPLAINTS)} * f.why) AS INTEGER)] END AS complaint,
       'visit:' || f.name AS source_key
  FROM found f LEFT JOIN desks d ON f.above AND d.place = CASE WHEN f.whither < 0.09 THEN 'city' ELSE 'lead' END
                                AND d.nth = CAST(floor(d.many * f.why) AS INTEGER)
 WHERE (f.died_on IS NULL OR f.day < f.died_on)
UNION ALL
SELECT e.id, l.key, e.day, 'examination', e.day + INTERVAL 9 HOUR, l.township, doctor_on(l.doctor, e.day), NULL,
       '健康体检', 'check-up:' || e.id || '-' || e.n
  FROM earlier e JOIN placed l USING (id) WHERE e.day > getvariable('today') - {DAYS}
"""  # noqa: S608
VISITS = """
SELECT stable_id(begins, source_key), resident, organization, practitioner, department, kind, begins,
       begins + INTERVAL 10 MINUTE, complaint, NULL, NULL::DATE, source_key
  FROM common_visit WHERE id % 2 = getvariable('half') ORDER BY 1
"""
