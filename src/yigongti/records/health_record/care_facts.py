"""Facts of what was found, done and given: reports, diagnoses, operations, prescriptions, dispenses, vaccinations."""

from collections.abc import Mapping, Sequence

from yigongti.kernel.facts.declaration import Column, conceal, declare_fact

conceal("health_record_diagnosticreport", "findings", "conclusion")
conceal("health_record_condition", "note")
conceal("health_record_procedure", "note")
conceal("health_record_medicationrequest", "note")

KEPT = [
    Column("source", "text", "来源系统", meaning="空文字：在平台上书写"),
    Column("in_force", "bool", "有效", meaning="既未被更正也未作废；统计时取 true"),
    Column("recorded_at", "timestamp", "记录时间"),
    Column("changed_at", "timestamp", "变动时间", meaning="记录和收到时间中较晚的；被更正、作废时为其时间"),
]
KEPT_SQL = """e.source, e.replaced_by_id IS NULL AND e.voided_reason = '' AS in_force, e.recorded_at,
               greatest(e.recorded_at, e.received_at, e.replaced_at, e.voided_at, r.restated_at) AS changed_at"""
ENCOUNTER = Column("encounter_id", "uuid", "就诊", meaning="空：不在就诊中")
CODE_SYSTEM = Column("code_system", "text", "编码系统", meaning="空文字：本平台用的目录")
QUANTITY = [
    Column("quantity", "decimal(12,3)", "数量"),
    Column("quantity_unit", "text", "数量单位"),
    Column("days", "int", "天数", unit="天"),
]


VISIT = {
    Column(
        "visit_organization_id", "bigint", "就诊机构", meaning="所属就诊的机构，检查从那里申请；空：不在就诊中"
    ): "v.organization_id",
    Column(
        "visit_tier", "text", "就诊机构层级", meaning="village 村、township 乡镇（社区）、county 县、city 市"
    ): "w.tier",
    Column(
        "visit_kind",
        "text",
        "就诊类别",
        meaning="所属就诊的类别：outpatient 门诊、emergency 急诊、inpatient 住院、home 上门",
    ): "v.kind",
}
"""Where the contact with care was to which a row belongs."""
VISIT_SQL = """LEFT JOIN health_record_encounter v ON v.id = e.encounter_id
        LEFT JOIN organizations_organization w ON w.id = v.organization_id"""


def of_care(
    name: str,
    table: str,
    title: str,
    grain: str,
    time: tuple[str, str],
    own: Sequence[Column],
    besides: Mapping[Column, str] | None = None,
) -> None:
    """A fact with one row for each row of a table of the record. ``time`` is the column of the time and its title.

    The columns of its own bear the names of the table; ``besides`` are others with their SQL (:data:`VISIT`).
    Where the time is a day only, it is given as a timestamp.
    """
    at, label = time
    told = besides or {}
    columns = [*(f"e.{column.name}" for column in own), *(f"{sql} AS {c.name}" for c, sql in told.items())]
    declare_fact(
        name,
        title=title,
        grain=grain,
        source_room="records.health_record",
        columns=[
            Column(f"{name}_id", "uuid", title),
            Column("resident_id", "uuid", "居民", personal=True),
            *own,
            *told,
            Column("organization_id", "bigint", "机构"),
            Column(
                "organization_tier", "text", "机构层级", meaning="village 村、township 乡镇（社区）、county 县、city 市"
            ),
            Column("practitioner_id", "bigint", "医生"),
            Column(at, "timestamp", label),
            Column("day", "date", "日期", meaning=f"{label}那天（北京时间）"),
            *KEPT,
        ],
        select=f"""
        SELECT e.id AS {name}_id, e.resident_id, {", ".join(columns)}, e.organization_id,
               o.tier AS organization_tier, e.practitioner_id, e.{at},
               (e.{at} AT TIME ZONE 'Asia/Shanghai')::date AS day, {KEPT_SQL}
        FROM health_record_{table} e JOIN organizations_organization o ON o.id = e.organization_id
        JOIN residents_resident r ON r.id = e.resident_id
        {VISIT_SQL if told else ""}
    """,  # noqa: S608
        time_column=at,
        watermark_column="changed_at",
    )


of_care(
    "diagnostic_report",
    "diagnosticreport",
    "检查检验报告",
    "一份检验、影像、心电、病理或内镜报告一行",
    ("effective_at", "检查时间"),
    [
        ENCOUNTER,
        Column(
            "category",
            "text",
            "类别",
            meaning="laboratory 检验、imaging 影像、ecg 心电、pathology 病理、endoscopy 内镜、other 其他",
        ),
        Column("code", "text", "项目编码"),
        CODE_SYSTEM,
        Column("name", "text", "报告名称"),
        Column("status", "text", "状态", meaning="preliminary 初步、final 正式、amended 更正、cancelled 取消"),
        Column("issued_at", "timestamp", "报告时间"),
    ],
    {
        Column(
            "issue_minutes", "decimal(12,2)", "出具历时", "分钟", "检查到发出报告；没有报告时间为空"
        ): "round(extract(epoch FROM e.issued_at - e.effective_at) / 60, 2)::numeric(12, 2)",
        **VISIT,
    },
)
of_care(
    "procedure",
    "procedure",
    "手术操作",
    "一次手术或操作一行",
    ("performed_at", "开始"),
    [
        ENCOUNTER,
        Column("code", "text", "手术操作编码", meaning="ICD-9-CM-3，除非 code_system 另有说明"),
        CODE_SYSTEM,
        Column("name", "text", "手术操作"),
        Column("status", "text", "状态", meaning="preparation、in-progress、completed、not-done、stopped"),
        Column("rank", "int", "手术次序", meaning="1 为主要手术"),
        Column("performed_until", "timestamp", "结束"),
    ],
    VISIT,
)
of_care(
    "medication_request",
    "medicationrequest",
    "处方",
    "处方中的一种药品一行",
    ("authored_at", "开方时间"),
    [
        ENCOUNTER,
        Column("prescription", "text", "处方号"),
        Column("code", "text", "药品编码", meaning="国家药品编码，除非 code_system 另有说明"),
        CODE_SYSTEM,
        Column("name", "text", "药品"),
        Column("status", "text", "状态", meaning="active、on-hold、completed、stopped、cancelled"),
        *QUANTITY,
    ],
)
of_care(
    "medication_dispense",
    "medicationdispense",
    "发药",
    "发出的一种药品一行",
    ("dispensed_at", "发药时间"),
    [
        ENCOUNTER,
        Column("request_id", "uuid", "处方"),
        Column("code", "text", "药品编码", meaning="国家药品编码，除非 code_system 另有说明"),
        CODE_SYSTEM,
        Column("name", "text", "药品"),
        Column("status", "text", "状态", meaning="preparation、completed、cancelled、declined"),
        *QUANTITY,
    ],
)
of_care(
    "immunization",
    "immunization",
    "预防接种",
    "一剂疫苗一行",
    ("occurred_at", "接种时间"),
    [
        ENCOUNTER,
        Column("code", "text", "疫苗编码"),
        CODE_SYSTEM,
        Column("name", "text", "疫苗"),
        Column("status", "text", "状态", meaning="completed 已接种、not-done 未接种"),
        Column("dose_number", "int", "剂次"),
    ],
)
declare_fact(
    "condition",
    title="诊断",
    grain="问题列表或一次就诊中的一个诊断一行",
    source_room="records.health_record",
    columns=[
        Column("condition_id", "uuid", "诊断"),
        Column("resident_id", "uuid", "居民", personal=True),
        ENCOUNTER,
        Column("category", "text", "类别", meaning="problem-list-item 问题列表、encounter-diagnosis 就诊诊断"),
        Column("code", "text", "诊断编码", meaning="ICD-10，除非 code_system 另有说明"),
        CODE_SYSTEM,
        Column("name", "text", "诊断名称"),
        Column("register", "text", "专病登记", meaning="如 hypertension、diabetes；空文字：不属于任何专病"),
        Column("status", "text", "状态", meaning="active 现患、remission 缓解、resolved 痊愈"),
        Column(
            "verification", "text", "确认", meaning="confirmed 确诊、provisional 疑似、differential 鉴别、refuted 排除"
        ),
        Column("rank", "int", "诊断次序", meaning="1 为主要诊断"),
        Column("onset_on", "date", "发病日期"),
        Column("abated_on", "date", "痊愈日期"),
        Column("organization_id", "bigint", "机构"),
        Column(
            "organization_tier", "text", "机构层级", meaning="village 村、township 乡镇（社区）、county 县、city 市"
        ),
        Column("practitioner_id", "bigint", "医生"),
        Column("day", "date", "日期", meaning="发病日期；不知道时为记录那天（北京时间）"),
        *KEPT,
    ],
    select=f"""
        SELECT e.id AS condition_id, e.resident_id, e.encounter_id, e.category, e.code, e.code_system, e.name,
               e.register, e.status, e.verification, e.rank, e.onset_on, e.abated_on, e.organization_id,
               o.tier AS organization_tier, e.practitioner_id,
               coalesce(e.onset_on, (e.recorded_at AT TIME ZONE 'Asia/Shanghai')::date) AS day, {KEPT_SQL}
        FROM health_record_condition e JOIN organizations_organization o ON o.id = e.organization_id
        JOIN residents_resident r ON r.id = e.resident_id
    """,  # noqa: S608
    time_column="recorded_at",
    watermark_column="changed_at",
)
