"""Patients of the chronic registers at the end of each month, as Simple counts them.

A row says what was known at the end of the month: when the patient was last seen, what was last measured. Which of
them is controlled, missed or lost is not said here: the definitions of indicators ask it of the columns, so that limits
stand in policies.
"""

from yigongti.kernel.facts.declaration import Column

from .declaration import MONTH, Derived

CHRONIC = Derived(
    name="chronic_patient_month",
    title="慢病患者月末情况",
    grain="一位患者在一个专病登记中每月一行（登记之后，死亡、迁出之前）",
    meaning="最近一次随访和测量都指月末之前；是否达标、失访由指标定义按这些列判断",
    columns=(
        MONTH,
        Column("resident_id", "uuid", "居民", personal=True),
        Column("register", "text", "专病登记", meaning="hypertension 高血压、diabetes 糖尿病"),
        Column("organization_id", "bigint", "管理机构", meaning="居民的网格责任机构"),
        Column("sex", "text", "性别", personal=True),
        Column("age", "int", "年龄", unit="岁", meaning="月末周岁", personal=True),
        Column("signed", "bool", "月末已签约"),
        Column("registered_on", "date", "登记日期", meaning="最早的有效诊断"),
        Column("days_registered", "int", "登记天数", unit="天", meaning="登记到月末"),
        Column("months_registered", "int", "登记月数", unit="月", meaning="登记那个月到本月，当月登记为 0"),
        Column("visits_in_year", "int", "本年随访次数", unit="次", meaning="本年 1 月 1 日到月末的就诊、随访天数"),
        Column("admissions_in_year", "int", "本年住院次数", unit="次", meaning="本年 1 月 1 日到月末的入院"),
        Column("last_visit_on", "date", "最近一次随访", meaning="两年内没有随访为空"),
        Column("days_since_visit", "int", "距最近随访", unit="天", meaning="两年内没有随访为空"),
        Column("months_since_visit", "int", "距最近随访月数", unit="月", meaning="本月来过为 0；两年内没有随访为空"),
        Column("measured_on", "date", "最近一次测量", meaning="两年内没有测量为空"),
        Column("days_since_measured", "int", "距最近测量", unit="天", meaning="两年内没有测量为空"),
        Column("months_since_measured", "int", "距最近测量月数", unit="月", meaning="本月测过为 0；两年内没有测量为空"),
        Column("sbp", "decimal(9,2)", "收缩压", unit="mmHg", meaning="最近一天的最后一次"),
        Column("dbp", "decimal(9,2)", "舒张压", unit="mmHg", meaning="最近一天的最后一次"),
        Column("glucose", "decimal(9,2)", "空腹血糖", unit="mmol/L", meaning="最近一天的最后一次"),
        Column("hba1c", "decimal(9,2)", "糖化血红蛋白", unit="%", meaning="月末之前两年内最近一次"),
    ),
    reads={"resident_month": 0, "condition": None, "encounter": 24, "measurement": 24},
    key="resident_id, register",
    select="""
        WITH patient AS (
            SELECT resident_id, register, min(coalesce(onset_on, day)) AS registered_on,
                   CASE WHEN bool_and(abated_on IS NOT NULL) THEN max(abated_on) END AS abated_on
            FROM condition
            WHERE in_force AND register IN ('hypertension', 'diabetes') AND verification = 'confirmed'
            GROUP BY ALL
        ), numbered AS (
            SELECT resident_id, row_number() OVER ()::INTEGER AS who FROM (SELECT DISTINCT resident_id FROM patient)
        ), standing AS (
            SELECT r.month, last_day(r.month) AS ends_on, r.month - INTERVAL 24 MONTH AS since, n.who, r.resident_id,
                   p.register, r.organization_id, r.sex, r.age, r.signed, p.registered_on
            FROM resident_month r JOIN patient p ON p.resident_id = r.resident_id
             AND p.registered_on <= last_day(r.month) AND (p.abated_on IS NULL OR p.abated_on > last_day(r.month))
            JOIN numbered n ON n.resident_id = r.resident_id
            WHERE r.month IN (SELECT month FROM wanted)
        ), seen AS (
            SELECT n.who, date_trunc('month', e.day)::DATE AS month, max(e.day) AS visit_on,
                   count(DISTINCT e.day) AS visits, count_if(e.kind = 'inpatient') AS stays
            FROM encounter e JOIN numbered n USING (resident_id)
            WHERE e.in_force AND e.kind IN ('outpatient', 'follow-up', 'home', 'examination', 'inpatient')
            GROUP BY ALL
        ), reading AS (
            SELECT n.who, date_trunc('month', m.day)::DATE AS month, m.code, max(m.day) AS day,
                   arg_max(m.value, (m.effective_at, m.measurement_id))::DECIMAL(9, 2) AS value
            FROM measurement m JOIN numbered n USING (resident_id)
            WHERE m.in_force AND m.value IS NOT NULL AND m.code IN ('sbp', 'dbp', 'fasting_glucose', 'hba1c')
            GROUP BY ALL
        ), measured AS (
            SELECT who, month, max(day) FILTER (code IN ('sbp', 'dbp')) AS pressure_on,
                   max({'day': day, 'value': value}) FILTER (code = 'sbp') AS sbp,
                   max({'day': day, 'value': value}) FILTER (code = 'dbp') AS dbp,
                   max({'day': day, 'value': value}) FILTER (code = 'fasting_glucose') AS glucose,
                   max({'day': day, 'value': value}) FILTER (code = 'hba1c') AS hba1c
            FROM reading GROUP BY ALL
        ), known AS (
            SELECT who, month, sum(visits) OVER of_year AS visits, sum(stays) OVER of_year AS stays,
                   last_value(visit_on IGNORE NULLS) OVER so_far AS visit_on,
                   last_value(CASE WHEN pressure_on IS NOT NULL THEN {
                       'day': pressure_on, 'sbp': CASE WHEN sbp.day = pressure_on THEN sbp.value END,
                       'dbp': CASE WHEN dbp.day = pressure_on THEN dbp.value END} END IGNORE NULLS
                   ) OVER so_far AS pressure,
                   last_value(glucose IGNORE NULLS) OVER so_far AS glucose,
                   last_value(hba1c IGNORE NULLS) OVER so_far AS hba1c
            FROM seen FULL JOIN measured USING (who, month)
            WINDOW so_far AS (PARTITION BY who ORDER BY month),
                   of_year AS (PARTITION BY who, year(month) ORDER BY month)
        ), latest AS (
            SELECT s.*, CASE WHEN year(k.month) = year(s.month) THEN k.visits END AS visits,
                   CASE WHEN year(k.month) = year(s.month) THEN k.stays END AS stays,
                   CASE WHEN k.visit_on >= s.since THEN k.visit_on END AS visit_on,
                   CASE WHEN k.pressure.day >= s.since THEN k.pressure END AS pressure,
                   CASE WHEN k.glucose.day >= s.since THEN k.glucose END AS glucose,
                   CASE WHEN k.hba1c.day >= s.since THEN k.hba1c.value END AS hba1c,
                   CASE s.register WHEN 'hypertension' THEN k.pressure.day ELSE k.glucose.day END AS day
            FROM standing s ASOF LEFT JOIN known k ON k.who = s.who AND k.month <= s.month
        )
        SELECT month, resident_id, register, organization_id, sex, age, signed, registered_on,
               ends_on - registered_on AS days_registered,
               date_diff('month', registered_on, month) AS months_registered,
               coalesce(visits, 0) AS visits_in_year, coalesce(stays, 0) AS admissions_in_year,
               visit_on AS last_visit_on, ends_on - visit_on AS days_since_visit,
               date_diff('month', visit_on, month) AS months_since_visit,
               CASE WHEN day >= since THEN day END AS measured_on,
               ends_on - CASE WHEN day >= since THEN day END AS days_since_measured,
               date_diff('month', CASE WHEN day >= since THEN day END, month) AS months_since_measured,
               pressure.sbp AS sbp, pressure.dbp AS dbp, glucose.value AS glucose, hba1c
        FROM latest
    """,
)
