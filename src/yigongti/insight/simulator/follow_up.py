"""The follow-ups between the visits of the cohort: the source tells of a person once a year or so, a county that
manages hypertension and diabetes sees its patients every quarter, and once more for the yearly check-up.

Drawn over the last three years and marked so (:data:`.care.DRAWN`), each with the values that the person had at the
nearest measured visit, a little higher or lower. Never the newest visit of a person, never near a measured one: what is
true of somebody today stays what was measured.
"""

import duckdb

from yigongti.insight.simulator.bulk import insert_from, stage_relation
from yigongti.insight.simulator.care import DRAWN, ZONE, write
from yigongti.records.health_record.models import Encounter, Observation

KEPT = 0.92
"""Of the follow-ups that are due so many take place."""
VALUE = {"encounter_id": "uuid", "code": "varchar", "value": "numeric", "unit": "varchar"}


def prepare(database: duckdb.DuckDBPyConnection) -> None:
    """Table ``followed`` in DuckDB; ``attended``, ``ill``, ``person`` and ``placed`` are there."""
    database.execute(FOLLOWED)


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


#: five times a year for nearly three years, where no measured visit lies within forty days and a measured one follows
FOLLOWED = f"""
CREATE OR REPLACE TABLE followed AS
WITH due AS (
    SELECT p.id, l.key AS resident, l.clinic, l.township, l.doctor, l.nurse, i.hypertension, i.diabetes,
           i.managed_since, p.birth_date, p.zero + p.last_day AS seen,
           CAST(getvariable('today') - CAST(30 + 73 * (n + chance('routine' || p.id || n)) AS INTEGER) AS DATE) AS day
      FROM person p JOIN placed l USING (id) JOIN ill i USING (id), range(0, 14) t(n)
     WHERE i.managed_since IS NOT NULL AND p.died_on IS NULL AND chance('kept' || p.id || n) < {KEPT}
), apart AS (
    SELECT d.*, v.day AS before FROM due d ASOF LEFT JOIN visit v ON v.id = d.id AND v.day <= d.day + 40
     WHERE d.day >= d.managed_since AND d.day < d.seen - 40
), held AS (
    SELECT a.* EXCLUDE before, a.day + to_seconds(CAST(8.5 * 3600 + 3 * 3600 * chance('morning' || a.id || a.day)
                                                       AS INTEGER)) AS moment,
           a.day - a.birth_date > 80 * 365 AS old, chance('at' || a.id || a.day) < 0.7 AS near
      FROM apart a WHERE a.before IS NULL OR a.before < a.day - 40
)
SELECT h.* EXCLUDE (clinic, township, doctor, nurse), stable_id(h.moment, 'routine' || h.id || h.day) AS key,
       CASE WHEN near OR old THEN clinic ELSE township END AS organization,
       CASE WHEN near OR old THEN nurse ELSE doctor END AS practitioner,
       coalesce(s.value, t.value, 134 + 11 * deviate('usual' || h.id))
       + 6 * deviate('systolic' || h.id || h.day) AS sbp,
       coalesce(d.value, e.value, 81 + 6 * deviate('usual' || h.id)) + 4 * deviate('diastolic' || h.id || h.day) AS dbp
  FROM held h ASOF LEFT JOIN (FROM measurement WHERE code = 'sbp') s ON s.id = h.id AND s.day <= h.day
  ASOF LEFT JOIN (FROM measurement WHERE code = 'sbp') t ON t.id = h.id AND t.day >= h.day
  ASOF LEFT JOIN (FROM measurement WHERE code = 'dbp') d ON d.id = h.id AND d.day <= h.day
  ASOF LEFT JOIN (FROM measurement WHERE code = 'dbp') e ON e.id = h.id AND e.day >= h.day
"""  # noqa: S608
VISITS = """
SELECT key, resident, organization, practitioner, NULL::BIGINT, CASE WHEN old THEN 'home' ELSE 'follow-up' END,
       moment, moment + INTERVAL 12 MINUTE,
       CASE WHEN hypertension AND diabetes THEN '高血压、糖尿病随访' WHEN hypertension THEN '高血压随访'
            ELSE '糖尿病随访' END,
       NULL, NULL::DATE, 'routine:' || id || ':' || day
  FROM followed WHERE id % 2 = getvariable('half') ORDER BY key
"""
#: pressures stay below what calls for a referral; two in five glucose values are high, as of the measured visits
VALUES = """
WITH valued AS (
    SELECT *, unnest(['sbp', 'dbp', 'fasting_glucose']) AS code, unnest(['mmHg', 'mmHg', 'mmol/L']) AS unit,
           unnest([CASE WHEN hypertension THEN round(least(158, greatest(96, sbp))) END,
                   CASE WHEN hypertension THEN round(least(98, greatest(56, least(dbp, sbp - 20)))) END,
                   CASE WHEN NOT diabetes THEN NULL
                        WHEN chance('high-routine' || id || day) < 0.4
                        THEN round(7.0 + 3.5 * pow(chance('sweet' || id || day), 2), 1)
                        ELSE round(4.8 + 2.1 * chance('sweet' || id || day), 1) END]) AS value
      FROM followed WHERE id % 2 = getvariable('half')
)
SELECT stable_id(moment, code || 'routine' || id || day), resident, organization, practitioner,
       code || ':routine:' || id || ':' || day, moment + INTERVAL 5 MINUTE, key, code,
       CAST(value AS DECIMAL(6, 1)), unit
  FROM valued WHERE value IS NOT NULL ORDER BY 1
"""
