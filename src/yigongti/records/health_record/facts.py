"""Facts of the health record: contacts with care, and what was measured."""

from yigongti.kernel.facts.declaration import Column, conceal, declare_fact

from . import care_facts  # noqa: F401

conceal("health_record_encounter", "complaint", "findings", "assessment", "advice")
conceal("health_record_observation", "text")

KEPT = [
    Column("source", "text", "来源系统", meaning="空文字：在平台上书写"),
    Column("in_force", "bool", "有效", meaning="既未被更正也未作废；统计时取 true"),
    Column("recorded_at", "timestamp", "记录时间"),
    Column(
        "changed_at", "timestamp", "变动时间", meaning="记录和收到时间中较晚的；被更正、作废时为其时间；测量随就诊更正"
    ),
]

declare_fact(
    "encounter",
    title="就诊",
    grain="一次就诊（门诊、急诊、住院、留观、上门、随访、体检）一行",
    source_room="records.health_record",
    columns=[
        Column("encounter_id", "uuid", "就诊"),
        Column("resident_id", "uuid", "居民", personal=True),
        Column(
            "kind",
            "text",
            "类别",
            meaning="outpatient 门诊、emergency 急诊、inpatient 住院、observation 留观、home 上门、"
            "follow-up 随访、examination 体检",
        ),
        Column("organization_id", "bigint", "机构"),
        Column(
            "organization_tier", "text", "机构层级", meaning="village 村、township 乡镇（社区）、county 县、city 市"
        ),
        Column("is_primary", "bool", "在基层", meaning="机构层级为村或乡镇（社区）"),
        Column("institution_class", "text", "机构类别", meaning="WS 218 卫生机构类别代码，如 A210 中医医院"),
        Column("department_id", "bigint", "科室"),
        Column("department_code", "text", "诊疗科目代码", meaning="诊疗科目名录，如 50 中医科；空：未记科室"),
        Column("practitioner_id", "bigint", "医生"),
        Column("started_at", "timestamp", "开始"),
        Column("ended_at", "timestamp", "结束"),
        Column("day", "date", "日期", meaning="开始那天（北京时间）", day_of="started_at"),
        Column("stay_days", "int", "住院天数", unit="天", meaning="出院日减入院日；非住院为空"),
        Column("age", "int", "年龄", unit="岁", personal=True, meaning="开始那天的周岁"),
        Column("next_due_on", "date", "下次随访"),
        *KEPT,
    ],
    select="""
        SELECT e.id AS encounter_id, e.resident_id, e.kind, e.organization_id, o.tier AS organization_tier,
               o.tier IN ('village', 'township') AS is_primary, o.institution_class,
               e.department_id, d.code AS department_code, e.practitioner_id,
               e.started_at, e.ended_at, (e.started_at AT TIME ZONE 'Asia/Shanghai')::date AS day,
               CASE WHEN e.kind = 'inpatient' THEN
                   (e.ended_at AT TIME ZONE 'Asia/Shanghai')::date - (e.started_at AT TIME ZONE 'Asia/Shanghai')::date
               END AS stay_days,
               extract(year FROM age((e.started_at AT TIME ZONE 'Asia/Shanghai')::date, r.birth_date))::int AS age,
               e.next_due AS next_due_on, e.source,
               e.replaced_by_id IS NULL AND e.voided_reason = '' AS in_force,
               e.recorded_at, greatest(
                   e.recorded_at, e.received_at, e.replaced_at, e.voided_at, r.restated_at
               ) AS changed_at
        FROM health_record_encounter e
        JOIN organizations_organization o ON o.id = e.organization_id
        JOIN residents_resident r ON r.id = e.resident_id
        LEFT JOIN organizations_department d ON d.id = e.department_id
    """,
    time_column="started_at",
    watermark_column="changed_at",
)

declare_fact(
    "measurement",
    title="测量",
    grain="一个项目的一次测量或检验结果一行",
    source_room="records.health_record",
    columns=[
        Column("measurement_id", "uuid", "测量"),
        Column("resident_id", "uuid", "居民", personal=True),
        Column("encounter_id", "uuid", "就诊", meaning="空：不在就诊中测得"),
        Column("code", "text", "项目", meaning="如 sbp、dbp、fasting_glucose，见术语表"),
        Column("value", "decimal(18,6)", "数值", meaning="以 unit 为单位；文字结果为空"),
        Column("unit", "text", "单位"),
        Column("organization_id", "bigint", "机构"),
        Column(
            "organization_tier", "text", "机构层级", meaning="village 村、township 乡镇（社区）、county 县、city 市"
        ),
        Column("practitioner_id", "bigint", "医生"),
        Column("effective_at", "timestamp", "测量时间"),
        Column("day", "date", "日期", meaning="测量那天（北京时间）", day_of="effective_at"),
        *KEPT,
    ],
    select="""
        SELECT m.id AS measurement_id, m.resident_id, m.encounter_id, m.code, m.value, m.unit, m.organization_id,
               o.tier AS organization_tier, m.practitioner_id, m.effective_at,
               (m.effective_at AT TIME ZONE 'Asia/Shanghai')::date AS day, m.source,
               m.replaced_by_id IS NULL AND m.voided_reason = '' AS in_force,
               m.recorded_at,
               greatest(m.recorded_at, m.received_at, m.replaced_at, m.voided_at, e.recorded_at, e.received_at,
                        r.restated_at) AS changed_at
        FROM health_record_observation m
        JOIN organizations_organization o ON o.id = m.organization_id
        JOIN residents_resident r ON r.id = m.resident_id
        LEFT JOIN health_record_encounter e ON e.id = m.encounter_id
    """,
    time_column="effective_at",
    watermark_column="changed_at",
)
