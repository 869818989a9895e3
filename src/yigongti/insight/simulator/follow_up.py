"""The follow-ups between the visits of the cohort: the source tells of a person once a year or so, a county that
manages hypertension and diabetes sees its patients every quarter, and once more for the yearly check-up.

Drawn over the last three years and marked so (:data:`.care.DRAWN`), each with the values that the person had at the
nearest measured visit, a little higher or lower, and in winter a little higher. Never near a measured visit. How many
of them take place, and where more or fewer, says :mod:`.turns`.
"""

import duckdb

from yigongti.insight.simulator.bulk import insert_from, stage_relation
from yigongti.insight.simulator.care import DRAWN, ZONE, write
from yigongti.records.health_record.models import Encounter, Observation

VALUE = {"encounter_id": "uuid", "code": "varchar", "value": "numeric", "unit": "varchar"}


def prepare(database: duckdb.DuckDBPyConnection) -> None:
    """Table ``followed`` in DuckDB; ``attended``, ``ill``, ``person``, ``placed`` and the macros of turns are there."""
    database.execute(PREPARED)
    database.execute(FOLLOWED)
    database.execute(SUGARED)


def build(database: duckdb.DuckDBPyConnection, columns: dict[str, str]) -> dict[str, int]:
    """Write visits and values of one half of the people; ``columns`` are those of a visit."""
    stage_relation("incoming_follow_up", columns, database.sql(VISITS))
    moments = {name: f"{name} {ZONE}" for name in ("started_at", "ended_at")}
    texts = {name: f"coalesce({name}, '')" for name in ("complaint", "assessment")}
    told = {name: name for name in columns} | moments | texts
    told |= {"recorded_at": f"ended_at {ZONE}", "source": f"'{DRAWN}'"}
    return {
        "follow_ups": insert_from(Encounter, "incoming_follow_up", told),
        "follow_up_values": write(database, Observation, VALUES, "effective_at", VALUE),
    }


#: every eighty days or so for three years, where no measured visit lies within forty days; once a year it is a check-up
FOLLOWED = """
CREATE OR REPLACE TABLE followed AS
WITH due AS (
    SELECT p.id, l.key AS resident, l.clinic, l.township, l.doctor, l.nurse, i.hypertension, i.diabetes,
           i.managed_since, p.birth_date, p.alarming, p.zero + s.moved AS check_up,
           CAST(getvariable('today') - 1 - CAST(80 * (n + chance('phase' || p.id))
                + 20 * chance('routine' || p.id || '-' || n) AS INTEGER) AS DATE) AS day
      FROM person p JOIN placed l USING (id) JOIN ill i USING (id), range(0, 15) t(n)
      LEFT JOIN series s ON s.id = p.id AND s.name = 'build'
     WHERE i.managed_since IS NOT NULL AND p.died_on IS NULL AND NOT p.alarming
), apart AS (
    SELECT d.*, v.day AS before FROM due d ASOF LEFT JOIN measured v ON v.id = d.id AND v.day <= d.day + 40
     WHERE d.day >= d.managed_since AND chance('kept' || d.id || d.day) < kept(d.township, d.doctor, d.day)
), held AS (
    SELECT a.* EXCLUDE before, a.day + to_seconds(CAST(8.5 * 3600 + 3 * 3600 * chance('morning' || a.id || a.day)
                                                       AS INTEGER)) AS moment,
           a.day - a.birth_date > 80 * 365 AS old, chance('at' || a.id || a.day) < 0.7 AS near,
           a.day < a.check_up - 200 AND row_number() OVER (
               PARTITION BY a.id, (a.check_up - a.day + 100) // 365 ORDER BY a.day DESC) = 1 AS yearly,
           row_number() OVER (PARTITION BY a.id ORDER BY a.day DESC) AS nth
      FROM apart a WHERE a.before IS NULL OR a.before < a.day - 40
)
SELECT h.* EXCLUDE (clinic, township, doctor, nurse, nth), stable_id(h.moment, 'routine' || h.id || h.day) AS key,
       CASE WHEN NOT yearly AND (near OR old) THEN clinic ELSE township END AS organization,
       CASE WHEN NOT yearly AND (near OR old) THEN nurse ELSE doctor_on(doctor, h.day) END AS practitioner,
       CASE WHEN yearly THEN 'examination' WHEN old THEN 'home' ELSE 'follow-up' END AS kind,
       h.nth = 1 AND (l.day IS NULL OR l.day < h.day) AS newest,
       coalesce(s.value, t.value, 134 + 11 * deviate('usual' || h.id))
       + 6 * deviate('systolic' || h.id || h.day) + winter(h.day) AS sbp,
       coalesce(d.value, e.value, 81 + 6 * deviate('usual' || h.id)) + 4 * deviate('diastolic' || h.id || h.day) AS dbp
  FROM held h LEFT JOIN (SELECT id, max(day) AS day FROM attended WHERE NOT special GROUP BY id) l USING (id)
  ASOF LEFT JOIN (FROM measurement WHERE code = 'sbp') s ON s.id = h.id AND s.day <= h.day
  ASOF LEFT JOIN (FROM measurement WHERE code = 'sbp') t ON t.id = h.id AND t.day >= h.day
  ASOF LEFT JOIN (FROM measurement WHERE code = 'dbp') d ON d.id = h.id AND d.day <= h.day
  ASOF LEFT JOIN (FROM measurement WHERE code = 'dbp') e ON e.id = h.id AND e.day >= h.day
"""
#: whose glucose is high at which visit: a third of them, twice in a row with a few people only
SUGARED = """
CREATE OR REPLACE TABLE sugared AS
SELECT id, day, chance('stubborn' || id) < 0.015 OR (nth + id) % 2 = 1 AND chance('high' || id || day) < 0.7 AS high
  FROM (SELECT id, day, row_number() OVER (PARTITION BY id ORDER BY day DESC) AS nth
          FROM (SELECT id, day FROM attended WHERE managed AND diabetes AND place <> 'hospital'
                UNION SELECT id, day FROM followed WHERE diabetes));
"""
#: pressures are higher in winter; what counts as a visit is what was measured there
PREPARED = """
CREATE OR REPLACE MACRO winter(day) AS 1.3 * cos(2 * pi() * (dayofyear(CAST(day AS DATE)) - 15) / 365);
CREATE OR REPLACE TABLE measured AS
SELECT a.id, a.day FROM attended a LEFT JOIN visit v ON v.id = a.id AND v.day = a.day
 WHERE NOT a.special AND (v.pressure OR NOT coalesce(a.hypertension, false));
"""
VISITS = """
SELECT key, resident, organization, practitioner, NULL::BIGINT, kind, moment, moment + INTERVAL 12 MINUTE,
       CASE WHEN yearly THEN '健康体检' WHEN hypertension AND diabetes THEN '高血压、糖尿病随访'
            WHEN hypertension THEN '高血压随访' ELSE '糖尿病随访' END,
       NULL, CASE WHEN newest THEN greatest(day + CASE WHEN hypertension AND sbp >= 140 THEN 14 ELSE 91 END,
                                            getvariable('today') - 14 + CAST(70 * chance('due' || id) AS INTEGER)) END,
       'routine:' || id || ':' || day
  FROM followed WHERE id % 2 = getvariable('half') ORDER BY key
"""
#: pressures stay below what calls for a referral
VALUES = """
WITH valued AS (
    SELECT *, unnest(['sbp', 'dbp', 'fasting_glucose']) AS code, unnest(['mmHg', 'mmHg', 'mmol/L']) AS unit,
           unnest([CASE WHEN hypertension THEN round(least(158, greatest(96, sbp))) END,
                   CASE WHEN hypertension THEN round(least(98, greatest(56, least(dbp, sbp - 20)))) END,
                   CASE WHEN NOT diabetes THEN NULL
                        WHEN high
                        THEN round(7.0 + 3.5 * pow(chance('sweet' || id || day), 2), 1)
                        ELSE round(4.8 + 2.1 * chance('sweet' || id || day), 1) END]) AS value
      FROM followed LEFT JOIN sugared USING (id, day) WHERE id % 2 = getvariable('half')
)
SELECT stable_id(moment, code || 'routine' || id || day), resident, organization, practitioner,
       code || ':routine:' || id || ':' || day, moment + INTERVAL 5 MINUTE, key, code,
       CAST(value AS DECIMAL(6, 1)), unit
  FROM valued WHERE value IS NOT NULL ORDER BY 1
"""
