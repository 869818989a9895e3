"""The health record of the cohort: visits, measurements, diagnoses; and, drawn, medications and allergies.

Values and days are those of the source. Where a visit took place and who saw the person follows from what was measured
and from where the person lives. Keys depend on the source's keys alone, so that building twice changes nothing.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier, BrokenBarrierError

import duckdb
from django.db import connections

from yigongti.insight.simulator import care, follow_up, hospital, outpatients, turns
from yigongti.insight.simulator.bulk import insert_from, prepare, stage_relation
from yigongti.insight.simulator.cohort import TEN_YEARS, Cohort
from yigongti.insight.simulator.community import Community
from yigongti.insight.simulator.people import Staff
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.records.health_record.models import (
    AllergyIntolerance,
    Condition,
    Encounter,
    MedicationStatement,
    Observation,
)
from yigongti.records.health_record.months import prepare_months
from yigongti.records.residents.models import CareRelation
from yigongti.records.residents.services.relations import AFTER_CONTACT

DRAWN = care.DRAWN
"""Source of what was drawn, not measured: medications, allergies and all of :mod:`.care`."""
ZONE = "AT TIME ZONE 'Asia/Shanghai'"

ENCOUNTER = {
    "id": "uuid",
    "resident_id": "uuid",
    "organization_id": "int8",
    "practitioner_id": "int8",
    "department_id": "int8",
    "kind": "varchar",
    "started_at": "timestamp",
    "ended_at": "timestamp",
    "complaint": "varchar",
    "assessment": "varchar",
    "next_due": "date",
    "source_key": "varchar",
}
OBSERVATION = {
    "id": "uuid",
    "resident_id": "uuid",
    "organization_id": "int8",
    "encounter_id": "uuid",
    "code": "varchar",
    "value": "numeric",
    "unit": "varchar",
    "text": "varchar",
    "effective_at": "timestamp",
    "source": "varchar",
    "source_key": "varchar",
    "report_id": "uuid",
}
CONDITION = {
    "id": "uuid",
    "resident_id": "uuid",
    "organization_id": "int8",
    "practitioner_id": "int8",
    "code": "varchar",
    "name": "varchar",
    "register": "varchar",
    "status": "varchar",
    "onset_on": "date",
    "source_key": "varchar",
}
MEDICATION = {
    "id": "uuid",
    "resident_id": "uuid",
    "organization_id": "int8",
    "practitioner_id": "int8",
    "name": "varchar",
    "dose": "varchar",
    "frequency": "varchar",
    "start": "date",
    "source_key": "varchar",
}
ALLERGY = {
    "id": "uuid",
    "resident_id": "uuid",
    "organization_id": "int8",
    "practitioner_id": "int8",
    "substance": "varchar",
    "reaction": "varchar",
    "source_key": "varchar",
    "day": "date",
}


def build(cohort: Cohort, community: Community, staff: Staff, turn: turns.Turn) -> dict[str, int]:
    """Write the record; :func:`.population.place` has told DuckDB who is where.

    Half of the people are written over a second connection, because most of the time is spent inside PostgreSQL. Both
    halves are committed when both are complete; a half that stood alone would be completed by the next build.
    """
    lead = community.lead
    department = community.departments[lead.pk, "消化内科"]
    specialist = staff.at(lead.pk, "specialist", department.name)[0].practitioner
    turns.tell(cohort.database, turn)
    cohort.database.execute(VISITS, {"lead": lead.pk, "department": department.pk, "specialist": specialist.pk})
    cohort.database.execute(f"SET VARIABLE today = DATE '{cohort.today}'")
    hospital.prepare(cohort.database, community, staff)
    follow_up.prepare(cohort.database)
    outpatients.prepare(cohort.database)
    complete = Barrier(2)
    with ThreadPoolExecutor(1) as other:
        other.submit(_months, cohort.today).result()
        there = other.submit(_over_another_connection, cohort, lead.pk, complete)
        try:
            here = _half(cohort, 0, lead.pk)
            complete.wait()
        except BrokenBarrierError:
            there.result()
            raise
        except BaseException:
            complete.abort()
            raise
        return {name: number + there.result()[name] for name, number in here.items()}


def _months(today: date) -> None:
    """The measurements of ten years have their months before rows are written."""
    try:
        prepare_months(today - TEN_YEARS, today)
    finally:
        connections.close_all()


def _over_another_connection(cohort: Cohort, lead_id: int, complete: Barrier) -> dict[str, int]:
    try:
        with acting(SYSTEM):
            prepare()
            counts = _half(cohort, 1, lead_id)
            complete.wait()
            return counts
    except BaseException:
        complete.abort()
        raise
    finally:
        connections.close_all()


def _half(cohort: Cohort, half: int, lead_id: int) -> dict[str, int]:
    """Everything about the people with even (0) or odd (1) keys of the source."""
    database = cohort.database.cursor()
    database.execute(f"SET VARIABLE half = {half}")
    database.execute(f"SET VARIABLE today = DATE '{cohort.today}'")
    care.prepare(database)
    return {
        "encounters": encounters(database, cohort.origin),
        "hospital_visits": hospital.visits(database, ENCOUNTER),
        "observations": observations(database, cohort.origin),
        "conditions": conditions(database, cohort.origin),
        "medications": medications(database),
        "allergies": allergies(database),
        "hospital_contacts": contacts(lead_id),
        **follow_up.build(database, ENCOUNTER),
        **outpatients.build(database, ENCOUNTER),
        **care.build(database),
        **hospital.build(database),
    }


def encounters(database: duckdb.DuckDBPyConnection, origin: str) -> int:
    """One visit for each person and day on which something was measured."""
    stage_relation("incoming_encounter", ENCOUNTER, database.sql(ENCOUNTERS))
    moments = {name: f"{name} {ZONE}" for name in ("started_at", "ended_at")}
    texts = {name: f"coalesce({name}, '')" for name in ("complaint", "assessment")}
    columns = {name: name for name in ENCOUNTER} | moments | texts
    columns |= {"recorded_at": f"ended_at {ZONE}", "source": f"'{origin}'"}
    return insert_from(Encounter, "incoming_encounter", columns)


def observations(database: duckdb.DuckDBPyConnection, origin: str) -> int:
    """Every accepted measurement; an estimated one says so."""
    stage_relation(
        "incoming_observation", OBSERVATION, database.sql(OBSERVATIONS.format(origin=origin, tested=care.TESTED))
    )
    moment = {"effective_at": f"effective_at {ZONE}", "recorded_at": f"effective_at {ZONE}"}
    texts = {name: f"coalesce({name}, '')" for name in ("unit", "text")}
    return insert_from(Observation, "incoming_observation", {name: name for name in OBSERVATION} | moment | texts)


def conditions(database: duckdb.DuckDBPyConnection, origin: str) -> int:
    """Every event; only the last of a kind is present, earlier ones have passed."""
    stage_relation("incoming_condition", CONDITION, database.sql(CONDITIONS))
    columns = {name: name for name in CONDITION} | {"register": "coalesce(register, '')"}
    columns |= {"recorded_at": f"(onset_on + time '10:00') {ZONE}", "source": f"'{origin}'"}
    return insert_from(Condition, "incoming_condition", columns)


def medications(database: duckdb.DuckDBPyConnection) -> int:
    """Drawn: what people with these diagnoses usually take."""
    stage_relation("incoming_medication", MEDICATION, database.sql(MEDICATIONS))
    columns = {name: name for name in MEDICATION}
    columns |= {"recorded_at": f"(start + time '10:00') {ZONE}", "source": f"'{DRAWN}'"}
    return insert_from(MedicationStatement, "incoming_medication", columns)


def allergies(database: duckdb.DuckDBPyConnection) -> int:
    """Drawn: three in a hundred."""
    stage_relation("incoming_allergy", ALLERGY, database.sql(ALLERGIES))
    columns = {name: name for name in ALLERGY if name != "day"}
    columns |= {"recorded_at": f"(day + time '10:00') {ZONE}", "source": f"'{DRAWN}'"}
    return insert_from(AllergyIntolerance, "incoming_allergy", columns)


def contacts(lead_id: int) -> int:
    """Whoever was at the county hospital within the last year is known there."""
    days = AFTER_CONTACT.days
    found = f"""(
        SELECT resident_id, min(started_at) {ZONE} AS since, max(started_at) {ZONE} + interval '{days} days' AS until
        FROM (SELECT resident_id, organization_id, started_at FROM incoming_encounter
              UNION ALL SELECT resident_id, organization_id, started_at FROM incoming_visit) seen
        WHERE organization_id = {lead_id} AND started_at > now() - interval '{days} days'
        GROUP BY resident_id) found"""  # noqa: S608
    return insert_from(
        CareRelation,
        found,
        {
            "resident_id": "resident_id",
            "organization_id": str(lead_id),
            "kind": "'encounter'",
            "since": "since",
            "until": "until",
        },
    )


VISITS = """
CREATE OR REPLACE TABLE ill AS
SELECT id, bool_or(register = 'hypertension') AS hypertension, bool_or(register = 'diabetes') AS diabetes,
       bool_or(register = 'chd') AS chd, bool_or(register = 'dyslipidemia') AS dyslipidemia,
       min(day) FILTER (register IN ('hypertension', 'diabetes')) AS managed_since
FROM event GROUP BY id;
CREATE OR REPLACE TABLE attended AS
SELECT v.*, stable_id(v.moment, 'visit' || v.id || v.day) AS key, l.key AS resident, p.died_on,
       v.day >= i.managed_since AS managed, i.hypertension, i.diabetes,
       CASE WHEN v.special THEN 'hospital'
            WHEN v.examined OR chance('place' || v.id || v.day) < CASE WHEN v.laboratory THEN 0.6 ELSE 0.4 END
            THEN 'township'
            ELSE 'clinic' END AS place,
       CASE place WHEN 'hospital' THEN $lead WHEN 'township' THEN l.township ELSE l.clinic END AS organization,
       CASE place WHEN 'hospital' THEN $specialist WHEN 'township' THEN doctor_on(l.doctor, v.day)
            ELSE l.nurse END AS practitioner,
       CASE place WHEN 'hospital' THEN $department END AS department,
       CASE WHEN v.special THEN 'outpatient'
            WHEN v.examined THEN 'examination'
            WHEN v.day >= i.managed_since AND v.day - p.birth_date > 80 * 365 AND place = 'clinic' THEN 'home'
            WHEN v.day >= i.managed_since THEN 'follow-up'
            ELSE 'outpatient' END AS kind,
       row_number() OVER (PARTITION BY v.id, v.special ORDER BY v.day DESC) AS from_last
FROM visit v JOIN placed l USING (id) JOIN person p USING (id) LEFT JOIN ill i USING (id);
"""
ENCOUNTERS = """
SELECT key, resident, organization, practitioner, department, kind, moment, moment + INTERVAL 12 MINUTE,
       CASE kind WHEN 'examination' THEN '健康体检' WHEN 'outpatient' THEN '门诊就诊'
            ELSE CASE WHEN hypertension AND diabetes THEN '高血压、糖尿病随访'
                      WHEN hypertension THEN '高血压随访' ELSE '糖尿病随访' END END,
       CASE WHEN managed AND sbp >= 140 THEN '血压控制不满意' WHEN managed AND sbp < 140 THEN '血压控制满意' END,
       CASE WHEN managed AND NOT special AND from_last = 1 AND died_on IS NULL
            THEN greatest(day + CASE WHEN sbp >= 160 THEN 7 WHEN sbp >= 140 THEN 14 ELSE 91 END,
                          getvariable('today') - 14 + CAST(70 * chance('due' || id) AS INTEGER)) END,
       id || ':' || day
FROM attended WHERE id % 2 = getvariable('half') ORDER BY key
"""
OBSERVATIONS = """
SELECT stable_id(a.moment, 'value' || m.id || m.code || coalesce(m.row, 0)), a.resident, a.organization,
       a.key, m.code, round(CAST(m.value AS DECIMAL(18, 6)), 3), m.unit,
       CASE WHEN m.estimated THEN '估算（来源没有舒张压）' END, a.moment,
       CASE WHEN m.estimated THEN '{origin}-estimate' ELSE '{origin}' END,
       coalesce(m.row::VARCHAR, m.id || ':' || m.code), r.report
FROM measurement m JOIN attended a ON a.id = m.id AND a.day = m.day
LEFT JOIN reported r ON r.id = m.id AND r.day = m.day AND m.code IN {tested}
WHERE m.id % 2 = getvariable('half') ORDER BY 1
"""
CONDITIONS = """
SELECT stable_id(e.day + INTERVAL 10 HOUR, 'event' || e.row), l.key, l.township, doctor_on(l.doctor, e.day), e.code,
       e.name, e.register,
       CASE WHEN e.acute AND (e.from_last > 1 OR e.day < p.zero + p.last_day - 365) THEN 'resolved'
            WHEN e.from_last > 1 THEN 'remission' ELSE 'active' END,
       e.day, e.row::VARCHAR
FROM event e JOIN placed l USING (id) JOIN person p USING (id) WHERE id % 2 = getvariable('half') ORDER BY 1
"""
MEDICATIONS = """
WITH taken AS (
    SELECT p.id, p.zero + p.last_day AS day, unnest([
        CASE WHEN i.hypertension AND chance('amlodipine' || p.id) < 0.6 THEN '苯磺酸氨氯地平片|5 mg|每日 1 次' END,
        CASE WHEN i.hypertension AND chance('valsartan' || p.id) < 0.35 THEN '缬沙坦胶囊|80 mg|每日 1 次' END,
        CASE WHEN i.diabetes AND chance('metformin' || p.id) < 0.75 THEN '盐酸二甲双胍片|0.5 g|每日 2 次' END,
        CASE WHEN i.chd AND chance('aspirin' || p.id) < 0.7 THEN '阿司匹林肠溶片|100 mg|每日 1 次' END,
        CASE WHEN (i.chd OR i.dyslipidemia) AND chance('statin' || p.id) < 0.45
            THEN '阿托伐他汀钙片|20 mg|每晚 1 次' END
    ]) AS drug
    FROM person p JOIN ill i USING (id) WHERE p.died_on IS NULL
)
SELECT stable_id(t.day + INTERVAL 10 HOUR, 'drug' || t.id || t.drug), l.key, l.township, doctor_on(l.doctor, t.day),
       split_part(drug, '|', 1), split_part(drug, '|', 2), split_part(drug, '|', 3), t.day,
       t.id || ':' || split_part(drug, '|', 1)
FROM taken t JOIN placed l USING (id) WHERE drug IS NOT NULL AND id % 2 = getvariable('half') ORDER BY 1
"""
ALLERGIES = """
SELECT stable_id(zero::TIMESTAMP, 'allergy' || id), l.key, l.township, l.doctor,
       CASE WHEN chance('which' || id) < 0.7 THEN '青霉素' ELSE '磺胺类' END, '皮疹', id::VARCHAR, CAST(zero AS DATE)
FROM person JOIN placed l USING (id) WHERE chance('allergy' || id) < 0.03 AND id % 2 = getvariable('half')
ORDER BY 1
"""
