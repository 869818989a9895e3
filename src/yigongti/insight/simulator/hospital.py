"""What the cohort does not tell and hospitals live from: emergencies, stays, specialist and Chinese-medicine visits,
operations, fasting glucose, and examinations below that are read above.

Drawn beside the cohort, over the last three years, and marked so (:data:`.care.DRAWN`): how often follows age, as in
the national health statistics yearbook (about one admission a year for six people, most of them in the county);
where, why and how long is drawn from short lists. ``placed`` and ``person`` are in DuckDB.
"""

from typing import Any

import duckdb

from yigongti.insight.simulator.bulk import insert_from, rows_into, stage_relation
from yigongti.insight.simulator.care import COMMON, DRAWN, ZONE, write
from yigongti.insight.simulator.community import Community
from yigongti.insight.simulator.lanshan import BRANCHES
from yigongti.insight.simulator.people import Staff
from yigongti.records.health_record.models import (
    Condition,
    DiagnosticReport,
    Encounter,
    Observation,
    Procedure,
)

DESKS = {"place": "varchar", "township": "int8", "name": "varchar", "organization": "int8", "department": "int8"}
STAYS = (
    ("lead", "神经内科", "I63.900", "脑梗死", 6, 13, ""),
    ("lead", "心血管内科", "I25.103", "冠状动脉粥样硬化性心脏病", 5, 10, ""),
    ("lead", "呼吸与危重症医学科", "J18.900", "肺炎", 6, 10, ""),
    ("lead", "呼吸与危重症医学科", "J44.100", "慢性阻塞性肺疾病伴急性加重", 7, 12, ""),
    ("lead", "普通外科", "K80.100", "胆囊结石伴慢性胆囊炎", 5, 8, "51.2300|腹腔镜下胆囊切除术"),
    ("lead", "骨科", "S72.000", "股骨颈骨折", 10, 18, "81.5100|全髋关节置换术"),
    ("lead", "泌尿外科", "N20.100", "输尿管结石", 3, 6, "56.0x00|经尿道输尿管镜碎石取石术"),
    ("lead", "内分泌科", "E11.900", "2 型糖尿病", 6, 10, ""),
    ("branch", "全科医学科", "J20.900", "急性支气管炎", 4, 7, ""),
    ("branch", "全科医学科", "K29.500", "慢性胃炎", 4, 7, ""),
    ("branch", "全科医学科", "I10.x00", "原发性高血压", 4, 8, ""),
    ("branch", "康复医学科", "I69.300", "脑梗死后遗症", 8, 15, ""),
    ("chinese", "针灸推拿科", "M51.202", "腰椎间盘突出", 7, 12, ""),
    ("city", "心脏大血管外科", "I35.000", "主动脉瓣狭窄", 12, 20, "35.2200|主动脉瓣机械瓣膜置换术"),
    ("city", "肿瘤科", "C34.900", "肺恶性肿瘤", 6, 12, ""),
)
"""Where, department, ICD-10, name, least and most days, main operation (demonstration)."""


def prepare(database: duckdb.DuckDBPyConnection, community: Community, staff: Staff) -> None:
    """Tables ``desk`` (who receives whom where) and ``stayable`` (why people are admitted) in DuckDB."""
    rows_into(database, "desk", DESKS | {"practitioner": "int8"}, list(_desks(community, staff)))
    columns = ("place", "department", "code", "disease", "least", "most", "operation")
    kinds = {name: "int4" if name in ("least", "most") else "varchar" for name in columns}
    rows_into(database, "stayable", kinds, [[*row[:-1], row[-1] or None] for row in STAYS])
    database.execute(DRAWN_VISITS)


def _desks(community: Community, staff: Staff) -> Any:
    """Every department that receives patients: of a branch for its own people, else for all."""
    keys = {community.organizations[branch.key].pk: branch.key for branch in BRANCHES}
    places = {community.organizations[key].pk: key for key in ("lead", "chinese", "city")}
    for (organization, name), department in sorted(community.departments.items()):
        place = "branch" if organization in keys else places.get(organization)
        if place is None or not department.accepts_referrals:
            continue
        role = "family-doctor" if place == "branch" else "specialist"
        doctor = next(iter(staff.at(organization, role, name)), None)
        township = organization if place == "branch" else 0
        yield [place, township, name, organization, department.pk, doctor.practitioner.pk if doctor else None]


def build(database: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Write diagnoses, operations and examinations of one half of the people, after their visits."""
    return {
        "encounter_diagnoses": diagnoses(database),
        "operations": write(database, Procedure, OPERATIONS, "performed_at", OPERATION),
        "examinations": write(database, DiagnosticReport, EXAMINATIONS, "effective_at", EXAMINATION),
        "glucose": write(database, Observation, GLUCOSE, "effective_at", VALUE),
    }


def diagnoses(database: duckdb.DuckDBPyConnection) -> int:
    """The main diagnosis of every drawn stay and emergency; it puts nobody on a chronic register."""
    columns = {**COMMON, "encounter_id": "uuid", "code": "varchar", "name": "varchar"}
    stage_relation("incoming_diagnosis", columns, database.sql(DIAGNOSES))
    names = {name: name for name in columns if name != "at"}
    fixed = {"category": "'encounter-diagnosis'", "rank": "1", "status": "'resolved'"}
    days = {"onset_on": "at::date", "abated_on": "at::date"}
    moments = {"recorded_at": f"at {ZONE}", "source": f"'{DRAWN}'"}
    return insert_from(Condition, "incoming_diagnosis", names | fixed | days | moments)


def visits(database: duckdb.DuckDBPyConnection, columns: dict[str, str]) -> int:
    """The drawn visits and stays of one half of the people, into the table that :mod:`.record` has staged."""
    stage_relation("incoming_visit", columns, database.sql(VISITS))
    moments = {name: f"{name} {ZONE}" for name in ("started_at", "ended_at")}
    texts = {name: f"coalesce({name}, '')" for name in ("complaint", "assessment")}
    told = {name: name for name in columns} | moments | texts
    told |= {"recorded_at": f"ended_at {ZONE}", "source": f"'{DRAWN}'"}
    return insert_from(Encounter, "incoming_visit", told)


OPERATION = {"encounter_id": "uuid", "code": "varchar", "name": "varchar", "rank": "int2"}
VALUE = {"encounter_id": "uuid", "code": "varchar", "value": "numeric", "unit": "varchar"}
EXAMINATION = {"encounter_id": "uuid", "category": "varchar", "name": "varchar", "issued_at": "timestamptz"}

#: what happens to whom: three chances of a stay in three years, more often with age; nine of a visit of another kind
DRAWN_VISITS = """
CREATE OR REPLACE TABLE drawn_visit AS
WITH chanced AS (
    SELECT p.id, l.key AS resident, l.township, p.died_on, n, what,
           date_diff('year', p.birth_date, getvariable('today')) AS age,
           getvariable('today') - 2 - CAST(floor(1125 * chance(what || '-on' || p.id || '-' || n)) AS INTEGER) AS day,
           chance(what || p.id || '-' || n) AS luck, chance(what || '-at' || p.id || '-' || n) AS whither
      FROM person p JOIN placed l USING (id), range(0, 3) t(n),
           (VALUES ('stay'), ('emergency'), ('special'), ('chinese')) w(what)
), found AS (
    SELECT *, what = 'stay' AS stays,
           CASE what
                WHEN 'stay' THEN CASE WHEN whither < 0.44 THEN 'lead' WHEN whither < 0.82 THEN 'branch'
                                      WHEN whither < 0.91 THEN 'chinese' ELSE 'city' END
                WHEN 'emergency' THEN CASE WHEN whither < 0.6 THEN 'lead' ELSE 'branch' END
                WHEN 'special' THEN CASE WHEN whither < 0.93 THEN 'lead' ELSE 'city' END
                ELSE CASE WHEN whither < 0.4 THEN 'chinese' ELSE 'branch' END END AS place
      FROM chanced
     WHERE luck < CASE what
                  WHEN 'stay' THEN CASE WHEN age < 45 THEN 0.05 WHEN age < 65 THEN 0.13
                                        WHEN age < 80 THEN 0.24 ELSE 0.34 END
                  WHEN 'emergency' THEN 0.07 WHEN 'special' THEN 0.11 ELSE 0.14 END
       AND (died_on IS NULL OR day < died_on - 21)
), wanted AS (
    SELECT f.*, stable_id(day + INTERVAL 9 HOUR, what || id || '-' || n) AS key,
           CASE WHEN stays THEN (SELECT count(*) FROM stayable s WHERE s.place = f.place) END AS choices,
           chance(what || '-why' || id || '-' || n) AS reason
      FROM found f
), told AS (
    SELECT w.* EXCLUDE (choices, reason), s.code, s.disease, s.operation,
           CASE w.what WHEN 'stay' THEN s.department
                WHEN 'emergency' THEN CASE w.place WHEN 'lead' THEN '急诊科' ELSE '全科医学科' END
                WHEN 'chinese' THEN '中医科' END AS department,
           s.least + CAST(floor((1 + s.most - s.least) * chance('days' || w.id || '-' || w.n)) AS INTEGER) AS days,
           row_number() OVER (PARTITION BY w.key ORDER BY chance(w.reason::VARCHAR || s.code || s.department)) AS nth
      FROM wanted w LEFT JOIN stayable s ON w.stays AND s.place = w.place
), seen AS (
    SELECT t.* EXCLUDE (nth, department), d.organization, d.department, d.practitioner, d.name AS department_name,
           row_number() OVER (PARTITION BY t.key ORDER BY chance(t.key::VARCHAR || d.name)) AS nth
      FROM told t JOIN desk d ON d.place = t.place AND d.township IN (0, t.township)
       AND (d.name = t.department OR t.department IS NULL AND d.name NOT IN ('急诊科', '中医科', '重症医学科'))
     WHERE t.nth = 1
)
SELECT * EXCLUDE nth, day + INTERVAL 8 HOUR + CAST(floor(540 * luck * 3) AS INTEGER) * INTERVAL 1 MINUTE AS begins,
       CASE WHEN stays THEN day + days + INTERVAL 10 HOUR ELSE begins + INTERVAL 25 MINUTE END AS ends
  FROM seen WHERE nth = 1 AND (NOT stays OR day + days < getvariable('today'));
"""
VISITS = """
SELECT key, resident, organization, practitioner, department,
       CASE what WHEN 'stay' THEN 'inpatient' WHEN 'emergency' THEN 'emergency' ELSE 'outpatient' END,
       begins, ends, CASE what WHEN 'stay' THEN disease || '，收入院' WHEN 'emergency' THEN '急诊就诊'
                          WHEN 'chinese' THEN '中医门诊就诊' ELSE department_name || '门诊就诊' END,
       CASE WHEN stays THEN '好转出院' END, NULL::DATE, what || ':' || id || '-' || n
  FROM drawn_visit WHERE id % 2 = getvariable('half') ORDER BY key
"""
DIAGNOSES = """
SELECT stable_id(ends, 'diagnosis' || what || id || '-' || n), resident, organization, practitioner,
       'diagnosis:' || what || ':' || id || '-' || n, ends, key, code, disease
  FROM drawn_visit WHERE stays AND id % 2 = getvariable('half') ORDER BY 1
"""
OPERATIONS = """
SELECT stable_id(begins, 'operation' || id || '-' || n), resident, organization, practitioner,
       'operation:' || id || '-' || n, begins + INTERVAL 2 DAY, key, split_part(operation, '|', 1),
       split_part(operation, '|', 2), 1
  FROM drawn_visit WHERE operation IS NOT NULL AND id % 2 = getvariable('half') ORDER BY 1
"""
#: examinations at the township hospital: most are read by the county hospital, some there
EXAMINATIONS = """
WITH examined AS (
    SELECT a.*, CASE WHEN chance('which-examination' || a.id || a.day) < 0.62 THEN 'ecg' ELSE 'imaging' END AS category,
           chance('read-above' || a.id || a.day) < 0.72 AS above,
           CAST(15 + 400 * pow(chance('read-in' || a.id || a.day), 3) AS INTEGER) AS minutes
      FROM attended a
     WHERE a.place = 'township' AND a.day > getvariable('today') - 1125
       AND chance('examined' || a.id || a.day) < 0.22 AND a.id % 2 = getvariable('half')
)
SELECT stable_id(e.moment, 'examination' || e.id || e.day), e.resident,
       CASE WHEN above THEN d.organization ELSE e.organization END,
       CASE WHEN above THEN d.practitioner ELSE e.practitioner END,
       'examination:' || e.id || ':' || e.day, e.moment + INTERVAL 8 MINUTE, e.key, category,
       CASE category WHEN 'ecg' THEN '十二导联心电图' ELSE '胸部数字化摄影' END,
       (e.moment + INTERVAL 8 MINUTE + e.minutes * INTERVAL 1 MINUTE) AT TIME ZONE 'Asia/Shanghai'
  FROM examined e, (FROM desk WHERE place = 'lead' AND name = '心血管内科') d ORDER BY 1
"""
#: follow-ups of diabetics in three years
GLUCOSE = """
WITH valued AS (
    SELECT a.*, CASE WHEN s.high THEN 7.0 + 4.5 * pow(chance('sugar' || a.id || a.day), 2)
                     ELSE 4.8 + 2.1 * chance('sugar' || a.id || a.day) END AS value
      FROM attended a JOIN sugared s USING (id, day)
     WHERE a.managed AND a.diabetes AND a.place <> 'hospital' AND a.day > getvariable('today') - 1125
       AND a.id % 2 = getvariable('half')
)
SELECT stable_id(moment, 'glucose' || id || day), resident, organization, practitioner,
       'glucose:' || id || ':' || day, moment + INTERVAL 5 MINUTE, key, 'fasting_glucose',
       CAST(round(value, 1) AS DECIMAL(6, 1)), 'mmol/L'
  FROM valued ORDER BY 1
"""
