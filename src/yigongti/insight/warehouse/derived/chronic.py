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
        Column("last_visit_on", "date", "最近一次随访"),
        Column("days_since_visit", "int", "距最近随访", unit="天", meaning="从未随访为空"),
        Column("months_since_visit", "int", "距最近随访月数", unit="月", meaning="本月来过为 0；从未随访为空"),
        Column("measured_on", "date", "最近一次测量"),
        Column("days_since_measured", "int", "距最近测量", unit="天", meaning="从未测量为空"),
        Column("months_since_measured", "int", "距最近测量月数", unit="月", meaning="本月测过为 0；从未测量为空"),
        Column("sbp", "decimal(9,2)", "收缩压", unit="mmHg", meaning="最近一天的最后一次"),
        Column("dbp", "decimal(9,2)", "舒张压", unit="mmHg", meaning="最近一天的最后一次"),
        Column("glucose", "decimal(9,2)", "空腹血糖", unit="mmol/L", meaning="最近一天的最后一次"),
        Column("hba1c", "decimal(9,2)", "糖化血红蛋白", unit="%", meaning="月末之前最近一次"),
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
        ), standing AS (
            SELECT r.month, last_day(r.month) AS ends_on, r.resident_id, p.register, r.organization_id, r.sex, r.age,
                   r.signed, p.registered_on
            FROM resident_month r JOIN patient p ON p.resident_id = r.resident_id
             AND p.registered_on <= last_day(r.month) AND (p.abated_on IS NULL OR p.abated_on > last_day(r.month))
            WHERE r.month IN (SELECT month FROM wanted)
        ), visit AS (
            SELECT resident_id, day, count(*) OVER (PARTITION BY resident_id, year(day) ORDER BY day) AS in_year
            FROM (SELECT DISTINCT e.resident_id, e.day FROM encounter e SEMI JOIN patient p USING (resident_id)
                  WHERE e.in_force AND e.kind IN ('outpatient', 'follow-up', 'home', 'examination', 'inpatient'))
        ), stay AS (
            SELECT e.resident_id, m.month, count(*)::INTEGER AS in_year
            FROM wanted m JOIN encounter e ON e.in_force AND e.kind = 'inpatient'
             AND year(e.day) = year(m.month) AND e.day <= last_day(m.month)
            GROUP BY ALL
        ), reading AS (
            SELECT m.resident_id, m.day, m.code, arg_max(m.value, m.effective_at) AS value
            FROM measurement m SEMI JOIN patient p USING (resident_id)
            WHERE m.in_force AND m.value IS NOT NULL AND m.code IN ('sbp', 'dbp', 'glucose-fasting', 'hba1c')
            GROUP BY ALL
        ), pressure AS (
            SELECT resident_id, day, max(value) FILTER (code = 'sbp') AS sbp, max(value) FILTER (code = 'dbp') AS dbp
            FROM reading WHERE code IN ('sbp', 'dbp') GROUP BY ALL
        )
        SELECT s.month, s.resident_id, s.register, s.organization_id, s.sex, s.age, s.signed, s.registered_on,
               s.ends_on - s.registered_on AS days_registered,
               date_diff('month', s.registered_on, s.month) AS months_registered,
               CASE WHEN year(v.day) = year(s.month) THEN v.in_year ELSE 0 END::INTEGER AS visits_in_year,
               coalesce(t.in_year, 0) AS admissions_in_year,
               v.day AS last_visit_on, s.ends_on - v.day AS days_since_visit,
               date_diff('month', v.day, s.month) AS months_since_visit,
               CASE s.register WHEN 'hypertension' THEN b.day ELSE g.day END AS measured_on,
               s.ends_on - CASE s.register WHEN 'hypertension' THEN b.day ELSE g.day END AS days_since_measured,
               date_diff('month', CASE s.register WHEN 'hypertension' THEN b.day ELSE g.day END, s.month)
                   AS months_since_measured,
               b.sbp::DECIMAL(9, 2) AS sbp, b.dbp::DECIMAL(9, 2) AS dbp, g.value::DECIMAL(9, 2) AS glucose,
               h.value::DECIMAL(9, 2) AS hba1c
        FROM standing s
        LEFT JOIN stay t ON t.resident_id = s.resident_id AND t.month = s.month
        ASOF LEFT JOIN visit v ON v.resident_id = s.resident_id AND v.day <= s.ends_on
        ASOF LEFT JOIN pressure b ON b.resident_id = s.resident_id AND b.day <= s.ends_on
        ASOF LEFT JOIN (SELECT * FROM reading WHERE code = 'glucose-fasting') g
            ON g.resident_id = s.resident_id AND g.day <= s.ends_on
        ASOF LEFT JOIN (SELECT * FROM reading WHERE code = 'hba1c') h
            ON h.resident_id = s.resident_id AND h.day <= s.ends_on
    """,
)
