"""What else a record holds, drawn beside the cohort: reports over measured values, prescriptions and what was handed
over, operations, vaccinations, family history, plans of care.

The values of a report are those of the cohort, measured on that day. Everything else is drawn and says so in its source
(:data:`.record.DRAWN`).
"""

from collections.abc import Mapping

import duckdb
from django.db import models

from yigongti.insight.simulator.bulk import insert_from, stage_relation
from yigongti.records.health_record.models import (
    CarePlan,
    DiagnosticReport,
    FamilyMemberHistory,
    Immunization,
    MedicationDispense,
    MedicationRequest,
    Procedure,
)

DRAWN = "demonstration"
TESTED = ("total_cholesterol", "hdl", "fib4")
"""Codes of the cohort that a laboratory measures."""
ZONE = "AT TIME ZONE 'Asia/Shanghai'"
COMMON = {
    "id": "uuid",
    "resident_id": "uuid",
    "organization_id": "int8",
    "practitioner_id": "int8",
    "source_key": "varchar",
    "at": "timestamp",
}
"""Columns that each of the statements begins with."""


def prepare(database: duckdb.DuckDBPyConnection) -> None:
    """Draw who has reports and prescriptions in one half of the people; ``attended`` is in DuckDB."""
    database.execute(REPORTED)
    database.execute(PRESCRIBED)


def build(database: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Write them for one half of the people, after :func:`prepare`; ``placed`` and ``measurement`` are in DuckDB."""
    return {
        "reports": write(database, DiagnosticReport, REPORTS, "effective_at", REPORT),
        "prescriptions": write(database, MedicationRequest, REQUESTS, "authored_at", DRUG),
        "dispenses": write(database, MedicationDispense, DISPENSES, "dispensed_at", DISPENSE),
        "procedures": write(database, Procedure, PROCEDURES, "performed_at", {"code": "varchar", "name": "varchar"}),
        "immunizations": write(database, Immunization, VACCINATIONS, "occurred_at", DOSE),
        "family_history": write(database, FamilyMemberHistory, FAMILY, "told_on", RELATIVE),
        "care_plans": write(database, CarePlan, PLANS, "start", {"title": "varchar", "description": "varchar"}),
    }


def write(
    database: duckdb.DuckDBPyConnection, model: type[models.Model], sql: str, at: str, columns: Mapping[str, str]
) -> int:
    """The rows of one kind: ``at`` is the column of the time or the day when it happened."""
    table = f"incoming_{model._meta.model_name}"
    stage_relation(table, {**COMMON, **columns}, database.sql(sql))
    moment = f"at {ZONE}" if isinstance(model._meta.get_field(at), models.DateTimeField) else "at::date"
    names = {name: name for name in (*COMMON, *columns) if name != "at"}
    return insert_from(model, table, names | {at: moment, "recorded_at": f"at {ZONE}", "source": f"'{DRAWN}'"})


REPORT = {
    "encounter_id": "uuid",
    "category": "varchar",
    "name": "varchar",
    "specimen": "varchar",
    "conclusion": "varchar",
}
DRUG = {
    "encounter_id": "uuid",
    "name": "varchar",
    "dose": "varchar",
    "route": "varchar",
    "frequency": "varchar",
    "prescription": "varchar",
    "quantity": "numeric",
    "quantity_unit": "varchar",
    "days": "int2",
}
DISPENSE = {name: kind for name, kind in DRUG.items() if name != "prescription"} | {"request_id": "uuid"}
DOSE = {"name": "varchar", "dose_number": "int2", "manufacturer": "varchar", "batch": "varchar", "body_site": "varchar"}
RELATIVE = {"relationship": "varchar", "name": "varchar", "code": "varchar", "onset_age": "int2"}

#: the two latest days with values of a laboratory, for half of the people
REPORTED = """
CREATE OR REPLACE TEMP TABLE reported AS
SELECT * EXCLUDE nth FROM (
    SELECT a.id, a.day, a.moment, a.resident, a.organization, a.practitioner, a.key,
           stable_id(a.moment, 'report' || a.id || a.day) AS report,
           row_number() OVER (PARTITION BY a.id ORDER BY a.day DESC) AS nth
      FROM attended a
     WHERE a.laboratory AND chance('reported' || a.id) < 0.5 AND a.id % 2 = getvariable('half')
) WHERE nth <= 2
"""
REPORTS = f"""
SELECT report, resident, organization, practitioner, 'report:' || id || ':' || day, moment + INTERVAL 2 HOUR, r.key,
       'laboratory', '血脂和肝功能检查', '血清',
       CASE WHEN max(m.value) FILTER (m.code = 'total_cholesterol') > 5.2 THEN '总胆固醇升高'
            WHEN min(m.value) FILTER (m.code = 'hdl') < 1 THEN '高密度脂蛋白胆固醇降低'
            ELSE '所检项目未见明显异常' END
  FROM reported r JOIN measurement m USING (id, day) WHERE m.code IN {TESTED}
 GROUP BY report, id, day, moment, resident, organization, practitioner, r.key ORDER BY 1
"""  # noqa: S608
#: at every sixth visit of those whose disease is managed, in three years
PRESCRIBED = """
CREATE OR REPLACE TEMP TABLE prescribed AS
WITH seen AS (
    SELECT v.*, i.hypertension, i.diabetes, i.chd, i.dyslipidemia
      FROM (SELECT id, day, moment, key, resident, organization, practitioner FROM attended
             WHERE managed AND NOT special AND day > getvariable('today') - 1125
            UNION ALL
            SELECT id, day, moment, key, resident, organization, practitioner FROM followed WHERE kind <> 'examination'
      ) v JOIN ill i USING (id) WHERE id % 2 = getvariable('half') AND chance('prescribed' || id || day) < 0.17
), drawn AS (
    SELECT s.*, unnest([
        CASE WHEN hypertension AND chance('amlodipine' || id) < 0.6
             THEN '苯磺酸氨氯地平片|5 mg|每日 1 次|28|片' END,
        CASE WHEN hypertension AND chance('valsartan' || id) < 0.35 THEN '缬沙坦胶囊|80 mg|每日 1 次|28|粒' END,
        CASE WHEN diabetes AND chance('metformin' || id) < 0.75 THEN '盐酸二甲双胍片|0.5 g|每日 2 次|56|片' END,
        CASE WHEN (chd OR dyslipidemia) AND chance('statin' || id) < 0.45
             THEN '阿托伐他汀钙片|20 mg|每晚 1 次|28|片' END
    ]) AS drug
      FROM seen s
)
SELECT *, stable_id(moment, 'request' || id || day || drug) AS request,
       CASE WHEN chance('long' || id || day) < 0.6 THEN 28 ELSE 14 END AS days,
       CAST(split_part(drug, '|', 4) AS DECIMAL(12, 3)) * days / 28 AS quantity,
       'CF' || strftime(day, '%Y%m%d') || lpad(id::VARCHAR, 6, '0') AS prescription
  FROM drawn WHERE drug IS NOT NULL
"""
REQUESTS = """
SELECT request, resident, organization, practitioner, 'request:' || id || ':' || day || split_part(drug, '|', 1),
       moment + INTERVAL 10 MINUTE, key, split_part(drug, '|', 1), split_part(drug, '|', 2), '口服',
       split_part(drug, '|', 3), prescription, quantity, split_part(drug, '|', 5), days
  FROM prescribed ORDER BY 1
"""
DISPENSES = """
SELECT stable_id(moment, 'dispense' || id || day || drug), resident, organization, practitioner,
       'dispense:' || id || ':' || day || split_part(drug, '|', 1), moment + INTERVAL 25 MINUTE, key,
       split_part(drug, '|', 1), split_part(drug, '|', 2), '口服', split_part(drug, '|', 3),
       quantity, split_part(drug, '|', 5), days, request
  FROM prescribed WHERE chance('dispense' || id || day) < 0.9 ORDER BY 1
"""
PROCEDURES = """
WITH drawn AS (
    SELECT p.id, l.key, l.township, l.doctor,
           p.zero + p.last_day - CAST(400 + 2000 * chance('when' || p.id) AS INTEGER) AS day,
           CASE CAST(floor(3 * chance('operation' || p.id)) AS INTEGER)
                WHEN 0 THEN '45.2300|结肠镜检查' WHEN 1 THEN '44.1300|胃镜检查' ELSE '47.0901|阑尾切除术' END AS done
      FROM person p JOIN placed l USING (id)
     WHERE chance('procedure' || p.id) < 0.06 AND p.id % 2 = getvariable('half')
)
SELECT stable_id(day + INTERVAL 10 HOUR, 'procedure' || id), key, township, doctor, 'procedure:' || id,
       day + INTERVAL 10 HOUR, split_part(done, '|', 1), split_part(done, '|', 2) FROM drawn ORDER BY 1
"""
#: old people against influenza; adults against hepatitis B, some of them
VACCINATIONS = """
WITH drawn AS (
    SELECT p.id, l.key, l.township, l.doctor, n,
           CASE WHEN p.zero + p.last_day - p.birth_date > 60 * 365 THEN '流感疫苗' ELSE '乙肝疫苗' END AS name,
           p.zero + p.last_day
           - CAST(CASE WHEN name = '流感疫苗' THEN 20 + 365 * n ELSE 900 - 90 * n END AS INTEGER) AS day
      FROM person p JOIN placed l USING (id), range(0, 3) t(n)
     WHERE chance('vaccinated' || p.id) < 0.3 AND p.id % 2 = getvariable('half')
)
SELECT stable_id(day + INTERVAL 9 HOUR, 'dose' || id || '-' || n), key, township, doctor, 'dose:' || id || ':' || n,
       day + INTERVAL 9 HOUR, name, CASE WHEN name = '乙肝疫苗' THEN n + 1 END, '演示生产企业',
       'D' || upper(substr(md5(name || year(day)), 1, 6)), '左上臂' FROM drawn ORDER BY 1
"""
FAMILY = """
WITH drawn AS (
    SELECT p.id, l.key, l.township, doctor_on(l.doctor, p.zero + p.last_day) AS doctor, p.zero + p.last_day AS day,
           CASE WHEN chance('relative' || p.id) < 0.5 THEN '父亲' ELSE '母亲' END AS relative,
           CASE WHEN i.diabetes THEN '2 型糖尿病|E11' WHEN i.hypertension THEN '高血压|I10'
                ELSE '脑卒中|I64' END AS disease
      FROM person p JOIN placed l USING (id) LEFT JOIN ill i USING (id)
     WHERE chance('family' || p.id) < CASE WHEN i.id IS NULL THEN 0.08 ELSE 0.3 END AND p.id % 2 = getvariable('half')
)
SELECT stable_id(day + INTERVAL 10 HOUR, 'family' || id), key, township, doctor, 'family:' || id,
       day + INTERVAL 10 HOUR,
       relative, split_part(disease, '|', 1), split_part(disease, '|', 2),
       CAST(45 + 30 * chance('began' || id) AS INTEGER) FROM drawn ORDER BY 1
"""
PLANS = """
WITH drawn AS (
    SELECT p.id, l.key, l.township, doctor_on(l.doctor, p.zero + p.last_day) AS doctor, i.hypertension,
           p.zero + p.last_day AS day
      FROM person p JOIN placed l USING (id) JOIN ill i USING (id)
     WHERE (i.hypertension OR i.diabetes) AND p.died_on IS NULL AND chance('plan' || p.id) < 0.5
       AND p.id % 2 = getvariable('half')
)
SELECT stable_id(day + INTERVAL 11 HOUR, 'plan' || id), key, township, doctor, 'plan:' || id, day + INTERVAL 11 HOUR,
       CASE WHEN hypertension THEN '高血压年度管理计划' ELSE '糖尿病年度管理计划' END,
       CASE WHEN hypertension THEN '每季度随访一次，测血压；限盐，规律运动'
            ELSE '每季度随访一次，测空腹血糖；控制饮食，规律运动' END
  FROM drawn ORDER BY 1
"""
